//! The older protocol: what its forms say as the members of the JSON protocol, and answers as its XML. Source: the API's
//! model, which names both.

use model::RequestId;
use serde_json::{Map, Value, json};
use service::Call;
use wire::protocol::escaped;

pub const VERSION: &str = "2012-11-05";
pub const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// Lists in forms, by the name before the number: the member, and what an element is.
const LISTS: [(&str, &str, Element); 15] = [
    ("Attribute", "Attributes", Element::Pair("Name", "Value")),
    ("MessageAttribute", "MessageAttributes", Element::Pair("Name", "Value")),
    ("MessageSystemAttribute", "MessageSystemAttributes", Element::Pair("Name", "Value")),
    ("Tag", "Tags", Element::Pair("Key", "Value")),
    ("Tags", "Tags", Element::Pair("Key", "Value")),
    ("TagKey", "TagKeys", Element::Plain),
    ("AttributeName", "AttributeNames", Element::Plain),
    ("MessageAttributeName", "MessageAttributeNames", Element::Plain),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames", Element::Plain),
    ("AWSAccountId", "AWSAccountIds", Element::Plain),
    ("ActionName", "Actions", Element::Plain),
    ("SendMessageBatchRequestEntry", "Entries", Element::Plain),
    ("DeleteMessageBatchRequestEntry", "Entries", Element::Plain),
    ("ChangeMessageVisibilityBatchRequestEntry", "Entries", Element::Plain),
    ("StringListValue", "StringListValues", Element::Plain),
];

/// Members that are numbers.
const NUMBERS: [&str; 6] = [
    "DelaySeconds",
    "MaxNumberOfMessages",
    "VisibilityTimeout",
    "WaitTimeSeconds",
    "MaxResults",
    "MaxNumberOfMessagesPerSecond",
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Element {
    /// A text, or an object.
    Plain,
    /// An entry of a map, with the names of its key and its value.
    Pair(&'static str, &'static str),
}

/// What a form says. The queue may be named by the path that it was sent to.
pub fn members(call: &Call, path: &str, pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut tree = Map::new();
    for (name, value) in pairs {
        let parts: Vec<_> = name.split('.').collect();
        put(&mut tree, &parts, value, 0);
    }
    let Value::Object(mut members) = shaped("", Value::Object(tree)) else { return Map::new() };
    if path.len() > 1 && !members.contains_key("QueueUrl") {
        members.insert("QueueUrl".to_owned(), json!(format!("{}{path}", call.origin)));
    }
    // The one operation whose member has another name in JSON.
    if members.get("Action").and_then(Value::as_str) == Some("CreateQueue")
        && let Some(tags) = members.remove("Tags")
    {
        members.insert("tags".to_owned(), tags);
    }
    ["Action", "Version"].iter().for_each(|name| drop(members.remove(*name)));
    members
}

/// Levels of names in a form.
const DEPTH: usize = 8;

fn put(tree: &mut Map<String, Value>, parts: &[&str], value: String, depth: usize) {
    match parts {
        [name] => drop(tree.insert((*name).to_owned(), json!(value))),
        [name, rest @ ..] if depth < DEPTH => {
            let within = tree.entry((*name).to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(within) = within {
                put(within, rest, value, depth + 1);
            }
        }
        _ => {}
    }
}

/// Makes lists and maps of numbered members, and numbers of texts.
fn shaped(name: &str, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut shaped_members = Map::new();
            for (name, value) in members {
                match LISTS.iter().find(|(form, ..)| *form == name) {
                    Some((_, member, element)) => {
                        shaped_members.insert((*member).to_owned(), list(value, *element));
                    }
                    None => drop(shaped_members.insert(name.clone(), shaped(&name, value))),
                }
            }
            Value::Object(shaped_members)
        }
        Value::String(text) if NUMBERS.contains(&name) => match text.parse::<i64>() {
            Ok(number) => json!(number),
            Err(_) => Value::String(text),
        },
        other => other,
    }
}

fn list(value: Value, element: Element) -> Value {
    // A list of one may come without a number.
    let Value::Object(numbered) = value else { return json!([value]) };
    if let Element::Pair(key, _) = element
        && numbered.contains_key(key)
    {
        return list(json!({ "1": numbered }), element);
    }
    let mut numbered: Vec<_> = numbered
        .into_iter()
        .map(|(number, value)| (number.parse::<u32>().unwrap_or(u32::MAX), value))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let values = numbered.into_iter().map(|(_, value)| value);
    match element {
        Element::Plain => Value::Array(values.map(|value| shaped("", value)).collect()),
        Element::Pair(key, worth) => {
            let pair = |value: Value| {
                let Value::Object(mut pair) = value else { return None };
                let name = pair.remove(key)?.as_str()?.to_owned();
                Some((name, shaped("", pair.remove(worth).unwrap_or(Value::Null))))
            };
            Value::Object(values.filter_map(pair).collect())
        }
    }
}

