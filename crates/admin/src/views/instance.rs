//! The instances of an account.

use dispatch::InstanceState;
use model::AccountId;
use serde::Serialize;

use crate::admin::Admin;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceView {
    pub function_name: String,
    /// Names code and configuration: instances with the same key may serve the same calls.
    pub key: String,
    pub memory_mib: u32,
    pub started: String,
    pub calls: u64,
    /// `busy` or `idle`.
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<String>,
    /// What an idle one holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_bytes: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SlowStartView {
    pub function_arn: String,
    pub version: String,
    pub reason: String,
}

/// The functions of an account that are known to start slower than others do.
pub fn slow_starts(admin: &Admin, account: &AccountId) -> Vec<SlowStartView> {
    let slow = admin.dispatch.slow_starts().into_iter();
    let own = slow.filter(|slow| slow.function.account == account.to_string());
    own.map(|slow| SlowStartView {
        function_arn: slow.function.to_string(),
        version: slow.version,
        reason: slow.reason,
    })
    .collect()
}

/// The instances that run for an account, oldest first.
pub fn instances(admin: &Admin, account: &AccountId) -> Vec<InstanceView> {
    let own = admin.dispatch.fleet().into_iter().filter(|instance| instance.account == *account);
    own.map(|instance| {
        let (state, idle_since, held_bytes) = match instance.state {
            InstanceState::Busy => ("busy", None, None),
            InstanceState::Idle { since, memory } => ("idle", Some(since.iso8601()), Some(memory)),
        };
        InstanceView {
            function_name: instance.function_name,
            key: instance.key.0,
            memory_mib: instance.memory_mib,
            started: instance.started.iso8601(),
            calls: instance.calls,
            state,
            idle_since,
            held_bytes,
        }
    })
    .collect()
}
