//! What is kept and for how long: floods, stops, retention, deletion, and a crash in the middle of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{AccountId, Internal, Region, Time};
use sandbox::{LogPlace, Output};
use store::{CommitError, Entry, Key, MemoryTable, Revision, Row, Table, Transaction, Watch};
use tasks::{Clock, Dice, Tasks};
use telemetry::{
    From, GroupAt, GroupsAsk, LogError, Logs, NewLine, ReadAsk, StreamOrder, StreamsAsk, Telemetry,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A table whose process dies after so many commits.
struct Mortal {
    inner: MemoryTable,
    commits_left: AtomicUsize,
}

#[async_trait]
impl Table for Mortal {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.inner.get(key).await
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        self.inner.range(prefix, after, limit).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        let left = |left: usize| left.checked_sub(1);
        match self.commits_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left) {
            Ok(_) => self.inner.commit(transaction).await,
            Err(_) => Err(CommitError::Internal(Internal::new("the process died"))),
        }
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.inner.watch(prefix)
    }
}

struct World {
    table: MemoryTable,
    clock: Clock,
    logs: Logs,
}

fn world() -> World {
    let (table, clock) = (MemoryTable::new(), Clock::manual(Time::from_millis(1_795_448_000_000)));
    let logs = Logs::new(Arc::new(table.clone()), clock.clone(), Dice::seeded(1));
    World { table, clock, logs }
}

impl World {
    async fn rows(&self) -> usize {
        self.table.range(&Key::new().text("telemetry"), None, usize::MAX).await.unwrap().len()
    }

    async fn append(&self, at: &GroupAt, stream: &str, time: Time, messages: &[&str]) {
        let line = |message: &&str| NewLine { time, message: (*message).to_owned() };
        let lines: Vec<NewLine> = messages.iter().map(line).collect();
        self.logs.append(at, stream, &lines).await.unwrap();
    }

    async fn read(&self, at: &GroupAt, stream: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut from = From::Head;
        loop {
            let ask = ReadAsk { start: None, end: None, from, limit: 10_000 };
            let page = self.logs.read(at, stream, &ask).await.unwrap();
            if page.events.is_empty() {
                return all;
            }
            from = From::After(page.forward);
            all.extend(page.events.into_iter().map(|event| event.message));
        }
    }
}

fn group(name: &str) -> GroupAt {
    GroupAt { account: AccountId::default_account(), region: Region::default(), name: name.to_owned() }
}

fn place(group: &str, stream: &str) -> LogPlace {
    LogPlace {
        account: AccountId::default_account(),
        region: Region::default(),
        group: group.to_owned(),
        stream: stream.to_owned(),
    }
}

#[tokio::test]
async fn a_flood_is_kept_in_few_rows_and_in_order_and_a_stop_loses_nothing() {
    let (world, tasks) = (world(), Tasks::new());
    let telemetry = Telemetry::new(world.logs.clone(), &tasks);
    for number in 0..40_000 {
        telemetry.line(&place("g", "flood"), world.clock.now(), Bytes::from(format!("line {number}")));
    }
    telemetry.line(&place("g", "calm"), world.clock.now(), Bytes::from_static(b"\xffone"));
    tasks.stop().await;
    let expected: Vec<String> = (0..40_000).map(|number| format!("line {number}\n")).collect();
    assert_eq!(world.read(&group("g"), "flood").await, expected);
    assert_eq!(world.read(&group("g"), "calm").await, ["\u{FFFD}one\n"]);
    assert!(world.rows().await < 60, "{}", world.rows().await);
}

#[tokio::test]
async fn what_is_dropped_is_said_in_the_stream() {
    let (world, tasks) = (world(), Tasks::new());
    let telemetry = Telemetry::new(world.logs.clone(), &tasks);
    for _ in 0..100_000 {
        telemetry.line(&place("g", "flood"), world.clock.now(), Bytes::from_static(b"x"));
    }
    tasks.stop().await;
    let lines = world.read(&group("g"), "flood").await;
    let (last, kept) = lines.split_last().unwrap();
    assert_eq!(
        *last,
        format!(
            "Dayfly dropped {} log lines here: they came faster than they could be kept.\n",
            100_000 - kept.len()
        )
    );
}

#[tokio::test]
async fn events_end_with_their_retention_at_once_and_their_rows_with_the_sweep() {
    let (world, at) = (world(), group("g"));
    world.logs.create_group(&at, Default::default()).await.unwrap();
    world.logs.create_stream(&at, "s").await.unwrap();
    world.append(&at, "s", world.clock.now(), &["old", "older"]).await;
    world.clock.advance(DAY * 2);
    world.append(&at, "s", world.clock.now(), &["new"]).await;
    world.logs.sweep().await.unwrap();
    assert_eq!(world.read(&at, "s").await, ["old", "older", "new"]);
    world.logs.set_retention(&at, Some(1)).await.unwrap();
    assert_eq!(world.read(&at, "s").await, ["new"]);
    let before = world.rows().await;
    world.logs.sweep().await.unwrap();
    assert_eq!(world.rows().await, before - 1);
    let (groups, _) = world
        .logs
        .groups(&at.account, &at.region, &GroupsAsk { limit: 9, ..GroupsAsk::default() })
        .await
        .unwrap();
    assert_eq!((groups[0].bytes, groups[0].group.retention_days), (3 + 26, Some(1)));
}

