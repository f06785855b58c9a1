//! What patterns match, and what is none.

use serde_json::json;

use super::*;

#[test]
fn operators_match_what_their_names_say() {
    // The rules of a leaf, what they match, what they do not.
    let table: [(Value, &[Value], &[Value]); 24] = [
        (json!(["a"]), &[json!("a"), json!(["b", "a"])], &[json!("A"), json!(["b"]), json!([]), json!(null)]),
        (json!(["a", 1]), &[json!("a"), json!(1)], &[json!("1"), json!(2)]),
        (json!([300]), &[json!(300.0), json!(3e2)], &[json!("300"), json!(301)]),
        (json!([true]), &[json!(true)], &[json!(false), json!("true")]),
        (json!([null]), &[json!(null)], &[json!("null"), json!(0)]),
        (json!([{"prefix": "ab"}]), &[json!("abc"), json!("ab")], &[json!("xab"), json!("AB"), json!(1)]),
        (json!([{"prefix": {"equals-ignore-case": "aB"}}]), &[json!("Abc")], &[json!("bab")]),
        (json!([{"suffix": ".png"}]), &[json!("x.png")], &[json!("x.PNG"), json!("png")]),
        (json!([{"suffix": {"equals-ignore-case": ".png"}}]), &[json!("x.PNG")], &[json!("x.gif")]),
        (json!([{"equals-ignore-case": "Tiger"}]), &[json!("tIGER")], &[json!("tigers")]),
        (
            json!([{"wildcard": "dir/*.png"}]),
            &[json!("dir/a/b.png")],
            &[json!("dir/a.gif"), json!("x/dir/a.png")],
        ),
        (json!([{"wildcard": "a*b*b"}]), &[json!("abb"), json!("axbyb")], &[json!("ab"), json!("abbc")]),
        (json!([{"wildcard": "a\\*b"}]), &[json!("a*b")], &[json!("axb")]),
        (
            json!([{"anything-but": "a"}]),
            &[json!("b"), json!(1), json!(["a", "b"])],
            &[json!("a"), json!(["a"])],
        ),
        (json!([{"anything-but": ["a", 1]}]), &[json!("b"), json!(2)], &[json!("a"), json!(1.0)]),
        (json!([{"anything-but": {"prefix": "a"}}]), &[json!("ba")], &[json!("ab")]),
        (json!([{"anything-but": {"suffix": ["a", "b"]}}]), &[json!("c")], &[json!("xa"), json!("xb")]),
        (json!([{"anything-but": {"equals-ignore-case": ["a"]}}]), &[json!("b")], &[json!("A")]),
        (
            json!([{"numeric": [">", 0, "<=", 5]}]),
            &[json!(5), json!(0.1)],
            &[json!(0), json!(5.1), json!("1")],
        ),
        (json!([{"numeric": ["=", 3.018e2]}]), &[json!(301.8)], &[json!(301)]),
        (
            json!([{"cidr": "10.0.0.0/24"}]),
            &[json!("10.0.0.255")],
            &[json!("10.0.1.0"), json!("x"), json!("::1")],
        ),
        (
            json!([{"cidr": "2001:db8::/32"}]),
            &[json!("2001:db8:1::5")],
            &[json!("2001:db9::1"), json!("10.0.0.1")],
        ),
        (json!([{"cidr": "0.0.0.0/0"}]), &[json!("1.2.3.4")], &[json!("::")]),
        (json!([{"exists": true}]), &[json!("a"), json!(0), json!(null), json!(["a"])], &[json!([])]),
    ];
    for (rules, matched, others) in table {
        let pattern = Pattern::read(&json!({ "k": rules }).to_string()).unwrap();
        for value in matched {
            assert!(pattern.matches(&json!({ "k": value, "other": 1 })), "{rules} matches {value}");
        }
        for value in others {
            assert!(!pattern.matches(&json!({ "k": value })), "{rules} does not match {value}");
        }
        assert!(!pattern.matches(&json!({})), "{rules}: absent");
    }
}

#[test]
fn shapes_are_followed() {
    // A pattern, a document, whether it is wanted.
    let table = [
        (json!({"a": [1], "b": [2]}), json!({"a": 1, "b": 2}), true),
        (json!({"a": [1], "b": [2]}), json!({"a": 1}), false),
        (json!({"a": {"b": {"c": ["x"]}}}), json!({"a": {"b": {"c": "x"}}}), true),
        (json!({"a": {"b": ["x"]}}), json!({"a": "x"}), false),
        (json!({"a": {"b": ["x"]}}), json!({"a": [{"b": "y"}, {"b": "x"}]}), true),
        (json!({"a": [{"exists": false}]}), json!({"b": 1}), true),
        (json!({"a": [{"exists": false}]}), json!({"a": null}), false),
        (json!({"a": {"b": [{"exists": false}]}}), json!({}), true),
        (json!({"a": {"b": [{"exists": false}]}}), json!({"a": {"b": 1}}), false),
        (json!({"a": ["x", {"exists": false}]}), json!({}), true),
        (json!({"$or": [{"a": [1]}, {"b": [2]}]}), json!({"b": 2}), true),
        (json!({"$or": [{"a": [1]}, {"b": [2]}]}), json!({"a": 2, "b": 1}), false),
        (json!({"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}), json!({"a": 1}), false),
        (json!({"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}), json!({"a": 1, "c": 3}), true),
        (json!({"a": [1]}), json!("a"), false),
    ];
    for (pattern, document, wanted) in table {
        let read = Pattern::read(&pattern.to_string()).unwrap();
        assert_eq!(read.matches(&document), wanted, "{pattern} {document}");
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    for text in [
        "",
        "[]",
        "1",
        "{}",
        r#"{"a": 1}"#,
        r#"{"a": "x"}"#,
        r#"{"a": []}"#,
        r#"{"a": {}}"#,
        r#"{"a": [[1]]}"#,
        r#"{"a": [{"prefix": 1}]}"#,
        r#"{"a": [{"prefix": "a", "suffix": "b"}]}"#,
        r#"{"a": [{"unknown": 1}]}"#,
        r#"{"a": [{"exists": "yes"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0/33"}]}"#,
        r#"{"a": [{"numeric": []}]}"#,
        r#"{"a": [{"numeric": ["<"]}]}"#,
        r#"{"a": [{"numeric": ["<", "1"]}]}"#,
        r#"{"a": [{"numeric": [">", 5, "<", 1]}]}"#,
        r#"{"a": [{"numeric": ["<", 5, ">", 1]}]}"#,
        r#"{"a": [{"numeric": ["=", 6e9]}]}"#,
        r#"{"a": [{"anything-but": []}]}"#,
        r#"{"a": [{"anything-but": [true]}]}"#,
        r#"{"a": [{"anything-but": {"numeric": ["=", 1]}}]}"#,
        r#"{"a": [{"wildcard": "a**b"}]}"#,
        r#"{"a": [{"wildcard": "a\\b"}]}"#,
        r#"{"$or": [{"a": [1]}, {}]}"#,
    ] {
        assert!(Pattern::read(text).is_err(), "{text}");
    }
    let deep = format!("{}[1]{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    assert!(Pattern::read(&deep).is_err());
}

#[test]
fn values_are_counted_as_sns_does() {
    let pattern = Pattern::read(r#"{"a": {"b": ["x", "y", "z"]}, "c": ["p", "q"], "d": [1]}"#).unwrap();
    assert_eq!((pattern.combinations, pattern.leaves), (6, 3));
}
