//! The tags of functions and mappings: what may be one, how many, and how operations on tags are told whose.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Arn, Fault};
use registry::MappingKey;
use sandbox::Egress;
use service::Call;

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{faults, limits, mappings};

/// What a function may reach outside; none without it. A tag, for every client can set one.
pub const EGRESS: &str = "dayfly:egress";

/// How many seconds its instances wait for work, at most a day; 0 ends each with its call. Without it the platform decides.
pub const KEEP_IDLE: &str = "dayfly:keep-idle";

/// What the tags say to the platform.
#[derive(Debug, PartialEq, Eq)]
pub struct Wishes {
    pub egress: Egress,
    pub keep_idle: Option<Duration>,
}

/// Of everything that can have tags, as AWS shows it.
const RESOURCE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})";

/// What can have tags.
pub enum Tagged {
    Function(Named),
    Mapping(MappingKey),
}

/// What has the ARN that is the member `Resource`. Fails when it is a kind of resource that is not here, or a version.
pub fn resource(call: &Call, text: &str, operation: &str) -> Result<Tagged, Fault> {
    let mut constraints = Constraints::default();
    constraints.pattern("resource", Some(text), RESOURCE_PATTERN, |text| kind_of(text).is_some());
    constraints.end()?;
    match kind_of(text).as_deref() {
        Some("event-source-mapping") => return Ok(Tagged::Mapping(mappings::key_of(call, text)?)),
        Some("function") | None => {}
        Some(kind) => return Err(faults::unbuilt(&format!("Resource {kind}"), operation)),
    }
    let named = Named::read(call, text, None)?;
    if named.qualifier.is_some() {
        let message = "Tags on function aliases and versions are not supported. Please specify either a function \
                       name or an unqualified function ARN.";
        return Err(faults::invalid_parameter(message));
    }
    Ok(Tagged::Function(named))
}

/// `function` of a function's ARN; `None` when it is no ARN of Lambda.
fn kind_of(text: &str) -> Option<String> {
    let arn: Arn = text.parse().ok()?;
    let (kind, _) = arn.resource.split_once(':').filter(|_| arn.service == "lambda")?;
    Some(kind.to_owned())
}

/// Fails on what is no tag of a function.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    check_own(tags)?;
    wishes(tags).map(drop)
}

/// Fails on what is no tag.
pub fn check_own(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    let (keys, values) = (limits::TAG_KEY_CHARS, limits::TAG_VALUE_CHARS);
    for (key, value) in tags {
        let problem = if !keys.contains(&key.chars().count()) {
            format!("must have {} to {} characters", keys.start(), keys.end())
        } else if value.chars().count() > values {
            format!("has a value of more than {values} characters")
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            "begins with aws:, which is reserved".to_owned()
        } else {
            continue;
        };
        return Err(faults::invalid_parameter(format!("The tag key '{key}' {problem}.")));
    }
    check_count(tags)
}

/// Fails when a tag that speaks to the platform cannot be read.
pub fn wishes(tags: &BTreeMap<String, String>) -> Result<Wishes, Fault> {
    let problem = |tag: &str, error: &dyn std::fmt::Display| {
        faults::invalid_parameter(format!("The value of the tag '{tag}' cannot be read: {error}."))
    };
    let egress = tags
        .get(EGRESS)
        .map_or(Ok(Egress::None), |text| text.parse().map_err(|error| problem(EGRESS, &error)))?;
    let seconds = tags.get(KEEP_IDLE).map(|text| {
        let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds <= 86_400);
        seconds.ok_or_else(|| problem(KEEP_IDLE, &"it is a number of seconds from 0 to 86400"))
    });
    Ok(Wishes { egress, keep_idle: seconds.transpose()?.map(Duration::from_secs) })
}

/// The tags that speak to the platform, as one text.
pub fn spoken(tags: &BTreeMap<String, String>) -> String {
    let spoken =
        [EGRESS, KEEP_IDLE].into_iter().filter_map(|name| Some(format!(" {name}={}", tags.get(name)?)));
    spoken.collect()
}

/// Fails when there are too many on one resource.
pub fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > limits::TAGS {
        return Err(faults::invalid_parameter(format!("A resource can have at most {} tags.", limits::TAGS)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn egress_is_a_tag_that_can_be_read() {
        let tags = |value: Option<&str>| {
            value.map(|value| (EGRESS.to_owned(), value.to_owned())).into_iter().collect()
        };
        for (value, said) in [
            (None, "none"),
            (Some("none"), "none"),
            (Some("internet"), "internet"),
            (Some("a.example:443 93.184.216.0/24"), "a.example:443,93.184.216.0/24"),
            (
                Some("10.0.0.1"),
                "The value of the tag 'dayfly:egress' cannot be read: 10.0.0.1 is private; functions reach no private address.",
            ),
        ] {
            let read =
                wishes(&tags(value)).map_or_else(|fault| fault.message, |wishes| wishes.egress.to_string());
            assert_eq!(read, said);
            assert_eq!(check(&tags(value)).is_ok(), !said.contains("cannot"));
        }
    }

    #[test]
    fn how_long_instances_wait_is_a_tag_too() {
        for (value, seconds) in
            [("0", Some(0)), ("86400", Some(86_400)), ("86401", None), ("-1", None), ("1m", None)]
        {
            let tags = BTreeMap::from([(KEEP_IDLE.to_owned(), value.to_owned())]);
            let read = wishes(&tags).ok().and_then(|wishes| wishes.keep_idle);
            assert_eq!(read, seconds.map(Duration::from_secs), "{value}");
        }
    }
}
