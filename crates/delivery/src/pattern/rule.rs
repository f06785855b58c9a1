//! One rule for one value.

use std::net::IpAddr;

use serde_json::Value;

use super::wildcard::Wildcard;

/// What a value has to be.
#[derive(Debug, Clone)]
pub enum Rule {
    /// A string, a number, a truth value or null.
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix {
        text: String,
        ignore_case: bool,
    },
    Suffix {
        text: String,
        ignore_case: bool,
    },
    Wildcard(Wildcard),
    /// All of them.
    Numeric(Vec<(Comparison, f64)>),
    Cidr(Network),
    Exists(bool),
    /// None of them. A value that is there, and not another kind of thing than what is named.
    AnythingBut(Vec<Rule>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    bits: u128,
    mask: u128,
    is_v6: bool,
}

impl Network {
    /// `10.0.0.0/24`; `None` when it is no network.
    pub fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
        let (bits, width) = bits_of(address);
        if length > width {
            return None;
        }
        let mask =
            if length == 0 { 0 } else { (u128::MAX << (width - length)) & (u128::MAX >> (128 - width)) };
        Some(Self { bits: bits & mask, mask, is_v6: width == 128 })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let (bits, width) = bits_of(address);
        self.is_v6 == (width == 128) && bits & self.mask == self.bits
    }
}

fn bits_of(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

impl Rule {
    /// Whether the rule is about being absent, and the value is.
    pub fn matches_absence(&self) -> bool {
        matches!(self, Self::Exists(false))
    }

    /// Whether the rule is about being there, and the value is. An empty array is nothing.
    pub fn matches_presence(&self, is_empty: bool) -> bool {
        match self {
            Self::Exists(wanted) => *wanted != is_empty,
            _ => false,
        }
    }

    pub fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Equals(wanted) => equal(wanted, value),
            Self::Numeric(bounds) => value
                .as_f64()
                .is_some_and(|number| bounds.iter().all(|(how, bound)| how.holds(number, *bound))),
            Self::AnythingBut(rules) => !value.is_object() && !rules.iter().any(|rule| rule.matches(value)),
            Self::Exists(_) => false,
            _ => value.as_str().is_some_and(|text| self.matches_text(text)),
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::EqualsIgnoreCase(wanted) => folded(wanted) == folded(text),
            Self::Prefix { text: start, ignore_case: false } => text.starts_with(start),
            Self::Prefix { text: start, ignore_case: true } => folded(text).starts_with(&folded(start)),
            Self::Suffix { text: end, ignore_case: false } => text.ends_with(end),
            Self::Suffix { text: end, ignore_case: true } => folded(text).ends_with(&folded(end)),
            Self::Wildcard(wildcard) => wildcard.matches(text),
            Self::Cidr(network) => text.parse().is_ok_and(|address| network.contains(address)),
            Self::Equals(_) | Self::Numeric(_) | Self::Exists(_) | Self::AnythingBut(_) => false,
        }
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// 300, 300.0 and 3.0e2 are the same number.
fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted.as_f64(), value.as_f64()) {
        (Some(wanted), Some(value)) => wanted == value,
        _ => wanted == value,
    }
}
