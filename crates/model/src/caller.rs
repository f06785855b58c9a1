//! Who asks, and because of what.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Arn, EventId, InvocationId};

/// The party behind a request whose signature was verified, or nobody in particular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub account: AccountId,
    pub identity: Identity,
}

impl Caller {
    pub fn root(account: AccountId) -> Self {
        Self { account, identity: Identity::Root }
    }

    /// The ARN that AWS names this caller by: in `GetCallerIdentity`, in denials and in events.
    /// An anonymous caller has none.
    pub fn arn(&self) -> Option<Arn> {
        let account = self.account.as_str();
        match &self.identity {
            Identity::Root => Some(Arn::new("iam", "", account, "root")),
            Identity::Session { role_name, session_name, .. } => {
                Some(Arn::new("sts", "", account, format!("assumed-role/{role_name}/{session_name}")))
            }
            Identity::Service { .. } | Identity::Anonymous => None,
        }
    }
}

/// What kind of party it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The account itself: everything in its own account is allowed.
    Root,
    /// A role that was assumed, by a person or by a function's sandbox.
    Session {
        role: Arn,
        role_name: String,
        role_id: String,
        session_name: String,
        /// A policy of this session alone, a JSON document: it may do only what this allows too.
        policy: Option<Arc<str>>,
    },
    /// A part of the platform that acts for an account, such as `s3.amazonaws.com` invoking a function.
    Service { name: String },
    /// A request without a signature.
    Anonymous,
}

/// Lineage: what brought a request about. A call that comes out of a sandbox carries the invocation that runs there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub invocation: InvocationId,
    /// The event that the invocation handles, when it handles one.
    pub event: Option<EventId>,
    /// The function that runs, without qualifier.
    pub function: Arn,
    /// The roots of that event's tree, itself if it is one.
    #[serde(default)]
    pub roots: Vec<EventId>,
    /// The functions that the chain came through, oldest first, this one last. What the loop guard counts.
    pub chain: Vec<Arn>,
}
