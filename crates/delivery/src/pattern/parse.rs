//! From JSON to a pattern.

use serde_json::{Map, Value};

use super::rule::{Comparison, Network, Rule};
use super::wildcard::Wildcard;
use super::{Field, Fields, Malformed, Pattern};

/// Levels of objects and alternatives in a pattern. Ours; AWS: SNS has five for message bodies.
const DEPTH: usize = 32;

pub fn pattern(value: &Value) -> Result<Pattern, Malformed> {
    let Value::Object(members) = value else { return Err(malformed("Filter is not an object")) };
    if members.is_empty() {
        return Err(malformed("Empty objects are not allowed"));
    }
    let mut counted = Counted { combinations: 1, leaves: 0 };
    let root = counted.fields(members, 0)?;
    Ok(Pattern { root, combinations: counted.combinations, leaves: counted.leaves })
}

fn malformed(reason: impl Into<String>) -> Malformed {
    Malformed(reason.into())
}

struct Counted {
    combinations: u64,
    leaves: usize,
}

impl Counted {
    fn fields(&mut self, members: &Map<String, Value>, depth: usize) -> Result<Fields, Malformed> {
        if depth > DEPTH {
            return Err(malformed("Filter is nested too deeply"));
        }
        let mut fields = Fields::default();
        for (name, value) in members {
            match value {
                Value::Array(groups) if name == "$or" && groups.iter().all(Value::is_object) => {
                    fields.alternatives.push(self.alternatives(groups, depth + 1)?);
                }
                Value::Array(rules) => fields.members.push((name.clone(), self.rules(name, rules)?)),
                Value::Object(within) if !within.is_empty() => {
                    fields.members.push((name.clone(), Field::Within(self.fields(within, depth + 1)?)));
                }
                Value::Object(_) => return Err(malformed("Empty objects are not allowed")),
                _ => return Err(malformed(format!("\"{name}\" must be an object or an array"))),
            }
        }
        Ok(fields)
    }

    fn alternatives(&mut self, groups: &[Value], depth: usize) -> Result<Vec<Fields>, Malformed> {
        if groups.len() < 2 {
            return Err(malformed("$or must be an array of at least two objects"));
        }
        let members = groups.iter().filter_map(Value::as_object);
        members
            .map(|members| match members.is_empty() {
                true => Err(malformed("Empty objects are not allowed")),
                false => self.fields(members, depth),
            })
            .collect()
    }

    fn rules(&mut self, name: &str, rules: &[Value]) -> Result<Field, Malformed> {
        if rules.is_empty() {
            return Err(malformed(format!("Empty arrays are not allowed: \"{name}\"")));
        }
        self.leaves += 1;
        self.combinations = self.combinations.saturating_mul(rules.len() as u64);
        Ok(Field::OneOf(rules.iter().map(rule).collect::<Result<_, _>>()?))
    }
}

fn rule(value: &Value) -> Result<Rule, Malformed> {
    match value {
        Value::Object(members) => {
            let mut members = members.iter();
            match (members.next(), members.next()) {
                (Some((name, value)), None) => operator(name, value),
                _ => Err(malformed("Only one key allowed in match expression")),
            }
        }
        Value::Array(_) => Err(malformed("Match value must be String, number, true, false, or null")),
        scalar => Ok(Rule::Equals(scalar.clone())),
    }
}

fn operator(name: &str, value: &Value) -> Result<Rule, Malformed> {
    let text = || value.as_str().map(str::to_owned);
    let needs = |what: &str| malformed(format!("{name} match pattern must be {what}"));
    match name {
        "prefix" => affix(value, |text, ignore_case| Rule::Prefix { text, ignore_case })
            .ok_or_else(|| needs("a string")),
        "suffix" => affix(value, |text, ignore_case| Rule::Suffix { text, ignore_case })
            .ok_or_else(|| needs("a string")),
        "equals-ignore-case" => text().map(Rule::EqualsIgnoreCase).ok_or_else(|| needs("a string")),
        "wildcard" => text()
            .and_then(|text| Wildcard::read(&text))
            .map(Rule::Wildcard)
            .ok_or_else(|| needs("a string without consecutive wildcards")),
        "cidr" => {
            text().and_then(|text| Network::read(&text)).map(Rule::Cidr).ok_or_else(|| needs("a valid CIDR"))
        }
        "exists" => value.as_bool().map(Rule::Exists).ok_or_else(|| needs("either true or false.")),
        "numeric" => numeric(value),
        "anything-but" => anything_but(value),
        _ => Err(malformed(format!("Unrecognized match type {name}"))),
    }
}

