//! One function: what its owner said it should be, and how far it is.

use std::collections::BTreeMap;

use model::{AccountId, Arn, Region, Time};
use serde::{Deserialize, Serialize};
use store::Record;

use crate::Code;

/// Where a function lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FunctionKey {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl FunctionKey {
    /// The function's ARN without qualifier.
    pub fn arn(&self) -> Arn {
        let resource = format!("function:{}", self.name);
        Arn::new("lambda", self.region.as_str(), self.account.as_str(), resource)
    }
}

/// A function's unpublished version, `$LATEST`, with all that belongs to the function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub key: FunctionKey,
    pub configuration: Configuration,
    pub code: Code,
    pub packaging: Packaging,
    /// Changes with every change of code or configuration; guards concurrent updates.
    pub revision_id: String,
    pub last_modified: Time,
    pub state: State,
    pub last_update: LastUpdate,
    pub policy: Vec<Statement>,
    /// Changes with every change of the policy.
    pub policy_revision_id: String,
    pub tags: BTreeMap<String, String>,
}

impl Record for Function {
    const VERSION: u32 = 1;
}

/// What is set by CreateFunction and UpdateFunctionConfiguration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    pub runtime: String,
    pub handler: String,
    pub role: Arn,
    pub description: String,
    pub timeout_seconds: u32,
    pub memory_mib: u32,
    pub tmp_mib: u32,
    /// `None` where there are no variables.
    pub environment: Option<BTreeMap<String, String>>,
    pub architecture: Architecture,
    pub tracing: Tracing,
    pub logging: Logging,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packaging {
    Zip,
}

/// The processor that the code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    X86,
    Arm,
}

impl Architecture {
    /// The one that this machine has. Whatever is not ARM is taken to be x86.
    pub fn of_host() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm } else { Self::X86 }
    }

    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tracing {
    PassThrough,
    Active,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    pub format: LogFormat,
    pub group: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    Text,
}

/// How far a function is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Its package is being unpacked.
    Pending,
    /// `note` says what its owner should know, such as another runtime version that stands in.
    Active {
        note: Option<String>,
    },
    Failed {
        code: String,
        reason: String,
    },
}

/// How far the latest change of a function is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastUpdate {
    Successful,
    InProgress,
    Failed { code: String, reason: String },
}

/// One statement of a function's resource policy, as AddPermission takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub id: String,
    pub action: String,
    /// An account id, an ARN, a service principal or `*`.
    pub principal: String,
    pub source_arn: Option<String>,
    pub source_account: Option<String>,
    pub principal_org_id: Option<String>,
    pub event_source_token: Option<String>,
}
