//! What went to people and devices: nobody is bothered here, a developer can read it.

use model::{AccountId, Internal, Time};
use serde::{Deserialize, Serialize};
use store::{Record, Transaction};
use uuid::Uuid;

use super::{Engine, rows};

/// One mail, text message or notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub time: Time,
    /// `email`, `sms`, `application`, ...
    pub protocol: String,
    /// The address, the number, the device.
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    /// The topic, where there is one.
    pub topic: Option<String>,
    pub event: Option<model::EventId>,
}

impl Record for Sent {
    const VERSION: u32 = 1;
}

impl Engine {
    /// The row that keeps what was sent.
    pub fn outgoing(&self, account: &AccountId, sent: &Sent) -> Result<Transaction, Internal> {
        let id = sent.event.map_or_else(|| Uuid::new_v4().to_string(), |event| event.to_string());
        Ok(Transaction::new().put(rows::outbox(account, sent.time, &id), store::encode(sent)?))
    }

    /// An account's outbox, newest first, up to `limit`.
    pub async fn outbox(&self, account: &AccountId, limit: usize) -> Result<Vec<Sent>, Internal> {
        let entries = self.parts.table.range(&rows::outbox_of(account), None, limit).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }
}
