//! Policy documents of every kind; what may be kept can be read again.
#![no_main]

use iam::{Kind, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for kind in [Kind::Identity, Kind::Resource, Kind::Trust] {
        let _ = Policy::read(text, kind);
        let _ = Policy::read_kept(text, kind);
    }
});
