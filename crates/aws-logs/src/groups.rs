//! Naming groups: by name, by ARN, and in what operations ask permission for.

use model::{Arn, Fault, Permission};
use service::Call;
use telemetry::GroupAt;

use crate::checks::Checks;
use crate::faults;

const KIND: &str = "log-group:";

/// The group of this name in the caller's account and region.
pub fn named(call: &Call, name: &str) -> GroupAt {
    GroupAt { account: call.caller.account.clone(), region: call.region.clone(), name: name.to_owned() }
}

/// The group that one of the two members names; the second is a name or an ARN.
pub fn either(call: &Call, name: Option<&str>, identifier: Option<&str>) -> Result<GroupAt, Fault> {
    match (name, identifier) {
        (Some(name), None) => {
            Checks::new().group_name("logGroupName", name).done()?;
            Ok(named(call, name))
        }
        (None, Some(identifier)) => identified(call, "logGroupIdentifier", identifier),
        _ => Err(faults::invalid_parameter(
            "Exactly one of logGroupName and logGroupIdentifier has to be given.",
        )),
    }
}

/// The group that a name or an ARN stands for.
pub fn identified(call: &Call, member: &str, identifier: &str) -> Result<GroupAt, Fault> {
    Checks::new().identifier(member, identifier).done()?;
    if identifier.starts_with("arn:") { by_arn(identifier) } else { Ok(named(call, identifier)) }
}

/// The group of an ARN, which may end in `:*`. What is no group's ARN is not found.
pub fn by_arn(text: &str) -> Result<GroupAt, Fault> {
    let arn: Arn = text.parse().map_err(|_| faults::invalid_parameter(format!("Invalid ARN: {text}")))?;
    let name = arn.resource.strip_prefix(KIND).filter(|_| arn.service == "logs");
    let name = name.map(|name| name.strip_suffix(":*").unwrap_or(name)).ok_or_else(faults::no_such_group)?;
    let account = arn.account.parse().map_err(|_| faults::no_such_group())?;
    Ok(GroupAt { account, region: model::Region::new(arn.region.clone()), name: name.to_owned() })
}

/// `arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f`, with what follows the name.
pub fn arn(at: &GroupAt, rest: &str) -> String {
    let resource = format!("{KIND}{}{rest}", at.name);
    Arn::new("logs", at.region.as_str(), at.account.as_str(), resource).to_string()
}

/// An action on a group.
pub fn on_group(at: &GroupAt, action: &'static str) -> Permission {
    Permission::new(action, arn(at, ":*")).owned_by(at.account.clone())
}

/// An action on a stream.
pub fn on_stream(at: &GroupAt, stream: &str, action: &'static str) -> Permission {
    Permission::new(action, arn(at, &format!(":log-stream:{stream}"))).owned_by(at.account.clone())
}
