//! What an instance has around it: credentials, a place for its output, and the platform's own endpoint.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use model::{Arn, Cause, Internal, Time};

/// Short-lived credentials of a role.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expires: Time,
}

/// Who gives an instance its credentials.
#[async_trait]
pub trait Issuer: Send + Sync {
    /// Credentials of `role` for a session of this name (the function's name, as AWS has it).
    async fn issue(&self, role: &Arn, session_name: &str) -> Result<Credentials, Internal>;
}

/// Where the lines of an instance go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogPlace {
    pub account: model::AccountId,
    pub region: model::Region,
    pub group: String,
    /// As in `2026/11/23/[$LATEST]9f2c…`, one per instance.
    pub stream: String,
}

/// Who takes the lines. Must not block: what cannot be taken at once is dropped and counted.
pub trait Output: Send + Sync {
    fn line(&self, place: &LogPlace, time: Time, line: Bytes);
}

/// The front door, as seen from inside a sandbox.
pub trait Platform: Send + Sync {
    /// Serves the AWS APIs on this listener (it lives in the sandbox's network namespace) until it is dropped by
    /// the returned guard. Whatever comes in is known to come from `speaker`.
    fn serve(&self, listener: TcpListener, speaker: Arc<Speaker>) -> Box<dyn Send + Sync>;
}

/// The instance at the other end of a sandbox's connections, and what it is working on right now.
#[derive(Debug, Default)]
pub struct Speaker {
    cause: Mutex<Option<Cause>>,
}

impl Speaker {
    /// The invocation that is running, or that ran last: a frozen instance says nothing.
    pub fn cause(&self) -> Option<Cause> {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn works_on(&self, cause: Cause) {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }
}
