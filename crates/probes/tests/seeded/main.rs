//! Valid bytes, spoiled in ways that follow from a seed: what libFuzzer looks for with more time, found in any run of the
//! tests.

mod samples;
mod spoil;

use samples::Samples;
use spoil::Spoiler;

/// Of each probe; a few seconds all in all in a debug build.
const ROUNDS: usize = 8_000;

/// Says which bytes it were, if the probe fails.
struct Tried<'a> {
    round: usize,
    bytes: &'a [u8],
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("round {}: {}", self.round, self.bytes.escape_ascii());
        }
    }
}

fn hold(probe: fn(&[u8]), samples: &Samples, rounds: usize) {
    for sample in samples {
        let _tried = Tried { round: 0, bytes: sample };
        probe(sample);
    }
    let mut spoiler = Spoiler::new(1, samples);
    for round in 1..=rounds {
        let bytes = spoiler.next();
        let _tried = Tried { round, bytes: &bytes };
        probe(&bytes);
    }
}

#[test]
fn signatures() {
    hold(probes::signature, &samples::signatures(), ROUNDS);
}

#[test]
fn chunks() {
    hold(probes::aws_chunked, &samples::chunks(), ROUNDS);
}

#[test]
fn inputs_of_protocols() {
    hold(probes::inputs, &samples::inputs(), ROUNDS);
}

#[test]
fn forms() {
    hold(probes::forms, &samples::forms(), ROUNDS);
}

#[test]
fn documents() {
    hold(probes::documents, &samples::documents(), ROUNDS);
}

#[test]
fn patterns() {
    hold(probes::pattern, &samples::patterns(), ROUNDS);
}

#[test]
fn policies() {
    hold(probes::policy, &samples::policies(), ROUNDS);
}

/// Each round makes directories.
#[test]
fn packages() {
    hold(probes::package, &samples::packages(), ROUNDS / 10);
}

/// Each round waits for answers that may never come.
#[test]
fn runtime_api() {
    hold(probes::runtime_api, &samples::runtime_api(), ROUNDS / 50);
}

#[test]
fn requests_to_the_spawner() {
    for sample in samples::spawner() {
        assert!(sandbox_linux::is_request(&sample), "{}", sample.escape_ascii());
    }
    hold(probes::spawner, &samples::spawner(), ROUNDS);
}
