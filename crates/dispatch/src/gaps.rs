//! How long a function waits between the end of a call and the next one: a histogram of its gaps.
//! After Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, with bins that widen as gaps do: what matters is
//! whether the next call comes in seconds, minutes or hours.

use std::time::Duration;

/// Bins to a doubling.
const PER_OCTAVE: usize = 4;

/// From 1 second to 4.5 hours; what is longer is in the last bin, what is shorter in the first.
const BINS: usize = 14 * PER_OCTAVE + 2;

/// Around the gaps that were seen, the part of them within which others are expected, and the most in seconds: clocks
/// that wake functions are punctual.
const MARGIN: (f32, f32) = (0.02, 60.0);

/// Gaps that are remembered, about: of more, the older ones weigh half as much.
const REMEMBERED: u32 = 500;

/// A function's gaps.
#[derive(Debug, Clone)]
pub struct Gaps {
    bins: [Bin; BINS],
    total: u32,
}

#[derive(Debug, Clone, Copy)]
struct Bin {
    count: u16,
    /// The shortest and the longest that were counted, in seconds.
    shortest: f32,
    longest: f32,
}

const EMPTY: Bin = Bin { count: 0, shortest: f32::INFINITY, longest: 0.0 };

/// Gaps of about one length, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    pub from: f64,
    pub until: f64,
    pub count: f64,
}

impl Default for Gaps {
    fn default() -> Self {
        Self::new()
    }
}

impl Gaps {
    pub const fn new() -> Self {
        Self { bins: [EMPTY; BINS], total: 0 }
    }

    pub fn add(&mut self, gap: Duration) {
        if self.total >= REMEMBERED {
            for bin in &mut self.bins {
                bin.count /= 2;
                if bin.count == 0 {
                    *bin = EMPTY;
                }
            }
            self.total = self.bins.iter().map(|bin| u32::from(bin.count)).sum();
        }
        let (bin, seconds) = (&mut self.bins[bin_of(gap)], gap.as_secs_f32());
        *bin = Bin {
            count: bin.count + 1,
            shortest: bin.shortest.min(seconds),
            longest: bin.longest.max(seconds),
        };
        self.total += 1;
    }

    pub fn total(&self) -> u32 {
        self.total
    }

    /// The gaps by length, short ones first.
    pub fn alike(&self) -> impl Iterator<Item = Alike> {
        let filled = self.bins.iter().filter(|bin| bin.count > 0);
        filled.map(|bin| Alike {
            from: f64::from(bin.shortest - margin(bin.shortest)),
            until: f64::from((bin.longest + margin(bin.longest)).max(1.0)),
            count: f64::from(bin.count),
        })
    }

    /// The share of gaps that end before `until`, of those that were not over at `from`; `None` when all were.
    pub fn share_between(&self, from: Duration, until: Duration) -> Option<f64> {
        let (first, last) = (bin_of(from), bin_of(until));
        let sum = |bins: &[Bin]| bins.iter().map(|bin| u32::from(bin.count)).sum::<u32>();
        let (open, within) = (sum(&self.bins[first..]), sum(&self.bins[first..=last]));
        (open > 0).then(|| f64::from(within) / f64::from(open))
    }
}

fn margin(seconds: f32) -> f32 {
    (seconds * MARGIN.0).min(MARGIN.1)
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
    fn gaps_alike_are_told_together() {
        let told: Vec<Alike> = gaps(&[10, 3_600, 3_610, 90_000]).alike().collect();
        assert_eq!(told.iter().map(|alike| alike.count).collect::<Vec<_>>(), [1.0, 2.0, 1.0]);
        for (alike, (shortest, longest)) in
            told.iter().zip([(10.0, 10.0), (3_600.0, 3_610.0), (90_000.0, 90_000.0)])
        {
            assert!(alike.from < shortest && longest < alike.until, "{alike:?}");
            assert!(alike.from > shortest * 0.97 && alike.until < longest * 1.03, "{alike:?}");
        }
        assert_eq!(gaps(&[0]).alike().next(), Some(Alike { from: 0.0, until: 1.0, count: 1.0 }));
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
