//! The books, read past everybody: what lies in queues, what became of events, and whether the two agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use delivery::{Delivery, Event, State, StepKind};
use model::{AccountId, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Entry, Key, KeyPart, Record, Table};
use tasks::{Dice, Tasks};

use crate::Stage;
use crate::platform::{ENDS, RECEIVES};

/// A message in a queue, as far as it matters here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub sequence: u64,
    pub id: String,
    pub body: String,
    #[serde(default)]
    pub group: Option<String>,
    pub visible: Time,
    pub receives: u64,
}

impl Record for Message {
    const VERSION: u32 = 1;
}

async fn below(stage: &Stage, service: &str, kind: &str) -> Vec<Entry> {
    stage.table.range(&Key::new().text(service).text(kind), None, usize::MAX).await.unwrap()
}

/// What lies in a queue, in its order.
pub async fn messages(stage: &Stage, queue: &str) -> Vec<Message> {
    let queues = below(stage, "sqs", "queue").await;
    let row = queues.iter().find(|entry| entry.key.last_text().unwrap() == queue).unwrap();
    let row: Value = serde_json::from_slice(&row.row.value).unwrap();
    let prefix = Key::new().text("sqs").text("message").text(row["r"]["id"].as_str().unwrap());
    let entries = stage.table.range(&prefix, None, usize::MAX).await.unwrap();
    entries.iter().map(|entry| store::decode(&entry.row.value).unwrap()).collect()
}

pub async fn message(stage: &Stage, queue: &str, id: &str) -> Option<Message> {
    messages(stage, queue).await.into_iter().find(|message| message.id == id)
}

/// What was sent, from what lies in a queue.
pub fn text_of(queue: &str, body: &str) -> String {
    match queue {
        "letters" | "letters-dead" => {
            let envelope: Value = serde_json::from_str(body).unwrap();
            envelope["Message"].as_str().unwrap().to_owned()
        }
        _ => body.to_owned(),
    }
}

struct Books {
    events: BTreeMap<String, Event>,
    /// By the queues' names.
    messages: Vec<(&'static str, Message)>,
    /// Of events that are to be tried.
    due: BTreeMap<String, Time>,
    payloads: BTreeSet<String>,
}

impl Books {
    async fn read(stage: &Stage) -> Self {
        // A delivery that was never started only reads.
        let (table, dice) = (Arc::new(stage.table.clone()), Dice::seeded(0));
        let delivery = Delivery::new(Default::default(), table, stage.clock.clone(), dice, Tasks::new());
        let (events, _) = delivery.recent(&AccountId::default_account(), None, usize::MAX).await.unwrap();
        let events = events.into_iter().map(|event| (event.id.to_string(), event));
        let due = below(stage, "delivery", "due").await;
        let due = due.iter().map(|entry| match &entry.key.parts().unwrap()[3..] {
            [KeyPart::Number(due), KeyPart::Text(id), ..] => (id.clone(), Time::from_millis(*due as i64)),
            parts => panic!("a due row of {parts:?}"),
        });
        let payloads = below(stage, "delivery", "payload").await;
        let payloads = payloads.iter().map(|entry| entry.key.last_text().unwrap());
        let mut all = Vec::new();
        for queue in crate::platform::QUEUES.into_iter().chain(ENDS) {
            all.extend(messages(stage, queue).await.into_iter().map(|message| (queue, message)));
        }
        Self { events: events.collect(), messages: all, due: due.collect(), payloads: payloads.collect() }
    }

    /// An event is held if and only if its message lies somewhere, once; it is due if and only if it is pending.
    fn check_places(&self) {
        let mut lying = BTreeMap::new();
        for (queue, message) in &self.messages {
            let before = lying.insert(message.id.as_str(), *queue);
            assert!(before.is_none(), "{message:?} lies in {queue} and in {before:?}");
        }
        for (id, event) in &self.events {
            let is_held = event.state == State::Held;
            assert_eq!(lying.contains_key(id.as_str()), is_held, "where does it lie? {event:?}");
            assert_eq!(self.due.get(id).copied(), event.due(), "when is it due? {event:?}");
            assert!(event.due().is_none() || self.payloads.contains(id), "without its document: {event:?}");
        }
        let unknown = lying.keys().find(|id| !self.events.contains_key(**id));
        assert!(unknown.is_none(), "a message without a timeline: {unknown:?}");
    }

