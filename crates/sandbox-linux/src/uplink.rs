//! The way out for sandboxes whose function may reach the outside. Made by the spawner when the first of them is:
//! a cable for each, and on the host a wall around all of them. Nothing of it is there as long as nobody wants it.

mod gate;
mod link;
pub mod pasta;
mod routes;
mod rules;
mod wall;

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{BorrowedFd, OwnedFd};

use sandbox::{Egress, Network};

pub use gate::Gate;

use crate::limits;
use crate::netlink::Socket;
use crate::{cgroup, network};

/// The ways out that were made.
#[derive(Default)]
pub struct Uplinks(Option<Made>);

struct Made {
    routes: Socket,
    filters: Socket,
    table: String,
    range: Network,
    /// Of the addresses of the range, the one that is tried next.
    next: u32,
    /// Interfaces of the host that let packets through for our sake.
    opened: Vec<String>,
}

impl Uplinks {
    /// Connects a network namespace as `egress` says, and gives the gate of an allowlist. `home` is the host's.
    pub fn connect(
        &mut self,
        home: &OwnedFd,
        namespace: BorrowedFd<'_>,
        egress: &Egress,
    ) -> io::Result<Option<Gate>> {
        if matches!(egress, Egress::None) {
            return Ok(None);
        }
        let made = match &mut self.0 {
            Some(made) => made,
            none => none.insert(Made::begin()?),
        };
        made.open_interfaces()?;
        let address = made.lay(namespace)?;
        let (routes, filters) =
            network::visit(home, namespace, || Ok((Socket::of_routes()?, Socket::of_filters()?)))?;
        // The gate first: with the address comes the way out.
        let gate = match egress {
            Egress::Only(allowed) => Some(Gate::build(filters, allowed)?),
            Egress::None | Egress::Internet => None,
        };
        link::connect(&routes, address)?;
        Ok(gate)
    }

    /// Takes back what was changed on the host.
    pub fn close(&mut self) {
        let Some(made) = self.0.take() else { return };
        routes::interfaces_of(link::PREFIX, &made.range)
            .iter()
            .for_each(|name| link::remove(&made.routes, name));
        made.opened.iter().for_each(|interface| give_back(&made.filters, &made.table, interface));
        if let Err(error) = wall::remove(&made.filters, &made.table) {
            tracing::warn!(%error, "the table of the functions' network is left behind");
        }
    }
}

impl Made {
    fn begin() -> io::Result<Self> {
        let (routes, filters) = (Socket::of_routes()?, Socket::of_filters()?);
        let range = routes::free_range(&limits::EGRESS_RANGES)?;
        let table = format!("{}{}", cgroup::PREFIX, std::process::id());
        wall::build(&filters, &table, &range)?;
        Ok(Self { routes, filters, table, range, next: 1, opened: Vec::new() })
    }

    /// The kernel wants an interface's consent to carry on what comes in by it: answers come by those of the host. One
    /// that did not give it before gives it to us alone.
    fn open_interfaces(&mut self) -> io::Result<()> {
        for interface in routes::interfaces()? {
            if !interface.starts_with(link::PREFIX) && !routes::forwards(&interface) {
                let guard = guard_name(&self.table, &interface);
                if !self.opened.contains(&interface) {
                    wall::guard(&self.filters, &guard, &interface)?;
                    self.opened.push(interface.clone());
                }
                routes::set_forwarding(&interface, true)?;
            }
        }
        Ok(())
    }

    fn lay(&mut self, namespace: BorrowedFd<'_>) -> io::Result<Ipv4Addr> {
        let size = !u32::from(self.range.mask());
        for _ in 0..size {
            let address = Ipv4Addr::from(u32::from(self.range.address) | self.next);
            self.next = self.next % (size - 1) + 1;
            match link::lay(&self.routes, namespace, address) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => return other.map(|()| address),
            }
        }
        Err(io::Error::other("every address for functions is in use"))
    }
}

/// What stands against ways out on this machine.
pub fn obstacle() -> Option<io::Error> {
    Socket::of_filters().and_then(|filters| rules::tables(&filters)).err()
}

/// Removes what spawners left behind that were killed.
pub fn remove_leftovers() {
    let Ok(filters) = Socket::of_filters() else { return };
    for table in rules::tables(&filters).unwrap_or_default() {
        let Some(rest) = table.strip_prefix(cgroup::PREFIX) else { continue };
        let (pid, interface) = rest.split_once('-').map_or((rest, None), |(pid, rest)| (pid, Some(rest)));
        if pid.parse().is_ok_and(|pid| !cgroup::is_spawner(pid)) {
            match interface {
                Some(interface) => {
                    give_back(&filters, &table[..table.len() - interface.len() - 1], interface)
                }
                None => drop(wall::remove(&filters, &table)),
            }
        }
    }
}

/// An interface carries nothing on any more, as before us.
fn give_back(filters: &Socket, table: &str, interface: &str) {
    if let Err(error) = routes::set_forwarding(interface, false) {
        tracing::warn!(interface, %error, "an interface goes on forwarding; a rule that drops it all is left");
        return;
    }
    let _ = wall::remove(filters, &guard_name(table, interface));
}

/// The table that guards an interface also tells the next spawner that it was opened.
fn guard_name(table: &str, interface: &str) -> String {
    format!("{table}-{interface}")
}
