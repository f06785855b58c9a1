//! One target's driver: the one task that owns its pending events.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{Arn, Internal, InvocationId, Time};
use store::{CommitError, Puts, Transaction, Watch};
use tokio::task::{JoinError, JoinSet};

use crate::decide;
use crate::event::{Event, State, Step, StepKind};
use crate::heads::{Head, Heads};
use crate::limits::IN_FLIGHT;
use crate::rows;
use crate::shared::Shared;
use crate::target::{Attempt, Delivered, Over, Terms, Why};

/// Waits this long after the store failed before asking it again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Runs until the platform stops; tries that have begun are then finished.
pub async fn run(shared: Arc<Shared>, target: Arn, watch: Watch) {
    let mut driver = Driver { shared, target, watch, heads: Heads::default(), tries: JoinSet::new() };
    while !driver.shared.tasks.is_stopping() {
        let next = driver.begin_due().await.unwrap_or_else(|internal| {
            tracing::error!(error = %internal, "pending events could not be read");
            Some(driver.shared.now() + STORE_PAUSE)
        });
        driver.wait(next).await;
    }
    while let Some(ended) = driver.tries.join_next_with_id().await {
        driver.ended(ended);
    }
}

struct Driver {
    shared: Arc<Shared>,
    target: Arn,
    watch: Watch,
    heads: Heads,
    tries: JoinSet<Option<Head>>,
}

impl Driver {
    /// Begins every try that is due and for which there is room; gives the time of the next one that is not due yet.
    async fn begin_due(&mut self) -> Result<Option<Time>, Internal> {
        match self.watch.take_puts() {
            Puts::Keys(keys) => {
                for key in keys {
                    self.heads.add(Head::of(&key)?);
                }
            }
            Puts::TooMany => self.read().await?,
        }
        if self.heads.knows_only_of_more() {
            self.read().await?;
        }
        let now = self.shared.now();
        while self.heads.under_way() < IN_FLIGHT {
            match self.heads.next(now) {
                Err(next) => return Ok(next),
                Ok(head) => {
                    let task = self.tries.spawn(attempt(self.shared.clone(), head.clone()));
                    self.heads.begun(head, task.id());
                }
            }
        }
        Ok(None)
    }

    /// Learns from the store what is pending.
    async fn read(&mut self) -> Result<(), Internal> {
        let rows = self.shared.table.range(&rows::due_at(&self.target), None, Heads::KNOWN + 1).await;
        self.heads.forget();
        let heads = rows?.iter().map(|row| Head::of(&row.key)).collect::<Result<Vec<_>, _>>()?;
        if let Some(last) = heads.iter().rfind(|head| head.group.is_some()) {
            self.shared.place(last.due);
        }
        self.heads.learn(heads);
        Ok(())
    }

    async fn wait(&mut self, next: Option<Time>) {
        let shared = self.shared.clone();
        let timer = async {
            match next {
                Some(next) => shared.clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.watch.changed() => {}
            () = timer => {}
            () = shared.tasks.stopping() => {}
            Some(ended) = self.tries.join_next_with_id() => self.ended(ended),
        }
    }

    fn ended(&mut self, ended: Result<(tokio::task::Id, Option<Head>), JoinError>) {
        match ended {
            Ok((task, pending)) => {
                self.heads.ended(task);
                if let Some(head) = pending {
                    self.heads.add(head);
                }
            }
            Err(lost) => {
                self.heads.ended(lost.id());
                self.heads.forget();
            }
        }
    }
}

/// One try, from the row to the row. Gives when it is due again, if it is. A failure of ours leaves the event pending as
/// it is, and the driver comes back to it. What has to keep an order is tried here until it is over.
async fn attempt(shared: Arc<Shared>, mut head: Head) -> Option<Head> {
    loop {
        let again = match try_once(&shared, &head).await {
            Ok(None) => return None,
            Ok(Some(due)) if head.group.is_none() => {
                head.due = due;
                return Some(head);
            }
            Ok(Some(due)) => due,
            Err(internal) => {
                tracing::error!(error = %internal, event = %head.id, "an event could not be brought on its way");
                shared.now() + STORE_PAUSE
            }
        };
        tokio::select! {
            () = shared.clock.sleep_until(again) => {}
            () = shared.tasks.stopping() => return Some(head),
        }
        if head.group.is_none() {
            return Some(head);
        }
    }
}

/// When it is due again, if it is; for the driver, what is gone is done.
async fn try_once(shared: &Shared, head: &Head) -> Result<Option<Time>, Internal> {
    let due = head.due;
    let event = shared.event(head.id).await?.filter(|event| event.state == State::Pending { due });
    let payload = shared.table.get(&rows::payload(head.id)).await?.map(|row| row.value);
    let (Some(event), Some(payload)) = (event, payload) else {
        // Wiped, or settled and heard of late.
        return Ok(None);
    };
    let target = shared.target(&event.target);
    let terms = match target {
        Some(target) => target.terms(&event).await?,
        None => Terms::of(&event),
    };
    if decide::expired(&event, &terms, shared.now()) {
        let mut dead = event.clone();
        decide::grow_too_old(&mut dead, shared.now());
        let over =
            over(shared, &Over { event: &dead, payload: &payload, why: Why::TooOld, last: None }).await?;
        change(shared, &event, &dead, over).await?;
        return Ok(None);
    }
    let (begun, attempt) = begin(&event, payload.clone(), shared.now());
    change(shared, &event, &begun, Transaction::new()).await?;
    let outcome = match target {
        Some(target) => target.deliver(&begun, attempt).await,
        None => Delivered::Refused { reason: format!("nothing receives for {}", begun.target) },
    };
    let waits = terms.retry_after.as_ref().unwrap_or(&shared.settings.retry_after);
    let chance = decide::Chance { now: shared.now(), retry_after: waits, jitter: shared.dice.fraction() };
    let (mut settled, why) = decide::settled(begun.clone(), &outcome, &terms, chance);
    let mut settle = match why {
        Some(why) => {
            over(shared, &Over { event: &settled, payload: &payload, why, last: Some(&outcome) }).await?
        }
        None => Transaction::new(),
    };
    if let Delivered::Taken { settle: with, .. } | Delivered::Failed { settle: with, .. } = outcome {
        settle = settle.and(with);
    }
    let again = settled.due();
    if again.is_some() && head.group.is_some() {
        // It keeps its place before those that follow it, also after a crash.
        settled.state = State::Pending { due };
    }
    change(shared, &begun, &settled, settle).await?;
    Ok(again)
}

async fn over(shared: &Shared, over: &Over<'_>) -> Result<Transaction, Internal> {
    match shared.target(&over.event.target) {
        Some(target) => target.over(over).await,
        None => Ok(Transaction::new()),
    }
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
    let change =
        rows::change(before, after)?.expect(rows::event(before.id), store::Expected::Present).relaxed();
    match shared.table.commit(change.and(with)).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict(key)) if key == rows::event(before.id) => Ok(()),
        Err(error) => Err(error.unexpected()),
    }
}
