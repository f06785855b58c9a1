//! Pages, whatever was written in whatever order: every event once, by time and then by arrival, from both ends.

use std::sync::Arc;

use model::{AccountId, Region, Time};
use proptest::prelude::*;
use store::MemoryTable;
use tasks::{Clock, Dice};
use telemetry::{End, Event, From, GroupAt, Logs, NewLine, Pattern, ReadAsk, SearchAsk, Which};

const NOW: i64 = 1_795_448_000_000;

fn logs() -> (Logs, Clock, GroupAt) {
    let clock = Clock::manual(Time::from_millis(NOW));
    let logs = Logs::new(Arc::new(MemoryTable::new()), clock.clone(), Dice::seeded(7));
    let at = GroupAt {
        account: AccountId::default_account(),
        region: Region::default(),
        name: "/aws/lambda/f".to_owned(),
    };
    (logs, clock, at)
}

fn line(millis: i64, message: impl Into<String>) -> NewLine {
    NewLine { time: Time::from_millis(millis), message: message.into() }
}

/// Batches as (stream, times): near each other, and with gaps of up to days.
fn batches() -> impl Strategy<Value = Vec<(usize, Vec<i64>)>> {
    let time = prop_oneof![0i64..50, 0i64..5_000, 0i64..200_000_000];
    let batch = (0usize..3, proptest::collection::vec(time, 0..40));
    proptest::collection::vec(batch, 0..12)
}

/// Writes all and gives the messages of each stream in the order that is expected, and of the group.
async fn fill(logs: &Logs, at: &GroupAt, batches: &[(usize, Vec<i64>)]) -> (Vec<Vec<String>>, Vec<String>) {
    logs.create_group(at, Default::default()).await.unwrap();
    let mut all = Vec::new();
    for stream in 0..3 {
        logs.create_stream(at, &format!("s{stream}")).await.unwrap();
    }
    for (stream, times) in batches {
        let lines: Vec<NewLine> = times
            .iter()
            .map(|time| {
                all.push((*time, *stream, format!("m{}", all.len())));
                line(NOW - 200_000_000 + time, all.last().unwrap().2.clone())
            })
            .collect();
        logs.append(at, &format!("s{stream}"), &lines).await.unwrap();
    }
    // Stable: of one time, first come first.
    all.sort_by_key(|(time, ..)| *time);
    let of = |stream| all.iter().filter(|(_, of, _)| *of == stream).map(|(.., text)| text.clone()).collect();
    ((0..3).map(of).collect(), all.into_iter().map(|(.., text)| text).collect())
}

fn texts(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.message.clone()).collect()
}

async fn read_all(logs: &Logs, at: &GroupAt, stream: &str, first: From, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut from = first;
    loop {
        let page = logs.read(at, stream, &ReadAsk { start: None, end: None, from, limit }).await.unwrap();
        let next = match first {
            From::Head => From::After(page.forward),
            _ => From::Before(page.backward),
        };
        match first {
            From::Head => all.extend(texts(&page.events)),
            _ => drop(all.splice(0..0, texts(&page.events))),
        }
        if next == from {
            assert!(page.events.is_empty());
            return all;
        }
        assert!(page.events.len() <= limit);
        from = next;
    }
}

