//! What a function says about its calls: the asynchronous ones, those that come back, those that instances are held for.

use std::time::Duration;

use model::{Arn, Time};
use serde::{Deserialize, Serialize};

/// For the calls of one qualifier. Source: Lambda API reference, `FunctionEventInvokeConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventInvokeConfig {
    pub last_modified: Time,
    /// Tries after the first one that failed; `None` as by default.
    pub retries: Option<u32>,
    /// How long an event is kept; `None` as by default.
    pub max_age: Option<Duration>,
    pub destinations: Destinations,
}

/// Where the records of calls go that have ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destinations {
    pub on_success: Option<Arn>,
    pub on_failure: Option<Arn>,
}

/// Instances that are held initialised for a qualifier. Source: Lambda API reference, `PutProvisionedConcurrencyConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// Calls that find one.
    pub calls: u32,
    pub last_modified: Time,
}

/// Whether a chain of calls that comes back to the function again and again is stopped. Source: Lambda API reference,
/// `PutFunctionRecursionConfig`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecursiveLoop {
    #[default]
    Terminate,
    Allow,
}

impl RecursiveLoop {
    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminate => "Terminate",
            Self::Allow => "Allow",
        }
    }
}
