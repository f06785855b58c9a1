//! How fast one function may grow: a token for each new instance.

use model::Time;

/// New instances of one function at once. AWS: "1,000 execution environment instances every 10 seconds" for each
/// function (developer guide, "Lambda scaling behavior").
const MOST: f64 = 1_000.0;

/// Tokens that come back in a second.
const PER_SECOND: f64 = 100.0;

/// A token bucket; full at first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Burst {
    /// Taken, and not yet come back at `at`.
    taken: f64,
    at: Time,
}

impl Burst {
    pub fn is_left(self, now: Time) -> bool {
        self.taken_at(now) <= MOST - 1.0
    }

    pub fn take(&mut self, now: Time) {
        *self = Self { taken: self.taken_at(now) + 1.0, at: now };
    }

    fn taken_at(self, now: Time) -> f64 {
        (self.taken - now.since(self.at).as_secs_f64() * PER_SECOND).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_at_once_and_a_hundred_more_each_second() {
        let mut burst = Burst::default();
        let start = Time::from_millis(1_000_000);
        let take_all = |burst: &mut Burst, now| {
            let mut taken = 0;
            while burst.is_left(now) {
                burst.take(now);
                taken += 1;
            }
            taken
        };
        assert_eq!(take_all(&mut burst, start), 1_000);
        assert_eq!(take_all(&mut burst, start), 0);
        assert_eq!(take_all(&mut burst, Time::from_millis(1_001_000)), 100);
        assert_eq!(take_all(&mut burst, Time::from_millis(1_100_000)), 1_000);
    }
}
