//! What is configured for a bucket: one document per kind, kept as the face gave it.

use bytes::Bytes;
use model::{Failure, Internal};
use serde::{Deserialize, Serialize};
use store::{CommitError, Record, Transaction, decode, encode};

use super::{Engine, keys};
use crate::{faults, limits};

/// A kind of configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Policy,
    Tagging,
    Notification,
    PublicAccessBlock,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Tagging => "tagging",
            Self::Notification => "notification",
            Self::PublicAccessBlock => "public-access-block",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Document(String);

impl Record for Document {
    const VERSION: u32 = 1;
}

impl Engine {
    pub async fn setting(&self, bucket: &str, kind: Setting) -> Result<Option<String>, Internal> {
        let row = self.table.get(&keys::setting(bucket, kind.name())).await?;
        row.map(|row| decode::<Document>(&row.value).map(|document| document.0)).transpose()
    }

    /// Sets or, with `None`, removes what is configured.
    pub async fn set(&self, bucket: &str, kind: Setting, document: Option<String>) -> Result<(), Failure> {
        self.set_with(bucket, kind, document, Transaction::new()).await
    }

    /// The same, together with what else is to become true then.
    pub async fn set_with(
        &self,
        bucket: &str,
        kind: Setting,
        document: Option<String>,
        with: Transaction,
    ) -> Result<(), Failure> {
        let key = keys::setting(bucket, kind.name());
        let value: Option<Bytes> = document.map(|document| encode(&Document(document))).transpose()?;
        for _ in 0..limits::ATTEMPTS {
            let guard = self.bucket(bucket).await?.guard()?;
            let change = match &value {
                Some(value) => Transaction::new().put(key.clone(), value.clone()),
                None => Transaction::new().remove(key.clone()),
            };
            match self.table.commit(guard.and(change).and(with.clone())).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::operation_aborted().into())
    }
}