/// An answer's members that are lists or maps, with the name of each element.
fn element_of(action: &str, member: &str) -> Option<(&'static str, Option<(&'static str, &'static str)>)> {
    Some(match member {
        "QueueUrls" | "queueUrls" => ("QueueUrl", None),
        "Attributes" => ("Attribute", Some(("Name", "Value"))),
        "MessageAttributes" => ("MessageAttribute", Some(("Name", "Value"))),
        "Tags" => ("Tag", Some(("Key", "Value"))),
        "Messages" => ("Message", None),
        "Failed" => ("BatchResultErrorEntry", None),
        "Successful" => match action {
            "SendMessageBatch" => ("SendMessageBatchResultEntry", None),
            "DeleteMessageBatch" => ("DeleteMessageBatchResultEntry", None),
            _ => ("ChangeMessageVisibilityBatchResultEntry", None),
        },
        "Results" => ("ListMessageMoveTasksResultEntry", None),
        _ => return None,
    })
}

/// `<XResponse><XResult>…</XResult><ResponseMetadata>…`; an operation that answers nothing has no result.
pub fn document(action: &str, answer: &Value, request_id: &RequestId) -> String {
    let mut xml = format!("<?xml version=\"1.0\"?><{action}Response xmlns=\"{NAMESPACE}\">");
    if let Value::Object(members) = answer {
        xml.push_str(&format!("<{action}Result>"));
        write(action, members, &mut xml);
        xml.push_str(&format!("</{action}Result>"));
    }
    xml.push_str(&format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    ));
    xml
}

fn write(action: &str, members: &Map<String, Value>, xml: &mut String) {
    for (member, value) in members {
        match (element_of(action, member), value) {
            (Some((name, None)), Value::Array(values)) => {
                values.iter().for_each(|value| element(action, name, value, xml));
            }
            (Some((name, Some((key, worth)))), Value::Object(pairs)) => {
                for (of, value) in pairs {
                    xml.push_str(&format!("<{name}>"));
                    element(action, key, &json!(of), xml);
                    element(action, worth, value, xml);
                    xml.push_str(&format!("</{name}>"));
                }
            }
            _ => element(action, member, value, xml),
        }
    }
}

fn element(action: &str, name: &str, value: &Value, xml: &mut String) {
    xml.push_str(&format!("<{name}>"));
    match value {
        Value::Null => {}
        Value::String(text) => xml.push_str(&escaped(text)),
        Value::Object(members) => write(action, members, xml),
        other => xml.push_str(&other.to_string()),
    }
    xml.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_say_what_json_says() {
        let form = [
            ("QueueUrl", "u"),
            ("DelaySeconds", "5"),
            ("Attribute.1.Name", "Policy"),
            ("Attribute.1.Value", "{}"),
            ("MessageAttribute.1.Name", "a"),
            ("MessageAttribute.1.Value.StringValue", "s"),
            ("MessageAttribute.1.Value.DataType", "String"),
            ("AttributeName.2", "y"),
            ("AttributeName.1", "x"),
            ("SendMessageBatchRequestEntry.1.Id", "i"),
            ("SendMessageBatchRequestEntry.1.DelaySeconds", "7"),
            ("SendMessageBatchRequestEntry.10.Id", "k"),
            ("SendMessageBatchRequestEntry.2.Id", "j"),
            ("SendMessageBatchRequestEntry.2.MessageAttribute.1.Name", "n"),
            ("SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType", "Number"),
            ("Tag.Key", "k"),
            ("Tag.Value", "v"),
        ];
        let mut tree = Map::new();
        for (name, value) in form {
            put(&mut tree, &name.split('.').collect::<Vec<_>>(), value.to_owned(), 0);
        }
        assert_eq!(
            shaped("", Value::Object(tree)),
            json!({
                "QueueUrl": "u",
                "DelaySeconds": 5,
                "Attributes": { "Policy": "{}" },
                "MessageAttributes": { "a": { "StringValue": "s", "DataType": "String" } },
                "AttributeNames": ["x", "y"],
                "Entries": [
                    { "Id": "i", "DelaySeconds": 7 },
                    { "Id": "j", "MessageAttributes": { "n": { "DataType": "Number" } } },
                    { "Id": "k" },
                ],
                "Tags": { "k": "v" },
            })
        );
    }

    #[test]
    fn answers_are_flat_lists() {
        let answer = json!({
            "Messages": [{ "Attributes": { "SenderId": "s" }, "Body": "<a>" }, { "Body": "b" }],
            "ApproximateNumberOfMessagesMoved": 3,
        });
        let xml = document("ReceiveMessage", &answer, &RequestId::from_bytes([0; 16]));
        let first = "<Message><Attribute><Name>SenderId</Name><Value>s</Value></Attribute><Body>&lt;a&gt;</Body></Message>";
        assert!(xml.contains(&format!("{first}<Message><Body>b</Body></Message>")), "{xml}");
        assert!(xml.contains("<ApproximateNumberOfMessagesMoved>3</ApproximateNumberOfMessagesMoved>"));
        assert!(!document("PurgeQueue", &Value::Null, &RequestId::from_bytes([0; 16])).contains("Result>"));
    }
}
