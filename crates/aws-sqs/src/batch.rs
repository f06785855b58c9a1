//! What batches have in common: their entries' ids, and answers entry by entry.

use std::collections::HashSet;

use model::{Failure, Fault};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{faults, limits};

/// Fails when a batch as a whole is none. `entry` is what the caller is told that there should be.
pub fn check<'a>(ids: impl ExactSizeIterator<Item = Option<&'a str>>, entry: &str) -> Result<(), Fault> {
    let count = ids.len();
    if count == 0 {
        return Err(faults::empty_batch(entry));
    }
    if count > limits::BATCH_ENTRIES {
        return Err(faults::too_many_entries(count));
    }
    let mut seen = HashSet::new();
    for id in ids {
        let id = id.ok_or_else(|| faults::missing(&format!("{entry}.Id")))?;
        let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !letters || !limits::BATCH_ID_CHARS.contains(&id.len()) {
            return Err(faults::invalid_batch_id());
        }
        if !seen.insert(id) {
            return Err(faults::repeated_id(id));
        }
    }
    Ok(())
}

/// The entries of an answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Value>,
}

impl Answer {
    pub fn succeeded(&mut self, id: &str, mut told: Map<String, Value>) {
        told.insert("Id".to_owned(), json!(id));
        self.successful.push(told);
    }

    /// Fails with what is no fault of the entry.
    pub fn failed(&mut self, id: &str, failure: Failure) -> Result<(), Failure> {
        let Failure::Fault(fault) = failure else { return Err(failure) };
        let (code, is_sender) = faults::of_entry(&fault);
        self.failed.push(json!({
            "Id": id, "SenderFault": is_sender, "Code": code, "Message": fault.message,
        }));
        Ok(())
    }
}
