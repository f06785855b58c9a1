//! The handle that sources, targets and the admin face hold: accepting, asking, listing.

use std::sync::Arc;

use bytes::Bytes;
use model::{AccountId, Arn, Cause, EventId, Internal};
use store::{Entry, Key, KeyPart, Table, Transaction, Watch};
use tasks::{Clock, Dice, Tasks};

use crate::event::{Event, NewEvent, State, Step, StepKind};
use crate::mapping::Mapping;
use crate::poller::Poller;
use crate::shared::{Settings, Shared, id_of};
use crate::source::{Source, SourceShape};
use crate::target::{SourceOf, Target};
use crate::{driver, rows, sweep};

/// Accepts events and sees to it that they arrive. Clones are the same.
#[derive(Clone)]
pub struct Delivery(Arc<Shared>);

impl Delivery {
    /// Events that are kept in this table. Nothing is delivered before `start`.
    pub fn new(settings: Settings, table: Arc<dyn Table>, clock: Clock, dice: Dice, tasks: Tasks) -> Self {
        Self(Arc::new(Shared::new(settings, table, clock, dice, tasks)))
    }

    /// Begins to deliver, first of all what an earlier process left pending. Called once, when all targets and sources
    /// exist; what was accepted before waits until then.
    pub async fn start(
        &self,
        targets: Vec<Arc<dyn Target>>,
        sources: Vec<Arc<dyn Source>>,
    ) -> Result<(), Internal> {
        let mut after = None;
        let all = rows::all_due();
        let mut pending = Vec::new();
        while let Some(entry) = self.0.table.range(&all, after.as_ref(), 1).await?.pop() {
            let target = target_of(&entry)?;
            after = rows::due_at(&target).after_prefix();
            pending.push(target);
        }
        let _ = self.0.sources.set(sources);
        let _ = self.0.targets.set(targets);
        let accepted: Vec<Arn> = self.0.drivers().drain().collect();
        for target in pending.into_iter().chain(accepted) {
            self.drive(&target);
        }
        self.0.tasks.wait("delivery-sweep", sweep::run(self.0.clone()));
        Ok(())
    }

    /// The rows that make the event ours, for the transaction that acknowledges it. Nothing happens before that commits.
    pub fn accept(&self, new: NewEvent) -> Result<(EventId, Transaction), Internal> {
        let mut event = rows::accepted(&new, self.0.clock.now());
        if event.group.is_some() {
            event.state = State::Pending { due: self.0.place(event.received) };
        }
        let transaction = rows::accept(&event, new.payload)?;
        self.drive(&event.target);
        Ok((event.id, transaction))
    }

    /// The rows of an event that its target holds until it is taken from there, as a queue does. Nothing is tried; whoever
    /// holds it tells by `note` what becomes of it.
    pub fn hold(&self, new: &NewEvent) -> Result<(Event, Transaction), Internal> {
        let event = Event { state: State::Held, ..rows::accepted(new, self.0.clock.now()) };
        let transaction = rows::hold(&event)?;
        Ok((event, transaction))
    }

    /// The rows of an event that is over as it begins: what it was for has become true with it, or never can.
    pub fn ended(
        &self,
        new: &NewEvent,
        last: StepKind,
        state: State,
    ) -> Result<(Event, Transaction), Internal> {
        let mut event = Event { state, ..rows::accepted(new, self.0.clock.now()) };
        event.push(Step { time: event.received, kind: last });
        let transaction = rows::hold(&event)?;
        Ok((event, transaction))
    }

    /// The rows that add a step to the timeline of an event that is held; nothing if it is not known any more.
    pub async fn note(&self, id: EventId, step: StepKind, state: State) -> Result<Transaction, Internal> {
        let Some(before) = self.0.event(id).await? else { return Ok(Transaction::new()) };
        let mut after = Event { state, ..before.clone() };
        after.push(Step { time: self.0.clock.now(), kind: step });
        rows::change(&before, &after)
    }

