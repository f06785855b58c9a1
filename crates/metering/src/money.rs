//! Money, exactly: whole picodollars.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// US dollars times 10^12. AWS's smallest price, a GB-second of ephemeral storage, is 30,900 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i128);

const PER_DOLLAR: i128 = 1_000_000_000_000;
const FRACTION_DIGITS: usize = 12;

impl Money {
    pub const fn from_picodollars(picodollars: i128) -> Self {
        Self(picodollars)
    }

    pub const fn picodollars(self) -> i128 {
        self.0
    }

    /// This price times `amount / per`, to the nearest picodollar, halves up.
    pub fn times(self, amount: u128, per: u128) -> Self {
        let (product, per) = (self.0 * amount as i128, per as i128);
        Self((2 * product + per).div_euclid(2 * per))
    }

    /// Reads dollars with up to twelve digits after the point; `None` for anything else.
    pub fn parse(dollars: &str) -> Option<Self> {
        let (whole, fraction) = dollars.split_once('.').unwrap_or((dollars, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 12
            || fraction.len() > FRACTION_DIGITS
            || !digits(whole)
            || !digits(fraction)
        {
            return None;
        }
        let fraction: i128 = format!("{fraction:0<FRACTION_DIGITS$}").parse().ok()?;
        Some(Self(whole.parse::<i128>().ok()? * PER_DOLLAR + fraction))
    }

    /// Dollars as a number, for JSON that people read; the picodollars are what is exact.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PER_DOLLAR as f64
    }
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(all: I) -> Money {
        all.fold(Money::default(), Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / PER_DOLLAR, self.0.abs() % PER_DOLLAR);
        let fraction = format!("{fraction:0FRACTION_DIGITS$}");
        // Cents always; below that as far as there is something.
        let kept = fraction.trim_end_matches('0').len().max(2);
        write!(formatter, "{sign}${whole}.{}", &fraction[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_and_written_exactly() {
        for (text, picodollars, shown) in [
            ("0.0000166667", 16_666_700, "$0.0000166667"),
            ("0.20", 200_000_000_000, "$0.20"),
            ("3", 3_000_000_000_000, "$3.00"),
        ] {
            let money = Money::parse(text).unwrap();
            assert_eq!((money.picodollars(), money.to_string().as_str()), (picodollars, shown));
        }
        for text in ["", ".5", "-1", "1e3", "0.0000000000001", "1.2.3"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_product_is_rounded_once_to_the_nearest() {
        let price = Money::from_picodollars(10);
        assert_eq!(price.times(1, 4), Money::from_picodollars(3));
        assert_eq!(price.times(1, 3), Money::from_picodollars(3));
        assert_eq!(price.times(2, 3), Money::from_picodollars(7));
    }
}
