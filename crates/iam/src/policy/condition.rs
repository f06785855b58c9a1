//! Conditions: an operator, a key, and the values that the key is held against.
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued keys".

use std::borrow::Cow;
use std::cmp::Ordering;

use model::Time;

use super::keys::{ConditionKeys, Variables};
use super::network::Network;
use super::pattern::{ArnPattern, Pattern, Syntax};

/// What stays open when a variable has no value is decided against the caller: an allowing statement does not apply,
/// a denying one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Debug)]
pub struct Condition {
    key: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// Whether the key may be absent.
    Absent(Vec<bool>),
    Compare {
        quantifier: Option<Quantifier>,
        if_exists: bool,
        negated: bool,
        wanted: Wanted,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
}

/// What a value is held against: it fits when it fits any of these.
#[derive(Debug)]
enum Wanted {
    Texts(Vec<Pattern>),
    Arns(Vec<ArnPattern>),
    Numbers(Relation, Vec<f64>),
    Dates(Relation, Vec<Time>),
    Truths(Vec<bool>),
    Networks(Vec<Network>),
}

#[derive(Debug, Clone, Copy)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operator is not known, or a value is not of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedCondition;

impl Condition {
    /// `has_variables` is whether the policy's version knows them.
    pub fn new(
        operator: &str,
        key: &str,
        values: &[String],
        has_variables: bool,
    ) -> Result<Self, MalformedCondition> {
        if key.is_empty() || values.is_empty() {
            return Err(MalformedCondition);
        }
        let key = key.to_lowercase();
        if operator == "Null" {
            return Ok(Self { key, test: Test::Absent(each(values, truth)?) });
        }
        let (quantifier, operator) = match operator.split_once(':') {
            None => (None, operator),
            Some(("ForAnyValue", operator)) => (Some(Quantifier::Any), operator),
            Some(("ForAllValues", operator)) => (Some(Quantifier::All), operator),
            Some(_) => return Err(MalformedCondition),
        };
        let (operator, if_exists) =
            operator.strip_suffix("IfExists").map_or((operator, false), |operator| (operator, true));
        let (negated, wanted) = wanted(operator, values, has_variables)?;
        Ok(Self { key, test: Test::Compare { quantifier, if_exists, negated, wanted } })
    }

    /// What it looks at, in lower case.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn holds(&self, keys: &dyn ConditionKeys, effect: Effect) -> bool {
        let values = keys.values(&self.key);
        let (quantifier, if_exists, negated, wanted) = match &self.test {
            Test::Absent(allowed) => return allowed.contains(&values.is_empty()),
            Test::Compare { quantifier, if_exists, negated, wanted } => {
                (*quantifier, *if_exists, *negated, wanted)
            }
        };
        if values.is_empty() {
            let without = quantifier.map_or(negated, |quantifier| quantifier == Quantifier::All);
            return if_exists || without;
        }
        let fits = |value: &Cow<'_, str>| match wanted.has(value, keys) {
            Some(found) => found != negated,
            None => negated && effect == Effect::Deny,
        };
        match quantifier.unwrap_or(if negated { Quantifier::All } else { Quantifier::Any }) {
            Quantifier::Any => values.iter().any(fits),
            Quantifier::All => values.iter().all(fits),
        }
    }
}

