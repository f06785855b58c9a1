//! Table: inputs of the query and restJson protocols, read from what travels.

use std::collections::BTreeMap;
use std::time::Instant;

use expect_test::{Expect, expect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::protocol::{MalformedInput, Members, Pattern, read_form};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    name: Option<String>,
    limit: Option<i32>,
    force: Option<bool>,
    names: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
    environment: Option<BTreeMap<String, String>>,
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
enum Kind {
    Zip,
    Image,
}

impl Input {
    /// The members that are there.
    fn told(self) -> String {
        let Ok(Value::Object(mut members)) = serde_json::to_value(self) else { return String::new() };
        members.retain(|_, value| !value.is_null());
        Value::Object(members).to_string()
    }
}

fn told(read: Result<Input, MalformedInput>) -> String {
    match read {
        Ok(input) => input.told(),
        Err(MalformedInput(message)) => format!("refused: {message}"),
    }
}

fn form(text: &str, expected: Expect) {
    expected.assert_eq(&told(read_form(&wire::query_pairs(text))));
}

#[test]
fn forms() {
    form("", expect!["{}"]);
    form("Action=X&Version=1&Unknown.member.1=x", expect!["{}"]);
    form("Name=a+b%2Bc%20%E1%88%B4", expect![[r#"{"Name":"a b+c ሴ"}"#]]);
    form("Name=", expect![[r#"{"Name":""}"#]]);
    form("Name", expect![[r#"{"Name":""}"#]]);
    form("Name=a&Name=b", expect![[r#"{"Name":"b"}"#]]);
    form("Name=%FF", expect![[r#"{"Name":"�"}"#]]);
    form("Name.x=a", expect!["refused: 'x' is not known here"]);
    form("Limit=7&Force=true", expect![[r#"{"Limit":7,"Force":true}"#]]);
    form("Limit=-7&Force=false", expect![[r#"{"Limit":-7,"Force":false}"#]]);
    form("Limit=2147483648", expect!["refused: '2147483648' can not be converted to an Integer"]);
    form("Limit=7.0", expect!["refused: '7.0' can not be converted to an Integer"]);
    form("Limit=", expect!["refused: '' can not be converted to an Integer"]);
    form("Force=yes", expect!["refused: 'yes' can not be converted to a Boolean"]);
    form("Names.member.2=b&Names.member.1=a&Names.member.10=c", expect![[r#"{"Names":["a","b","c"]}"#]]);
    form("Names.2=b&Names.1=a", expect![[r#"{"Names":["a","b"]}"#]]);
    form("Names=", expect![[r#"{"Names":[]}"#]]);
    form("Names.member.1=a&Names.2=b", expect!["refused: a list has 'member' beside numbers"]);
    form("Names.member.x=a", expect!["refused: 'x' is not the number of a list's member"]);
    form(
        "Names.member.99999999999=a",
        expect!["refused: '99999999999' is not the number of a list's member"],
    );
    form(
        "Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b",
        expect![[r#"{"Tags":[{"Key":"a","Value":""},{"Key":"b","Value":null}]}"#]],
    );
    form("Tags.member.1.Value=v", expect!["refused: missing field `Key`"]);
    form("Tags.member.1=v", expect![[r#"refused: invalid type: string "v", expected struct Tag"#]]);
    form("Environment.a=1&Environment.b=2", expect![[r#"{"Environment":{"a":"1","b":"2"}}"#]]);
    form("Kind=Zip", expect![[r#"{"Kind":"Zip"}"#]]);
    form("Kind=Tar", expect!["refused: unknown variant `Tar`, expected `Zip` or `Image`"]);
    form("a.b.c.d.e.f.g.h=1", expect!["{}"]);
    form("a.b.c.d.e.f.g.h.i=1", expect!["refused: a.b.c.d.e.f.g.h.i is nested too deep"]);
}

fn rest(path: &str, query: &str, body: &str, expected: Expect) {
    let mut members = Members::default();
    let Some(labels) = Pattern::new("/tags/{Name+}").labels(path) else {
        return expected.assert_eq("no such path");
    };
    labels.into_iter().for_each(|(name, value)| members.text(name, value));
    let known = [("limit", "Limit"), ("force", "Force"), ("keys", "Names")];
    for (name, value) in wire::query_pairs(query) {
        if let Some((_, member)) = known.iter().find(|(known, _)| *known == name) {
            members.text(member, value);
        }
    }
    members.json(serde_json::from_str(body).expect("an object"));
    expected.assert_eq(&told(members.read()));
}

#[test]
fn paths_queries_and_bodies() {
    rest("/tags/a", "", "{}", expect![[r#"{"Name":"a"}"#]]);
    rest("/tags/arn%3Aaws%3Alambda/b%2Fc/d", "", "{}", expect![[r#"{"Name":"arn:aws:lambda/b/c/d"}"#]]);
    rest("/tags/", "", "{}", expect!["no such path"]);
    rest(
        "/tags/a",
        "limit=7&force=true&keys=a&keys=b%26&x=1",
        "{}",
        expect![[r#"{"Name":"a","Limit":7,"Force":true,"Names":["a","b&"]}"#]],
    );
    rest("/tags/a", "limit=7.5", "{}", expect!["refused: Limit: '7.5' can not be converted to an Integer"]);
    rest("/tags/a", "force", "{}", expect!["refused: Force: '' can not be converted to a Boolean"]);
    rest("/tags/a", "limit=7", r#"{"Name": "not this", "Limit": 8}"#, expect![[r#"{"Name":"a","Limit":7}"#]]);
    rest(
        "/tags/a",
        "",
        r#"{"Limit": "7"}"#,
        expect![[r#"refused: Limit: invalid type: string "7", expected i32"#]],
    );
    rest(
        "/tags/a",
        "",
        r#"{"Limit": 2147483648}"#,
        expect!["refused: Limit: invalid value: integer `2147483648`, expected i32"],
    );
    rest("/tags/a", "", r#"{"Limit": null, "Names": null}"#, expect![[r#"{"Name":"a"}"#]]);
    rest(
        "/tags/a",
        "",
        r#"{"Names": "a"}"#,
        expect![[r#"refused: Names: invalid type: string "a", expected a sequence"#]],
    );
    rest(
        "/tags/a",
        "",
        r#"{"Tags": [{"Key": "k", "Value": "v"}, {"Key": "l"}]}"#,
        expect![[r#"{"Name":"a","Tags":[{"Key":"k","Value":"v"},{"Key":"l","Value":null}]}"#]],
    );
    rest("/tags/a", "", r#"{"Tags": [{"Value": "v"}]}"#, expect!["refused: Tags: missing field `Key`"]);
    rest(
        "/tags/a",
        "",
        r#"{"Environment": {"A": "1"}, "Kind": "Image"}"#,
        expect![[r#"{"Name":"a","Environment":{"A":"1"},"Kind":"Image"}"#]],
    );
    rest(
        "/tags/a",
        "",
        r#"{"Environment": {"A": 1}}"#,
        expect!["refused: Environment: invalid type: integer `1`, expected a string"],
    );
    rest(
        "/tags/a",
        "",
        r#"{"Kind": "Tar"}"#,
        expect!["refused: Kind: unknown variant `Tar`, expected `Zip` or `Image`"],
    );
}

/// Work and memory grow with what came, not with its square.
#[test]
fn very_many_names_are_read_or_refused_at_once() {
    let before = Instant::now();
    let body: Map<String, Value> =
        (0..200_000).map(|number| (format!("Unknown{number}"), Value::from(0))).collect();
    let mut members = Members::default();
    members.text("Name", "a".to_owned());
    members.json(body);
    assert_eq!(told(members.read()), r#"{"Name":"a"}"#);
    let pairs: Vec<_> = (0..200_000).map(|number| (format!("a{number}.b.c.d.e.f"), String::new())).collect();
    assert!(told(read_form(&pairs)).starts_with("refused: The request has 200000 parameters"));
    // Comparing each name with each takes minutes.
    assert!(before.elapsed().as_secs() < 20);
}
