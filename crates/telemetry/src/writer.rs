//! The task that writes what waits in the queue, and makes groups and streams on their first use.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use sandbox::LogPlace;
use tasks::Tasks;

use crate::append::NewLine;
use crate::limits::{ATTEMPTS, GATHER, WRITERS};
use crate::logs::{GroupAt, LogError, Logs, too_contended};
use crate::queue::{Queue, Waiting};

/// Runs until the branch stops and all that was queued is written.
pub async fn run(logs: Logs, queue: Arc<Queue>, tasks: Tasks) {
    loop {
        tokio::select! {
            () = queue.ready() => {}
            () = tasks.stopping() => {}
        }
        tokio::select! {
            () = logs.clock().sleep_until(logs.now() + GATHER) => {}
            () = tasks.stopping() => {}
        }
        let taken = queue.take();
        if taken.is_empty() && tasks.is_stopping() {
            return;
        }
        let write = |(place, waiting)| write(&logs, place, waiting);
        stream::iter(taken).for_each_concurrent(WRITERS, write).await;
    }
}

async fn write(logs: &Logs, place: LogPlace, mut waiting: Waiting) {
    if waiting.dropped > 0 {
        let (dropped, group, stream) = (waiting.dropped, &place.group, &place.stream);
        tracing::warn!(dropped, group, stream, "log lines came faster than they could be kept");
        let message =
            format!("Dayfly dropped {dropped} log lines here: they came faster than they could be kept.\n");
        waiting.lines.push(NewLine { time: logs.now(), message });
    }
    if let Err(error) = keep(logs, &place, &waiting.lines).await {
        let (lines, group, stream) = (waiting.lines.len(), &place.group, &place.stream);
        tracing::error!(%error, lines, group, stream, "log lines could not be written");
    }
}

async fn keep(logs: &Logs, place: &LogPlace, lines: &[NewLine]) -> Result<(), LogError> {
    let at = GroupAt::from(place);
    for _ in 0..ATTEMPTS {
        let made = match logs.append(&at, &place.stream, lines).await {
            Ok(_) => return Ok(()),
            Err(LogError::NoSuchGroup) => logs.create_group(&at, Default::default()).await,
            Err(LogError::NoSuchStream) => logs.create_stream(&at, &place.stream).await,
            Err(error) => return Err(error),
        };
        match made {
            // Deleted or made by somebody else at this moment: the next turn tells.
            Ok(()) | Err(LogError::AlreadyExists | LogError::NoSuchGroup | LogError::NoSuchStream) => {}
            Err(error) => return Err(error),
        }
    }
    Err(too_contended())
}