/// Whether the operator says the contrary, and what it compares with.
fn wanted(
    operator: &str,
    values: &[String],
    has_variables: bool,
) -> Result<(bool, Wanted), MalformedCondition> {
    let texts = |wildcards, folds_case| {
        let syntax = Syntax { wildcards, variables: has_variables, folds_case };
        each(values, |value| Pattern::new(value, syntax).ok()).map(Wanted::Texts)
    };
    let arns = || {
        let syntax = Syntax { wildcards: true, variables: has_variables, folds_case: false };
        each(values, |value| ArnPattern::new(value, syntax).ok()).map(Wanted::Arns)
    };
    let numbers = |relation| Ok(Wanted::Numbers(relation, each(values, number)?));
    let dates = |relation| Ok(Wanted::Dates(relation, each(values, date)?));
    let networks = || each(values, |value| value.parse().ok()).map(Wanted::Networks);
    let literals = || each(values, |value| Pattern::new(value, Syntax::LITERAL).ok()).map(Wanted::Texts);
    Ok(match operator {
        "StringEquals" => (false, texts(false, false)?),
        "StringNotEquals" => (true, texts(false, false)?),
        "StringEqualsIgnoreCase" => (false, texts(false, true)?),
        "StringNotEqualsIgnoreCase" => (true, texts(false, true)?),
        "StringLike" => (false, texts(true, false)?),
        "StringNotLike" => (true, texts(true, false)?),
        "NumericEquals" => (false, numbers(Relation::Equal)?),
        "NumericNotEquals" => (true, numbers(Relation::Equal)?),
        "NumericLessThan" => (false, numbers(Relation::Less)?),
        "NumericLessThanEquals" => (false, numbers(Relation::LessOrEqual)?),
        "NumericGreaterThan" => (false, numbers(Relation::Greater)?),
        "NumericGreaterThanEquals" => (false, numbers(Relation::GreaterOrEqual)?),
        "DateEquals" => (false, dates(Relation::Equal)?),
        "DateNotEquals" => (true, dates(Relation::Equal)?),
        "DateLessThan" => (false, dates(Relation::Less)?),
        "DateLessThanEquals" => (false, dates(Relation::LessOrEqual)?),
        "DateGreaterThan" => (false, dates(Relation::Greater)?),
        "DateGreaterThanEquals" => (false, dates(Relation::GreaterOrEqual)?),
        "Bool" => (false, Wanted::Truths(each(values, truth)?)),
        // Both sides are base64 of the same bytes.
        "BinaryEquals" => (false, literals()?),
        "IpAddress" => (false, networks()?),
        "NotIpAddress" => (true, networks()?),
        // AWS: the two spellings behave the same.
        "ArnEquals" | "ArnLike" => (false, arns()?),
        "ArnNotEquals" | "ArnNotLike" => (true, arns()?),
        _ => return Err(MalformedCondition),
    })
}

fn each<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, MalformedCondition> {
    values.iter().map(|value| read(value).ok_or(MalformedCondition)).collect()
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A day, a time, or seconds since 1970.
fn date(text: &str) -> Option<Time> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Time::from_millis(seconds.checked_mul(1000)?));
    }
    Time::parse_iso8601(text).or_else(|| Time::parse_iso8601(&format!("{text}T00:00:00Z")))
}

