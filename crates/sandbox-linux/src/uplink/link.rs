//! The cable between a sandbox and the host: a pair of interfaces, an address, and a way out.
//! Source: rtnetlink(7), `include/uapi/linux/{rtnetlink,if_link,veth}.h`.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

use sandbox::PRIVATE;

use crate::netlink::{Message, Socket};

/// What the interfaces on the host begin with; the address follows.
pub const PREFIX: &str = "dfy";
/// The interface inside.
pub const INSIDE: &str = "eth0";
/// What a sandbox believes to be its router. Nobody has this address: it stands for the other end of the cable.
const ROUTER: Ipv4Addr = Ipv4Addr::new(169, 254, 0, 1);
/// Locally administered, the same for every sandbox: a cable has two ends only.
const HOST_END: [u8; 6] = [0x02, 0xDF, 0, 0, 0, 1];
const INNER_END: [u8; 6] = [0x02, 0xDF, 0, 0, 0, 2];
/// `VETH_INFO_PEER`, `RTNH_F_ONLINK`.
const PEER: u16 = 1;
const ONLINK: u32 = 4;
const UP: u32 = libc::IFF_UP as u32;
const DOWN: u32 = 0;
const WHOLE: u8 = 32;
const NEW: i32 = libc::NLM_F_CREATE | libc::NLM_F_EXCL;

/// The host's end of the cable of this address.
pub fn name(address: Ipv4Addr) -> String {
    format!("{PREFIX}{:08x}", u32::from(address))
}

/// Lays a cable from the host into a network namespace. Fails with `AlreadyExists` when somebody has the address.
pub fn lay(host: &Socket, namespace: BorrowedFd<'_>, address: Ipv4Addr) -> io::Result<()> {
    let name = name(address);
    let inner = Message::default()
        .raw(&interface(0, DOWN))
        .text(libc::IFLA_IFNAME, INSIDE)
        .with(libc::IFLA_ADDRESS, &INNER_END)
        .with(libc::IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
    let pair = Message::default()
        .text(libc::IFLA_INFO_KIND, "veth")
        .nest(libc::IFLA_INFO_DATA, Message::default().nest(PEER, inner));
    host.ask(&[Message::new(libc::RTM_NEWLINK, NEW, &interface(0, UP))
        .text(libc::IFLA_IFNAME, &name)
        .with(libc::IFLA_ADDRESS, &HOST_END)
        .nest(libc::IFLA_LINKINFO, pair)])?;
    let number = host.interface(&name)?;
    host.ask(&[
        route(libc::RTN_UNICAST, libc::RT_SCOPE_LINK, WHOLE, 0)
            .with(libc::RTA_DST, &address.octets())
            .with(libc::RTA_OIF, &number.to_ne_bytes()),
        neighbour(number, address, INNER_END),
    ])?;
    let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "1");
    fs::write(format!("/proc/sys/net/ipv4/conf/{name}/forwarding"), "1")
}

/// Gives the inner end its address and its way out; `inside` was opened in its namespace.
pub fn connect(inside: &Socket, address: Ipv4Addr) -> io::Result<()> {
    let number = inside.interface(INSIDE)?;
    let head = [&[libc::AF_INET as u8, WHOLE, 0, libc::RT_SCOPE_UNIVERSE][..], &number.to_ne_bytes()];
    let mut way = vec![
        // Not before: the kernel brings no end up that has no other yet.
        Message::new(libc::RTM_NEWLINK, 0, &interface(number, UP)),
        Message::new(libc::RTM_NEWADDR, NEW, &head.concat()).with(libc::IFA_LOCAL, &address.octets()),
        neighbour(number, ROUTER, HOST_END),
        route(libc::RTN_UNICAST, libc::RT_SCOPE_UNIVERSE, 0, ONLINK)
            .with(libc::RTA_GATEWAY, &ROUTER.octets())
            .with(libc::RTA_OIF, &number.to_ne_bytes()),
    ];
    // The wall outside refuses these too. Here the answer comes at once, however many ask: the kernel sends only so many
    // refusals a second to another machine.
    way.extend(PRIVATE.iter().map(|network| {
        route(libc::RTN_UNREACHABLE, libc::RT_SCOPE_UNIVERSE, network.prefix, 0)
            .with(libc::RTA_DST, &network.address.octets())
    }));
    inside.ask(&way)
}

/// Takes a cable away, if it is still there.
pub fn remove(host: &Socket, name: &str) {
    let _ =
        host.ask(&[Message::new(libc::RTM_DELLINK, 0, &interface(0, DOWN)).text(libc::IFLA_IFNAME, name)]);
}

/// `ifinfomsg`.
fn interface(number: u32, flags: u32) -> [u8; 16] {
    let mut head = [0; 16];
    head[4..8].copy_from_slice(&number.to_ne_bytes());
    head[8..12].copy_from_slice(&flags.to_ne_bytes());
    head[12..].copy_from_slice(&UP.to_ne_bytes());
    head
}

/// `rtmsg`.
fn route(kind: u8, scope: u8, bits: u8, flags: u32) -> Message {
    let (table, protocol) = (libc::RT_TABLE_MAIN, libc::RTPROT_STATIC);
    let head = [libc::AF_INET as u8, bits, 0, 0, table, protocol, scope, kind];
    Message::new(libc::RTM_NEWROUTE, NEW, &[&head[..], &flags.to_ne_bytes()].concat())
}

/// `ndmsg`: who is at the other end, so that nobody asks aloud.
fn neighbour(number: u32, address: Ipv4Addr, hardware: [u8; 6]) -> Message {
    let mut head = [0; 12];
    head[0] = libc::AF_INET as u8;
    head[4..8].copy_from_slice(&number.to_ne_bytes());
    head[8..10].copy_from_slice(&libc::NUD_PERMANENT.to_ne_bytes());
    Message::new(libc::RTM_NEWNEIGH, libc::NLM_F_CREATE | libc::NLM_F_REPLACE, &head)
        .with(libc::NDA_DST, &address.octets())
        .with(libc::NDA_LLADDR, &hardware)
}
