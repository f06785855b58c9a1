//! Looks for bytes that break the probe of this name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| probes::pattern(data));
