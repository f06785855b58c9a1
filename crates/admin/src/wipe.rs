//! Those who forget an account.

use async_trait::async_trait;
use delivery::Delivery;
use metering::Ledger;
use model::{AccountId, Internal};
use telemetry::Telemetry;

/// A part of the platform that keeps something for accounts.
#[async_trait]
pub trait Wipe: Send + Sync {
    /// Removes all that is kept for the account. What begins meanwhile may stay.
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal>;
}

#[async_trait]
impl Wipe for Delivery {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        Delivery::wipe(self, account).await
    }
}

#[async_trait]
impl Wipe for Ledger {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        Ledger::wipe(self, account).await
    }
}

#[async_trait]
impl Wipe for Telemetry {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        Telemetry::wipe(self, account).await
    }
}
