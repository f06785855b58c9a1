//! A mapping at work: takes from the source as much as the target can handle, and says what became of it.

use std::sync::Arc;
use std::time::Duration;

use model::{Failure, InvocationId, Time};
use store::Transaction;
use tasks::Tasks;
use tokio::task::JoinSet;

use crate::event::{Event, NewEvent, State, Step, StepKind};
use crate::mapping::{self, Mapping, Pace};
use crate::rows;
use crate::shared::Shared;
use crate::source::{Fate, Item, Source, Want};
use crate::target::{Attempt, Delivered};

/// How long one asking of the source waits. It is asked again at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// After the source or the target could not be used; twice as long each time in a row.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_LAST: Duration = Duration::from_secs(64);

/// A mapping that runs until it is told to stop.
pub struct Poller(Tasks);

impl Poller {
    pub fn start(shared: Arc<Shared>, mapping: Mapping) -> Self {
        let tasks = shared.tasks.child();
        let stop = tasks.clone();
        tasks.work("delivery-poller", async move {
            match shared.source(&mapping.source).cloned() {
                Some(source) => Taker::new(shared, source, mapping, stop).run().await,
                None => tracing::error!(?mapping, "a mapping has a source that nothing gives from"),
            }
        });
        Self(tasks)
    }

    /// Takes nothing more, and returns when what was taken is settled.
    pub async fn stop(&self) {
        self.0.stop().await;
    }
}

struct Taker {
    shared: Arc<Shared>,
    source: Arc<dyn Source>,
    mapping: Arc<Mapping>,
    stop: Tasks,
    pace: Pace,
    /// How often in a row the source or the target could not be used.
    troubles: u32,
    /// Since when it takes no more because all are busy.
    busy: Option<Time>,
    batches: JoinSet<Came>,
}

/// How a batch ended, as far as it matters for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Handled,
    /// The target takes nothing now.
    Back,
}

impl Taker {
    fn new(shared: Arc<Shared>, source: Arc<dyn Source>, mapping: Mapping, stop: Tasks) -> Self {
        let pace = Pace::new(mapping.first, mapping.most);
        let batches = JoinSet::new();
        Self { shared, source, mapping: Arc::new(mapping), stop, pace, troubles: 0, busy: None, batches }
    }

    async fn run(mut self) {
        while !self.stop.is_stopping() {
            if self.is_refused() {
                self.pace.fewer();
                self.pause().await;
                continue;
            }
            if self.batches.len() >= self.pace.batches() {
                self.busy.get_or_insert(self.shared.now());
                self.wait_for_one().await;
                continue;
            }
            let items = self.gather().await;
            if let Some(since) = self.busy.take()
                && items.len() >= self.mapping.items
            {
                self.pace.more(self.shared.now().since(since));
            }
            for batch in mapping::split(items) {
                let (shared, source, mapping) =
                    (self.shared.clone(), self.source.clone(), self.mapping.clone());
                self.batches.spawn(handle(shared, source, mapping, batch));
            }
        }
        while self.batches.join_next().await.is_some() {}
    }

    /// Whether the target took nothing of a batch that has ended meanwhile. All that have leave room.
    fn is_refused(&mut self) -> bool {
        let mut is_refused = false;
        while let Some(came) = self.batches.try_join_next() {
            match came {
                Ok(Came::Back) => is_refused = true,
                Ok(Came::Handled) => self.troubles = 0,
                Err(_) => {}
            }
        }
        is_refused
    }

    async fn wait_for_one(&mut self) {
        let came = tokio::select! {
            came = self.batches.join_next() => came,
            () = self.stop.stopping() => None,
        };
        match came {
            Some(Ok(Came::Back)) => {
                self.pace.fewer();
                self.pause().await;
            }
            Some(Ok(Came::Handled)) => self.troubles = 0,
            Some(Err(_)) | None => {}
        }
    }

    async fn pause(&mut self) {
        let pause = PAUSE_FIRST.saturating_mul(1 << self.troubles.min(6)).min(PAUSE_LAST);
        self.troubles += 1;
        tokio::select! {
            () = self.shared.clock.sleep_until(self.shared.now() + pause) => {}
            () = self.stop.stopping() => {}
        }
    }

    /// One batch, full or waited for as long as its window is. When told to stop it gives back what it has.
    async fn gather(&mut self) -> Vec<Item> {
        let mut items = self.take(self.mapping.items, PATIENCE).await;
        let until = self.shared.now() + self.mapping.window;
        while !items.is_empty() && items.len() < self.mapping.items && !self.stop.is_stopping() {
            let left = until.since(self.shared.now());
            if left.is_zero() {
                break;
            }
            items.extend(self.take(self.mapping.items - items.len(), left).await);
        }
        if self.stop.is_stopping() && !items.is_empty() {
            let at_once = Fate::Back { after: Some(Duration::ZERO) };
            settle(&*self.source, &self.mapping, items.drain(..).map(|item| (item, at_once)).collect()).await;
        }
        items
    }

