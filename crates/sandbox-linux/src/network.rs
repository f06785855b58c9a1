//! The network of a sandbox: loopback, and the sockets on it at which the server listens.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::{limits, syscall};

/// Where names are asked for.
pub const NAMES_PORT: u16 = 53;

/// A network namespace that nobody is in yet, and the listeners that are.
pub struct Network {
    pub namespace: OwnedFd,
    pub listeners: Vec<OwnedFd>,
}

impl Network {
    /// Makes one from outside: this process visits it and is back in `home` when this returns.
    pub fn make(home: &OwnedFd, ports: &[u16]) -> io::Result<Self> {
        syscall::unshare(libc::CLONE_NEWNET)?;
        let made = build(ports).and_then(|listeners| Ok(Self { namespace: current()?, listeners }));
        enter(home.as_fd())?;
        made
    }

    pub fn enter(&self) -> io::Result<()> {
        enter(self.namespace.as_fd())
    }
}

/// The network namespace of this process.
pub fn current() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/self/ns/net")?.into())
}

/// Does this in another network namespace, from which this process is back `home` when this returns.
pub fn visit<T>(
    home: &OwnedFd,
    namespace: BorrowedFd<'_>,
    act: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    enter(namespace)?;
    let done = act();
    enter(home.as_fd())?;
    done
}

fn enter(namespace: BorrowedFd<'_>) -> io::Result<()> {
    Ok(move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))?)
}

/// Lets connections of this network namespace hold little. Where the kernel does not have it so, descriptors are the limit.
pub fn bound_buffers() {
    for which in ["tcp_rmem", "tcp_wmem"] {
        let _ = fs::write(format!("/proc/sys/net/ipv4/{which}"), limits::TCP_BUFFER);
    }
}

/// Brings loopback up in this network namespace and listens on the ports, in their order, and last for datagrams that
/// ask for names.
pub fn build(ports: &[u16]) -> io::Result<Vec<OwnedFd>> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    syscall::loopback_up(socket.as_fd())?;
    let listen = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).map(OwnedFd::from);
    let names = || UdpSocket::bind((Ipv4Addr::LOCALHOST, NAMES_PORT)).map(OwnedFd::from);
    ports.iter().map(listen).chain(std::iter::once_with(names)).collect()
}
