//! Message attributes as their senders give them: what may be one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery::Attribute;
use model::Fault;
use serde::Deserialize;

use crate::{faults, limits};

/// One attribute as its sender gives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeInput {
    pub string_value: Option<String>,
    pub binary_value: Option<String>,
    #[serde(default)]
    string_list_values: Vec<String>,
    #[serde(default)]
    binary_list_values: Vec<String>,
    pub data_type: Option<String>,
}

/// Those that a message may have. Fails in AWS's words.
pub fn checked(given: &BTreeMap<String, AttributeInput>) -> Result<BTreeMap<String, Attribute>, Fault> {
    if given.len() > limits::MESSAGE_ATTRIBUTES {
        let message = format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{}].",
            given.len(),
            limits::MESSAGE_ATTRIBUTES
        );
        return Err(faults::invalid_value(message));
    }
    given.iter().map(|(name, attribute)| Ok((name.clone(), checked_one(name, attribute)?))).collect()
}

/// Source: developer guide, "Amazon SQS message metadata".
fn checked_one(name: &str, given: &AttributeInput) -> Result<Attribute, Fault> {
    let refused = |message: String| Err(faults::invalid_value(message));
    if name.is_empty() {
        return refused("The request must contain non-empty message attribute name.".to_owned());
    }
    if !is_attribute_name(name) {
        let message = format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), \
             hyphen (-), and period (.) characters."
        );
        return refused(message);
    }
    let data_type = given.data_type.clone().unwrap_or_default();
    if data_type.is_empty() {
        return refused(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        ));
    }
    let kind = data_type.split('.').next().unwrap_or_default();
    if !matches!(kind, "String" | "Number" | "Binary") {
        let message = format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is \
             Binary, Number, and String."
        );
        return refused(message);
    }
    if !given.string_list_values.is_empty() || !given.binary_list_values.is_empty() {
        return Err(faults::unsupported(
            "Message attribute list values in SendMessage operation are not supported.",
        ));
    }
    let empty = || {
        faults::invalid_value(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'."
        ))
    };
    if kind == "Binary" {
        let value = given.binary_value.clone().filter(|value| !value.is_empty()).ok_or_else(empty)?;
        if BASE64_STANDARD.decode(&value).is_err() {
            return Err(empty());
        }
        return Ok(Attribute { data_type, string_value: None, binary_value: Some(value) });
    }
    let value = given.string_value.clone().filter(|value| !value.is_empty()).ok_or_else(empty)?;
    if !value.chars().all(is_valid) {
        return Err(faults::invalid_contents());
    }
    if kind == "Number" && value.parse::<f64>().is_err() {
        return refused(format!("Can't cast the value of message attribute '{name}' to a number."));
    }
    Ok(Attribute { data_type, string_value: Some(value), binary_value: None })
}

/// AWS: XML's characters.
pub fn is_valid(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn is_attribute_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    (1..=256).contains(&name.len()) && letters && !reserved && !dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_have_rules() {
        for (name, valid) in [
            ("a-b_c.d", true),
            ("", false),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("AWS.x", false),
            ("a b", false),
        ] {
            assert_eq!(is_attribute_name(name), valid, "{name}");
        }
    }
}
