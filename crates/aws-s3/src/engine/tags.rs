//! Tags: what AWS lets be one.

use std::collections::HashSet;

use model::Fault;

use super::rows::Tag;
use crate::{faults, limits};

/// What the tags are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagScope {
    Object,
    Bucket,
}

/// Fails when these may not all be tags of one thing.
pub fn check(tags: &[Tag], scope: TagScope) -> Result<(), Fault> {
    let (most, name) = match scope {
        TagScope::Object => (limits::OBJECT_TAGS, "Object"),
        TagScope::Bucket => (limits::BUCKET_TAGS, "Bucket"),
    };
    if tags.len() > most {
        return Err(faults::too_many_tags(name, most));
    }
    let mut seen = HashSet::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.chars().count() > limits::TAG_KEY || !may_be_in_a_tag(&tag.key) {
            return Err(faults::invalid_tag("The TagKey you have provided is invalid"));
        }
        if tag.value.chars().count() > limits::TAG_VALUE || !may_be_in_a_tag(&tag.value) {
            return Err(faults::invalid_tag("The TagValue you have provided is invalid"));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(faults::invalid_tag("System tags cannot be added/updated by requester"));
        }
        if !seen.insert(&tag.key) {
            return Err(faults::invalid_tag("Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(())
}

/// AWS: "letters, whitespace, and numbers, plus + - = . _ : /", and in fact `@`.
fn may_be_in_a_tag(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_alphanumeric() || character.is_whitespace() || "+-=._:/@".contains(character)
    })
}
