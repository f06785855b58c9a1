//! Forms as IAM and STS take them, after one another: one form a line.

use std::sync::Arc;

use crate::world::{NOW, ask, runtime};
use iam::Iam;
use store::MemoryTable;
use tasks::Clock;

pub fn probe(data: &[u8]) {
    let clock = Clock::manual(NOW);
    let engine = Iam::new(Arc::new(MemoryTable::new()), clock.clone(), Vec::new());
    let (iam, sts) = (aws_iam::iam(engine.clone(), clock), aws_iam::sts(engine));
    runtime().block_on(async {
        for form in data.split(|byte| *byte == b'\n').take(8) {
            for face in [&iam as &dyn service::Service, &sts] {
                let request = http::Request::post("/").body(wire::body_of(form.to_vec())).expect("a request");
                ask(face, request).await;
            }
        }
    });
}
