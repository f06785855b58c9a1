//! Where events are in the store.
//!
//! `delivery/event/<id>` the event with its timeline; `delivery/payload/<id>` its document;
//! `delivery/due/<target>/<due>/<id>[/<group>]` while it is pending, and only then;
//! `delivery/recent/<account>/<newest first>/<id>` for lists; `delivery/tree/<root>/<received>/<id>` for those that came out
//! of others.

use bytes::Bytes;
use model::{AccountId, Arn, EventId, Internal, Time};
use store::{Key, Transaction};

use crate::event::{Event, NewEvent, State, Step, StepKind};
use crate::written;

fn root(kind: &str) -> Key {
    Key::new().text("delivery").text(kind)
}

pub fn events() -> Key {
    root("event")
}

pub fn event(id: EventId) -> Key {
    events().text(&id.to_string())
}

pub fn payload(id: EventId) -> Key {
    root("payload").text(&id.to_string())
}

pub fn all_due() -> Key {
    root("due")
}

pub fn due_at(target: &Arn) -> Key {
    all_due().text(&target.to_string())
}

fn due(event: &Event, due: Time) -> Key {
    let row = due_at(&event.target).number(due.as_millis().max(0) as u64).text(&event.id.to_string());
    match &event.group {
        Some(group) => row.text(group),
        None => row,
    }
}

pub fn all_recent() -> Key {
    root("recent")
}

pub fn recent_of(account: &AccountId) -> Key {
    all_recent().text(account.as_str())
}

pub fn recent(account: &AccountId, received: Time, id: EventId) -> Key {
    let newest_first = u64::MAX - received.as_millis().max(0) as u64;
    recent_of(account).number(newest_first).text(&id.to_string())
}

pub fn tree(root: EventId) -> Key {
    Key::new().text("delivery").text("tree").text(&root.to_string())
}

fn in_tree(root: EventId, event: &Event) -> Key {
    tree(root).number(event.received.as_millis().max(0) as u64).text(&event.id.to_string())
}

/// The event that a new one becomes when it is accepted.
pub fn accepted(new: &NewEvent, now: Time) -> Event {
    let (mut parents, mut roots) = (new.parents.clone(), new.roots.clone());
    if let Some(cause) = new.cause.as_ref().filter(|_| parents.is_empty()) {
        parents.extend(cause.event);
        roots.clone_from(if cause.roots.is_empty() { &parents } else { &cause.roots });
    }
    Event {
        id: new.id,
        account: new.account.clone(),
        region: new.region.clone(),
        source: new.source.to_owned(),
        subject: new.subject.clone(),
        target: new.target.clone(),
        group: new.group.clone(),
        payload_bytes: new.payload.len() as u64,
        cause: new.cause.clone(),
        parents,
        roots,
        retries: new.retries,
        max_age: new.max_age,
        received: now,
        state: State::Pending { due: now },
        steps: vec![Step { time: now, kind: StepKind::Received }],
    }
}

/// The rows of an accepted event that is to be tried.
pub fn accept(event: &Event, document: Bytes) -> Result<Transaction, Internal> {
    let accept = hold(event)?.put(payload(event.id), document);
    let at = event.due().unwrap_or(event.received);
    Ok(accept.put(due(event, at), Bytes::new()))
}

/// The rows of one that others look after.
pub fn hold(event: &Event) -> Result<Transaction, Internal> {
    let mut hold = Transaction::new()
        .put(self::event(event.id), written::encode(event)?)
        .put(recent(&event.account, event.received, event.id), Bytes::new());
    for root in &event.roots {
        hold = hold.put(in_tree(*root, event), Bytes::new());
    }
    Ok(hold)
}

/// The rows that change when `before` becomes `after`.
pub fn change(before: &Event, after: &Event) -> Result<Transaction, Internal> {
    let mut change = Transaction::new().put(event(after.id), written::encode(after)?);
    if before.state != after.state {
        if let Some(at) = before.due() {
            change = change.remove(due(before, at));
        }
        if let Some(at) = after.due() {
            change = change.put(due(after, at), Bytes::new());
        }
    }
    Ok(change)
}

/// The removal of everything about an event.
pub fn forget(event: &Event) -> Transaction {
    let mut forget = Transaction::new()
        .remove(self::event(event.id))
        .remove(payload(event.id))
        .remove(recent(&event.account, event.received, event.id));
    for root in &event.roots {
        forget = forget.remove(in_tree(*root, event));
    }
    if let Some(at) = event.due() {
        forget = forget.remove(due(event, at));
    }
    forget
}
