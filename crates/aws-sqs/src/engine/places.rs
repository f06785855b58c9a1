//! The rows that say where a message is: its own, and those by which it is found and counted.

use std::sync::Arc;

use bytes::Bytes;
use model::{Internal, Time};
use store::{CommitError, Expected, Table, Transaction};

use super::message::{InFlight, Message, Sequence};
use super::rows;
use crate::limits;

/// Where a message is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Ready,
    Delayed,
    /// It was received, and may be in flight.
    Received,
}

fn place(message: &Message) -> Place {
    match message {
        Message { receives: 1.., .. } => Place::Received,
        Message { visible, sent, .. } if visible > sent => Place::Delayed,
        _ => Place::Ready,
    }
}

/// A message that was not there before.
pub fn add(queue: &str, message: &Message) -> Result<Transaction, Internal> {
    let sequence = message.sequence;
    let mut add = Transaction::new()
        .count(rows::count(queue), 1)
        .put(rows::message(queue, sequence), store::encode(message)?);
    if message.is_apart() && !message.body.is_empty() {
        add = add.put(rows::body(queue, sequence), Bytes::copy_from_slice(message.body.as_bytes()));
    }
    if place(message) == Place::Delayed {
        let group = message.group.clone().unwrap_or_default();
        add = add
            .put(rows::delayed(queue, message.visible, sequence), group)
            .count(rows::delays_before(queue, step_of(message.visible)), 1);
    }
    Ok(add)
}

/// A message of which only its own row is there, as it was written once.
pub fn found(queue: &str, message: &Message, now: Time) -> Result<Transaction, Internal> {
    let found = add(queue, message)?;
    if place(message) == Place::Received && message.visible > now {
        return Ok(found.put(rows::flight(queue, message.visible, message.sequence), flight(message)?));
    }
    Ok(found)
}

fn flight(message: &Message) -> Result<Bytes, Internal> {
    store::encode(&InFlight { receipt: message.receipt, group: message.group.clone() })
}

/// A message that is received, or whose visibility time-out is changed.
pub fn change(queue: &str, before: &Message, after: &Message) -> Result<Transaction, Internal> {
    Ok(leave(queue, before)
        .expect(rows::message(queue, after.sequence), Expected::Present)
        .put(rows::message(queue, after.sequence), store::encode(after)?)
        .put(rows::flight(queue, after.visible, after.sequence), flight(after)?))
}

/// A message that is there no more.
pub fn remove(queue: &str, message: &Message) -> Transaction {
    let sequence = message.sequence;
    let remove = leave(queue, message)
        .count(rows::count(queue), -1)
        .expect(rows::message(queue, sequence), Expected::Present)
        .remove(rows::message(queue, sequence));
    if message.is_apart() { remove.remove(rows::body(queue, sequence)) } else { remove }
}

/// It is not where it was, wherever it is now.
fn leave(queue: &str, message: &Message) -> Transaction {
    let Message { visible, sequence, .. } = message;
    match place(message) {
        Place::Ready => Transaction::new(),
        Place::Received => Transaction::new().remove(rows::flight(queue, *visible, *sequence)),
        Place::Delayed => Transaction::new()
            .remove(rows::delayed(queue, *visible, *sequence))
            .count(rows::delays_before(queue, step_of(*visible)), -1),
    }
}

/// The end of the step in which a delay ends.
fn step_of(time: Time) -> Time {
    let step = limits::DELAY_STEP.as_millis() as i64;
    Time::from_millis((time.as_millis() + step - 1).div_euclid(step) * step)
}

/// Commits what becomes of messages, of those that are still there; gives which these were.
pub async fn commit(
    table: &Arc<dyn Table>,
    queue: &str,
    mut changes: Vec<(Sequence, Transaction)>,
    relaxed: bool,
) -> Result<Vec<Sequence>, Internal> {
    while !changes.is_empty() {
        let mut all = Transaction { relaxed, ..Transaction::new() };
        for (_, change) in &changes {
            all = all.and(change.clone());
        }
        match table.commit(all).await {
            Ok(_) => break,
            Err(CommitError::Internal(internal)) => return Err(internal),
            Err(CommitError::Conflict(key)) => {
                let before = changes.len();
                changes.retain(|(sequence, _)| rows::message(queue, *sequence) != key);
                if changes.len() == before {
                    return Err(CommitError::Conflict(key).unexpected());
                }
            }
        }
    }
    Ok(changes.into_iter().map(|(sequence, _)| sequence).collect())
}
