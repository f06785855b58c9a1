//! What is taken from a source in batches and handed to a target: what is asked of that, and what follows from an answer.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{AccountId, Arn, Region};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::limits::BATCH_BYTES;
use crate::source::{Fate, Item};

/// Says of a record whether it is wanted.
pub type Filter = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A source and the target that its items go to. Source: Lambda developer guide, "How Lambda processes records from stream
/// and queue-based event sources".
#[derive(Clone)]
pub struct Mapping {
    pub account: AccountId,
    pub region: Region,
    pub source: Arn,
    /// With its qualifier, if it was named with one.
    pub target: Arn,
    /// Items of a batch at most.
    pub items: usize,
    /// How long a batch that is not full waits for more.
    pub window: Duration,
    /// What it does not let through is dropped.
    pub filter: Option<Filter>,
    /// The target's answer names the items that it could not handle: `ReportBatchItemFailures`.
    pub partial: bool,
    /// Batches that are handled at once: to begin with, and at most.
    pub first: usize,
    pub most: usize,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} -> {}", self.source, self.target)
    }
}

/// The document for the target.
pub fn document(items: &[Item]) -> Bytes {
    let records: Vec<_> = items.iter().map(|item| &item.record).collect();
    json!({ "Records": records }).to_string().into()
}

/// Batches whose documents are none too large, in order.
pub fn split(items: Vec<Item>) -> Vec<Vec<Item>> {
    let (mut batches, mut bytes) = (Vec::<Vec<Item>>::new(), 0);
    for item in items {
        let more = item.record.to_string().len() + 1;
        match batches.last_mut() {
            Some(batch) if bytes + more <= BATCH_BYTES => batch.push(item),
            _ => {
                bytes = 0;
                batches.push(vec![item]);
            }
        }
        bytes += more;
    }
    batches
}

/// What became of a batch that a target answered to; `Err` says why the answer makes all of it a failure.
/// Source: developer guide, "Implementing partial batch responses".
pub fn fates(items: &[Item], partial: bool, answer: &Bytes) -> Result<Vec<Fate>, String> {
    let failed = if partial { failures(answer)? } else { HashSet::new() };
    let known: HashSet<_> = items.iter().map(|item| item.id.as_str()).collect();
    if let Some(unknown) = failed.iter().find(|id| !known.contains(id.as_str())) {
        return Err(format!("the answer names an item that is not of the batch: {unknown}"));
    }
    let fate = |item: &Item| if failed.contains(&item.id) { Fate::BACK } else { Fate::Done };
    Ok(items.iter().map(fate).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

fn failures(answer: &Bytes) -> Result<HashSet<String>, String> {
    // AWS: nothing, `null` and an empty answer are success.
    if answer.is_empty() {
        return Ok(HashSet::new());
    }
    let bad = |error: serde_json::Error| format!("the answer is no batch response: {error}");
    let answer: Option<Answer> = serde_json::from_slice(answer).map_err(bad)?;
    let failures = answer.and_then(|answer| answer.batch_item_failures).unwrap_or_default();
    if failures.iter().any(|failure| failure.item_identifier.is_empty()) {
        return Err("the answer names an item with an empty identifier".to_owned());
    }
    Ok(failures.into_iter().map(|failure| failure.item_identifier).collect())
}

/// How many batches are handled at once: some from the beginning, more while there is more, fewer when the target
/// cannot take them.
#[derive(Debug)]
pub struct Pace {
    now: f64,
    most: f64,
}

impl Pace {
    /// AWS: up to 300 more a minute.
    const MORE_A_SECOND: f64 = 5.0;

    pub fn new(first: usize, most: usize) -> Self {
        Self { now: first.min(most) as f64, most: most as f64 }
    }

    pub fn batches(&self) -> usize {
        (self.now as usize).max(1)
    }

    /// All were busy for so long while there was more.
    pub fn more(&mut self, busy: Duration) {
        let more = Self::MORE_A_SECOND * busy.as_secs_f64().min(1.0);
        self.now = (self.now + more).min(self.most);
    }

    /// The target was throttled.
    pub fn fewer(&mut self) {
        self.now = (self.now / 2.0).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, bytes: usize) -> Item {
        Item {
            id: id.to_owned(),
            receipt: String::new(),
            record: json!("x".repeat(bytes)),
            group: None,
            takings: 1,
            event: None,
        }
    }

    #[test]
    fn an_answer_decides_on_each_item() {
        let items = [item("a", 1), item("b", 1)];
        let (done, back) = (Fate::Done, Fate::BACK);
        let table: [(&str, Option<[Fate; 2]>); 12] = [
            ("", Some([done, done])),
            ("null", Some([done, done])),
            ("{}", Some([done, done])),
            (r#"{"batchItemFailures":null}"#, Some([done, done])),
            (r#"{"batchItemFailures":[]}"#, Some([done, done])),
            (r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#, Some([done, back])),
            (r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}"#, Some([done, back])),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, None),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, None),
            (r#"{"batchItemFailures":[{"id":"a"}]}"#, None),
            (r#"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#, None),
            (r#""done""#, None),
        ];
        for (answer, expected) in table {
            let found = fates(&items, true, &Bytes::from(answer));
            assert_eq!(
                found.clone().ok().as_deref(),
                expected.as_ref().map(|all| &all[..]),
                "{answer}: {found:?}"
            );
            assert_eq!(fates(&items, false, &Bytes::from(answer)).unwrap(), [done, done], "not asked for");
        }
    }

    #[test]
    fn a_batch_is_no_larger_than_a_call_may_be() {
        let sizes = |items: Vec<Item>| split(items).iter().map(Vec::len).collect::<Vec<_>>();
        assert!(sizes(Vec::new()).is_empty());
        assert_eq!(sizes(vec![item("a", 10), item("b", 10)]), [2]);
        let third = BATCH_BYTES / 3;
        assert_eq!(sizes((0..7).map(|_| item("a", third - 3)).collect()), [3, 3, 1]);
        assert_eq!(sizes((0..3).map(|_| item("a", third)).collect()), [2, 1]);
    }

    #[test]
    fn more_at_once_while_there_is_more_and_fewer_when_throttled() {
        let mut pace = Pace::new(5, 12);
        assert_eq!(pace.batches(), 5);
        pace.more(Duration::from_millis(400));
        assert_eq!(pace.batches(), 7);
        (0..9).for_each(|_| pace.more(Duration::from_secs(9)));
        assert_eq!(pace.batches(), 12);
        (0..9).for_each(|_| pace.fewer());
        assert_eq!(pace.batches(), 1);
        assert_eq!(Pace::new(5, 2).batches(), 2);
    }
}
