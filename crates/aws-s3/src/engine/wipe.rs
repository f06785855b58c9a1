//! Everything of an account goes, for test suites that begin anew. Nothing is told of it.

use model::{AccountId, Failure, Internal};
use store::Transaction;

use super::conditions::WriteCondition;
use super::objects::At;
use super::{Engine, keys};
use crate::limits;

impl Engine {
    /// Removes every bucket of the account with all that is in it.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        let owned = self.buckets(account, "", None, usize::MAX).await?;
        for (name, _) in owned.buckets {
            self.empty(&name).await.map_err(unexpected)?;
            self.delete_bucket(&name).await.map_err(unexpected)?;
        }
        Ok(())
    }

    async fn empty(&self, bucket: &str) -> Result<(), Failure> {
        loop {
            let entries = self.table.range(&keys::objects(bucket), None, limits::PAGE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                let key = entry.key.last_text().map_err(Internal::because("reading an object's key"))?;
                self.delete(&At::new(bucket, key), &WriteCondition::default(), &Transaction::new()).await?;
            }
        }
    }
}

/// Nobody asked for this by name, so nobody is told a fault.
fn unexpected(failure: Failure) -> Internal {
    match failure {
        Failure::Internal(internal) => internal,
        Failure::Fault(fault) => Internal::because("wiping an account's buckets")(fault),
    }
}
