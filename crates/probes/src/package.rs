//! Zip packages: nothing outside of their directory, whatever they say.

use std::io::Cursor;

use registry::unpack;

pub fn probe(data: &[u8]) {
    let around = tempfile::tempdir().expect("a directory");
    let within = around.path().join("package");
    std::fs::create_dir(&within).expect("a directory");
    let _ = unpack(Cursor::new(data), &within);
    let outside = std::fs::read_dir(around.path()).expect("a directory").count();
    assert_eq!(outside, 1);
}
