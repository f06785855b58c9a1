//! How long an instance without work is kept, and which one goes first when room is needed: plain functions of a
//! function's gaps.
//!
//! Keeping costs memory for as long as it lasts; a cold start costs what so much memory would for a certain time, its
//! worth. A function that is not known well is kept for that time: whatever comes, that costs at most twice of what
//! hindsight would have (Karlin et al., "Competitive randomized algorithms for non-uniform problems", SODA 1990, on
//! renting and buying). One that is known is kept for as long as its own gaps make cheapest.

use std::time::Duration;

use crate::gaps::Gaps;

/// Gaps from which on a function counts as known. Ours: the simulation gains nothing from more.
const KNOWN: u32 = 8;

/// Calls often come in twos and threes: nothing ends within this time of its last call. Ours.
const LEAST: Duration = Duration::from_secs(10);

/// The time that pays for a function with these gaps, when a cold start is worth `worth`.
pub fn keep_for(gaps: &Gaps, worth: Duration) -> Duration {
    if worth.is_zero() || gaps.total() < KNOWN {
        return worth;
    }
    // All gaps' costs in seconds, when instances are kept until a bin's end: those that have ended by then cost their
    // time, the others cost until then and a cold start.
    let (mut ended, mut open) = (0.0, f64::from(gaps.total()));
    let mut best = (open * worth.as_secs_f64(), Duration::ZERO);
    for (begin, end, count) in gaps.bins() {
        let Some(end) = end else { break };
        ended += f64::from(count) * (begin + end).as_secs_f64() / 2.0;
        open -= f64::from(count);
        let cost = ended + open * (end + worth).as_secs_f64();
        if cost < best.0 {
            best = (cost, end);
        }
    }
    best.1.max(LEAST.min(worth))
}

/// What an instance that has been idle for so long is good for: the chance that it is called before it would have
/// paid for a cold start, per byte that it holds.
pub fn usefulness(gaps: &Gaps, idle_for: Duration, worth: Duration, memory: u64) -> f64 {
    let chance = if gaps.total() < KNOWN {
        // Nothing is known but that it was used lately.
        1.0 / (1.0 + idle_for.as_secs_f64() / worth.as_secs_f64().max(1.0))
    } else {
        gaps.share_between(idle_for, idle_for + worth).unwrap_or(0.0)
    };
    chance / memory.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORTH: Duration = Duration::from_secs(600);

    fn kept(seconds: &[u64]) -> u64 {
        let mut gaps = Gaps::default();
        seconds.iter().for_each(|seconds| gaps.add(Duration::from_secs(*seconds)));
        keep_for(&gaps, WORTH).as_secs()
    }

    #[test]
    fn a_function_is_kept_for_as_long_as_it_pays() {
        assert_eq!(kept(&[]), 600, "not known");
        assert_eq!(kept(&[3_600; 5]), 600, "not known well");
        assert!((60..72).contains(&kept(&[60; 20])), "once a minute: until a little after");
        assert_eq!(kept(&[3_600; 20]), 10, "once an hour: a cold start is cheaper");
        assert!((500..600).contains(&kept(&[500; 20])));
        let mostly_soon: Vec<u64> = [[5; 9].as_slice(), &[7_200]].concat().repeat(3);
        assert!(kept(&mostly_soon) <= 10, "in bursts: not beyond the burst");
    }

    #[test]
    fn whoever_wants_nothing_kept_gets_that() {
        let mut gaps = Gaps::default();
        (0..20).for_each(|_| gaps.add(Duration::from_secs(5)));
        assert_eq!(keep_for(&gaps, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn who_will_be_called_soon_and_holds_little_is_most_useful() {
        let of = |seconds: u64| {
            let mut gaps = Gaps::default();
            (0..20).for_each(|_| gaps.add(Duration::from_secs(seconds)));
            gaps
        };
        let useful =
            |gaps: &Gaps, idle: u64, memory| usefulness(gaps, Duration::from_secs(idle), WORTH, memory);
        assert!(useful(&of(60), 10, 100) > useful(&of(7_200), 10, 100));
        assert!(useful(&of(60), 10, 100) > useful(&of(60), 10, 200));
        assert!(useful(&of(7_200), 7_000, 100) > useful(&of(7_200), 10, 100), "its time has come");
        assert!(useful(&Gaps::default(), 10, 100) > useful(&Gaps::default(), 900, 100));
    }
}