#[tokio::test]
async fn what_is_deleted_leaves_nothing_and_does_not_come_back() {
    let (world, at) = (world(), group("g"));
    let make = async || {
        world.logs.create_group(&at, Default::default()).await?;
        world.logs.create_stream(&at, "a").await?;
        world.logs.create_stream(&at, "b").await
    };
    make().await.unwrap();
    assert!(matches!(make().await, Err(LogError::AlreadyExists)));
    world.append(&at, "a", world.clock.now(), &["1"]).await;
    world.append(&at, "b", world.clock.now(), &["2"]).await;
    world.logs.delete_stream(&at, "a").await.unwrap();
    assert!(matches!(world.logs.stream(&at, "a").await, Err(LogError::NoSuchStream)));
    world.logs.create_stream(&at, "a").await.unwrap();
    assert!(world.read(&at, "a").await.is_empty());
    assert_eq!(world.read(&at, "b").await, ["2"]);
    world.logs.delete_group(&at).await.unwrap();
    assert_eq!(world.rows().await, 0);
    assert!(matches!(world.logs.delete_group(&at).await, Err(LogError::NoSuchGroup)));
    make().await.unwrap();
    assert!(world.read(&at, "b").await.is_empty());
    world.logs.wipe(&at.account).await.unwrap();
    assert_eq!(world.rows().await, 0);
}

#[tokio::test]
async fn a_deletion_that_a_crash_cut_off_is_finished_by_the_sweep() {
    for commits in 1..4 {
        for whole_group in [true, false] {
            let (world, at) = (world(), group("g"));
            world.logs.create_group(&at, Default::default()).await.unwrap();
            world.logs.create_stream(&at, "s").await.unwrap();
            world.append(&at, "s", world.clock.now(), &["1"]).await;
            let mortal = Mortal { inner: world.table.clone(), commits_left: AtomicUsize::new(commits) };
            let dying = Logs::new(Arc::new(mortal), world.clock.clone(), Dice::seeded(2));
            let _ =
                if whole_group { dying.delete_group(&at).await } else { dying.delete_stream(&at, "s").await };
            world.logs.sweep().await.unwrap();
            assert_eq!(world.rows().await, usize::from(!whole_group), "{commits} {whole_group}");
        }
    }
}

#[tokio::test]
async fn streams_are_listed_in_four_orders_page_by_page() {
    let (world, at) = (world(), group("g"));
    world.logs.create_group(&at, Default::default()).await.unwrap();
    for name in ["b", "a", "d", "c"] {
        world.logs.create_stream(&at, name).await.unwrap();
    }
    for name in ["c", "a"] {
        world.append(&at, name, world.clock.now(), &["x"]).await;
        world.clock.advance(Duration::from_millis(1));
    }
    for (order, descending, expected) in [
        (StreamOrder::Name, false, "abcd"),
        (StreamOrder::Name, true, "dcba"),
        (StreamOrder::LastEvent, false, "bdca"),
        (StreamOrder::LastEvent, true, "acdb"),
    ] {
        let (mut names, mut after) = (String::new(), None);
        loop {
            let ask = StreamsAsk { order, descending, after, limit: 3, ..StreamsAsk::default() };
            let (page, next) = world.logs.streams(&at, &ask).await.unwrap();
            names.extend(page.iter().map(|(name, _)| name.as_str()));
            let Some(mark) = next else { break };
            after = Some(mark.to_string().parse().unwrap());
        }
        assert_eq!(names, expected, "{order:?} {descending}");
    }
}

#[tokio::test]
async fn groups_are_listed_by_prefix_and_part_page_by_page() {
    let world = world();
    for name in ["/aws/lambda/a", "/aws/lambda/b", "/aws/x", "other"] {
        world.logs.create_group(&group(name), Default::default()).await.unwrap();
    }
    let list = async |prefix: &str, containing: &str, after: Option<&str>, limit| {
        let ask = GroupsAsk {
            prefix: prefix.to_owned(),
            containing: containing.to_owned(),
            after: after.map(str::to_owned),
            limit,
        };
        let at = group("");
        let (groups, more) = world.logs.groups(&at.account, &at.region, &ask).await.unwrap();
        (groups.into_iter().map(|group| group.name).collect::<Vec<_>>().join(" "), more)
    };
    assert_eq!(list("/aws/lambda/", "", None, 9).await, ("/aws/lambda/a /aws/lambda/b".to_owned(), false));
    assert_eq!(list("", "", None, 2).await, ("/aws/lambda/a /aws/lambda/b".to_owned(), true));
    assert_eq!(list("", "", Some("/aws/lambda/b"), 2).await, ("/aws/x other".to_owned(), false));
    assert_eq!(list("", "x", None, 9).await, ("/aws/x".to_owned(), false));
}
