//! What every adapter must do, as functions that an adapter's tests call with a maker of fresh, empty stores.

use bytes::Bytes;

use crate::{Blobs, CommitError, Entry, Expected, Key, Puts, Table, Transaction, number};

fn key(text: &str) -> Key {
    Key::new().text("contract").text(text)
}

fn texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.key.last_text().expect("a key of ours")).collect()
}

/// The contract of `Table`. Panics where it is broken.
pub async fn table(make: impl Fn() -> Box<dyn Table>) {
    rows_are_put_replaced_and_removed(&*make()).await;
    a_transaction_is_all_or_nothing(&*make()).await;
    expectations_are_checked(&*make()).await;
    ranges_are_ordered_bounded_and_paged(&*make()).await;
    watches_wake_for_their_prefix(&*make()).await;
    concurrent_increments_lose_nothing(&*make()).await;
    numbers_are_counted(&*make()).await;
}

async fn rows_are_put_replaced_and_removed(table: &dyn Table) {
    assert_eq!(table.get(&key("a")).await.unwrap(), None);
    let first = table.commit(Transaction::new().put(key("a"), "1")).await.unwrap();
    let row = table.get(&key("a")).await.unwrap().unwrap();
    assert_eq!((row.revision, row.value), (first, Bytes::from("1")));
    let second = table.commit(Transaction::new().put(key("a"), "")).await.unwrap();
    assert!(second > first);
    assert_eq!(table.get(&key("a")).await.unwrap().unwrap().value, Bytes::new());
    table.commit(Transaction::new().remove(key("a")).remove(key("never was"))).await.unwrap();
    assert_eq!(table.get(&key("a")).await.unwrap(), None);
    let third = table.commit(Transaction::new().remove(key("a")).put(key("a"), "3")).await.unwrap();
    assert!(third > second);
    assert_eq!(table.get(&key("a")).await.unwrap().unwrap().value, Bytes::from("3"));
}

async fn a_transaction_is_all_or_nothing(table: &dyn Table) {
    table.commit(Transaction::new().put(key("old"), "x")).await.unwrap();
    let refused = Transaction::new()
        .put(key("new"), "y")
        .remove(key("old"))
        .expect(key("old"), Expected::Present)
        .expect(key("missing"), Expected::Present);
    assert!(matches!(table.commit(refused).await, Err(CommitError::Conflict(at)) if at == key("missing")));
    assert_eq!(table.get(&key("new")).await.unwrap(), None);
    assert!(table.get(&key("old")).await.unwrap().is_some());
}

async fn expectations_are_checked(table: &dyn Table) {
    let create = || Transaction::new().expect(key("a"), Expected::Absent).put(key("a"), "1");
    let first = table.commit(create()).await.unwrap();
    assert!(matches!(table.commit(create()).await, Err(CommitError::Conflict(_))));
    let at = |revision| Transaction::new().expect(key("a"), Expected::At(revision)).put(key("a"), "2");
    let second = table.commit(at(first)).await.unwrap();
    assert!(matches!(table.commit(at(first)).await, Err(CommitError::Conflict(_))));
    table.commit(Transaction::new().remove(key("a"))).await.unwrap();
    assert!(matches!(table.commit(at(second)).await, Err(CommitError::Conflict(_))));
    let again = table.commit(create()).await.unwrap();
    assert!(again > second, "a revision never comes back");
}

async fn ranges_are_ordered_bounded_and_paged(table: &dyn Table) {
    let names = ["b", "a", "ab", "aa", "c\u{0}d", "c", "é"];
    let fill =
        names.iter().fold(Transaction::new(), |fill, name| fill.put(key(name), name.as_bytes().to_vec()));
    table.commit(fill.put(Key::new().text("other"), "x")).await.unwrap();
    let all = Key::new().text("contract");
    let sorted = ["a", "aa", "ab", "b", "c", "c\u{0}d", "é"];
    assert_eq!(texts(&table.range(&all, None, 100).await.unwrap()), sorted);
    assert_eq!(texts(&table.range(&all, None, 2).await.unwrap()), ["a", "aa"]);
    assert_eq!(texts(&table.range(&all, Some(&key("aa")), 2).await.unwrap()), ["ab", "b"]);
    assert_eq!(texts(&table.range(&all, Some(&key("bb")), 9).await.unwrap()), ["c", "c\u{0}d", "é"]);
    assert_eq!(texts(&table.range(&all, Some(&key("é")), 9).await.unwrap()), [""; 0]);
    let start = all.text_starting_with("a");
    assert_eq!(texts(&table.range(&start, None, 9).await.unwrap()), ["a", "aa", "ab"]);
    assert_eq!(table.range(&start, None, 0).await.unwrap(), []);
    assert_eq!(table.range(&Key::new(), None, 100).await.unwrap().len(), 8);
}

