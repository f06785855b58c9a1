//! Which bytes of an object were asked for.

use model::Fault;

use crate::faults;

/// A `Range` header that can be honoured; one that cannot be read is as if it were not there (RFC 9110, 14.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedRange {
    From { first: u64, last: Option<u64> },
    Suffix { length: u64 },
}

/// Bytes `start..end` of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u64,
    pub end: u64,
}

impl Span {
    pub fn length(self) -> u64 {
        self.end - self.start
    }
}

impl AskedRange {
    /// `None` when it is not one range of bytes. AWS: several ranges are answered with the whole object.
    pub fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| -> Option<u64> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        match (first.trim(), last.trim()) {
            ("", length) => Some(Self::Suffix { length: number(length)? }),
            (first, "") => Some(Self::From { first: number(first)?, last: None }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From { first, last: Some(last) })
            }
        }
    }

    /// The bytes of it in an object of `size` bytes.
    pub fn within(self, size: u64, header: &str) -> Result<Span, Fault> {
        let span = match self {
            Self::From { first, last } => {
                Span { start: first, end: last.map_or(size, |last| size.min(last.saturating_add(1))) }
            }
            Self::Suffix { length } => Span { start: size - length.min(size), end: size },
        };
        if span.start < span.end { Ok(span) } else { Err(faults::invalid_range(header, size)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, size: u64) -> String {
        match AskedRange::parse(header).map(|range| range.within(size, header)) {
            None => "whole".to_owned(),
            Some(Err(fault)) => fault.code.into_owned(),
            Some(Ok(span)) => format!("{}..{}", span.start, span.end),
        }
    }

    #[test]
    fn ranges_are_cut_to_the_object() {
        for (header, size, expected) in [
            ("bytes=0-4", 10, "0..5"),
            ("bytes=5-", 10, "5..10"),
            ("bytes=-3", 10, "7..10"),
            ("bytes=-30", 10, "0..10"),
            ("bytes=9-99999999999999999999999", 10, "9..10"),
            ("bytes=10-", 10, "InvalidRange"),
            ("bytes=-0", 10, "InvalidRange"),
            ("bytes=0-0", 0, "InvalidRange"),
            ("bytes=4-2", 10, "whole"),
            ("bytes=0-1,3-4", 10, "whole"),
            ("bytes=a-b", 10, "whole"),
            ("bytes=-", 10, "whole"),
            ("items=0-1", 10, "whole"),
        ] {
            assert_eq!(check(header, size), expected, "{header}");
        }
    }
}
