//! How long a function waits between the end of a call and the next one: a histogram of its gaps.
//! After Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, with bins that widen as gaps do: what matters is
//! whether the next call comes in seconds, minutes or hours.

use std::time::Duration;

/// Bins to a doubling.
const PER_OCTAVE: usize = 4;

/// From 1 second to 4.5 hours; what is longer is in the last bin, what is shorter in the first.
const BINS: usize = 14 * PER_OCTAVE + 2;

/// Gaps that are remembered, about: of more, the older ones weigh half as much.
const REMEMBERED: u32 = 500;

/// A function's gaps.
#[derive(Debug, Clone)]
pub struct Gaps {
    counts: [u32; BINS],
    total: u32,
}

impl Default for Gaps {
    fn default() -> Self {
        Self::new()
    }
}

impl Gaps {
    pub const fn new() -> Self {
        Self { counts: [0; BINS], total: 0 }
    }

    pub fn add(&mut self, gap: Duration) {
        if self.total >= REMEMBERED {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().sum();
        }
        self.counts[bin_of(gap)] += 1;
        self.total += 1;
    }

    pub fn total(&self) -> u32 {
        self.total
    }

    /// Each bin that has gaps: where it begins, where it ends, and how many there are. The last one has no end.
    pub fn bins(&self) -> impl Iterator<Item = (Duration, Option<Duration>, u32)> {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(bin, count)| {
            let end = (bin + 1 < BINS).then(|| edge(bin));
            (if bin == 0 { Duration::ZERO } else { edge(bin - 1) }, end, *count)
        })
    }

    /// The share of gaps that end before `until`, of those that were not over at `from`; `None` when all were.
    pub fn share_between(&self, from: Duration, until: Duration) -> Option<f64> {
        let (first, last) = (bin_of(from), bin_of(until));
        let open: u32 = self.counts[first..].iter().sum();
        let within: u32 = self.counts[first..=last].iter().sum();
        (open > 0).then(|| f64::from(within) / f64::from(open))
    }
}

/// Where a bin ends.
fn edge(bin: usize) -> Duration {
    Duration::from_secs_f64((bin as f64 / PER_OCTAVE as f64).exp2())
}

fn bin_of(gap: Duration) -> usize {
    let seconds = gap.as_secs_f64();
    if seconds < 1.0 {
        return 0;
    }
    ((seconds.log2() * PER_OCTAVE as f64) as usize + 1).min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(seconds: &[u64]) -> Gaps {
        let mut gaps = Gaps::default();
        seconds.iter().for_each(|seconds| gaps.add(Duration::from_secs(*seconds)));
        gaps
    }

    #[test]
    fn every_gap_is_in_the_bin_that_holds_it() {
        for millis in [0, 1, 999, 1_000, 1_188, 1_190, 59_999, 60_000, 3_600_000, 16_000_000, 90_000_000] {
            let gap = Duration::from_millis(millis);
            let mut one = Gaps::default();
            one.add(gap);
            let (begin, end, count) = one.bins().next().unwrap();
            assert!(begin <= gap && end.is_none_or(|end| gap < end), "{gap:?} in {begin:?}..{end:?}");
            assert_eq!(count, 1);
        }
    }

    #[test]
    fn the_chance_of_a_call_is_that_of_the_gaps_still_open() {
        let gaps = gaps(&[10, 10, 10, 100, 100, 5_000]);
        let share =
            |from: u64, until: u64| gaps.share_between(Duration::from_secs(from), Duration::from_secs(until));
        assert_eq!(share(0, 20), Some(0.5));
        assert_eq!(share(20, 200), Some(2.0 / 3.0));
        assert_eq!(share(200, 300), Some(0.0));
        assert_eq!(share(9_000, 9_999), None);
    }

    #[test]
    fn the_far_past_weighs_less() {
        let mut gaps = gaps(&[10; 600]);
        (0..600).for_each(|_| gaps.add(Duration::from_secs(1_000)));
        let old = gaps.share_between(Duration::ZERO, Duration::from_secs(20)).unwrap();
        assert!(old < 0.35, "{old}");
        assert!(gaps.total() <= REMEMBERED);
    }
}
