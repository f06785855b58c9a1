//! A share of the CPU by stopping and going on, where no cgroup gives one.

use std::time::{Duration, Instant};

use crate::limits;

/// What was used beyond the share is waited for.
#[derive(Debug)]
pub struct Pace {
    /// Of one CPU; more than one where it is greater.
    share: f64,
    /// Seconds of CPU beyond the share; below zero what may be used at once.
    debt: f64,
    seen: Instant,
    used: Duration,
    stopped: bool,
}

impl Pace {
    pub fn new(memory_mib: u32, now: Instant, used: Duration) -> Self {
        let share = f64::from(memory_mib) / limits::MIB_PER_VCPU as f64;
        Self { share, debt: 0.0, seen: now, used, stopped: false }
    }

    /// Whether they are to be stopped (`true`) or to go on now; nothing when they are to stay as they are.
    pub fn look(&mut self, now: Instant, used: Duration) -> Option<bool> {
        let given = self.share * now.saturating_duration_since(self.seen).as_secs_f64();
        let taken = used.saturating_sub(self.used).as_secs_f64();
        // Times are told in hundredths of a second: less than that at once is none.
        let kept = limits::WATCH.as_secs_f64() * self.share.max(1.0);
        self.debt = (self.debt + taken - given).max(-kept);
        (self.seen, self.used) = (now, used);
        let stop = self.debt > 0.0;
        let changes = stop != self.stopped;
        self.stopped = stop;
        changes.then_some(stop)
    }

    /// Somebody else has stopped them or had them go on.
    pub fn resume(&mut self) {
        self.stopped = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share that somebody gets who always computes while allowed to.
    fn had(memory_mib: u32, threads: u32) -> f64 {
        let begin = Instant::now();
        let mut pace = Pace::new(memory_mib, begin, Duration::ZERO);
        let (mut used, mut stopped) = (Duration::ZERO, false);
        for turn in 1..=1000 {
            if !stopped {
                used += limits::WATCH * threads;
            }
            stopped = pace.look(begin + limits::WATCH * turn, used).unwrap_or(stopped);
        }
        used.as_secs_f64() / (limits::WATCH * 1000).as_secs_f64()
    }

    #[test]
    fn the_share_follows_the_memory_size() {
        for (memory_mib, threads, expected) in
            [(128, 1, 0.072), (128, 8, 0.072), (885, 1, 0.5), (1769, 1, 1.0), (1769, 4, 1.0), (3538, 4, 2.0)]
        {
            let had = had(memory_mib, threads);
            assert!((had - expected).abs() < 0.02, "{memory_mib} MiB, {threads} threads: {had}");
        }
    }

    #[test]
    fn idle_time_is_not_saved_up() {
        let begin = Instant::now();
        let mut pace = Pace::new(128, begin, Duration::ZERO);
        assert_eq!(pace.look(begin + Duration::from_secs(60), Duration::ZERO), None);
        let used = limits::WATCH * 2;
        assert_eq!(pace.look(begin + Duration::from_secs(60) + limits::WATCH, used), Some(true));
        pace.resume();
        assert_eq!(pace.look(begin + Duration::from_secs(61), used), None, "it was waited for");
    }
}
