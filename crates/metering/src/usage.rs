//! One ledger row: one invocation.

use model::{AccountId, Arn, EventId, InvocationId, Time};
use serde::{Deserialize, Serialize};
use store::Record;

/// What one invocation used. Durations in microseconds but for what is billed, which AWS counts in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub account: AccountId,
    /// Without qualifier.
    pub function: Arn,
    pub version: String,
    pub invocation: InvocationId,
    /// The event that was handled, where it was one.
    pub event: Option<EventId>,
    /// The invocation that brought this one about, where one did.
    pub caused_by: Option<InvocationId>,
    pub started: Time,
    /// Present on a cold start.
    pub init_us: Option<u64>,
    pub duration_us: u64,
    pub billed_ms: u64,
    pub memory_mib: u32,
    pub tmp_mib: u32,
    pub peak_memory_bytes: u64,
    pub cpu_us: u64,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub outcome: Outcome,
}

impl Record for Used {
    const VERSION: u32 = 1;
}

/// How the invocation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "error_type", rename_all = "lowercase")]
pub enum Outcome {
    Returned,
    /// With the error's type.
    Failed(String),
}
