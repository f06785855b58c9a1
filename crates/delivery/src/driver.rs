//! One target's driver: the one task that owns its pending events.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{Arn, EventId, Internal, InvocationId, Time};
use store::{CommitError, KeyPart, Puts, Transaction, Watch};
use tokio::task::{JoinError, JoinSet};

use crate::decide;

use crate::event::{Event, State, Step, StepKind};
use crate::limits::IN_FLIGHT;
use crate::rows;
use crate::shared::Shared;
use crate::target::{Attempt, Delivered, Over, Why};

/// Waits this long after the store failed before asking it again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Pending events that a driver knows at once. Of more, it knows those that are due first.
const HEADS: usize = 10_000;

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

/// A pending event, and when it is due.
type Head = (Time, EventId);

/// What the driver knows of its pending events. The store has them too: those under way until they are settled.
#[derive(Default)]
struct Heads {
    /// Not under way, the first one first.
    waiting: BTreeSet<Head>,
    under_way: HashMap<EventId, tokio::task::Id>,
    /// There are more in the store than are known, all of them due later than this.
    beyond: Option<Time>,
}

impl Heads {
    fn add(&mut self, (due, id): Head) {
        if self.beyond.is_none_or(|beyond| due < beyond) {
            self.waiting.insert((due, id));
        }
        if self.waiting.len() > HEADS {
            self.beyond = self.waiting.pop_last().map(|(due, _)| due);
        }
    }

    /// Only the store knows now.
    fn forget(&mut self) {
        self.waiting.clear();
        self.beyond = Some(Time::from_millis(0));
    }

    /// The next one that can begin; or when to look again.
    fn next(&mut self, now: Time) -> Result<Head, Option<Time>> {
        for head in &self.waiting {
            let (due, id) = *head;
            if due > now {
                return Err(Some(due));
            }
            // An earlier try of it may not have been heard of yet.
            if !self.under_way.contains_key(&id) {
                return Ok(*head);
            }
        }
        Err(None)
    }
}

impl Driver {
    /// Begins every try that is due and for which there is room; gives the time of the next one that is not due yet.
    async fn begin_due(&mut self) -> Result<Option<Time>, Internal> {
        match self.watch.take_puts() {
            Puts::Keys(keys) => {
                for key in keys {
                    self.heads.add(head_of(&key)?);
                }
            }
            Puts::TooMany => self.read().await?,
        }
        if self.heads.waiting.is_empty() && self.heads.beyond.is_some() {
            self.read().await?;
        }
        let now = self.shared.now();
        while self.heads.under_way.len() < IN_FLIGHT {
            match self.heads.next(now) {
                Err(next) => return Ok(next),
                Ok(head) => {
                    self.heads.waiting.remove(&head);
                    let task = self.tries.spawn(attempt(self.shared.clone(), head));
                    self.heads.under_way.insert(head.1, task.id());
                }
            }
        }
        Ok(None)
    }

    /// Learns from the store what is pending.
    async fn read(&mut self) -> Result<(), Internal> {
        let rows = self.shared.table.range(&rows::due_at(&self.target), None, HEADS + 1).await;
        self.heads.forget();
        let rows = rows?;
        self.heads.beyond = None;
        for row in &rows {
            let head = head_of(&row.key)?;
            if !self.heads.under_way.contains_key(&head.1) {
                self.heads.add(head);
            }
        }
        if rows.len() > HEADS && self.heads.beyond.is_none() {
            self.heads.beyond = self.heads.waiting.last().map(|(due, _)| *due);
        }
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
                self.heads.under_way.retain(|_, id| *id != task);
                if let Some(head) = pending {
                    self.heads.add(head);
                }
            }
            Err(lost) => {
                self.heads.under_way.retain(|_, id| *id != lost.id());
                self.heads.forget();
            }
        }
    }
}

fn head_of(key: &store::Key) -> Result<Head, Internal> {
    let id = key.last_text().map_err(Internal::because("reading a due row"))?;
    let id = id.parse().map_err(Internal::because("reading a due row's event"))?;
    match key.parts().map_err(Internal::because("reading a due row"))?.get(3) {
        Some(KeyPart::Number(millis)) => Ok((Time::from_millis(*millis as i64), id)),
        _ => Err(Internal::new("a due row has no time")),
    }
}

/// One try, from the row to the row. Gives when it is due again, if it is. A failure of ours leaves the event pending as
/// it is, and the driver comes back to it.
async fn attempt(shared: Arc<Shared>, head: Head) -> Option<Head> {
    match try_once(&shared, head).await {
        Ok(State::Pending { due }) => Some((due, head.1)),
        Ok(State::Held | State::Done | State::Dead) => None,
        Err(internal) => {
            tracing::error!(error = %internal, event = %head.1, "an event could not be brought on its way");
            let pause = shared.now() + STORE_PAUSE;
            tokio::select! {
                () = shared.clock.sleep_until(pause) => {}
                () = shared.tasks.stopping() => {}
            }
            Some(head)
        }
    }
}

/// The state that it leads to; for the driver, what is gone is done.
async fn try_once(shared: &Shared, (due, id): Head) -> Result<State, Internal> {
    let event = shared.event(id).await?.filter(|event| event.state == State::Pending { due });
    let payload = shared.table.get(&rows::payload(id)).await?.map(|row| row.value);
    let (Some(event), Some(payload)) = (event, payload) else {
        // Wiped, or settled and heard of late.
        return Ok(State::Done);
    };
    if decide::expired(&event, shared.now()) {
        let mut dead = event.clone();
        decide::grow_too_old(&mut dead, shared.now());
        let over =
            over(shared, &Over { event: &dead, payload: &payload, why: Why::TooOld, last: None }).await?;
        change(shared, &event, &dead, over).await?;
        return Ok(dead.state);
    }
    let (begun, attempt) = begin(&event, payload.clone(), shared.now());
    change(shared, &event, &begun, Transaction::new()).await?;
    let outcome = match shared.target(&begun.target) {
        Some(target) => target.deliver(&begun, attempt).await,
        None => Delivered::Refused { reason: format!("nothing receives for {}", begun.target) },
    };
    let jitter = shared.dice.fraction();
    let (settled, why) =
        decide::settled(begun.clone(), &outcome, shared.now(), &shared.settings.retry_after, jitter);
    let mut settle = match why {
        Some(why) => {
            over(shared, &Over { event: &settled, payload: &payload, why, last: Some(&outcome) }).await?
        }
        None => Transaction::new(),
    };
    if let Delivered::Taken { settle: with, .. } | Delivered::Failed { settle: with, .. } = outcome {
        settle = settle.and(with);
    }
    change(shared, &begun, &settled, settle).await?;
    Ok(settled.state)
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
