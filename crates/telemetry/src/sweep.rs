//! The duty that removes what is older than its group keeps it, and what a crash left of deletions.

use std::collections::BTreeMap;

use model::Internal;
use store::{Expected, Transaction};

use crate::keys;
use crate::limits::{ATTEMPTS, LIST_ROWS, SWEEP_EVERY};
use crate::logs::{LogError, Logs, came_through};
use crate::position::Position;
use crate::rows::Group;

/// Sweeps from time to time, until it is dropped.
pub async fn run(logs: Logs) {
    loop {
        if let Err(internal) = logs.sweep().await {
            tracing::error!(error = %internal, "old log events could not be removed");
        }
        let next = logs.now() + SWEEP_EVERY;
        logs.clock().sleep_until(next).await;
    }
}

impl Logs {
    /// Removes what is due now, once.
    pub async fn sweep(&self) -> Result<(), Internal> {
        self.clear_gone().await?;
        let mut after = None;
        loop {
            let entries = self.table().range(&keys::all_groups(), after.as_ref(), LIST_ROWS).await?;
            for entry in &entries {
                let group: Group = store::decode(&entry.row.value)?;
                if group.retention_days.is_some() {
                    self.expire(&group).await?;
                }
            }
            match entries.last() {
                Some(last) if entries.len() == LIST_ROWS => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// Removes the rows of seconds that are over.
    async fn expire(&self, group: &Group) -> Result<(), Internal> {
        let over = Position::at(group.kept_since(self.now())).second();
        let mut conflicts = 0;
        while conflicts < ATTEMPTS {
            let (rows, _) = self.chunk_rows(group.id, 0..over, None).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut lighter: BTreeMap<String, u64> = BTreeMap::new();
            let mut remove = Transaction::new();
            for row in rows {
                let (stream, bytes) = row.weight()?;
                *lighter.entry(stream).or_default() += bytes;
                remove = remove.remove(row.key);
            }
            let change = remove.and(self.lighter(group, &lighter).await?);
            if !came_through(self.table().commit(change).await)? {
                conflicts += 1;
            }
        }
        Err(Internal::new("old log events were changed by others again and again"))
    }

    /// The streams without what these lose.
    async fn lighter(&self, group: &Group, lost: &BTreeMap<String, u64>) -> Result<Transaction, Internal> {
        let mut change = Transaction::new();
        for (name, bytes) in lost {
            let mut stream = match self.kept_stream(group, name).await {
                Ok(stream) => stream,
                Err(LogError::Internal(internal)) => return Err(internal),
                // It was deleted meanwhile.
                Err(_) => continue,
            };
            stream.record.bytes = stream.record.bytes.saturating_sub(*bytes);
            let key = keys::stream(group.id, name);
            change = change
                .expect(key.clone(), Expected::At(stream.revision))
                .put(key, store::encode(&stream.record)?);
        }
        Ok(change)
    }
}
