//! What went to people and devices, as whoever keeps it tells.

use async_trait::async_trait;
use model::{AccountId, Internal, Time};

/// One mail, text message or notification.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub time: Time,
    pub protocol: String,
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    pub topic: Option<String>,
}

/// Who keeps it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// An account's, newest first, up to `limit`.
    async fn outbox(&self, account: &AccountId, limit: usize) -> Result<Vec<Outgoing>, Internal>;
}
