//! Money twice: exactly, and as a number.

use metering::Money;
use serde::Serialize;

/// US dollars.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MoneyView {
    /// To the last picodollar: `$0.0000166667`.
    pub exact: String,
    pub dollars: f64,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { exact: money.to_string(), dollars: money.dollars() }
    }
}
