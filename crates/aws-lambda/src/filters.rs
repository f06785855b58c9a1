//! `FilterCriteria`: which records a mapping is for.

use std::borrow::Cow;
use std::sync::Arc;

use delivery::Filter;
use delivery::pattern::Pattern;
use model::Fault;
use serde_json::Value;

use crate::{faults, limits};

/// The filter that lets through what one of the patterns matches; `None` where there are no patterns, which is everything.
pub fn compile(patterns: &[String]) -> Result<Option<Filter>, Fault> {
    if patterns.is_empty() {
        return Ok(None);
    }
    if patterns.len() > limits::FILTERS {
        let message = format!("The number of filters exceeds the limit of {}.", limits::FILTERS);
        return Err(faults::invalid_parameter(message));
    }
    let read = |text: &String| {
        Pattern::read(text).map_err(|_| faults::invalid_parameter("Invalid filter pattern definition."))
    };
    let patterns: Vec<_> = patterns.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Some(Arc::new(move |record| patterns.iter().any(|pattern| is_wanted(pattern, record)))))
}

/// AWS: a body that is JSON is looked into where the pattern does so, and matches no text; another one is a text. Source:
/// developer guide, "Using event filtering with an Amazon SQS event source".
fn is_wanted(pattern: &Pattern, record: &Value) -> bool {
    let looks_within = pattern.looks_within(BODY);
    let body = record.get(BODY).and_then(Value::as_str);
    let parsed = body.and_then(|body| serde_json::from_str::<Value>(body).ok()).filter(Value::is_object);
    let record = match parsed {
        Some(parsed) => {
            let mut record = record.clone();
            record[BODY] = parsed;
            Cow::Owned(record)
        }
        // A text has no members, which a pattern that asks for their absence must not take for one without them.
        None if looks_within => return false,
        None => Cow::Borrowed(record),
    };
    pattern.matches(&record)
}

const BODY: &str = "body";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_looked_into_or_are_texts() {
        let record =
            |body: &str| json!({ "messageId": "m", "body": body, "attributes": { "SenderId": "s" } });
        for (pattern, body, wanted) in [
            (r#"{"body": {"a": [1]}}"#, r#"{"a": 1}"#, true),
            (r#"{"body": {"a": [1]}}"#, r#"{"a": 2}"#, false),
            (r#"{"body": {"a": [1]}}"#, "plain", false),
            (r#"{"body": {"a": [{"exists": false}]}}"#, r#"{"b": 2}"#, true),
            (r#"{"body": {"a": [{"exists": false}]}}"#, "plain", false),
            (r#"{"body": ["plain"]}"#, "plain", true),
            (r#"{"body": ["plain"]}"#, r#"{"a": 1}"#, false),
            (r#"{"body": [{"prefix": "pl"}]}"#, "plain", true),
            (r#"{"attributes": {"SenderId": ["s"]}}"#, "plain", true),
            (r#"{"attributes": {"SenderId": ["t"]}}"#, r#"{"a": 1}"#, false),
        ] {
            let filter = compile(&[pattern.to_owned()]).unwrap().unwrap();
            assert_eq!(filter(&record(body)), wanted, "{pattern} {body}");
        }
        let either = [r#"{"body": ["a"]}"#.to_owned(), r#"{"body": ["b"]}"#.to_owned()];
        let filter = compile(&either).unwrap().unwrap();
        assert!(filter(&record("a")) && filter(&record("b")) && !filter(&record("c")));
    }

    #[test]
    fn what_is_no_pattern_is_refused_in_lambdas_words() {
        assert!(compile(&[]).unwrap().is_none());
        for text in ["", "[]", r#"{"body": "x"}"#] {
            let fault = compile(&[text.to_owned()]).err().unwrap();
            assert_eq!(fault.message, "Invalid filter pattern definition.");
        }
        assert!(compile(&vec![r#"{"body": ["a"]}"#.to_owned(); 11]).is_err());
    }
}
