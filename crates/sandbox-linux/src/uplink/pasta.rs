//! The way out where nobody is root: a program of the host's (passt's `pasta`) that carries what a sandbox sends, as the
//! user it runs as; and inside, built by the sandbox's init before it gives up its rights, the wall.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use sandbox::{Network, PRIVATE};

use super::{link, rules};
use crate::limits;
use crate::netlink::Socket;

const PLACES: [&str; 2] = ["/usr/bin/pasta", "/usr/local/bin/pasta"];
/// What a sandbox has: addresses of nobody's, as with root, since each has its own pasta.
const ADDRESS: &str = "198.18.0.1";
const ROUTER: &str = "169.254.0.1";
/// Only version 4, nothing of the host's loopback, no ports of either side.
const SETTINGS: &str = "--config-net --ipv4-only --quiet --foreground --no-map-gw --no-dhcp --no-ndp --no-ra -t none -u none \
                        -T none -U none";

/// Where it is installed.
pub fn find() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|place| place.exists())
}

/// One that carries; gone when this is dropped.
pub struct Pasta(Child);

impl Pasta {
    /// For the network namespace of this process, which belongs to a user namespace of ours.
    pub fn carry(pid: i32) -> io::Result<Self> {
        let program =
            find().ok_or_else(|| io::Error::other("without root there is no way out but by pasta"))?;
        let mut command = Command::new(program);
        command.args(SETTINGS.split_whitespace()).args(["-a", ADDRESS, "-g", ROUTER, "-I", link::INSIDE]);
        command.arg(pid.to_string()).current_dir("/").env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for Pasta {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Addresses of the host, which functions do not reach though they may be public. Before the sandbox's namespace.
pub fn addresses_of_host() -> Vec<Ipv4Addr> {
    local(&fs::read_to_string("/proc/self/net/fib_trie").unwrap_or_default())
}

/// A line `|-- ADDRESS` and, below, `/32 host LOCAL`.
fn local(trie: &str) -> Vec<Ipv4Addr> {
    let (mut last, mut found) = (None, Vec::<Ipv4Addr>::new());
    for line in trie.lines().map(str::trim) {
        match line.strip_prefix("|-- ") {
            Some(address) => last = address.parse::<Ipv4Addr>().ok(),
            None if line == "/32 host LOCAL" => found.extend(last),
            None => {}
        }
    }
    found
}

/// Inside: builds the wall, then waits until it is connected.
pub fn enclose(host: &[Ipv4Addr]) -> io::Result<()> {
    use rules::*;
    let mut changes = Changes::of("dayfly")
        .table()
        .chain("output", Hook::Output)
        .rule("output", [goes_by(&whole("lo")), accept()])
        .rule("output", [of_another_version(), refuse()]);
    for network in PRIVATE.iter().copied().chain(host.iter().map(|address| Network::of(address.octets(), 32)))
    {
        changes = changes.rule("output", [goes_to(&network), refuse()]);
    }
    changes.make(&Socket::of_filters()?)?;
    let until = Instant::now() + limits::PASTA;
    while !is_connected(Path::new("/proc/self/net/route")) {
        if Instant::now() > until {
            return Err(io::Error::other("pasta did not connect it"));
        }
        thread::sleep(limits::PASTA_PAUSE);
    }
    Ok(())
}

/// Whether there is a route to everywhere.
fn is_connected(routes: &Path) -> bool {
    let text = fs::read_to_string(routes).unwrap_or_default();
    text.lines().any(|line| line.split_ascii_whitespace().nth(1) == Some("00000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_host_are_read_as_the_kernel_writes_them() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- 192.0.2.0/24 2 0 2\n        \
                    |-- 192.0.2.0\n           /24 link UNICAST\n        |-- 192.0.2.7\n           /32 host LOCAL\n        \
                    |-- 192.0.2.255\n           /32 link BROADCAST\n";
        assert_eq!(local(trie), [Ipv4Addr::new(192, 0, 2, 7)]);
        assert!(local("").is_empty());
    }
}
