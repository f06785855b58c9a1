//! How long an instance without work is kept, when the next call is met with one started ahead of it, and which one
//! goes first when room is needed: plain functions of a function's gaps.
//!
//! Keeping costs memory for as long as it lasts; a cold start costs what so much memory would for a certain time, its
//! worth. A function that is not known well is kept for that time: whatever comes, that costs at most twice of what
//! hindsight would have (Karlin et al., "Competitive randomized algorithms for non-uniform problems", SODA 1990, on
//! renting and buying). One that is known is kept for as long as its own gaps make cheapest, and one that is called
//! at about the same gap each time, as by a timer, is ended and started again shortly before (after Shahrad et al.,
//! "Serverless in the Wild", USENIX ATC 2020).

use std::time::Duration;

use crate::gaps::{Alike, Gaps};

/// Gaps from which on a function counts as known. Ours: the simulation gains nothing from more.
const KNOWN: u32 = 8;

/// Calls often come in twos and threes: nothing ends within this time of its last call. Ours.
const LEAST: Duration = Duration::from_secs(10);

/// What a start ahead of a call costs, in parts of a cold start's worth: it takes CPU, but nobody waits. Ours.
const START_AHEAD: f64 = 0.1;

/// Starting ahead has to be cheaper by a fifth than staying is: less may be chance. Ours.
const CLEARLY: f64 = 0.8;

/// What pays after a call, when times count from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// So long its instance stays.
    pub stay: Duration,
    pub again: Option<Again>,
}

/// An instance started ahead of a call that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub after: Duration,
    pub until: Duration,
}

/// What pays for a function with these gaps, when a cold start is worth `worth`.
pub fn plan(gaps: &Gaps, worth: Duration) -> Plan {
    if worth.is_zero() || gaps.total() < KNOWN {
        return Plan { stay: worth, again: None };
    }
    let bins: Vec<Alike> = gaps.alike().collect();
    let (total, worth_seconds) = (f64::from(gaps.total()), worth.as_secs_f64());
    let (stay, cost) = cheapest_stay(&bins, total, worth_seconds);
    let least = LEAST.min(worth);
    let again = cheapest_again(&bins, total, worth_seconds, least.as_secs_f64());
    match again {
        Some((again, other)) if other < cost * CLEARLY => Plan { stay: least, again: Some(again) },
        _ => Plan { stay: Duration::from_secs_f64(stay).max(least), again: None },
    }
}

/// Until the end of which gaps it pays to keep, and what all gaps then cost together: those that have ended by then cost
/// their time, the others cost until then and a cold start.
fn cheapest_stay(bins: &[Alike], total: f64, worth: f64) -> (f64, f64) {
    let (mut ended, mut open) = (0.0, total);
    let mut best = (0.0, open * worth);
    for bin in bins {
        ended += bin.count * (bin.from + bin.until) / 2.0;
        open -= bin.count;
        let cost = ended + open * (bin.until + worth);
        if cost < best.1 {
            best = (bin.until, cost);
        }
    }
    best
}

/// From the begin of which gaps until the end of which it pays to have an instance again, after it stayed for `stay` only;
/// and what all gaps then cost together.
fn cheapest_again(bins: &[Alike], total: f64, worth: f64, stay: f64) -> Option<(Again, f64)> {
    let mut best: Option<(Again, f64)> = None;
    let (mut before, mut open) = (0.0, total);
    for (number, first) in bins.iter().enumerate() {
        if first.from > stay {
            let (mut within, mut left) = (0.0, open);
            for bin in &bins[number..] {
                within += bin.count * ((bin.from + bin.until) / 2.0 - first.from);
                left -= bin.count;
                let kept = within + left * (bin.until - first.from + worth);
                let cost = before + open * (stay + worth * START_AHEAD) + kept;
                if best.as_ref().is_none_or(|(_, least)| cost < *least) {
                    let (after, until) =
                        (Duration::from_secs_f64(first.from), Duration::from_secs_f64(bin.until));
                    best = Some((Again { after, until }, cost));
                }
            }
        }
        // Those that end while it stays cost their time, those that end later a cold start.
        before += first.count * if first.until <= stay { first.until } else { stay + worth };
        open -= first.count;
    }
    best
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

    fn of(seconds: &[u64]) -> Gaps {
        let mut gaps = Gaps::default();
        seconds.iter().for_each(|seconds| gaps.add(Duration::from_secs(*seconds)));
        gaps
    }

    fn kept(seconds: &[u64]) -> u64 {
        let plan = plan(&of(seconds), WORTH);
        assert_eq!(plan.again, None);
        plan.stay.as_secs()
    }

    #[test]
    fn a_function_is_kept_for_as_long_as_it_pays() {
        assert_eq!(kept(&[]), 600, "not known");
        assert_eq!(kept(&[3_600; 5]), 600, "not known well");
        assert!((60..72).contains(&kept(&[60; 20])), "once a minute: until a little after");
        let anywhere: Vec<u64> = (0..40).map(|number| 600 + number * 350).collect();
        assert_eq!(kept(&anywhere), 10, "rare and at any time: a cold start is cheaper");
        let mostly_soon: Vec<u64> = [[5; 9].as_slice(), &[7_200]].concat().repeat(3);
        let Plan { stay, again } = plan(&of(&mostly_soon), WORTH);
        assert!(stay <= LEAST && again.is_some(), "in bursts: not beyond the burst, and ready for the next");
    }

    #[test]
    fn a_timers_function_is_started_shortly_before() {
        for every in [1_800, 3_600, 10_800, 86_400] {
            let Plan { stay, again } = plan(&of(&[every; 20]), WORTH);
            let Again { after, until } = again.expect("it pays");
            assert_eq!(stay, LEAST);
            let gap = Duration::from_secs(every);
            assert!(after <= gap && gap < until, "{after:?} {until:?}");
            assert!(after > gap.mul_f64(0.8) && until < gap.mul_f64(1.2), "{after:?} {until:?}");
        }
        let unsteady: Vec<u64> = (0..40).map(|number| 20_000 + number * 5_000).collect();
        assert_eq!(plan(&of(&unsteady), WORTH).again, None, "longer than it is worth to wait for");
    }

    #[test]
    fn whoever_wants_nothing_kept_gets_that() {
        assert_eq!(plan(&of(&[3_600; 20]), Duration::ZERO), Plan { stay: Duration::ZERO, again: None });
    }

    #[test]
    fn who_will_be_called_soon_and_holds_little_is_most_useful() {
        let of = |seconds: u64| of(&[seconds; 20]);
        let useful =
            |gaps: &Gaps, idle: u64, memory| usefulness(gaps, Duration::from_secs(idle), WORTH, memory);
        assert!(useful(&of(60), 10, 100) > useful(&of(7_200), 10, 100));
        assert!(useful(&of(60), 10, 100) > useful(&of(60), 10, 200));
        assert!(useful(&of(7_200), 7_000, 100) > useful(&of(7_200), 10, 100), "its time has come");
        assert!(useful(&Gaps::default(), 10, 100) > useful(&Gaps::default(), 900, 100));
    }
}
