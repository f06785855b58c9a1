//! The host's routes and interfaces, as `/proc` and `/sys` tell of them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::Ipv4Addr;

use sandbox::Network;

/// The first of `ranges` that no route of the host meets.
pub fn free_range(ranges: &[Network]) -> io::Result<Network> {
    let table = fs::read_to_string("/proc/net/route")?;
    let free = |range: &&Network| routes(&table).all(|(_, route)| route.prefix == 0 || !route.meets(range));
    let found = ranges.iter().find(free).copied();
    found.ok_or_else(|| io::Error::other("this machine's routes leave no range of addresses for functions"))
}

/// Interfaces that the host has routes by.
pub fn interfaces() -> io::Result<BTreeSet<String>> {
    let table = fs::read_to_string("/proc/net/route")?;
    Ok(routes(&table).map(|(interface, _)| interface.to_owned()).collect())
}

/// Interfaces whose name begins so and ends in an address of this range.
pub fn interfaces_of(prefix: &str, range: &Network) -> Vec<String> {
    let names = fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    let ours = |name: &String| {
        let number = name.strip_prefix(prefix).and_then(|rest| u32::from_str_radix(rest, 16).ok());
        number.is_some_and(|number| range.has(Ipv4Addr::from(number)))
    };
    names.filter_map(|entry| entry.file_name().into_string().ok()).filter(ours).collect()
}

/// Whether it carries on what comes in by it.
pub fn forwards(interface: &str) -> bool {
    fs::read_to_string(forwarding(interface)).is_ok_and(|text| text.trim() == "1")
}

/// An interface that is gone forwards nothing.
pub fn set_forwarding(interface: &str, forwards: bool) -> io::Result<()> {
    match fs::write(forwarding(interface), if forwards { "1" } else { "0" }) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !forwards => Ok(()),
        other => other,
    }
}

fn forwarding(interface: &str) -> String {
    format!("/proc/sys/net/ipv4/conf/{interface}/forwarding")
}

/// Lines after the first: interface, destination, gateway, flags, three counts, mask. Numbers are the bytes as they
/// stand on the wire, read as one number of this machine.
fn routes(table: &str) -> impl Iterator<Item = (&str, Network)> {
    table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let interface = columns.next()?;
        let address = |text: &str| u32::from_str_radix(text, 16).ok().map(|number| number.to_ne_bytes());
        let (destination, mask) = (address(columns.next()?)?, address(columns.nth(5)?)?);
        let prefix = u32::from_be_bytes(mask).count_ones() as u8;
        Some((interface, Network { address: destination.into(), prefix }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_as_the_kernel_writes_them() {
        let (destination, mask) =
            (u32::from_ne_bytes([10, 213, 0, 0]), u32::from_ne_bytes([255, 255, 255, 0]));
        let table = format!(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
             eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
             eth1\t{destination:08X}\t00000000\t0001\t0\t0\t0\t{mask:08X}\t0\t0\t0\n"
        );
        let read: Vec<_> = routes(&table).collect();
        assert_eq!(
            read,
            [("eth0", Network::of([0, 0, 0, 0], 0)), ("eth1", Network::of([10, 213, 0, 0], 24))]
        );
    }
}
