//! Whether the members of an input keep to the API's model, all of them told at once, in AWS's words.

use std::ops::{Deref, RangeInclusive};

use model::Fault;
use serde::Deserialize;

use crate::{faults, limits};

/// A member that has to be there, and is once the input was checked.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(transparent)]
pub struct Member(Option<String>);

impl Deref for Member {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// What was found so far.
#[derive(Default)]
pub struct Checks {
    problems: Vec<String>,
    /// AWS: told alone, and only when nothing else is wrong.
    characters: Option<Fault>,
}

impl Checks {
    pub fn new() -> Self {
        Self::default()
    }

    fn problem(&mut self, value: Option<&str>, member: &str, constraint: impl AsRef<str>) {
        let value = value.map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
        let constraint = constraint.as_ref();
        self.problems.push(format!(
            "Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    #[must_use]
    pub fn role_name(self, value: &Member) -> Self {
        self.required("roleName", value, limits::ROLE_NAME).name("roleName", value)
    }

    #[must_use]
    pub fn policy_name(self, value: &Member) -> Self {
        self.required("policyName", value, limits::POLICY_NAME).name("policyName", value)
    }

    #[must_use]
    pub fn paging(self, marker: Option<&str>, max_items: Option<i64>) -> Self {
        self.text("marker", marker, limits::MARKER).number("maxItems", max_items, limits::PAGE)
    }

    #[must_use]
    pub fn required(mut self, member: &str, value: &Member, length: RangeInclusive<usize>) -> Self {
        if value.0.is_none() {
            self.problem(None, member, "not be null");
        }
        self.text(member, value.0.as_deref(), length)
    }

    /// Lengths are in characters.
    #[must_use]
    pub fn text(mut self, member: &str, value: Option<&str>, length: RangeInclusive<usize>) -> Self {
        let Some(text) = value else { return self };
        let characters = text.chars().count();
        if characters < *length.start() {
            self.problem(value, member, format!("have length greater than or equal to {}", length.start()));
        }
        if characters > *length.end() {
            self.problem(value, member, format!("have length less than or equal to {}", length.end()));
        }
        self
    }

    #[must_use]
    pub fn number(mut self, member: &str, value: Option<i64>, range: RangeInclusive<i64>) -> Self {
        let Some(number) = value else { return self };
        let text = number.to_string();
        if number < *range.start() {
            self.problem(
                Some(&text),
                member,
                format!("have value greater than or equal to {}", range.start()),
            );
        }
        if number > *range.end() {
            self.problem(Some(&text), member, format!("have value less than or equal to {}", range.end()));
        }
        self
    }

    /// A list that has to be there.
    #[must_use]
    pub fn filled(mut self, member: &str, values: &[String]) -> Self {
        if values.is_empty() {
            self.problem(None, member, "not be null");
        }
        self
    }

    #[must_use]
    pub fn one_of(mut self, member: &str, value: &str, allowed: &[&str]) -> Self {
        if !allowed.contains(&value) {
            self.problem(Some(value), member, format!("satisfy enum value set: [{}]", allowed.join(", ")));
        }
        self
    }

    /// Fails when `accepts` does not take every character of the value; `pattern` is how the API's model writes that.
    #[must_use]
    pub fn characters(
        mut self,
        member: &str,
        value: &str,
        pattern: &str,
        accepts: impl Fn(char) -> bool,
    ) -> Self {
        if !value.chars().all(accepts) {
            self.problem(Some(value), member, format!("satisfy regular expression pattern: {pattern}"));
        }
        self
    }

    fn name(mut self, member: &str, value: &str) -> Self {
        if !value.chars().all(is_name) {
            self.characters.get_or_insert_with(|| {
                faults::validation(format!(
                    "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
                ))
            });
        }
        self
    }

    /// A path, or the beginning of one.
    #[must_use]
    pub fn path(mut self, member: &str, value: Option<&str>, is_prefix: bool) -> Self {
        self = self.text(member, value, limits::PATH);
        let is_path = |path: &str| {
            path.starts_with('/')
                && (is_prefix || path.ends_with('/'))
                && path.chars().all(|character| matches!(character, '\u{21}'..='\u{7F}'))
        };
        if value.is_some_and(|path| !is_path(path)) {
            self.characters.get_or_insert_with(|| {
                faults::validation(format!(
                    "The specified value for {member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
                ))
            });
        }
        self
    }

    pub fn done(self) -> Result<(), Fault> {
        let count = self.problems.len();
        if count > 0 {
            let errors = if count == 1 { "error" } else { "errors" };
            let problems = self.problems.join("; ");
            return Err(faults::validation(format!("{count} validation {errors} detected: {problems}")));
        }
        self.characters.map_or(Ok(()), Err)
    }
}

/// Fails when the input has a member that is not built.
pub fn refuse_unbuilt(operation: &str, members: &[(&str, bool)]) -> Result<(), Fault> {
    match members.iter().find(|(_, is_there)| *is_there) {
        Some((member, _)) => Err(faults::member_not_implemented(operation, member)),
        None => Ok(()),
    }
}

/// A character of names: `[\w+=,.@-]`.
pub fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}
