//! Lines that wait to be written, by the stream that they go to. Never full for the one who brings a line: what there is
//! no room for is counted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::{AccountId, Time};
use sandbox::LogPlace;
use tokio::sync::Notify;

use crate::append::NewLine;
use crate::limits::{QUEUE_BYTES, QUEUE_LINES, STREAM_QUEUE_BYTES, STREAM_QUEUE_LINES};

#[derive(Default)]
pub struct Queue {
    waiting: Mutex<All>,
    /// There is something to write.
    ready: Notify,
}

#[derive(Default)]
struct All {
    places: HashMap<LogPlace, Waiting>,
    lines: usize,
    bytes: usize,
}

/// What waits for one stream.
#[derive(Debug, Default)]
pub struct Waiting {
    pub lines: Vec<NewLine>,
    bytes: usize,
    /// Lines that there was no room for.
    pub dropped: u64,
}

impl Queue {
    pub fn push(&self, place: &LogPlace, time: Time, line: &Bytes) {
        let mut all = self.all();
        let was_empty = all.places.is_empty();
        let All { places, lines, bytes } = &mut *all;
        if !places.contains_key(place) {
            places.insert(place.clone(), Waiting::default());
        }
        let Some(waiting) = places.get_mut(place) else { return };
        let fits = waiting.lines.len() < STREAM_QUEUE_LINES
            && waiting.bytes + line.len() <= STREAM_QUEUE_BYTES
            && *lines < QUEUE_LINES
            && *bytes + line.len() <= QUEUE_BYTES;
        if fits {
            // AWS: the events of functions end as their lines do.
            let message = format!("{}\n", String::from_utf8_lossy(line));
            waiting.lines.push(NewLine { time, message });
            waiting.bytes += line.len();
            (*lines, *bytes) = (*lines + 1, *bytes + line.len());
        } else {
            waiting.dropped += 1;
        }
        drop(all);
        if was_empty {
            self.ready.notify_one();
        }
    }

    /// Resolves when something has come since the last call. May be dropped at any await.
    pub async fn ready(&self) {
        self.ready.notified().await;
    }

    /// All that waits.
    pub fn take(&self) -> HashMap<LogPlace, Waiting> {
        std::mem::take(&mut *self.all()).places
    }

    /// Drops what waits for an account, uncounted.
    pub fn forget(&self, account: &AccountId) {
        let mut all = self.all();
        let All { places, lines, bytes } = &mut *all;
        places.retain(|place, waiting| {
            let keep = place.account != *account;
            if !keep {
                (*lines, *bytes) = (*lines - waiting.lines.len(), *bytes - waiting.bytes);
            }
            keep
        });
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use model::Region;

    use super::*;

    fn place(stream: &str) -> LogPlace {
        LogPlace {
            account: AccountId::default_account(),
            region: Region::default(),
            group: "g".to_owned(),
            stream: stream.to_owned(),
        }
    }

    #[test]
    fn a_flood_is_bounded_counted_and_leaves_room_for_others() {
        let (queue, time) = (Queue::default(), Time::from_millis(0));
        let line = Bytes::from_static(b"x");
        (0..STREAM_QUEUE_LINES + 7).for_each(|_| queue.push(&place("flood"), time, &line));
        queue.push(&place("other"), time, &line);
        let large = Bytes::from(vec![b'y'; STREAM_QUEUE_BYTES]);
        queue.push(&place("other"), time, &large);
        let taken = queue.take();
        let counts = |stream: &str| (taken[&place(stream)].lines.len(), taken[&place(stream)].dropped);
        assert_eq!(counts("flood"), (STREAM_QUEUE_LINES, 7));
        assert_eq!(counts("other"), (1, 1));
        queue.push(&place("flood"), time, &line);
        queue.forget(&AccountId::default_account());
        assert!(queue.take().is_empty());
    }
}
