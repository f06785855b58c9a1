//! What a driver knows of its pending rows, so that it reads them seldom and not at every turn.

use std::collections::{HashMap, VecDeque};

use model::{Arn, EventId, Internal, Time};
use store::{Entry, KeyPart};

use crate::limits::LOOK_AHEAD;
use crate::rows;
use crate::shared::Shared;

/// The events of one target that are next.
pub struct Heads {
    /// Due, and not begun.
    ready: VecDeque<EventId>,
    /// When the first one that is not due yet will be.
    next: Option<Time>,
    /// There may be rows that are not known here.
    unread: bool,
}

impl Heads {
    pub fn unknown() -> Self {
        Self { ready: VecDeque::new(), next: None, unread: true }
    }

    /// Rows have changed, or a try left its row as it was.
    pub fn changed(&mut self) {
        self.unread = true;
    }

    pub fn take(&mut self) -> Option<EventId> {
        self.ready.pop_front()
    }

    /// When there will be something to read, if that is known.
    pub fn next(&self) -> Option<Time> {
        self.next
    }

    pub fn is_worth_reading(&self, now: Time) -> bool {
        self.unread || self.next.is_some_and(|next| next <= now)
    }

    /// Reads what is due, but for the events that are in flight: they have their rows until they are settled.
    /// Called when there is nothing to take, so that nothing is known twice.
    pub async fn read<T>(
        &mut self,
        shared: &Shared,
        target: &Arn,
        in_flight: &HashMap<EventId, T>,
    ) -> Result<(), Internal> {
        let limit = in_flight.len() + LOOK_AHEAD;
        let rows = shared.table.range(&rows::due_at(target), None, limit).await?;
        let now = shared.now();
        let heads = rows.iter().map(head).collect::<Result<Vec<_>, Internal>>()?;
        self.next = heads.iter().map(|(due, _)| *due).find(|due| *due > now);
        self.unread = self.next.is_none() && heads.len() == limit;
        let due = heads.into_iter().take_while(|(due, _)| *due <= now).map(|(_, id)| id);
        self.ready.extend(due.filter(|id| !in_flight.contains_key(id)));
        Ok(())
    }
}

fn head(row: &Entry) -> Result<(Time, EventId), Internal> {
    let reading = "reading a due row";
    match row.key.parts().map_err(Internal::because(reading))?.as_slice() {
        [.., KeyPart::Number(due), KeyPart::Text(id)] => {
            Ok((Time::from_millis(*due as i64), id.parse().map_err(Internal::because(reading))?))
        }
        _ => Err(Internal::new("a due row is about no event")),
    }
}
