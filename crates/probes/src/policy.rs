//! Policy documents of every kind; what may be kept can be read again.

use iam::{Kind, Policy};

pub fn probe(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for kind in [Kind::Identity, Kind::Resource, Kind::Trust] {
        let _ = Policy::read(text, kind);
        let _ = Policy::read_kept(text, kind);
    }
}
