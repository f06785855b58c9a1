//! Lists: prefixes, delimiters, pages, encodings.

use expect_test::expect_file;

use crate::stage::{Stage, play, within};

async fn stage() -> Stage {
    let stage = Stage::with_bucket().await;
    for key in ["a", "a%20b", "a%2Bb", "d/1", "d/2", "e//f", "g/", "%C3%BC", "x%0Ay", "%3Cz%3E"] {
        assert_eq!(stage.ask(&format!("PUT /bkt/{key} || 1")).await.status, 200);
    }
    stage
}

#[tokio::test]
async fn both_versions_of_the_list() {
    let script = [
        "GET /bkt?list-type=2&prefix=a&fetch-owner=true&start-after=a",
        "GET /bkt?list-type=2&delimiter=/&max-keys=3",
        "GET /bkt?delimiter=/&max-keys=2&marker=d/",
        "GET /bkt?list-type=2&max-keys=0",
        "GET /bkt?versions&prefix=d/&max-keys=1",
    ];
    play(&stage().await, &script, expect_file!["../recorded/lists.txt"]).await;
}

/// The names of a list, objects and rolled-up prefixes in order of the document.
fn names(body: &str) -> Vec<String> {
    let lines = body.split("<Key>").skip(1).map(|line| line.split("</Key>").next().unwrap().to_owned());
    let rolled = body.split("<CommonPrefixes><Prefix>").skip(1);
    lines.chain(rolled.map(|line| line.split("</Prefix>").next().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn names_are_spelled_for_xml_or_for_urls() {
    let stage = stage().await;
    let plain = names(&stage.ask("GET /bkt?list-type=2").await.body);
    assert_eq!(plain, ["&lt;z&gt;", "a", "a b", "a+b", "d/1", "d/2", "e//f", "g/", "x&#xA;y", "ü"]);
    let encoded = names(&stage.ask("GET /bkt?list-type=2&encoding-type=url").await.body);
    assert_eq!(encoded, ["%3Cz%3E", "a", "a+b", "a%2Bb", "d/1", "d/2", "e//f", "g/", "x%0Ay", "%C3%BC"]);
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let stage = stage().await;
    let whole = names(&stage.ask("GET /bkt?list-type=2").await.body);
    for delimiter in ["", "&delimiter=/", "&delimiter=//"] {
        let mut all = names(&stage.ask(&format!("GET /bkt?list-type=2{delimiter}")).await.body);
        all.sort();
        for size in 1..5 {
            let (mut found, mut token) = (Vec::new(), String::new());
            loop {
                let answer =
                    stage.ask(&format!("GET /bkt?list-type=2&max-keys={size}{delimiter}{token}")).await;
                let page = names(&answer.body);
                assert!(page.len() <= size && !page.is_empty());
                found.extend(page);
                match within(&answer.body, "NextContinuationToken") {
                    Some(next) => token = format!("&continuation-token={next}"),
                    None => break,
                }
            }
            found.sort();
            assert_eq!(found, all, "{delimiter} {size}");
        }
        assert_eq!(all.len(), if delimiter == "&delimiter=/" { whole.len() - 1 } else { whole.len() });
    }
}
