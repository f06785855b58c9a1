//! The platform and what an account has on it, in numbers.

use model::{AccountId, Internal};
use serde::Serialize;

use super::instance::instances;
use crate::admin::Admin;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatusView {
    version: &'static str,
    started: String,
    uptime_millis: u64,
    is_dev: bool,
    functions: usize,
    events: EventCounts,
    instances: InstanceCounts,
}

/// Of all events whose timelines are still kept: `accepted` is the sum of the others, always.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventCounts {
    accepted: u64,
    pending: u64,
    done: u64,
    dead: u64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceCounts {
    busy: usize,
    idle: usize,
}

/// Reads every event and every function there is.
pub async fn status(admin: &Admin, account: &AccountId) -> Result<StatusView, Internal> {
    let events = admin.delivery.counts(account).await?;
    let functions = admin.registry.all().await?;
    let instances = instances(admin, account);
    let busy = instances.iter().filter(|instance| instance.state == "busy").count();
    Ok(StatusView {
        version: admin.about.version,
        started: admin.about.started.iso8601(),
        uptime_millis: admin.clock.now().since(admin.about.started).as_millis() as u64,
        is_dev: admin.about.is_dev,
        functions: functions.iter().filter(|function| function.key().account == *account).count(),
        events: EventCounts {
            accepted: events.accepted(),
            pending: events.pending,
            done: events.done,
            dead: events.dead,
        },
        instances: InstanceCounts { busy, idle: instances.len() - busy },
    })
}
