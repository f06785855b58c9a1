//! The constraints of members, gathered so that a caller is told all that are not held at once.

use std::fmt::Display;
use std::ops::RangeInclusive;

use model::Fault;

use crate::faults;

/// What is wrong with an input so far, in AWS's words.
#[derive(Debug, Default)]
pub struct Constraints(Vec<String>);

impl Constraints {
    /// `member` as AWS spells it here: `memorySize`.
    pub fn fails(&mut self, member: &str, value: impl Display, rule: impl Display) {
        self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {rule}"));
    }

    pub fn present<T>(&mut self, member: &str, value: Option<&T>) {
        if value.is_none() {
            let rule = "Member must not be null";
            self.0.push(format!("Value null at '{member}' failed to satisfy constraint: {rule}"));
        }
    }

    pub fn range(&mut self, member: &str, value: Option<i64>, range: RangeInclusive<i64>) {
        let Some(value) = value else { return };
        self.bound("value", member, &value, &value, &range);
    }

    pub fn length(&mut self, member: &str, value: Option<&str>, range: RangeInclusive<usize>) {
        let Some(value) = value else { return };
        self.bound("length", member, &value, &value.chars().count(), &range);
    }

    fn bound<T: PartialOrd + Display>(
        &mut self,
        kind: &str,
        member: &str,
        value: &dyn Display,
        measure: &T,
        range: &RangeInclusive<T>,
    ) {
        if measure < range.start() {
            let rule = format!("Member must have {kind} greater than or equal to {}", range.start());
            self.fails(member, value, rule);
        }
        if measure > range.end() {
            let rule = format!("Member must have {kind} less than or equal to {}", range.end());
            self.fails(member, value, rule);
        }
    }

    /// `pattern` is what the caller is told; `holds` says whether a value is of it.
    pub fn pattern(&mut self, member: &str, value: Option<&str>, pattern: &str, holds: fn(&str) -> bool) {
        if let Some(value) = value.filter(|value| !holds(value)) {
            self.fails(member, value, format!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    pub fn one_of(&mut self, member: &str, value: Option<&str>, all: &[&str]) {
        if let Some(value) = value.filter(|value| !all.contains(value)) {
            self.fails(member, value, format!("Member must satisfy enum value set: [{}]", all.join(", ")));
        }
    }

    /// Fails when anything did.
    pub fn end(self) -> Result<(), Fault> {
        let count = self.0.len();
        match count {
            0 => Ok(()),
            1 => Err(faults::validation(format!("1 validation error detected: {}", self.0[0]))),
            _ => {
                Err(faults::validation(format!("{count} validation errors detected: {}", self.0.join("; "))))
            }
        }
    }
}

/// Letters, digits, and any of `more`.
pub fn is_of(text: &str, more: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_together() {
        let mut constraints = Constraints::default();
        constraints.range("memorySize", Some(64), 128..=10_240);
        constraints.range("timeout", Some(900), 1..=900);
        constraints.length("handler", Some("abc"), 0..=2);
        constraints.present::<String>("role", None);
        constraints.one_of("packageType", Some("Tar"), &["Zip", "Image"]);
        let fault = constraints.end().unwrap_err();
        assert_eq!((&*fault.code, fault.status), ("ValidationException", 400));
        assert_eq!(
            fault.message,
            "4 validation errors detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have \
             value greater than or equal to 128; Value 'abc' at 'handler' failed to satisfy constraint: Member must \
             have length less than or equal to 2; Value null at 'role' failed to satisfy constraint: Member must not \
             be null; Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: \
             [Zip, Image]"
        );
    }
}
