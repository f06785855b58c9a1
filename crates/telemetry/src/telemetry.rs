//! The handle that sandboxes print into, and its tasks.

use std::sync::Arc;

use bytes::Bytes;
use model::{AccountId, Internal, Time};
use sandbox::{LogPlace, Output};
use tasks::Tasks;

use crate::logs::Logs;
use crate::queue::Queue;
use crate::{sweep, writer};

/// Takes lines without ever making anybody wait. What there is no room for is dropped and counted, and the count is a
/// line of the stream and of the platform's log. Clones are the same.
#[derive(Clone)]
pub struct Telemetry {
    logs: Logs,
    queue: Arc<Queue>,
}

impl Telemetry {
    /// Begins to write and to sweep. When `tasks` stops, all that was taken is written.
    pub fn new(logs: Logs, tasks: &Tasks) -> Self {
        let queue = Arc::new(Queue::default());
        tasks.work("telemetry-writer", writer::run(logs.clone(), queue.clone(), tasks.clone()));
        tasks.wait("telemetry-sweep", sweep::run(logs.clone()));
        Self { logs, queue }
    }

    /// What is kept of all lines.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Removes every line, stream and group of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.queue.forget(account);
        self.logs.wipe(account).await
    }
}

impl Output for Telemetry {
    fn line(&self, place: &LogPlace, time: Time, line: Bytes) {
        self.queue.push(place, time, &line);
    }
}
