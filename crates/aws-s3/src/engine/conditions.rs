//! Conditions of requests: on what stands (reads, copy sources) and on what is about to be replaced (writes).

use model::{Failure, Time};

use super::rows::Object;
use crate::faults;

/// `If-Match` and its kin, as they came. Source: RFC 9110, section 13, in the precedence of its 13.2.2.
#[derive(Debug, Clone, Default)]
pub struct ReadConditions {
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<Time>,
    pub if_unmodified_since: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Proceed,
    NotModified(&'static str),
    Failed(&'static str),
}

impl ReadConditions {
    pub fn judge(&self, object: &Object) -> Verdict {
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !matches(tags, &object.etag) => return Verdict::Failed("If-Match"),
            (None, Some(time)) if object.modified > time => return Verdict::Failed("If-Unmodified-Since"),
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if matches(tags, &object.etag) => Verdict::NotModified("If-None-Match"),
            (None, Some(time)) if object.modified <= time => Verdict::NotModified("If-Modified-Since"),
            _ => Verdict::Proceed,
        }
    }
}

/// Whether a list of entity tags, quoted or not, or `*`, names this one.
fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.trim_matches('"') == etag
    })
}

/// What a write demands of the object it replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WriteCondition {
    #[default]
    None,
    /// `If-None-Match: *`.
    Absent,
    /// `If-Match` with these entity tags.
    Matches(String),
}

impl WriteCondition {
    pub fn check(&self, key: &str, current: Option<&Object>) -> Result<(), Failure> {
        match (self, current) {
            (Self::None, _) | (Self::Absent, None) => Ok(()),
            (Self::Absent, Some(_)) => Err(faults::precondition_failed("If-None-Match").into()),
            (Self::Matches(_), None) => Err(faults::no_such_key(key).into()),
            (Self::Matches(tags), Some(object)) if matches(tags, &object.etag) => Ok(()),
            (Self::Matches(_), Some(_)) => Err(faults::precondition_failed("If-Match").into()),
        }
    }
}
