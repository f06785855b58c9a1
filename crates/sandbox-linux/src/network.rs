//! The network of a sandbox: loopback, and the ports on it at which the server listens.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

use crate::syscall;

/// Brings loopback up in this network namespace and listens on the ports, in their order.
pub fn build(ports: &[u16]) -> io::Result<Vec<TcpListener>> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    syscall::loopback_up(socket.as_fd())?;
    ports.iter().map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port))).collect()
}
