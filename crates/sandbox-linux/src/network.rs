//! The network of a sandbox: loopback, and the ports on it at which the server listens.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::syscall;

/// A network namespace that nobody is in yet, and the listeners that are.
pub struct Network {
    pub namespace: OwnedFd,
    pub listeners: Vec<TcpListener>,
}

impl Network {
    /// Makes one from outside: this process visits it and is back in `home` when this returns.
    pub fn make(home: &OwnedFd, ports: &[u16]) -> io::Result<Self> {
        syscall::unshare(libc::CLONE_NEWNET)?;
        let made = build(ports).and_then(|listeners| Ok(Self { namespace: current()?, listeners }));
        enter(home)?;
        made
    }

    pub fn enter(&self) -> io::Result<()> {
        enter(&self.namespace)
    }
}

/// The network namespace of this process.
pub fn current() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/self/ns/net")?.into())
}

fn enter(namespace: &OwnedFd) -> io::Result<()> {
    Ok(move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?)
}

/// Brings loopback up in this network namespace and listens on the ports, in their order.
pub fn build(ports: &[u16]) -> io::Result<Vec<TcpListener>> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    syscall::loopback_up(socket.as_fd())?;
    ports.iter().map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port))).collect()
}
