//! The duty that forgets timelines: ended events, once their retention is over.

use std::sync::Arc;
use std::time::Duration;

use model::Internal;
use store::Transaction;

use crate::event::State;
use crate::rows;
use crate::shared::{Shared, id_of};

const EVERY: Duration = Duration::from_secs(60 * 60);

/// Rows looked at in one step.
const STEP: usize = 500;

pub async fn run(shared: Arc<Shared>) {
    loop {
        if let Err(internal) = sweep(&shared).await {
            tracing::warn!(error = %internal, "old timelines could not be removed");
        }
        shared.clock.sleep_until(shared.now() + EVERY).await;
    }
}

async fn sweep(shared: &Shared) -> Result<(), Internal> {
    let all = rows::all_recent();
    let mut after = None;
    loop {
        let entries = shared.table.range(&all, after.as_ref(), STEP).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = Some(last.key.clone());
        let mut forget = Transaction::new();
        for entry in &entries {
            let Some(event) = shared.event(id_of(entry)?).await? else { continue };
            // A message may wait in its queue for longer than that.
            let ended = matches!(event.state, State::Done | State::Dead);
            if ended && shared.now().since(event.received) > shared.settings.retention {
                forget = forget.and(rows::forget(&event));
            }
        }
        if !forget.remove.is_empty() {
            shared.table.commit(forget).await.map_err(store::CommitError::unexpected)?;
        }
    }
}
