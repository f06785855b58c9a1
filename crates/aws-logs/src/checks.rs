//! Checking members against the constraints of the service's model, all at once, in AWS's words.

use std::fmt::Display;

use model::Fault;

use crate::{faults, limits};

/// Gathers what is wrong with an input.
#[derive(Default)]
pub struct Checks(Vec<String>);

impl Checks {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn group_name(self, member: &str, name: &str) -> Self {
        let allowed = |character: char| character.is_ascii_alphanumeric() || ".-_/#".contains(character);
        self.length(member, name, 1, limits::NAME).characters(member, name, allowed, "[\\.\\-_/#A-Za-z0-9]+")
    }

    #[must_use]
    pub fn stream_name(self, member: &str, name: &str) -> Self {
        let allowed = |character: char| !":*".contains(character);
        self.length(member, name, 1, limits::NAME).characters(member, name, allowed, "[^:*]*")
    }

    /// A group's name or ARN.
    #[must_use]
    pub fn identifier(self, member: &str, identifier: &str) -> Self {
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "_#+=/:,.@-*".contains(character);
        let pattern = "[\\w#+=/:,.@-]*";
        self.length(member, identifier, 1, limits::IDENTIFIER)
            .characters(member, identifier, allowed, pattern)
    }

    /// Each check only for what is given.
    #[must_use]
    pub fn given<T: ?Sized>(self, value: Option<&T>, check: impl FnOnce(Self, &T) -> Self) -> Self {
        match value {
            Some(value) => check(self, value),
            None => self,
        }
    }

    /// In characters.
    #[must_use]
    pub fn length(self, member: &str, value: &str, least: usize, most: usize) -> Self {
        self.size(member, value, value.chars().count(), least, most)
    }

    /// The number of a list's elements.
    #[must_use]
    pub fn count(self, member: &str, count: usize, least: usize, most: usize) -> Self {
        self.size(member, "[...]", count, least, most)
    }

    #[must_use]
    pub fn within(self, member: &str, value: i64, least: i64, most: i64) -> Self {
        let constraint = |bound| format!("Member must have value {bound}");
        let too_small = constraint(format!("greater than or equal to {least}"));
        let too_large = constraint(format!("less than or equal to {most}"));
        self.unless(value >= least, member, value, &too_small).unless(
            value <= most,
            member,
            value,
            &too_large,
        )
    }

    #[must_use]
    pub fn one_of<T: PartialEq + Display>(self, member: &str, value: T, set: &[T]) -> Self {
        let listed = set.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
        let constraint = format!("Member must satisfy enum value set: [{listed}]");
        self.unless(set.contains(&value), member, value, &constraint)
    }

    /// Fails with all that was found.
    pub fn done(self) -> Result<(), Fault> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let message = format!("{count} validation {errors} detected: {}", self.0.join("; "));
        Err(faults::invalid_parameter(message))
    }

    fn characters(self, member: &str, value: &str, allowed: impl Fn(char) -> bool, pattern: &str) -> Self {
        let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
        self.unless(value.chars().all(allowed), member, value, &constraint)
    }

    fn size(self, member: &str, shown: &str, size: usize, least: usize, most: usize) -> Self {
        let constraint = |bound| format!("Member must have length {bound}");
        let too_short = constraint(format!("greater than or equal to {least}"));
        let too_long = constraint(format!("less than or equal to {most}"));
        self.unless(size >= least, member, shown, &too_short).unless(size <= most, member, shown, &too_long)
    }

    fn unless(mut self, holds: bool, member: &str, value: impl Display, constraint: &str) -> Self {
        if !holds {
            self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"));
        }
        self
    }
}
