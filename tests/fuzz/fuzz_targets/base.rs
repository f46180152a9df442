//! Values of the base, and what it says of itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mainspring::fuzz::base(bytes));
