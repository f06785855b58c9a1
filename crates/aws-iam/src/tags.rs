//! Tags of roles, as they come in.

use iam::{Role, Tag};
use model::{Fault, Permission};
use serde::Deserialize;

use crate::checks::{Checks, Member};
use crate::{faults, limits};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagInput {
    key: Member,
    value: Member,
}

impl Checks {
    #[must_use]
    pub fn tags(self, tags: &[TagInput]) -> Self {
        tags.iter().zip(1..).fold(self, |checks, (tag, number): (_, u32)| {
            checks.required(&format!("tags.{number}.member.key"), &tag.key, limits::TAG_KEY).required(
                &format!("tags.{number}.member.value"),
                &tag.value,
                limits::TAG_VALUE,
            )
        })
    }
}

/// The permission with what it says of the tags that the request brings.
pub fn requested(permission: Permission, tags: &[TagInput]) -> Permission {
    tags.iter().fold(permission, |permission, tag| {
        permission
            .with_context(format!("aws:RequestTag/{}", &*tag.key), &*tag.value)
            .with_context("aws:TagKeys", &*tag.key)
    })
}

/// Gives a role these tags beside those it has. AWS: keys that differ in case only are the same.
pub fn give(role: &mut Role, tags: &[TagInput]) -> Result<(), Fault> {
    for (index, tag) in tags.iter().enumerate() {
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(faults::invalid_input(
                "System tags cannot be added/updated/deleted by requester. Keys must not begin with aws:",
            ));
        }
        if tags[..index].iter().any(|earlier| earlier.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(faults::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        role.tags.retain(|known| !known.key.eq_ignore_ascii_case(&tag.key));
        role.tags.push(Tag { key: tag.key.to_string(), value: tag.value.to_string() });
    }
    if role.tags.len() > limits::TAGS {
        return Err(faults::limit_exceeded("The number of tags has reached the maximum limit."));
    }
    role.tags.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(())
}
