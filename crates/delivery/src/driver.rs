//! One target's driver: the one task that owns its pending events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{Arn, EventId, Internal, InvocationId, Time};
use store::{CommitError, Transaction, Watch};
use tokio::task::{JoinError, JoinSet};

use crate::event::{Event, Step, StepKind};
use crate::heads::Heads;
use crate::limits::IN_FLIGHT;
use crate::shared::Shared;
use crate::target::{Attempt, Delivered};
use crate::{decide, rows};

/// Waits this long after the store failed before asking it again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Runs until the platform stops; tries that have begun are then finished.
pub async fn run(shared: Arc<Shared>, target: Arn, watch: Watch) {
    let (heads, in_flight, tries) = (Heads::unknown(), HashMap::new(), JoinSet::new());
    let mut driver = Driver { shared, target, heads, in_flight, tries };
    while !driver.shared.tasks.is_stopping() {
        let next = driver.begin_due().await.unwrap_or_else(|internal| {
            tracing::error!(error = %internal, "pending events could not be read");
            Some(driver.shared.now() + STORE_PAUSE)
        });
        driver.wait(&watch, next).await;
    }
    while let Some(ended) = driver.tries.join_next().await {
        driver.ended(ended);
    }
}

struct Driver {
    shared: Arc<Shared>,
    target: Arn,
    heads: Heads,
    in_flight: HashMap<EventId, tokio::task::Id>,
    tries: JoinSet<Ended>,
}

/// A try that is over.
struct Ended {
    event: EventId,
    /// What became of it is in its row; else it is as pending as before.
    settled: bool,
}

impl Driver {
    /// Begins every try that is due and for which there is room; gives the time of the next one that is not due yet,
    /// unless the end of a try comes first.
    async fn begin_due(&mut self) -> Result<Option<Time>, Internal> {
        while self.in_flight.len() < IN_FLIGHT {
            if let Some(id) = self.heads.take() {
                let task = self.tries.spawn(attempt(self.shared.clone(), id));
                self.in_flight.insert(id, task.id());
            } else if self.heads.is_worth_reading(self.shared.now()) {
                self.heads.read(&self.shared, &self.target, &self.in_flight).await?;
            } else {
                return Ok(self.heads.next());
            }
        }
        Ok(None)
    }

    async fn wait(&mut self, watch: &Watch, next: Option<Time>) {
        let shared = self.shared.clone();
        let timer = async {
            match next {
                Some(next) => shared.clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = watch.changed() => self.heads.changed(),
            () = timer => {}
            () = shared.tasks.stopping() => {}
            Some(ended) = self.tries.join_next() => self.ended(ended),
        }
        while let Some(ended) = self.tries.try_join_next() {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Result<Ended, JoinError>) {
        match ended {
            Ok(Ended { event, settled }) => {
                self.in_flight.remove(&event);
                if settled {
                    return;
                }
            }
            Err(panic) => self.in_flight.retain(|_, task| *task != panic.id()),
        }
        // Its row has not changed, so that nothing else says that it is to be read again.
        self.heads.changed();
    }
}

/// One try, from the row to the row. A failure of ours leaves the event pending as it is, and the driver comes back to it.
async fn attempt(shared: Arc<Shared>, event: EventId) -> Ended {
    let tried = try_once(&shared, event).await;
    if let Err(internal) = &tried {
        tracing::error!(error = %internal, %event, "an event could not be brought on its way");
        let pause = shared.now() + STORE_PAUSE;
        tokio::select! {
            () = shared.clock.sleep_until(pause) => {}
            () = shared.tasks.stopping() => {}
        }
    }
    Ended { event, settled: tried.is_ok() }
}

async fn try_once(shared: &Shared, id: EventId) -> Result<(), Internal> {
    let (Some(event), Some(payload)) =
        (shared.event(id).await?, shared.table.get(&rows::payload(id)).await?.map(|row| row.value))
    else {
        // Wiped between the scan and now.
        return Ok(());
    };
    if decide::expired(&event, shared.now()) {
        let mut dead = event.clone();
        decide::die(&mut dead, shared.now(), "maximum event age exceeded".to_owned());
        return change(shared, &event, &dead, Transaction::new()).await;
    }
    let (begun, attempt) = begin(&event, payload, shared.now());
    change(shared, &event, &begun, Transaction::new()).await?;
    let outcome = match shared.target(&begun.target) {
        Some(target) => target.deliver(&begun, attempt).await,
        None => Delivered::Refused { reason: format!("nothing receives for {}", begun.target) },
    };
    let jitter = shared.dice.fraction();
    let settled =
        decide::settled(begun.clone(), &outcome, shared.now(), &shared.settings.retry_after, jitter);
    let settle = match outcome {
        Delivered::Taken { settle } | Delivered::Failed { settle, .. } => settle,
        Delivered::TryLater { .. } | Delivered::Refused { .. } => Transaction::new(),
    };
    change(shared, &begun, &settled, settle).await
}

fn begin(event: &Event, payload: Bytes, now: Time) -> (Event, Attempt) {
    let mut begun = event.clone();
    let repeat = event.is_cut_off();
    let (number, invocation) = (event.attempts() + 1, InvocationId::from(event.id));
    begun.steps.push(Step { time: now, kind: StepKind::Started { attempt: number, invocation, repeat } });
    (begun, Attempt { number, invocation, repeat, payload })
}

async fn change(shared: &Shared, before: &Event, after: &Event, with: Transaction) -> Result<(), Internal> {
    // The event's own row must still be there: a wipe in between wins.
    let change = rows::change(before, after)?.expect(rows::event(before.id), store::Expected::Present);
    match shared.table.commit(change.and(with)).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict(key)) if key == rows::event(before.id) => Ok(()),
        Err(error) => Err(error.unexpected()),
    }
}
