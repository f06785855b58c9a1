//! Tags of groups: what may be one, and changing them.

use std::collections::BTreeMap;

use model::{Failure, Fault};
use telemetry::GroupAt;

use crate::checks::Checks;
use crate::{Face, faults, limits};

/// Fails when these may not be tags.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    let mut checks = Checks::new().count("tags", tags.len(), 1, limits::TAGS);
    for (key, value) in tags {
        checks = checks.length("tags", key, 1, limits::TAG_KEY).length("tags", value, 0, limits::TAG_VALUE);
        if !key.chars().chain(value.chars()).all(may_be_in_a_tag) {
            return Err(faults::invalid_parameter(format!(
                "The tag {key:?} has characters that a tag may not have."
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(faults::invalid_parameter("Tag keys that begin with aws: are for AWS's own use."));
        }
    }
    checks.done()
}

/// Puts tags on a group.
pub async fn put(face: &Face, at: &GroupAt, tags: BTreeMap<String, String>) -> Result<(), Failure> {
    check(&tags)?;
    let mut all = face.logs.group(at).await.map_err(faults::of_group)?.group.tags;
    all.extend(tags.clone());
    if all.len() > limits::TAGS {
        return Err(faults::too_many_tags(&crate::groups::arn(at, "")).into());
    }
    face.logs.change_tags(at, move |all| all.extend(tags.clone())).await.map_err(faults::of_group)
}

/// Takes tags off a group; those that are not there are no fault.
pub async fn remove(face: &Face, at: &GroupAt, keys: Vec<String>) -> Result<(), Failure> {
    let change = move |all: &mut BTreeMap<String, String>| all.retain(|key, _| !keys.contains(key));
    face.logs.change_tags(at, change).await.map_err(faults::of_group)
}

/// AWS: letters, white space and numbers, plus `_.:/=+-@`.
fn may_be_in_a_tag(character: char) -> bool {
    character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
}
