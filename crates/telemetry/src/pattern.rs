//! Filter patterns of CloudWatch Logs: parsed once, then asked about each message.
//! Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
//! and Live Tail". Regular expressions, `%…%`, are not built and say so.

mod fields;
mod json;
mod scanner;
mod terms;
mod test;

use std::fmt;

use fields::Fields;
use json::JsonPattern;
use scanner::Scanner;
use terms::Terms;

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// `ERROR -"not found"`: parts of the text.
    Terms(Terms),
    /// `{ $.status = 4* && $.bytes > 100 }`: members of a JSON document.
    Json(JsonPattern),
    /// `[ip, user, status = 4*]`: words by their place.
    Fields(Fields),
}

impl Pattern {
    /// Reads a pattern; the empty one matches everything.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let mut scanner = Scanner::new(text);
        let kind = if scanner.takes("{") {
            Kind::Json(JsonPattern::parse(&mut scanner)?)
        } else if scanner.takes("[") {
            Kind::Fields(Fields::parse(&mut scanner)?)
        } else {
            Kind::Terms(Terms::parse(&mut scanner)?)
        };
        if scanner.is_at_end() { Ok(Self(kind)) } else { Err(scanner.unexpected()) }
    }

    /// Whether a message is one of those that are looked for.
    pub fn matches(&self, message: &str) -> bool {
        match &self.0 {
            Kind::Terms(terms) => terms.matches(message),
            Kind::Json(json) => json.matches(message),
            Kind::Fields(fields) => fields.matches(message),
        }
    }
}

/// What is wrong with a pattern, in words for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPattern(pub String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests;
