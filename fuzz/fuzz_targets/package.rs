//! Zip packages: nothing outside of their directory, whatever they say.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use registry::unpack;

fuzz_target!(|data: &[u8]| {
    let around = tempfile::tempdir().expect("a directory");
    let within = around.path().join("package");
    std::fs::create_dir(&within).expect("a directory");
    let _ = unpack(Cursor::new(data), &within);
    let outside = std::fs::read_dir(around.path()).expect("a directory").count();
    assert_eq!(outside, 1);
});
