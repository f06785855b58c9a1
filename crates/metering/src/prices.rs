//! The price list: a TOML file, AWS's public us-east-1 prices when no other is given.

use std::fmt;

use serde::Deserialize;

use crate::Money;

const DEFAULT: &str = include_str!("../prices/aws-us-east-1.toml");

/// MiB times milliseconds in one GB-second, as Lambda counts a GB.
const MIB_MS_PER_GB_SECOND: u128 = 1_024 * 1_000;

const MILLIS_PER_HOUR: u128 = 3_600_000;

/// What things cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    pub name: String,
    pub request: Money,
    tiers: Vec<Tier>,
    pub ephemeral_gb_second: Money,
    pub ephemeral_free_mib: u32,
    pub always_on_gib_hour: Money,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tier {
    /// In MiB milliseconds; `None` is without end.
    up_to: Option<u128>,
    gb_second: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    request: String,
    gb_second: Vec<FileTier>,
    ephemeral_gb_second: String,
    ephemeral_free_mib: u32,
    always_on_gib_hour: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTier {
    up_to: Option<u64>,
    price: String,
}

impl Prices {
    /// Reads a price list. Fails on unknown members, on what is no price, and on tiers that do not rise to an open one.
    pub fn parse(text: &str) -> Result<Self, InvalidPrices> {
        let file: File = toml::from_str(text).map_err(|error| InvalidPrices(error.to_string()))?;
        let money =
            |text: &str| Money::parse(text).ok_or_else(|| InvalidPrices(format!("no price: {text:?}")));
        let mut tiers = Vec::with_capacity(file.gb_second.len());
        for tier in &file.gb_second {
            let up_to = tier.up_to.map(|gb_seconds| u128::from(gb_seconds) * MIB_MS_PER_GB_SECOND);
            tiers.push(Tier { up_to, gb_second: money(&tier.price)? });
        }
        let rises = tiers.windows(2).all(|pair| match (pair[0].up_to, pair[1].up_to) {
            (Some(before), after) => after.is_none_or(|after| after > before),
            (None, _) => false,
        });
        if !rises || tiers.last().is_none_or(|last| last.up_to.is_some()) {
            return Err(InvalidPrices(
                "the tiers of gb_second must rise, and the last one be open".to_owned(),
            ));
        }
        Ok(Self {
            request: money(&file.request)?,
            ephemeral_gb_second: money(&file.ephemeral_gb_second)?,
            always_on_gib_hour: money(&file.always_on_gib_hour)?,
            ephemeral_free_mib: file.ephemeral_free_mib,
            name: file.name,
            tiers,
        })
    }

    /// The price of that many requests.
    pub fn requests(&self, count: u64) -> Money {
        self.request.times(count.into(), 1)
    }

    /// The price of memory for a time, when `before` of it had been used in the month already. In MiB milliseconds.
    pub fn memory(&self, before: u128, used: u128) -> Money {
        let (mut at, mut left, mut sum) = (before, used, Money::default());
        for tier in &self.tiers {
            let room = tier.up_to.map_or(left, |end| end.saturating_sub(at)).min(left);
            sum = sum + tier.gb_second.times(room, MIB_MS_PER_GB_SECOND);
            (at, left) = (at + room, left - room);
        }
        sum
    }

    /// The price of `/tmp` beyond what is free, in MiB milliseconds of the part beyond.
    pub fn ephemeral(&self, used: u128) -> Money {
        self.ephemeral_gb_second.times(used, MIB_MS_PER_GB_SECOND)
    }

    /// What a server of that memory costs that is always on, for a time in milliseconds.
    pub fn always_on(&self, memory_mib: u32, millis: u64) -> Money {
        self.always_on_gib_hour.times(u128::from(memory_mib) * u128::from(millis), 1_024 * MILLIS_PER_HOUR)
    }
}

impl Default for Prices {
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the price list that comes with Dayfly is well-formed")
    }
}

/// What is wrong with a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPrices(pub String);

impl fmt::Display for InvalidPrices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the price list is not valid: {}", self.0)
    }
}

impl std::error::Error for InvalidPrices {}

#[cfg(test)]
mod tests {
    use super::*;

    const GB_SECOND: u128 = MIB_MS_PER_GB_SECOND;

    #[test]
    fn the_first_million_requests_of_a_second_at_128_mb_cost_what_aws_says() {
        let prices = Prices::default();
        assert_eq!(prices.requests(1_000_000).to_string(), "$0.20");
        assert_eq!(prices.memory(0, 125_000 * GB_SECOND).to_string(), "$2.0833375");
    }

    #[test]
    fn tiers_are_filled_one_after_the_other() {
        let prices = Prices::default();
        let whole = prices.memory(0, 16_000_000_000 * GB_SECOND);
        let parts = prices.memory(0, 7_000_000_000 * GB_SECOND)
            + prices.memory(7_000_000_000 * GB_SECOND, 9_000_000_000 * GB_SECOND);
        assert_eq!(whole, parts);
        // 6e9 x 0.0000166667 + 9e9 x 0.000015 + 1e9 x 0.0000133334
        assert_eq!(whole.to_string(), "$248333.60");
    }

    #[test]
    fn a_month_of_an_always_on_server() {
        assert_eq!(Prices::default().always_on(512, 730 * 3_600_000).to_string(), "$3.796");
    }

    #[test]
    fn a_list_with_a_mistake_is_refused() {
        for (from, to) in [
            ("request =", "requests ="),
            ("0.0000002", "free"),
            ("price = \"0.0000133334\"", "price = \"1\"\nup_to = 5"),
        ] {
            assert!(Prices::parse(&DEFAULT.replace(from, to)).is_err(), "{to}");
        }
    }
}
