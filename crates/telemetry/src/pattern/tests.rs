//! Tables of patterns with messages that they find, and of patterns that are refused.

use proptest::prelude::*;

use super::*;

fn found<'a>(pattern: &str, messages: &[&'a str]) -> Vec<&'a str> {
    let pattern = Pattern::parse(pattern).unwrap_or_else(|invalid| panic!("{pattern}: {invalid}"));
    messages.iter().copied().filter(|message| pattern.matches(message)).collect()
}

#[test]
fn terms_are_found_anywhere() {
    const MESSAGES: [&str; 4] =
        ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[WARN] slow", "say \"hi\"\n"];
    for (pattern, expected) in [
        ("", &[0usize, 1, 2, 3][..]),
        ("  ", &[0, 1, 2, 3]),
        ("ERROR", &[0, 1]),
        ("error", &[]),
        ("ERROR REQUEST", &[0, 1]),
        ("REQUEST ERROR BAD", &[0]),
        ("ERROR -BAD", &[1]),
        ("-ERROR", &[2, 3]),
        ("-\"ERROR 400\"", &[1, 2, 3]),
        ("\"ERROR 401\"", &[1]),
        ("\"401] UN\"", &[1]),
        ("?WARN ?BAD", &[0, 2]),
        ("?WARN ?BAD ERROR", &[0, 1]),
        ("?\"ERROR 400\" ?slow", &[0, 2]),
        ("\"say \\\"hi\\\"\"", &[3]),
    ] {
        let expected: Vec<&str> = expected.iter().map(|index| MESSAGES[*index]).collect();
        assert_eq!(found(pattern, &MESSAGES), expected, "{pattern}");
    }
}

#[test]
fn members_of_documents_are_compared() {
    const DOCUMENT: &str = r#"{"name":"UpdateTrail","ip":"123.123.1.2","n":4,"price":0.5,"ok":true,"off":null,
        "user":{"id":"7","e-mail":"a@b"},"tags":["x","y"],"users":[{"id":1},{"id":2}],"cluster.name":"c"}"#;
    for (pattern, expected) in [
        (r#"{ $.name = "UpdateTrail" }"#, true),
        ("{$.name=UpdateTrail}", true),
        (r#"{ $.name = "Update" }"#, false),
        (r#"{ $.name = "Upd*il" }"#, true),
        ("{ $.name = * }", true),
        ("{ $.missing = * }", false),
        ("{ $.ip = 123.123.* }", true),
        ("{ $.ip != 123.123.* }", false),
        ("{ $.ip != 10.* }", true),
        ("{ $.missing != 10.* }", false),
        ("{ $.n = 4 }", true),
        ("{ $.n = 4.0 }", true),
        ("{ $.n != 4 }", false),
        ("{ $.n > 3 }", true),
        ("{ $.n > 4 }", false),
        ("{ $.n >= 4 && $.n <= 4 }", true),
        ("{ $.price < 5e-1 }", false),
        ("{ $.price <= 0.5 }", true),
        ("{ $.user.id > 6 }", true),
        ("{ $.user.id = 7 }", true),
        (r#"{ $.user.e-mail = "a@b" }"#, true),
        ("{ $.ok IS TRUE }", true),
        ("{ $.ok IS FALSE }", false),
        ("{ $.ok = true }", true),
        ("{ $.off IS NULL }", true),
        ("{ $.ok IS NULL }", false),
        ("{ $.off NOT EXISTS }", false),
        ("{ $.missing NOT EXISTS }", true),
        ("{ $.user.missing.deep NOT EXISTS }", true),
        ("{ $.tags[1] = y }", true),
        ("{ $.tags[2] = y }", false),
        ("{ $.tags[*] = y }", true),
        ("{ $.tags = y }", false),
        ("{ $.users[*].id = 2 }", true),
        ("{ $.['cluster.name'] = c }", true),
        ("{ $[\"cluster.name\"] = c }", true),
        ("{ $.n = 1 || $.n = 4 && $.ok IS TRUE }", true),
        ("{ ($.n = 4 || $.ok IS TRUE) && $.n = 1 }", false),
        ("{ $.n = 4 || ($.ok IS TRUE && $.n = 1) }", true),
    ] {
        assert_eq!(found(pattern, &[DOCUMENT]).len() == 1, expected, "{pattern}");
    }
    assert_eq!(
        found("{ $.a NOT EXISTS }", &["no document", "7", "\"text\"", "{} trailing", "{}\n"]),
        ["{}\n"]
    );
    assert_eq!(found("{ $.[0] = 1 }", &["[1]", "{}"]), ["[1]"]);
}

#[test]
fn words_are_compared_by_their_place() {
    const LINE: &str = "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";
    for (pattern, expected) in [
        ("[ip, user, username, timestamp, request, status_code, bytes]", true),
        ("[ip, user, username, timestamp, request]", false),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", true),
        ("[ip, user, username, timestamp, request, status_code = 5*, bytes]", false),
        ("[..., status_code = 404, bytes > 1000]", true),
        ("[..., status_code = 404, bytes > 1534]", false),
        ("[ip = 127.0.*, ..., bytes]", true),
        ("[ip, ...]", true),
        ("[...]", true),
        ("[..., status_code = 404 || status_code = 410, bytes]", true),
        ("[..., (status_code = 4* && status_code != 410), bytes]", true),
        ("[..., status_code != 4*, bytes]", false),
        ("[a, b, c, d, e, f, ..., g, h]", false),
        ("[ip, user, username = \"frank\", ...]", true),
    ] {
        assert_eq!(found(pattern, &[LINE]).len() == 1, expected, "{pattern}");
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    for (pattern, expected) in [
        ("User-Agent", "Invalid character(s) in term 'User-Agent'"),
        ("a:b", "Invalid character(s) in term 'a:b'"),
        ("\"open", "a quoted text has no end"),
        ("-", "unexpected end"),
        ("%AUTH%", "regular expressions (%...%) are not implemented"),
        ("{ $.a = %x% }", "regular expressions (%...%) are not implemented"),
        ("[a = %x%]", "regular expressions (%...%) are not implemented"),
        ("{", "unexpected end"),
        ("{}", "unexpected '}' at character 2"),
        ("{ $.a }", "unexpected '}'"),
        ("{ $.a = }", "unexpected '}'"),
        ("{ $.a = 1", "unexpected end"),
        ("{ $.a = 1 } x", "unexpected 'x'"),
        ("{ $.a = 1 && }", "unexpected '}'"),
        ("{ ($.a = 1 }", "unexpected '}'"),
        ("{ a = 1 }", "unexpected 'a'"),
        ("{ $ = 1 }", "unexpected '='"),
        ("{ $.a > x }", "\"x\" is not a number"),
        ("{ $.a > \"1\" }", "\"1\" is not a number"),
        ("{ $.a[x] = 1 }", "unexpected 'x'"),
        ("{ $.a EXISTS }", "unexpected 'E'"),
        ("[]", "unexpected ']'"),
        ("[a", "unexpected end"),
        ("[a b]", "unexpected 'b'"),
        ("[..., a, ...]", "more than one ellipsis"),
        (&format!("{{ {}", "(".repeat(1_000)), "too many parentheses"),
    ] {
        let InvalidPattern(message) = Pattern::parse(pattern).expect_err(pattern);
        assert!(message.contains(expected), "{pattern}: {message}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_asked_without_panic(pattern in "[{\\[\"$.a-c1-3=<>!&|()*,? %\\\\\\]}é-]{0,24}", message in ".{0,20}") {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            pattern.matches(&message);
        }
    }
}