/// `"text"`, or `{"equals-ignore-case": "text"}`.
fn affix(value: &Value, make: fn(String, bool) -> Rule) -> Option<Rule> {
    match value {
        Value::String(text) => Some(make(text.clone(), false)),
        Value::Object(members) if members.len() == 1 => {
            Some(make(members.get("equals-ignore-case")?.as_str()?.to_owned(), true))
        }
        _ => None,
    }
}

fn anything_but(value: &Value) -> Result<Rule, Malformed> {
    let rules = match value {
        Value::Array(values) if values.is_empty() => {
            return Err(malformed("Value of anything-but must not be an empty array"));
        }
        Value::Array(values) => values.iter().map(excluded).collect::<Result<_, _>>()?,
        Value::Object(members) => {
            let mut members = members.iter();
            match (members.next(), members.next()) {
                (Some((name, value)), None) => except(name, value)?,
                _ => return Err(malformed("Only one key allowed in match expression")),
            }
        }
        one => vec![excluded(one)?],
    };
    Ok(Rule::AnythingBut(rules))
}

fn excluded(value: &Value) -> Result<Rule, Malformed> {
    match value {
        Value::String(_) | Value::Number(_) => Ok(Rule::Equals(value.clone())),
        _ => Err(malformed("Inside anything-but list, start|null|boolean is not supported.")),
    }
}

/// What an operator within `anything-but` excludes: one text, or several.
fn except(name: &str, value: &Value) -> Result<Vec<Rule>, Malformed> {
    if !matches!(name, "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
        return Err(malformed(format!("Unsupported anything-but pattern: {name}")));
    }
    match value {
        Value::Array(values) if !values.is_empty() => {
            values.iter().map(|value| operator(name, value)).collect()
        }
        value => Ok(vec![operator(name, value)?]),
    }
}

fn numeric(value: &Value) -> Result<Rule, Malformed> {
    let Value::Array(parts) = value else { return Err(malformed("Value of numeric must be an array.")) };
    let (pairs, rest) = parts.as_chunks::<2>();
    if pairs.is_empty() || pairs.len() > 2 || !rest.is_empty() {
        return Err(malformed("Numeric match must have one or two comparisons"));
    }
    let mut bounds = Vec::new();
    for [how, bound] in pairs {
        let how = match how.as_str() {
            Some("=") => Comparison::Equal,
            Some("<") => Comparison::Less,
            Some("<=") => Comparison::LessOrEqual,
            Some(">") => Comparison::Greater,
            Some(">=") => Comparison::GreaterOrEqual,
            _ => return Err(malformed(format!("Unrecognized numeric range operator: {how}"))),
        };
        let bound = bound.as_f64().ok_or_else(|| malformed(format!("Value of {how:?} must be numeric")))?;
        if bound.abs() > 5e9 {
            return Err(malformed("Value of numeric must be between -5.0e9 and +5.0e9"));
        }
        bounds.push((how, bound));
    }
    let is_from = |how| matches!(how, Comparison::Greater | Comparison::GreaterOrEqual);
    let is_to = |how| matches!(how, Comparison::Less | Comparison::LessOrEqual);
    if let [(from, low), (to, high)] = bounds[..]
        && !(is_from(from) && is_to(to) && low < high)
    {
        return Err(malformed("Bottom must be less than top"));
    }
    Ok(Rule::Numeric(bounds))
}
