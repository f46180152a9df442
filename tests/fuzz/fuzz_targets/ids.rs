//! Ids as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mainspring::fuzz::ids(bytes));