impl Relation {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Wanted {
    /// `None` when it cannot be said, because a variable has no value.
    fn has(&self, value: &str, variables: &dyn Variables) -> Option<bool> {
        match self {
            Self::Texts(patterns) => any(patterns.iter().map(|pattern| pattern.matches(value, variables))),
            Self::Arns(patterns) => any(patterns.iter().map(|pattern| pattern.matches(value, variables))),
            Self::Numbers(relation, wanted) => {
                let value = number(value);
                Some(wanted.iter().any(|wanted| relation.holds(value.and_then(|it| it.partial_cmp(wanted)))))
            }
            Self::Dates(relation, wanted) => {
                let value = date(value);
                Some(wanted.iter().any(|wanted| relation.holds(value.map(|it| it.cmp(wanted)))))
            }
            Self::Truths(wanted) => Some(truth(value).is_some_and(|value| wanted.contains(&value))),
            Self::Networks(networks) => {
                let address = value.parse().ok();
                Some(address.is_some_and(|it| networks.iter().any(|network| network.contains(it))))
            }
        }
    }
}

/// One that fits is enough; otherwise one that cannot be said leaves it open.
pub fn any(matches: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut open = false;
    for one in matches {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Request(&'static [(&'static str, &'static str)]);

    impl Variables for Request {
        fn value(&self, name: &str) -> Option<Cow<'_, str>> {
            self.values(name).into_iter().next()
        }
    }

    impl ConditionKeys for Request {
        fn values(&self, name: &str) -> Vec<Cow<'_, str>> {
            self.0.iter().filter(|(key, _)| *key == name).map(|(_, value)| Cow::Borrowed(*value)).collect()
        }
    }

    const REQUEST: Request = Request(&[
        ("k", "Apple"),
        ("n", "10"),
        ("t", "2026-11-23T15:00:00Z"),
        ("b", "true"),
        ("ip", "10.1.2.3"),
        ("arn", "arn:aws:s3:::photos"),
        ("many", "a"),
        ("many", "b"),
    ]);

    fn check(operator: &str, key: &str, values: &[&str]) -> bool {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        Condition::new(operator, key, &values, true).unwrap().holds(&REQUEST, Effect::Allow)
    }

    #[test]
    fn operators() {
        for (operator, key, values, holds) in [
            ("StringEquals", "K", &["Apple"][..], true),
            ("StringEquals", "k", &["apple"], false),
            ("StringEquals", "k", &["Pear", "Apple"], true),
            ("StringEquals", "k", &["App*"], false),
            ("StringEquals", "k", &["${k}"], true),
            ("StringNotEquals", "k", &["Pear"], true),
            ("StringNotEquals", "k", &["Pear", "Apple"], false),
            ("StringEqualsIgnoreCase", "k", &["aPPLE"], true),
            ("StringNotEqualsIgnoreCase", "k", &["aPPLE"], false),
            ("StringLike", "k", &["App*"], true),
            ("StringLike", "k", &["app*"], false),
            ("StringNotLike", "k", &["App?"], true),
            ("NumericEquals", "n", &["10.0"], true),
            ("NumericNotEquals", "n", &["10"], false),
            ("NumericLessThan", "n", &["10"], false),
            ("NumericLessThanEquals", "n", &["10"], true),
            ("NumericGreaterThan", "n", &["9"], true),
            ("NumericGreaterThanEquals", "n", &["11"], false),
            ("NumericEquals", "k", &["10"], false),
            ("DateEquals", "t", &["2026-11-23T15:00:00Z"], true),
            ("DateNotEquals", "t", &["2026-11-23T15:00:00Z"], false),
            ("DateLessThan", "t", &["2026-11-24"], true),
            ("DateLessThanEquals", "t", &["2026-11-23"], false),
            ("DateGreaterThan", "t", &["1700000000"], true),
            ("DateGreaterThanEquals", "t", &["2026-11-23T15:00:00Z"], true),
            ("Bool", "b", &["True"], true),
            ("Bool", "b", &["false"], false),
            ("BinaryEquals", "k", &["Apple"], true),
            ("IpAddress", "ip", &["10.0.0.0/8"], true),
            ("NotIpAddress", "ip", &["10.0.0.0/8", "::1"], false),
            ("IpAddress", "k", &["0.0.0.0/0"], false),
            ("ArnEquals", "arn", &["arn:aws:s3:::ph*"], true),
            ("ArnLike", "arn", &["arn:aws:*:::photos"], true),
            ("ArnNotEquals", "arn", &["arn:aws:s3:::photos"], false),
            ("ArnNotLike", "arn", &["arn:aws:s3:::x*"], true),
            ("Null", "k", &["false"], true),
            ("Null", "k", &["true"], false),
            ("Null", "gone", &["true"], true),
        ] {
            assert_eq!(check(operator, key, values), holds, "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn absent_keys_and_several_values() {
        for (operator, key, values, holds) in [
            ("StringEquals", "gone", &["x"][..], false),
            ("StringNotEquals", "gone", &["x"], true),
            ("StringEqualsIfExists", "gone", &["x"], true),
            ("StringEqualsIfExists", "k", &["x"], false),
            ("BoolIfExists", "gone", &["true"], true),
            ("ForAnyValue:StringEquals", "gone", &["x"], false),
            ("ForAllValues:StringEquals", "gone", &["x"], true),
            ("ForAnyValue:StringEquals", "many", &["b", "c"], true),
            ("ForAnyValue:StringEquals", "many", &["c"], false),
            ("ForAllValues:StringEquals", "many", &["a", "b", "c"], true),
            ("ForAllValues:StringEquals", "many", &["a"], false),
            ("ForAnyValue:StringNotEquals", "many", &["a"], true),
            ("ForAllValues:StringNotEquals", "many", &["a"], false),
            ("ForAnyValue:StringLikeIfExists", "gone", &["*"], true),
            ("StringEquals", "k", &["${gone}"], false),
            ("StringNotEquals", "k", &["${gone}"], false),
        ] {
            assert_eq!(check(operator, key, values), holds, "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn what_is_open_is_decided_against_the_caller() {
        let values = ["${gone}".to_owned()];
        let condition = Condition::new("StringNotEquals", "k", &values, true).unwrap();
        assert!(condition.holds(&REQUEST, Effect::Deny));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for (operator, key, value) in [
            ("StringMatches", "k", "x"),
            ("stringequals", "k", "x"),
            ("NullIfExists", "k", "true"),
            ("ForSomeValues:StringEquals", "k", "x"),
            ("NumericEquals", "k", "ten"),
            ("NumericEquals", "k", "inf"),
            ("DateEquals", "k", "soon"),
            ("Bool", "k", "yes"),
            ("IpAddress", "k", "10.0.0.0/99"),
            ("StringEquals", "", "x"),
            ("StringLike", "k", "${"),
        ] {
            assert!(Condition::new(operator, key, &[value.to_owned()], true).is_err(), "{operator} {value}");
        }
        assert!(Condition::new("StringEquals", "k", &[], true).is_err());
    }
}
