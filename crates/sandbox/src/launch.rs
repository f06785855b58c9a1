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
    /// Its instances are held initialised before they are called.
    pub provisioned: bool,
    /// How long an instance is kept without work, where the function says so itself.
    pub keep_idle: Option<Duration>,
}

impl Launch {
    /// `$LATEST` of a function in the default account, with what Lambda gives to who says nothing else: 128 MB of memory,
    /// 512 MB of `/tmp`, three seconds. Its key is its name; it has no code.
    pub fn of(name: &str, runtime: Runtime) -> Self {
        let account = AccountId::default_account();
        let owner = account.as_str().to_owned();
        Self {
            key: LaunchKey(name.to_owned()),
            region: Region::default(),
            function: Arn::new("lambda", "us-east-1", &owner, format!("function:{name}")),
            function_name: name.to_owned(),
            version: "$LATEST".to_owned(),
            package: Package { code: PathBuf::new(), layers: Vec::new() },
            runtime: Arc::new(runtime),
            handler: String::new(),
            environment: BTreeMap::new(),
            limits: Limits::default(),
            egress: Egress::None,
            role: Arn::new("iam", "", &owner, format!("role/{name}")),
            log_group: format!("/aws/lambda/{name}"),
            snap_start: false,
            provisioned: false,
            keep_idle: None,
            account,
        }
    }
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

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mib: 128, tmp_mib: 512, timeout: Duration::from_secs(3), pids: 1024, descriptors: 1024 }
    }
}