    /// Begins to take from a source in batches for a target, until that is stopped. Not before `start`.
    pub fn map(&self, mapping: Mapping) -> Poller {
        Poller::start(self.0.clone(), mapping)
    }

    /// What a source is like; `None` when there is none of this ARN.
    pub async fn shape(&self, source: &Arn) -> Result<Option<SourceShape>, Internal> {
        match self.0.source(source) {
            Some(kind) => kind.shape(source).await,
            None => Ok(None),
        }
    }

    /// Whether the target exists and lets this source send to it, now.
    pub async fn may_deliver(&self, target: &Arn, from: &SourceOf) -> Result<bool, Internal> {
        match self.0.target(target) {
            Some(kind) => kind.may_receive(target, from).await,
            None => Ok(false),
        }
    }

    /// The event with its timeline; `None` when there is none of this id.
    pub async fn event(&self, id: EventId) -> Result<Option<Event>, Internal> {
        self.0.event(id).await
    }

    /// Accepts the document of an event again, for its target or another one; it comes out of that event. `None` when the
    /// document is not kept. It is on disk when this returns.
    pub async fn replay(
        &self,
        event: &Event,
        target: Arn,
        cause: Option<Cause>,
    ) -> Result<Option<EventId>, Internal> {
        let Some(payload) = self.payload(event.id).await? else { return Ok(None) };
        let (account, region) = (event.account.clone(), event.region.clone());
        let mut new = NewEvent::new(account, region, "replay", target, payload).out_of([event]);
        new.subject.clone_from(&event.subject);
        new.cause = cause;
        let (id, rows) = self.accept(new)?;
        self.0.table.commit(rows).await.map_err(store::CommitError::unexpected)?;
        Ok(Some(id))
    }

    /// The document of an event; `None` when there is none of this id.
    pub async fn payload(&self, id: EventId) -> Result<Option<Bytes>, Internal> {
        Ok(self.0.table.get(&rows::payload(id)).await?.map(|row| row.value))
    }

    /// An account's events, newest first, up to `limit`, of those after the place that an earlier page ended at.
    /// With the place that this page ends at, while there may be more.
    pub async fn recent(
        &self,
        account: &AccountId,
        after: Option<Key>,
        limit: usize,
    ) -> Result<(Vec<Event>, Option<Key>), Internal> {
        let entries = self.0.table.range(&rows::recent_of(account), after.as_ref(), limit).await?;
        let end = (entries.len() == limit).then(|| entries.last().map(|entry| entry.key.clone())).flatten();
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            events.extend(self.0.event(id_of(&entry)?).await?);
        }
        Ok((events, end))
    }

    pub(crate) fn table(&self) -> &dyn Table {
        &*self.0.table
    }

    /// Wakes when any timeline has grown.
    pub fn watch(&self) -> Watch {
        self.0.table.watch(rows::events())
    }

    /// Removes every event of an account, whatever its state: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        loop {
            let (events, _) = self.recent(account, None, 500).await?;
            if events.is_empty() {
                return Ok(());
            }
            let forget = events.iter().fold(Transaction::new(), |all, event| all.and(rows::forget(event)));
            self.0.table.commit(forget).await.map_err(store::CommitError::unexpected)?;
        }
    }

    /// Makes sure that the target has its driver; before `start` it is only noted.
    fn drive(&self, target: &Arn) {
        let new = self.0.drivers().insert(target.clone());
        if new && self.0.targets.get().is_some() {
            // Watching begins here, before the commit that the driver is to see.
            let watch = self.0.table.watch(rows::due_at(target));
            self.0.tasks.work("delivery-driver", driver::run(self.0.clone(), target.clone(), watch));
        }
    }
}

fn target_of(entry: &Entry) -> Result<Arn, Internal> {
    let parts = entry.key.parts().map_err(Internal::because("reading a due row"))?;
    match parts.get(2) {
        Some(KeyPart::Text(target)) => {
            target.parse().map_err(Internal::because("reading a due row's target"))
        }
        _ => Err(Internal::new("a due row has no target")),
    }
}