    async fn take(&mut self, items: usize, patience: Duration) -> Vec<Item> {
        let by = self.mapping.target.to_string();
        let want = Want { items, patience, by, hidden_for: None };
        let taken = tokio::select! {
            taken = self.source.take(&self.mapping.source, &want) => taken,
            () = self.stop.stopping() => Ok(Vec::new()),
        };
        match taken {
            Ok(items) => items,
            Err(failure) => {
                told(&failure, &self.mapping, "a source could not be taken from");
                self.pause().await;
                Vec::new()
            }
        }
    }
}

fn told(failure: &Failure, mapping: &Mapping, what: &str) {
    match failure {
        // Its owner sees that in the source's own place.
        Failure::Fault(fault) => tracing::debug!(reason = %fault.message, ?mapping, "{what}"),
        Failure::Internal(internal) => tracing::error!(error = %internal, ?mapping, "{what}"),
    }
}

async fn settle(source: &dyn Source, mapping: &Mapping, fates: Vec<(Item, Fate)>) {
    if let Err(failure) = source.settle(&mapping.source, &fates).await {
        // They come again, which is what "at least once" allows.
        told(&failure, mapping, "what became of items could not be said");
    }
}

/// One batch, from the source and to what became of each item.
async fn handle(
    shared: Arc<Shared>,
    source: Arc<dyn Source>,
    mapping: Arc<Mapping>,
    items: Vec<Item>,
) -> Came {
    let is_wanted = |item: &Item| mapping.filter.as_ref().is_none_or(|filter| filter(&item.record));
    let (items, unwanted): (Vec<_>, Vec<_>) = items.into_iter().partition(is_wanted);
    let mut fates: Vec<_> = unwanted.into_iter().map(|item| (item, Fate::Done)).collect();
    let mut came = Came::Handled;
    if !items.is_empty() {
        let (of_items, how) = call(&shared, &mapping, &items).await;
        came = how;
        fates.extend(items.into_iter().zip(of_items));
    }
    settle(&*source, &mapping, fates).await;
    came
}

/// Hands a batch to the target. What came of it becomes an event of its own, out of those of its items.
async fn call(shared: &Shared, mapping: &Mapping, items: &[Item]) -> (Vec<Fate>, Came) {
    let (mut event, attempt) = begin(shared, mapping, items);
    let outcome = match shared.target(&mapping.target) {
        Some(target) => target.deliver(&event, attempt).await,
        None => Delivered::Refused { reason: format!("nothing receives for {}", mapping.target) },
    };
    let all_back = vec![Fate::BACK; items.len()];
    let (fates, settle, came) = match outcome {
        Delivered::Taken { settle, answer } => match mapping::fates(items, mapping.partial, &answer.document)
        {
            Ok(fates) => (fates, settle, Came::Handled),
            Err(message) => {
                event.push(failed(shared.now(), "Lambda.InvalidBatchResponse".to_owned(), message));
                (all_back, settle, Came::Handled)
            }
        },
        Delivered::Failed { error_type, message, settle, .. } => {
            event.push(failed(shared.now(), error_type, message));
            (all_back, settle, Came::Handled)
        }
        // It did not come about: the items' own timelines say that they were handed out, and no more.
        Delivered::TryLater { reason } | Delivered::Refused { reason } => {
            tracing::debug!(%reason, ?mapping, "a batch goes back");
            return (all_back, Came::Back);
        }
    };
    let items_back = fates.iter().filter(|fate| **fate != Fate::Done).count();
    event.push(Step {
        time: shared.now(),
        kind: match items_back {
            0 => StepKind::Done { attempt: 1 },
            back => StepKind::Returned { items: back as u32 },
        },
    });
    event.state = State::Done;
    write(shared, &event, settle).await;
    (fates, came)
}

fn begin(shared: &Shared, mapping: &Mapping, items: &[Item]) -> (Event, Attempt) {
    let payload = mapping::document(items);
    let (account, region) = (mapping.account.clone(), mapping.region.clone());
    let new = NewEvent::new(account, region, "lambda", mapping.target.clone(), payload.clone());
    let mut new = new.out_of(items.iter().filter_map(|item| item.event.as_ref()));
    let from = mapping.source.resource.as_str();
    new.subject = match items.len() {
        1 => format!("1 item of {from}"),
        count => format!("{count} items of {from}"),
    };
    let mut event = rows::accepted(&new, shared.now());
    let invocation = InvocationId::from(event.id);
    let kind = StepKind::Started { attempt: 1, invocation, repeat: false };
    event.push(Step { time: shared.now(), kind });
    (event, Attempt { number: 1, invocation, repeat: false, payload })
}

fn failed(time: Time, error_type: String, message: String) -> Step {
    Step { time, kind: StepKind::Failed { attempt: 1, error_type, message } }
}

/// The batch's event and its ledger row become true together, before its items are said to be done: a crash in between
/// lets them come again, which nobody is billed less for.
async fn write(shared: &Shared, event: &Event, settle: Transaction) {
    let written = async {
        let rows = rows::hold(event)?.relaxed();
        shared.table.commit(rows.and(settle)).await.map_err(store::CommitError::unexpected)
    };
    if let Err(internal) = written.await {
        tracing::error!(error = %internal, event = %event.id, "a batch's timeline could not be written");
    }
}
