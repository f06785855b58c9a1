//! The query protocol's output: members as elements, lists as `<member>` elements, what is absent left out.

use serde_json::Value;

/// Writes a value's members. Attributes and empty members are not of this protocol.
pub fn write(value: &Value, xml: &mut String) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                match value {
                    // A map is a list of entries without a name of its own.
                    Value::Array(entries) if name == "entry" => {
                        entries.iter().for_each(|entry| element(name, entry, xml));
                    }
                    value => element(name, value, xml),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| element("member", item, xml)),
        Value::String(text) => xml.push_str(&escaped(text)),
        other => xml.push_str(&other.to_string()),
    }
}

fn element(name: &str, value: &Value, xml: &mut String) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write(value, xml);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

/// Text as XML 1.0 can carry it: characters that it cannot become `?`, as AWS answers them.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(character),
            '\u{0}'..'\u{20}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('?'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_lists_and_texts() {
        let value = serde_json::json!({ "Role": { "Name": "a<b", "None": null }, "Tags": [{ "Key": "k" }], "More": false, "Empty": [], "Map": { "entry": [{ "key": "a" }, { "key": "b" }] } });
        let mut xml = String::new();
        write(&value, &mut xml);
        assert_eq!(
            xml,
            "<Role><Name>a&lt;b</Name></Role><Tags><member><Key>k</Key></member></Tags><More>false</More><Empty></Empty><Map><entry><key>a</key></entry><entry><key>b</key></entry></Map>"
        );
    }
}