async fn watches_wake_for_their_prefix(table: &dyn Table) {
    let watch = table.watch(Key::new().text("contract").text_starting_with("w"));
    table.commit(Transaction::new().put(key("other"), "1")).await.unwrap();
    table.commit(Transaction::new().put(key("wanted"), "1")).await.unwrap();
    watch.changed().await;
    table.commit(Transaction::new().remove(key("wanted"))).await.unwrap();
    watch.changed().await;
    assert_eq!(watch.take_puts(), Puts::TooMany, "nobody has asked so far");
    let both = Transaction::new().put(key("wanted"), "1").put(key("other"), "1").remove(key("wide"));
    table.commit(both).await.unwrap();
    watch.changed().await;
    assert_eq!(watch.take_puts(), Puts::Keys(vec![key("wanted")]));
    assert_eq!(watch.take_puts(), Puts::Keys(vec![]));
    for number in 0..5_000 {
        table.commit(Transaction::new().put(key(&format!("w{number}")), "1")).await.unwrap();
    }
    assert_eq!(watch.take_puts(), Puts::TooMany);
}

async fn concurrent_increments_lose_nothing(table: &dyn Table) {
    table.commit(Transaction::new().put(key("n"), "0")).await.unwrap();
    let increment = || async {
        loop {
            let row = table.get(&key("n")).await.unwrap().unwrap();
            let count: u32 = std::str::from_utf8(&row.value).unwrap().parse().unwrap();
            let next = Transaction::new()
                .expect(key("n"), Expected::At(row.revision))
                .put(key("n"), (count + 1).to_string());
            if table.commit(next).await.is_ok() {
                return;
            }
        }
    };
    futures::future::join_all((0..16).map(|_| increment())).await;
    assert_eq!(table.get(&key("n")).await.unwrap().unwrap().value, Bytes::from("16"));
}

async fn numbers_are_counted(table: &dyn Table) {
    let read = async || number(table.get(&key("n")).await.unwrap().as_ref()).unwrap();
    assert_eq!(read().await, 0);
    let count = |change| table.commit(Transaction::new().count(key("n"), change));
    let all = futures::future::join_all([5, -2, 1, 1].map(count)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(read().await, 5);
    let refused = Transaction::new().count(key("n"), 1).expect(key("missing"), Expected::Present);
    assert!(table.commit(refused).await.is_err());
    assert_eq!(read().await, 5);
    let (remove, again) =
        (Transaction::new().remove(key("n")), Transaction::new().count(key("n"), -1).count(key("n"), -2));
    let all = futures::future::join_all([remove, again].map(|part| table.commit(part))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(read().await, -3);
}

/// The contract of `Blobs`. Panics where it is broken.
pub async fn blobs(make: impl Fn() -> Box<dyn Blobs>) {
    blobs_read_back_in_ranges(&*make()).await;
    the_same_content_is_one_blob(&*make()).await;
    what_is_not_finished_is_not_there(&*make()).await;
}

async fn write(blobs: &dyn Blobs, pieces: &[&[u8]]) -> crate::BlobId {
    let mut writer = blobs.create().await.unwrap();
    for piece in pieces {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    let address = writer.address().await.unwrap();
    let id = writer.finish().await.unwrap();
    assert_eq!(id, address);
    id
}

async fn read(blobs: &dyn Blobs, id: &crate::BlobId, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut reader = blobs.read(id, range).await.unwrap().expect("a blob that was finished");
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await.unwrap() {
        assert!(!piece.is_empty());
        bytes.extend_from_slice(&piece);
    }
    bytes
}

async fn blobs_read_back_in_ranges(blobs: &dyn Blobs) {
    let content: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let (start, end) = content.split_at(1_234_567);
    let id = write(blobs, &[start, b"", end]).await;
    assert_eq!(blobs.length(&id).await.unwrap(), Some(content.len() as u64));
    assert_eq!(read(blobs, &id, 0..u64::MAX).await, content);
    assert_eq!(read(blobs, &id, 5..5).await, b"");
    assert_eq!(read(blobs, &id, 1_000_000..2_500_001).await, &content[1_000_000..2_500_001]);
    assert_eq!(read(blobs, &id, 2_999_999..9_000_000).await, &content[2_999_999..]);
    assert_eq!(read(blobs, &id, 9_000_000..9_000_001).await, b"");
}

async fn the_same_content_is_one_blob(blobs: &dyn Blobs) {
    let (first, second) = (write(blobs, &[b"same"]).await, write(blobs, &[b"sa", b"me"]).await);
    assert_eq!(first, second);
    assert_eq!(first.to_string(), "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5");
    blobs.remove(&first).await.unwrap();
    blobs.remove(&first).await.unwrap();
    assert_eq!(blobs.length(&first).await.unwrap(), None);
    assert!(blobs.read(&first, 0..1).await.unwrap().is_none());
    assert_eq!(read(blobs, &write(blobs, &[]).await, 0..1).await, b"");
}

async fn what_is_not_finished_is_not_there(blobs: &dyn Blobs) {
    let mut writer = blobs.create().await.unwrap();
    writer.write(Bytes::from_static(b"half")).await.unwrap();
    drop(writer);
    let id = write(blobs, &[b"whole"]).await;
    assert_eq!(read(blobs, &id, 0..9).await, b"whole");
}
