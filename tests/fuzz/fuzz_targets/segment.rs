//! Whole segments of the log.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mainspring::fuzz::segment(bytes));
