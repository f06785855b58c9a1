//! Patterns: which events and messages somebody wants, as Lambda, SNS and EventBridge have them.
//!
//! A pattern is a JSON object of the shape of what it is matched with; its leaves are arrays of rules, of which one has to
//! match. Source: EventBridge user guide, "Comparison operators for use in event patterns"; SNS developer guide, "Filter
//! policy constraints".

mod parse;
mod rule;
mod wildcard;

use serde_json::{Map, Value};

use rule::Rule;

/// A pattern that was read.
#[derive(Debug, Clone)]
pub struct Pattern {
    root: Fields,
    /// The values of all leaves, multiplied: what SNS limits.
    pub combinations: u64,
    /// Leaves.
    pub leaves: usize,
}

/// Why a text is no pattern, for people: `Unrecognized match type foo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub String);

/// All of the members, and one of each group of alternatives.
#[derive(Debug, Clone, Default)]
struct Fields {
    members: Vec<(String, Field)>,
    /// `$or`.
    alternatives: Vec<Vec<Fields>>,
}

#[derive(Debug, Clone)]
enum Field {
    Within(Fields),
    OneOf(Vec<Rule>),
}

impl Pattern {
    /// Reads the JSON text of a pattern.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Malformed(format!("Invalid JSON: {error}")))?;
        parse::pattern(&value)
    }

    /// Whether a document is wanted.
    pub fn matches(&self, document: &Value) -> bool {
        match document {
            Value::Object(members) => self.root.match_in(members),
            _ => false,
        }
    }

    /// Whether it says anything of this member of documents, and whether it looks within.
    pub fn looks_within(&self, member: &str) -> bool {
        self.root.members.iter().any(|(name, field)| name == member && matches!(field, Field::Within(_)))
    }
}

impl Fields {
    fn match_in(&self, members: &Map<String, Value>) -> bool {
        let all = self.members.iter().all(|(name, field)| field.matches(members.get(name)));
        let any = |group: &Vec<Fields>| group.iter().any(|fields| fields.match_in(members));
        all && self.alternatives.iter().all(any)
    }

    /// What nothing is there of: rules that ask for absence match.
    fn match_nothing(&self) -> bool {
        self.match_in(&Map::new())
    }
}

impl Field {
    fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Within(fields), Some(Value::Object(members))) => fields.match_in(members),
            // Of several, one has to match.
            (Self::Within(_), Some(Value::Array(values))) => {
                values.iter().any(|value| self.matches(Some(value)))
            }
            (Self::Within(fields), _) => fields.match_nothing(),
            (Self::OneOf(rules), None) => rules.iter().any(Rule::matches_absence),
            (Self::OneOf(rules), Some(Value::Array(values))) => rules.iter().any(|rule| {
                rule.matches_presence(values.is_empty()) || values.iter().any(|one| rule.matches(one))
            }),
            (Self::OneOf(rules), Some(value)) => {
                rules.iter().any(|rule| rule.matches_presence(false) || rule.matches(value))
            }
        }
    }
}

#[cfg(test)]
mod tests;
