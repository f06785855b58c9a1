//! One target's driver: the one task that owns its pending events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{Arn, EventId, Internal, InvocationId, Time};
use store::{CommitError, KeyPart, Transaction, Watch};
use tokio::task::JoinSet;

use crate::decide;

use crate::event::{Event, Step, StepKind};
use crate::limits::IN_FLIGHT;
use crate::rows;
use crate::shared::{Shared, id_of};
use crate::target::{Attempt, Delivered};

/// Waits this long after the store failed before asking it again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Runs until the platform stops; tries that have begun are then finished.
pub async fn run(shared: Arc<Shared>, target: Arn, watch: Watch) {
    let mut driver = Driver { shared, target, in_flight: HashMap::new(), tries: JoinSet::new() };
    while !driver.shared.tasks.is_stopping() {
        let next = driver.begin_due().await.unwrap_or_else(|internal| {
            tracing::error!(error = %internal, "pending events could not be read");
            Some(driver.shared.now() + STORE_PAUSE)
        });
        driver.wait(&watch, next).await;
    }
    while let Some(ended) = driver.tries.join_next_with_id().await {
        driver.ended(ended.map(|(id, ())| id).unwrap_or_else(|error| error.id()));
    }
}

struct Driver {
    shared: Arc<Shared>,
    target: Arn,
    in_flight: HashMap<EventId, tokio::task::Id>,
    tries: JoinSet<()>,
}

impl Driver {
    /// Begins every try that is due and for which there is room; gives the time of the next one that is not due yet.
    async fn begin_due(&mut self) -> Result<Option<Time>, Internal> {
        let due = rows::due_at(&self.target);
        // One more than can be in flight: a head that is not due yet, or that is due and finds no room.
        let heads = self.shared.table.range(&due, None, IN_FLIGHT + 1).await?;
        let now = self.shared.now();
        for head in &heads {
            let at = due_of(&head.key)?;
            if at > now {
                return Ok(Some(at));
            }
            let id = id_of(head)?;
            if self.in_flight.len() < IN_FLIGHT && !self.in_flight.contains_key(&id) {
                let task = self.tries.spawn(attempt(self.shared.clone(), id));
                self.in_flight.insert(id, task.id());
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
            () = watch.changed() => {}
            () = timer => {}
            () = shared.tasks.stopping() => {}
            Some(ended) = self.tries.join_next_with_id() => {
                self.ended(ended.map(|(id, ())| id).unwrap_or_else(|error| error.id()));
            }
        }
    }

    fn ended(&mut self, task: tokio::task::Id) {
        self.in_flight.retain(|_, id| *id != task);
    }
}

fn due_of(key: &store::Key) -> Result<Time, Internal> {
    match key.parts().map_err(Internal::because("reading a due row"))?.get(3) {
        Some(KeyPart::Number(millis)) => Ok(Time::from_millis(*millis as i64)),
        _ => Err(Internal::new("a due row has no time")),
    }
}

/// One try, from the row to the row. A failure of ours leaves the event pending as it is, and the driver comes back to it.
async fn attempt(shared: Arc<Shared>, id: EventId) {
    if let Err(internal) = try_once(&shared, id).await {
        tracing::error!(error = %internal, event = %id, "an event could not be brought on its way");
        let pause = shared.now() + STORE_PAUSE;
        tokio::select! {
            () = shared.clock.sleep_until(pause) => {}
            () = shared.tasks.stopping() => {}
        }
    }
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
