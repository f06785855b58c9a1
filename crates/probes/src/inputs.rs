//! Inputs of restJson and of the query protocol, read as every kind of member.

use std::collections::BTreeMap;

use crate::world::lines;
use serde::{Deserialize, Serialize};
use wire::protocol::{Members, Pattern, read_form, write_xml};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    limit: Option<i64>,
    small: Option<u8>,
    share: Option<f64>,
    force: Option<bool>,
    names: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
    environment: Option<BTreeMap<String, String>>,
    kind: Option<Kind>,
    within: Option<Box<Input>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize, Serialize)]
enum Kind {
    Zip,
    Image,
}

pub fn probe(data: &[u8]) {
    let lines = lines(data, 3);
    let [path, query, body] = lines.as_slice() else { return };
    let pairs = wire::query_pairs(query);
    if let Ok(input) = read_form::<Input>(&pairs) {
        let value = serde_json::to_value(input).expect("a value");
        write_xml(&value, &mut String::new());
    }
    let mut members = Members::default();
    for (name, value) in Pattern::new("/functions/{Name}/tags/{Kind+}").labels(path).unwrap_or_default() {
        members.text(name, value);
    }
    for (name, value) in pairs {
        members.text(&name, value);
    }
    if let Ok(body) = serde_json::from_str(body) {
        members.json(body);
    }
    let _ = members.read::<Input>();
}