    fn check_receives(&self) {
        let mut last = BTreeMap::<_, &str>::new();
        for (queue, message) in &self.messages {
            let is_dead = queue.contains("-dead");
            assert!(message.receives <= RECEIVES, "received too often: {message:?}");
            assert!(!is_dead || message.receives == RECEIVES, "dead too early: {message:?}");
            if let Some(group) = message.group.as_deref().filter(|_| *queue == "steps.fifo") {
                let before = last.insert(group, &message.body);
                assert!(before <= Some(&message.body), "{before:?} lies before {}", message.body);
            }
        }
    }

    fn children<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Event> {
        self.events.values().filter(|child| child.parents.contains(&event.id))
    }

    /// What an event has led to is there when its end is.
    fn check_children(&self) {
        for event in self.events.values().filter(|event| matches!(event.state, State::Done | State::Dead)) {
            let mut targets: Vec<_> = self.children(event).map(|child| &*child.target.resource).collect();
            targets.sort_unstable();
            match (&*event.target.service, &*event.target.resource, event.state) {
                ("sns", "news", State::Done) => {
                    assert_eq!(targets, ["function:on-news", "letters", "undelivered", "work"], "{event:?}");
                }
                ("sns", "steps.fifo", State::Done) => assert_eq!(targets, ["steps.fifo"], "{event:?}"),
                ("lambda", _, State::Dead) => assert_eq!(targets, ["undelivered"], "{event:?}"),
                ("sqs", queue, State::Done) if &*event.source != "sqs" => {
                    assert!(
                        targets.iter().all(|target| *target == queue) && !targets.is_empty(),
                        "{event:?}"
                    );
                    let is_repeated = event
                        .steps
                        .iter()
                        .any(|step| matches!(step.kind, StepKind::Started { repeat: true, .. }));
                    assert!(targets.len() == 1 || is_repeated, "twice without a word: {event:?}");
                }
                ("sns" | "sqs", _, State::Dead) if &*event.source != "sqs" => panic!("it died: {event:?}"),
                _ => {}
            }
        }
    }
}

/// A timeline begins with the beginning, counts its tries, and ends as the event stands.
fn check_timeline(event: &Event) {
    let steps: Vec<_> = event.steps.iter().map(|step| &step.kind).collect();
    assert!(matches!(steps[0], StepKind::Received), "{event:?}");
    let mut tries = 0;
    for step in &steps[1..] {
        match step {
            StepKind::Received => panic!("received twice: {event:?}"),
            StepKind::Started { attempt, .. } => {
                tries += 1;
                assert_eq!(*attempt, tries, "{event:?}");
            }
            StepKind::Failed { attempt, .. } => assert_eq!(*attempt, tries, "{event:?}"),
            _ => {}
        }
    }
    let last = steps[steps.len() - 1];
    let fits = match event.state {
        State::Held => matches!(last, StepKind::Received | StepKind::Handed { .. }),
        State::Done => matches!(last, StepKind::Done { .. } | StepKind::Returned { .. }),
        State::Dead => matches!(last, StepKind::Dead { .. }),
        State::Pending { .. } => matches!(
            last,
            StepKind::Received
                | StepKind::Started { .. }
                | StepKind::Failed { .. }
                | StepKind::Waiting { .. }
        ),
    };
    assert!(fits, "{event:?}");
}

/// Gives what lies where dead letters lie, as `way/text`.
pub async fn check(stage: &Stage, is_end: bool) -> BTreeSet<String> {
    let faults = stage.faults.lock().unwrap().clone();
    assert!(faults.is_empty(), "{faults:?}");
    let books = Books::read(stage).await;
    books.check_places();
    books.check_receives();
    books.check_children();
    books.events.values().for_each(check_timeline);
    for id in &stage.world.lock().unwrap().ids {
        assert!(books.events.contains_key(id), "{id} was acknowledged, and nothing is known of it");
    }
    let mut dead = BTreeSet::new();
    for (queue, message) in &books.messages {
        let text = text_of(queue, &message.body);
        match (*queue, queue.split_once("-dead")) {
            (_, Some((way, _))) => drop(dead.insert(format!("{way}/{text}"))),
            ("undelivered", None) if text.contains('/') => drop(dead.insert(text)),
            ("undelivered", None) => drop(dead.insert(format!("undelivered/{text}"))),
            _ => assert!(!is_end, "it still lies in {queue}: {message:?}"),
        }
    }
    let pending = books.events.values().find(|event| event.due().is_some());
    assert!(!is_end || pending.is_none(), "still to be tried: {pending:?}");
    dead
}
