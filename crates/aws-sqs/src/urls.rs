//! Queue URLs: `http://host/000000000000/name`, in every form that clients send.

use model::{AccountId, Fault};
use service::Call;

use crate::engine::QueueKey;
use crate::faults;

/// Where a queue is reached. The same host as the caller's.
pub fn of(call: &Call, key: &QueueKey) -> String {
    format!("{}/{}/{}", call.origin, key.account, key.name)
}

/// The queue that a URL names; a name alone is one of the caller's queues. Whatever host it names: clients know the
/// platform by several.
pub fn read(call: &Call, url: Option<&str>) -> Result<QueueKey, Fault> {
    let url = url.filter(|url| !url.is_empty()).ok_or_else(|| faults::missing("QueueUrl"))?;
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map(|(_, path)| path).unwrap_or_default(),
        None => url.trim_start_matches('/'),
    };
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let key = |account: AccountId, name: &str| QueueKey {
        account,
        region: call.region.clone(),
        name: name.to_owned(),
    };
    match parts[..] {
        [.., account, name] if account.parse::<AccountId>().is_ok() => {
            Ok(key(account.parse().unwrap_or_else(|_| call.caller.account.clone()), name))
        }
        // Old clients' paths: `/queue/<name>`, and a name without an account.
        [name] | ["queue", name] => Ok(key(call.caller.account.clone(), name)),
        _ => Err(faults::invalid_address(url)),
    }
}
