//! What the spawner waits for: descriptors, each with a mark of what it tells about.

use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use rustix::event::{Timespec, epoll};

/// Whose descriptor can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Server,
    /// A resident of this number has ended.
    Ended(u64),
    /// The sandbox of this id is being built.
    Building(u64),
    /// Of the template of this id: its program,
    Control(u64),
    /// its keeper,
    Keeper(u64),
    /// the sandbox that its keeper makes,
    Shelter(u64),
    /// its fork that is being born.
    Birth(u64),
    /// The sandbox that is made before it is asked for.
    Ahead,
}

const KIND_BITS: u32 = 3;

impl Mark {
    fn pack(self) -> u64 {
        let (kind, id) = match self {
            Self::Server => (0, 0),
            Self::Ended(id) => (1, id),
            Self::Building(id) => (2, id),
            Self::Control(id) => (3, id),
            Self::Keeper(id) => (4, id),
            Self::Shelter(id) => (5, id),
            Self::Birth(id) => (6, id),
            Self::Ahead => (7, 0),
        };
        id << KIND_BITS | kind
    }

    fn unpack(packed: u64) -> Self {
        let id = packed >> KIND_BITS;
        match packed & ((1 << KIND_BITS) - 1) {
            1 => Self::Ended(id),
            2 => Self::Building(id),
            3 => Self::Control(id),
            4 => Self::Keeper(id),
            5 => Self::Shelter(id),
            6 => Self::Birth(id),
            7 => Self::Ahead,
            _ => Self::Server,
        }
    }
}

/// Clones are the same.
#[derive(Clone)]
pub struct Poll(Rc<OwnedFd>);

impl Poll {
    pub fn open() -> rustix::io::Result<Self> {
        Ok(Self(Rc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?)))
    }

    pub fn watch<T: AsFd>(&self, thing: T, mark: Mark) -> rustix::io::Result<Watched<T>> {
        let (watched, outcome) = self.hold(thing, mark);
        outcome.map(|()| watched)
    }

    /// The same, for what is to be kept even if it cannot be waited for.
    pub fn hold<T: AsFd>(&self, thing: T, mark: Mark) -> (Watched<T>, rustix::io::Result<()>) {
        let data = epoll::EventData::new_u64(mark.pack());
        let outcome = epoll::add(&*self.0, &thing, data, epoll::EventFlags::IN);
        (Watched { thing, poll: Rc::clone(&self.0) }, outcome)
    }

    /// Waits until something can be read; nothing when the time is over.
    pub fn wait(&self, patience: Option<&Timespec>) -> rustix::io::Result<Vec<Mark>> {
        let mut events = Vec::with_capacity(64);
        match epoll::wait(&*self.0, rustix::buffer::spare_capacity(&mut events), patience) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        Ok(events.iter().map(|event| Mark::unpack(event.data.u64())).collect())
    }
}

/// A descriptor that is waited for until this is dropped. Taken out by hand: while a process that was just forked holds
/// a copy, closing it here would not do.
pub struct Watched<T: AsFd> {
    thing: T,
    poll: Rc<OwnedFd>,
}

impl<T: AsFd> Watched<T> {
    /// From now on it tells about this.
    pub fn mark(&self, mark: Mark) -> rustix::io::Result<()> {
        let data = epoll::EventData::new_u64(mark.pack());
        epoll::modify(&*self.poll, &self.thing, data, epoll::EventFlags::IN)
    }

    /// It is no longer waited for.
    pub fn rest(&self) {
        let _ = epoll::delete(&*self.poll, &self.thing);
    }
}

impl<T: AsFd> Deref for Watched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing
    }
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        self.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for id in [0, 1, u64::MAX >> 8] {
            let ids = [Mark::Ended, Mark::Building, Mark::Control, Mark::Keeper, Mark::Shelter, Mark::Birth];
            for mark in ids.map(|mark| mark(id)).into_iter().chain([Mark::Server, Mark::Ahead]) {
                assert_eq!(Mark::unpack(mark.pack()), mark);
            }
        }
    }

    #[test]
    fn what_is_dropped_or_rests_is_not_waited_for() {
        let poll = Poll::open().unwrap();
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let (one, other) = std::io::pipe().unwrap();
        let copy = one.try_clone().unwrap();
        let watched = poll.watch(one, Mark::Birth(7)).unwrap();
        drop(other);
        assert_eq!(poll.wait(Some(&now)).unwrap(), [Mark::Birth(7)]);
        watched.mark(Mark::Ended(8)).unwrap();
        assert_eq!(poll.wait(Some(&now)).unwrap(), [Mark::Ended(8)]);
        drop(watched);
        assert_eq!(poll.wait(Some(&now)).unwrap(), [], "though {copy:?} is open");
    }
}
