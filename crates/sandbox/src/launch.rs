//! What to run: everything that an engine needs to start a copy of a function, and nothing about who asked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{AccountId, Arn, Region};

use crate::{Egress, Runtime};

/// One function at one revision, ready to be started. It does not change; another revision is another launch.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Two launches with the same key may share instances; with another key they never do.
    pub key: LaunchKey,
    pub account: AccountId,
    pub region: Region,
    /// The function's ARN without qualifier.
    pub function: Arn,
    pub function_name: String,
    /// `$LATEST`, or the number of a published version.
    pub version: String,
    pub package: Package,
    pub runtime: Arc<Runtime>,
    pub handler: String,
    /// The function's own variables. The reserved ones are added by the engine.
    pub environment: BTreeMap<String, String>,
    pub limits: Limits,
    /// What it may reach outside the platform.
    pub egress: Egress,
    /// The role that the sandbox's credentials are of.
    pub role: Arn,
    pub log_group: String,
    /// Its init runs once, in a template, and instances go on from there, where the function and the engine allow that.
    pub snap_start: bool,
    /// How long an instance is kept without work, where the function says so itself.
    pub keep_idle: Option<Duration>,
}

/// Names a function at a revision of its code and configuration, as in `arn:…:function:resize:$LATEST@9f2c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaunchKey(pub String);

/// Unpacked code, as directories that are mounted read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Becomes `/var/task`.
    pub code: PathBuf,
    /// Laid over each other in this order, the last on top, as `/opt`.
    pub layers: Vec<PathBuf>,
}

/// What one instance may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// In MiB. CPU follows from it: 1 vCPU at 1,769 MB, linear (AWS Lambda developer guide, "Configure function memory").
    pub memory_mib: u32,
    /// Of `/tmp`, in MiB.
    pub tmp_mib: u32,
    /// Of one call.
    pub timeout: Duration,
    /// Processes and threads. AWS: 1,024.
    pub pids: u32,
    /// Open files. AWS: 1,024.
    pub descriptors: u32,
}
