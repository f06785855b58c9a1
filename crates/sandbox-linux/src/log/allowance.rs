//! How fast an instance may print: what goes beyond is read later, so that a flood costs its function time and not the
//! server.

use std::time::Duration;

use model::Time;

use crate::limits;

/// Bytes that may be read, refilled as time passes.
pub struct Allowance {
    left: i64,
    refilled: Time,
}

impl Allowance {
    pub fn full(now: Time) -> Self {
        Self { left: limits::LOG_BURST, refilled: now }
    }

    /// How long nothing may be read from now on; `None` when something may.
    pub fn pause(&mut self, now: Time) -> Option<Duration> {
        let millis = now.as_millis().saturating_sub(self.refilled.as_millis()).max(0);
        let gained = millis.saturating_mul(limits::LOG_BYTES_PER_SECOND / 1000);
        (self.left, self.refilled) = (self.left.saturating_add(gained).min(limits::LOG_BURST), now);
        let missing = 1 - self.left;
        let wait = missing.unsigned_abs().div_ceil((limits::LOG_BYTES_PER_SECOND / 1000) as u64).max(1);
        (missing > 0).then(|| Duration::from_millis(wait))
    }

    /// Whatever was read counts, also what was not allowed.
    pub fn spend(&mut self, bytes: usize, lines: usize) {
        let cost = bytes.saturating_add(lines.saturating_mul(limits::LOG_LINE_COST));
        self.left = self.left.saturating_sub(cost as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_is_held_to_its_rate() {
        let mut now = Time::from_millis(0);
        let mut allowance = Allowance::full(now);
        let (mut passed, piece) = (0, 16 * 1024);
        while now.as_millis() < 10_000 {
            match allowance.pause(now) {
                None => {
                    allowance.spend(piece, 0);
                    passed += piece as i64;
                }
                Some(wait) => now = now + wait,
            }
        }
        let expected = limits::LOG_BURST + 10 * limits::LOG_BYTES_PER_SECOND;
        assert!((passed - expected).abs() < 100_000, "{passed} of {expected}");
        allowance.spend(0, 10_000);
        assert!(allowance.pause(now).is_some_and(|wait| wait > Duration::from_secs(1)), "lines cost too");
    }
}
