//! The order of events: by time, then by arrival.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Time;

const DIGITS: usize = 20;

/// Where an event stands among all of its group. Spelled as forty digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    millis: u64,
    arrival: u64,
}

impl Position {
    pub(crate) const FIRST: Self = Self { millis: 0, arrival: 0 };
    pub(crate) const LAST: Self = Self { millis: u64::MAX, arrival: u64::MAX };

    pub(crate) fn new(time: Time, arrival: u64) -> Self {
        Self { millis: millis(time), arrival }
    }

    /// Before every event of this time.
    pub(crate) fn at(time: Time) -> Self {
        Self::new(time, 0)
    }

    /// Before every event of this second since 1970.
    pub(crate) fn at_second(second: u64) -> Self {
        Self { millis: second.saturating_mul(1000), arrival: 0 }
    }

    pub(crate) fn second(self) -> u64 {
        self.millis / 1000
    }

    /// The place right behind.
    pub(crate) fn next(self) -> Self {
        match self.arrival.checked_add(1) {
            Some(arrival) => Self { arrival, ..self },
            None => Self { millis: self.millis.saturating_add(1), arrival: 0 },
        }
    }

    /// The place right before; the first one's is itself.
    pub(crate) fn previous(self) -> Self {
        match (self.arrival.checked_sub(1), self.millis.checked_sub(1)) {
            (Some(arrival), _) => Self { arrival, ..self },
            (None, Some(millis)) => Self { millis, arrival: u64::MAX },
            (None, None) => self,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0DIGITS$}{:0DIGITS$}", self.millis, self.arrival)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        if text.len() != 2 * DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPosition);
        }
        let (millis, arrival) = text.split_at(DIGITS);
        let number = |text: &str| text.parse().map_err(|_| InvalidPosition);
        Ok(Self { millis: number(millis)?, arrival: number(arrival)? })
    }
}

/// The text is no position of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidPosition;

impl fmt::Display for InvalidPosition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a position is forty digits")
    }
}

impl std::error::Error for InvalidPosition {}

/// Milliseconds since 1970; what is before that counts as its first moment.
pub fn millis(time: Time) -> u64 {
    time.as_millis().max(0) as u64
}

/// Numbers that grow with every event that comes in, also across restarts: they begin at the time.
#[derive(Default)]
pub struct Arrivals(AtomicU64);

impl Arrivals {
    /// The first of `count` numbers in a row that nobody else is given.
    pub fn reserve(&self, count: usize, now: Time) -> u64 {
        // A million events in a millisecond is more than any machine takes in.
        let at_least = millis(now) << 20;
        let begin = |next: u64| next.max(at_least);
        let advance = |next| Some(begin(next) + count as u64);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance) {
            Ok(next) | Err(next) => begin(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_read_back_and_have_neighbours() {
        let position = Position::new(Time::from_millis(1_795_448_000_123), 7);
        assert_eq!(position.to_string().parse(), Ok(position));
        assert_eq!(position.next().previous(), position);
        assert_eq!(position.previous().next(), position);
        let first_of_its_time = Position::at(Time::from_millis(5));
        assert_eq!(first_of_its_time.previous().next(), first_of_its_time);
        assert_eq!(Position::FIRST.previous(), Position::FIRST);
        assert!(Position::LAST.next() >= Position::FIRST);
    }

    #[test]
    fn nonsense_is_no_position() {
        for text in ["", "7", "-000000000000000000100000000000000000001", &"9".repeat(40), &"1".repeat(41)] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
    }

    #[test]
    fn arrivals_grow_with_time_and_without() {
        let arrivals = Arrivals::default();
        let now = Time::from_millis(1_000);
        let first = arrivals.reserve(3, now);
        assert_eq!(arrivals.reserve(1, now), first + 3);
        assert!(Arrivals::default().reserve(1, Time::from_millis(1_001)) > first + 4);
    }
}