async fn search_all(logs: &Logs, at: &GroupAt, from: End, limit: usize) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let ask =
            SearchAsk { start: None, end: None, streams: Which::All, pattern: None, from, after, limit };
        let page = logs.search(at, &ask).await.unwrap();
        assert!(page.events.len() <= limit);
        all.extend(texts(&page.events));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_give_every_event_once_and_in_order(batches in batches(), limit in 1usize..50) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (logs, _, at) = logs();
            let (by_stream, of_group) = fill(&logs, &at, &batches).await;
            for (number, expected) in by_stream.iter().enumerate() {
                let stream = format!("s{number}");
                prop_assert_eq!(&read_all(&logs, &at, &stream, From::Head, limit).await, expected);
                prop_assert_eq!(&read_all(&logs, &at, &stream, From::Tail, limit).await, expected);
            }
            prop_assert_eq!(&search_all(&logs, &at, End::First, limit).await, &of_group);
            let mut backward = search_all(&logs, &at, End::Last, limit).await;
            backward.reverse();
            prop_assert_eq!(&backward, &of_group);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_page_can_be_turned_back_and_follows_what_comes() {
    let (logs, _, at) = logs();
    logs.create_group(&at, Default::default()).await.unwrap();
    logs.create_stream(&at, "s").await.unwrap();
    let ask = |from| ReadAsk { start: None, end: None, from, limit: 2 };
    let empty = logs.read(&at, "s", &ask(From::Head)).await.unwrap();
    let lines: Vec<NewLine> = (0..5).map(|number| line(NOW + number, format!("{number}"))).collect();
    logs.append(&at, "s", &lines).await.unwrap();
    let read = async |from| logs.read(&at, "s", &ask(from)).await.unwrap();
    let first = read(From::After(empty.forward)).await;
    assert_eq!(texts(&first.events), ["0", "1"]);
    let second = read(From::After(first.forward)).await;
    assert_eq!(texts(&second.events), ["2", "3"]);
    assert_eq!(texts(&read(From::Before(second.backward)).await.events), ["0", "1"]);
    let behind = read(From::After(read(From::Tail).await.forward)).await;
    assert!(behind.events.is_empty());
    assert_eq!(texts(&read(From::Before(behind.backward)).await.events), ["3", "4"]);
    logs.append(&at, "s", &[line(NOW + 9, "9")]).await.unwrap();
    assert_eq!(texts(&read(From::After(behind.forward)).await.events), ["9"]);
    let bounded = ReadAsk {
        start: Some(Time::from_millis(NOW + 1)),
        end: Some(Time::from_millis(NOW + 4)),
        from: From::Tail,
        limit: 9,
    };
    assert_eq!(texts(&logs.read(&at, "s", &bounded).await.unwrap().events), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_search_is_by_time_stream_and_pattern() {
    let (logs, _, at) = logs();
    let batches = [(0, vec![0, 10, 20]), (1, vec![5, 10, 15]), (2, vec![11])];
    fill(&logs, &at, &batches).await;
    let start = NOW - 200_000_000;
    let search = async |streams, from: i64, to: i64, pattern: &str| {
        let ask = SearchAsk {
            start: Some(Time::from_millis(start + from)),
            end: Some(Time::from_millis(start + to)),
            streams,
            pattern: Some(Pattern::parse(pattern).unwrap()),
            from: End::First,
            after: None,
            limit: 100,
        };
        logs.search(&at, &ask).await.map(|page| texts(&page.events))
    };
    assert_eq!(search(Which::All, 5, 11, "").await.unwrap(), ["m3", "m1", "m4", "m6"]);
    assert_eq!(search(Which::All, 0, 99, "?m1 ?m6").await.unwrap(), ["m1", "m6"]);
    let named = Which::Named(vec!["s0".to_owned(), "s2".to_owned()]);
    assert_eq!(search(named, 0, 99, "").await.unwrap(), ["m0", "m1", "m6", "m2"]);
    assert_eq!(search(Which::Prefixed("s1".to_owned()), 0, 99, "").await.unwrap(), ["m3", "m4", "m5"]);
    assert!(search(Which::Named(vec!["s9".to_owned()]), 0, 99, "").await.is_err());
}

#[tokio::test]
async fn large_messages_fill_a_page_by_their_bytes() {
    let (logs, _, at) = logs();
    logs.create_group(&at, Default::default()).await.unwrap();
    logs.create_stream(&at, "s").await.unwrap();
    for number in 0..5 {
        let message = format!("{number}{}", "x".repeat(400_000));
        logs.append(&at, "s", &[line(NOW + number, message)]).await.unwrap();
    }
    let page =
        logs.read(&at, "s", &ReadAsk { start: None, end: None, from: From::Head, limit: 100 }).await.unwrap();
    assert_eq!(page.events.len(), 2);
    let all = read_all(&logs, &at, "s", From::Tail, 100).await;
    assert_eq!(all.iter().map(|text| &text[..1]).collect::<String>(), "01234");
}

#[tokio::test]
async fn a_long_search_ends_early_and_goes_on() {
    let (logs, _, at) = logs();
    logs.create_group(&at, Default::default()).await.unwrap();
    logs.create_stream(&at, "s").await.unwrap();
    let lines: Vec<NewLine> =
        (0..9_000).map(|number| line(NOW + number * 1000, format!("n{number}"))).collect();
    logs.append(&at, "s", &lines).await.unwrap();
    for (from, wanted) in [(End::First, "n8999"), (End::Last, "n0")] {
        let pattern = Some(Pattern::parse(&format!("{wanted} -n00")).unwrap());
        let mut ask =
            SearchAsk { start: None, end: None, streams: Which::All, pattern, from, after: None, limit: 10 };
        let mut pages = 0;
        let found = loop {
            let page = logs.search(&at, &ask).await.unwrap();
            pages += 1;
            match page.next {
                Some(next) => ask.after = Some(next),
                None => break texts(&page.events),
            }
        };
        assert!(found.contains(&wanted.to_owned()), "{found:?}");
        assert!((2..5).contains(&pages), "{pages}");
    }
}
