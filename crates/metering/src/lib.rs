//! What was used, by whom, and what it costs: a ledger of invocations, a price list, and bills that follow from the two.

mod bill;
mod ledger;
mod money;
mod prices;
mod usage;

pub use bill::{Bill, Grouping, Line};
pub use ledger::Ledger;
pub use money::Money;
pub use prices::{InvalidPrices, Prices};
pub use usage::{Outcome, Used};
