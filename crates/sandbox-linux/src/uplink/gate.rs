//! The gate inside a sandbox whose function has an allowlist: a table in its own network namespace, which goes with it.

use std::io;
use std::net::Ipv4Addr;

use sandbox::{Allowed, Place};

use super::rules::{self, Part};
use crate::netlink::Socket;

const TABLE: &str = "dayfly";
const CHAIN: &str = "output";
/// Addresses that names of the allowlist were resolved to, with and without a port.
const ADDRESSES: &str = "addresses";
const PORTS: &str = "ports";

/// Opens for addresses as they are resolved. Held by the spawner.
pub struct Gate(Socket);

impl Gate {
    /// `filters` was opened in the sandbox's namespace.
    pub fn build(filters: Socket, allowed: &[Allowed]) -> io::Result<Self> {
        use rules::*;
        let mut changes = Changes::of(TABLE)
            .table()
            .set(ADDRESSES, key(Ipv4Addr::UNSPECIFIED, None).len() as u32)
            .set(PORTS, key(Ipv4Addr::UNSPECIFIED, Some(0)).len() as u32)
            .chain(CHAIN, Hook::Output)
            .rule(CHAIN, [goes_by(&whole("lo")), accept()])
            .rule(CHAIN, [is_known(), accept()])
            .rule(CHAIN, [of_another_version(), refuse()])
            .rule(CHAIN, [goes_into(ADDRESSES), accept()]);
        for protocol in [libc::IPPROTO_TCP, libc::IPPROTO_UDP] {
            changes = changes.rule(CHAIN, [is_of(protocol), goes_into_with_port(PORTS), accept()]);
        }
        for entry in allowed {
            let Place::Network(network) = &entry.place else { continue };
            for port in ports(entry.port) {
                changes = changes.rule(CHAIN, [goes_to(network), port, accept()]);
            }
        }
        changes.rule(CHAIN, [refuse()]).make(&filters)?;
        Ok(Self(filters))
    }

    /// Lets packets through to this address by these ports for so long.
    pub fn open_all(&self, address: Ipv4Addr, ports: &[Option<u16>], seconds: u32) -> io::Result<()> {
        ports.iter().try_for_each(|port| self.open(address, *port, seconds))
    }

    fn open(&self, address: Ipv4Addr, port: Option<u16>, seconds: u32) -> io::Result<()> {
        let set = if port.is_some() { PORTS } else { ADDRESSES };
        let key = rules::key(address, port);
        // An element that is there keeps its old end: it is put in anew.
        let again = rules::Changes::of(TABLE).without(set, &key).element(set, &key, seconds).make(&self.0);
        match again {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                rules::Changes::of(TABLE).element(set, &key, seconds).make(&self.0)
            }
            other => other,
        }
    }
}

/// Conditions, of which one is to hold.
fn ports(port: Option<u16>) -> Vec<Part> {
    let of =
        |port| [libc::IPPROTO_TCP, libc::IPPROTO_UDP].map(|protocol| rules::goes_to_port(protocol, port));
    port.map_or_else(|| vec![Vec::new()], |port| of(port).into())
}
