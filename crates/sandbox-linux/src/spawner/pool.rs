//! Parts of sandboxes that need not know the function, made before they are asked for: as many as were taken of late,
//! in the moments in which the spawner has nothing else to do. What was taken never comes back.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use sandbox::Egress;

use crate::cgroup::{Group, Places};
use crate::limits;
use crate::network::{self, Network};
use crate::uplink::{self, Gate, Uplinks};

pub struct Pool {
    places: Places,
    /// The spawner's own network namespace; `None` where it may not make others without a user namespace.
    home: Option<OwnedFd>,
    groups: Shelf<Group>,
    /// By the ports that are listened on inside.
    networks: BTreeMap<Vec<u16>, Shelf<Network>>,
    uplinks: Uplinks,
    named: u64,
    /// Sandboxes so far: no two have the same number.
    numbered: u64,
}

impl Pool {
    pub fn open(places: Places, privileged: bool) -> Self {
        let home = privileged.then(network::current).and_then(Result::ok);
        if home.is_some() {
            uplink::remove_leftovers();
        }
        let (networks, uplinks) = (BTreeMap::new(), Uplinks::default());
        Self { places, home, groups: shelf(), networks, uplinks, named: 0, numbered: 0 }
    }

    /// The number of one more sandbox.
    pub fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// Cgroups without limits.
    pub fn group(&mut self) -> io::Result<Group> {
        match self.groups.take() {
            Some(group) => Ok(group),
            None => self.make_group(),
        }
    }

    /// A network with listeners on these ports; `None` where the sandbox has to make its own.
    pub fn network(&mut self, ports: &[u16]) -> io::Result<Option<Network>> {
        let Some(home) = &self.home else { return Ok(None) };
        match self.networks.entry(ports.to_vec()).or_insert_with(shelf).take() {
            Some(network) => Ok(Some(network)),
            None => Network::make(home, ports).map(Some),
        }
    }

    /// Gives a network the way out that `egress` says, and returns the gate of an allowlist.
    pub fn connect(
        &mut self,
        namespace: Option<BorrowedFd<'_>>,
        egress: &Egress,
    ) -> io::Result<Option<Gate>> {
        match (&self.home, namespace) {
            _ if *egress == Egress::None => Ok(None),
            (Some(home), Some(namespace)) => self.uplinks.connect(home, namespace, egress),
            // Made from inside, and for everything public only.
            _ if *egress == Egress::Internet => Ok(None),
            _ => Err(io::Error::other("there is no way to a list of places only")),
        }
    }

    /// Whether something is to be made.
    pub fn is_short(&self) -> bool {
        self.groups.is_short() || self.networks.values().any(Shelf::is_short)
    }

    /// Whether somebody who came now would find nothing.
    pub fn is_bare(&self) -> bool {
        self.groups.is_bare() || self.networks.values().any(Shelf::is_bare)
    }

    /// Makes one thing that is missing. What cannot be made now is made when it is asked for, or fails then.
    pub fn make_one(&mut self) {
        if self.groups.is_short() {
            match self.make_group() {
                Ok(group) => self.groups.put(group),
                Err(_) => self.groups.give_up(),
            }
        } else if let Some(home) = &self.home
            && let Some((ports, shelf)) = self.networks.iter_mut().find(|(_, shelf)| shelf.is_short())
        {
            match Network::make(home, ports) {
                Ok(network) => shelf.put(network),
                Err(_) => shelf.give_up(),
            }
        }
    }

    /// Lets go what demand no longer asks for.
    pub fn forget(&mut self) {
        for group in self.groups.forget() {
            let _ = group.remove();
        }
        self.networks.values_mut().for_each(|shelf| drop(shelf.forget()));
    }

    /// Whether forgetting would change nothing any more.
    pub fn is_settled(&self) -> bool {
        self.groups.is_settled() && self.networks.values().all(Shelf::is_settled)
    }

    pub fn close(&mut self) {
        for group in self.groups.empty() {
            let _ = group.remove();
        }
        self.networks.clear();
        self.uplinks.close();
    }

    fn make_group(&mut self) -> io::Result<Group> {
        self.named += 1;
        Group::make(&self.places, self.named)
    }
}

fn shelf<T>() -> Shelf<T> {
    Shelf::new(limits::POOL_LEAST, limits::POOL_MOST)
}

/// Things of one kind: none before one was wanted, then between `least` and `most`.
pub struct Shelf<T> {
    least: usize,
    most: usize,
    ready: Vec<T>,
    /// How many should lie here.
    wanted: usize,
    /// Since demand was last looked at.
    taken: usize,
}

impl<T> Shelf<T> {
    pub fn new(least: usize, most: usize) -> Self {
        Self { least, most, ready: Vec::new(), wanted: 0, taken: 0 }
    }

    pub fn put(&mut self, thing: T) {
        self.ready.push(thing);
    }

    /// What cannot be made is not tried again before it is asked for.
    pub fn give_up(&mut self) {
        self.wanted = 0;
    }

    pub fn empty(&mut self) -> Vec<T> {
        self.wanted = 0;
        std::mem::take(&mut self.ready)
    }

    pub fn take(&mut self) -> Option<T> {
        self.ask();
        self.pop()
    }

    /// Somebody wants one.
    pub fn ask(&mut self) {
        self.taken += 1;
        self.wanted = self.wanted.max(self.taken.clamp(self.least, self.most));
    }

    pub fn pop(&mut self) -> Option<T> {
        self.ready.pop()
    }

    /// Whether it is short and has nothing at all.
    pub fn is_bare(&self) -> bool {
        self.is_short() && self.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub fn is_short(&self) -> bool {
        self.ready.len() < self.wanted
    }

    /// At most half of the demand is forgotten at a time.
    pub fn forget(&mut self) -> Vec<T> {
        if !self.is_settled() {
            self.wanted = self.taken.max(self.wanted / 2).clamp(self.least, self.most);
            self.taken = 0;
        }
        self.ready.split_off(self.wanted.min(self.ready.len()))
    }

    pub fn is_settled(&self) -> bool {
        self.taken == 0 && self.wanted <= self.least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refilled(shelf: &mut Shelf<u8>) -> usize {
        let mut made = 0;
        while shelf.is_short() {
            shelf.ready.push(0);
            made += 1;
        }
        made
    }

    #[test]
    fn a_shelf_follows_demand_between_its_bounds() {
        let mut shelf = shelf();
        assert_eq!(
            (refilled(&mut shelf), shelf.is_settled()),
            (0, true),
            "nothing is made before it was wanted"
        );
        assert_eq!(shelf.take(), None);
        assert_eq!(refilled(&mut shelf), limits::POOL_LEAST);
        for _ in 0..1000 {
            shelf.take();
        }
        refilled(&mut shelf);
        assert_eq!(shelf.ready.len(), limits::POOL_MOST);
        let mut sizes = Vec::new();
        while !shelf.is_settled() {
            shelf.forget();
            sizes.push(shelf.ready.len());
        }
        assert_eq!(sizes, [32, 16, 8, 4, 2]);
        assert_eq!(shelf.forget(), Vec::<u8>::new(), "the least stays");
    }
}
