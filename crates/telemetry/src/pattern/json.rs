//! Members of JSON documents: `{ ($.user.id = 1 || $.tags[*] = "a*") && $.error NOT EXISTS }`.

use serde_json::Value;

use super::InvalidPattern;
use super::scanner::Scanner;
use super::test::{Comparison, Condition};

#[derive(Debug, Clone, PartialEq)]
pub struct JsonPattern(Condition<Test>);

#[derive(Debug, Clone, PartialEq)]
struct Test {
    selector: Vec<Step>,
    ask: Ask,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
    AnyElement,
}

#[derive(Debug, Clone, PartialEq)]
enum Ask {
    Compare(Comparison),
    Is(Value),
    NotExists,
}

impl JsonPattern {
    /// What follows the opening brace, up to and with the closing one.
    pub fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        let condition = Condition::parse(scanner, &Test::parse)?;
        scanner.expect("}")?;
        Ok(Self(condition))
    }

    /// A message that is no JSON document is not looked for.
    pub fn matches(&self, message: &str) -> bool {
        match serde_json::from_str::<Value>(message) {
            Ok(document @ (Value::Object(_) | Value::Array(_))) => {
                self.0.holds(&|test| test.holds(&document))
            }
            _ => false,
        }
    }
}

impl Test {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        scanner.expect("$")?;
        let mut selector = Vec::new();
        while let Some(step) = step(scanner)? {
            selector.push(step);
        }
        if selector.is_empty() {
            return Err(scanner.unexpected());
        }
        if let Some(comparison) = Comparison::parse(scanner)? {
            return Ok(Self { selector, ask: Ask::Compare(comparison) });
        }
        let ask = Ask::in_words(scanner)?;
        Ok(Self { selector, ask })
    }

    fn holds(&self, document: &Value) -> bool {
        let mut found = vec![document];
        for step in &self.selector {
            found = found.into_iter().flat_map(|value| step.of(value)).collect();
        }
        match &self.ask {
            Ask::NotExists => found.is_empty(),
            Ask::Is(wanted) => found.contains(&wanted),
            Ask::Compare(comparison) => found.iter().any(|value| compare(comparison, value)),
        }
    }
}

impl Ask {
    fn in_words(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        if scanner.takes("NOT") {
            scanner.expect("EXISTS")?;
            return Ok(Self::NotExists);
        }
        scanner.expect("IS")?;
        let values = [("NULL", Value::Null), ("TRUE", Value::Bool(true)), ("FALSE", Value::Bool(false))];
        let found = values.into_iter().find(|(word, _)| scanner.takes(word));
        found.map(|(_, value)| Self::Is(value)).ok_or_else(|| scanner.unexpected())
    }
}

fn compare(comparison: &Comparison, value: &Value) -> bool {
    match value {
        Value::String(text) => comparison.holds_for_text(text),
        Value::Number(number) => number.as_f64().is_some_and(|number| comparison.holds_for_number(number)),
        Value::Bool(truth) => comparison.holds_for_text(if *truth { "true" } else { "false" }),
        // AWS: what is an array or an object is compared with nothing.
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

impl Step {
    fn of<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Element(index), Value::Array(elements)) => elements.get(*index).into_iter().collect(),
            (Self::AnyElement, Value::Array(elements)) => elements.iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// `.name`, `[0]`, `[*]` or `['name']`, the last one with a dot before it too.
fn step(scanner: &mut Scanner<'_>) -> Result<Option<Step>, InvalidPattern> {
    let dot = scanner.takes_at_once(".");
    if !scanner.takes_at_once("[") {
        if !dot {
            return Ok(None);
        }
        let name = scanner.take_while(|next| next.is_alphanumeric() || "_-@:/".contains(next));
        return if name.is_empty() {
            Err(scanner.unexpected())
        } else {
            Ok(Some(Step::Member(name.to_owned())))
        };
    }
    let step = if scanner.takes_at_once("*") {
        Step::AnyElement
    } else if scanner.takes_at_once("'") {
        let name = scanner.take_while(|next| next != '\'').to_owned();
        scanner.expect("'")?;
        Step::Member(name)
    } else if let Some(name) = scanner.quoted()? {
        Step::Member(name)
    } else {
        let digits = scanner.take_while(|next| next.is_ascii_digit());
        Step::Element(digits.parse().map_err(|_| scanner.unexpected())?)
    };
    scanner.expect("]")?;
    Ok(Some(step))
}
