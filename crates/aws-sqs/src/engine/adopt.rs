//! Queues that were made when everything about a message was in its own row: the rows by which messages are found and
//! counted are made of these, once.

use std::collections::HashMap;

use model::{Internal, Time};
use store::{CommitError, Table, Transaction};

use super::message::Message;
use super::{places, rows};

/// Rows that are looked at at once.
const STEP: usize = 500;

/// Does nothing for a queue whose messages are counted.
pub async fn adopt(table: &dyn Table, queue: &str, now: Time) -> Result<(), Internal> {
    if table.get(&rows::count(queue)).await?.is_some() {
        return Ok(());
    }
    let (all, mut after) = (rows::messages(queue), None);
    let mut counts = HashMap::from([(rows::count(queue), 0)]);
    loop {
        let entries = table.range(&all, after.as_ref(), STEP).await?;
        let mut adopt = Transaction::new();
        for entry in &entries {
            let message: Message = store::decode(&entry.row.value)?;
            let mut found = places::found(queue, &message, now)?;
            for (key, change) in found.count.drain(..) {
                *counts.entry(key).or_default() += change;
            }
            adopt = adopt.and(found);
        }
        if !adopt.put.is_empty() {
            table.commit(adopt).await.map_err(CommitError::unexpected)?;
        }
        match entries.last() {
            Some(last) if entries.len() == STEP => after = Some(last.key.clone()),
            _ => break,
        }
    }
    // Last: until then it is not adopted.
    let counted = Transaction { count: counts.into_iter().collect(), ..Transaction::new() };
    table.commit(counted).await.map(drop).map_err(CommitError::unexpected)
}
