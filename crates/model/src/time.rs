//! Points in time, to the millisecond, and the spellings AWS gives them.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Before 1970 is negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The wall clock. Only `tasks::Clock` and programs at the edge call this; everything else is told the time.
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// `2026-11-23T15:33:12.000Z`, as S3 and the timestamps of events spell it.
    pub fn iso8601(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// `2026-11-23T15:33:12.000+0000`, as Lambda spells `LastModified`.
    pub fn lambda(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3f+0000")
    }

    /// `2026-11-23T15:33:12Z`, as the query protocol and IAM spell it.
    pub fn iso8601_seconds(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// `20261123T153312Z`, as Signature Version 4 spells it.
    pub fn amz_date(self) -> String {
        self.format("%Y%m%dT%H%M%SZ")
    }

    /// `2026/11/23`, as Lambda names its log streams.
    pub fn date_path(self) -> String {
        self.format("%Y/%m/%d")
    }

    /// `Mon, 23 Nov 2026 15:33:12 GMT`, the HTTP date (RFC 9110, section 5.6.7); before 1970 it is the first second of it.
    pub fn http_date(self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(self.0.max(0) as u64))
    }

    /// Seconds with a fraction, as the JSON protocols spell timestamps.
    pub fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Formats in UTC with the conversions of `strftime`.
    pub fn format(self, pattern: &str) -> String {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        instant.strftime(pattern).to_string()
    }

    /// Reads an RFC 3339 time; `None` when it is not one.
    pub fn parse_iso8601(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|instant| Self(instant.as_millisecond()))
    }

    /// Reads an HTTP date in any of its three spellings; `None` when it is not one.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        httpdate::parse_http_date(text).ok().map(Self::from)
    }

    /// Reads `20261123T153312Z`; `None` when it is not one.
    pub fn parse_amz_date(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' || !text.is_ascii() {
            return None;
        }
        let (date, clock) = (&text[..8], &text[9..15]);
        Self::parse_iso8601(&format!(
            "{}-{}-{}T{}:{}:{}Z",
            &date[..4],
            &date[4..6],
            &date[6..],
            &clock[..2],
            &clock[2..4],
            &clock[4..]
        ))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(after.as_millis() as i64),
            Err(before) => Self(-(before.duration().as_millis() as i64)),
        }
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(duration.as_millis().min(i64::MAX as u128) as i64))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;

    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(duration.as_millis().min(i64::MAX as u128) as i64))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso8601())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso8601())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reads_back() {
        let time = Time::from_millis(1_795_448_000_123);
        assert_eq!(time.iso8601(), "2026-11-23T15:33:20.123Z");
        assert_eq!(time.lambda(), "2026-11-23T15:33:20.123+0000");
        assert_eq!(time.http_date(), "Mon, 23 Nov 2026 15:33:20 GMT");
        assert_eq!(Time::parse_iso8601(&time.iso8601()), Some(time));
        let whole = Time::from_millis(1_795_448_000_000);
        assert_eq!(Time::parse_amz_date(&whole.amz_date()), Some(whole));
        assert_eq!(Time::parse_http_date(&whole.http_date()), Some(whole));
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in ["", "20261123", "20261123T153312", "2026112XT153312Z", "éé0261123T1533Z"] {
            assert_eq!(Time::parse_amz_date(text), None, "{text}");
        }
    }
}
