//! Parts of sandboxes that need not know the function, made before they are asked for: as many as were taken of late,
//! in the moments in which the spawner has nothing else to do. What was taken never comes back.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use sandbox::Egress;

use crate::cgroup::{Group, Places};
use crate::limits;
use crate::network::{self, Network};
use crate::shelf::Shelf;
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
