//! The wall on the host's side: what no sandbox reaches, whatever its function may. One table per spawner.

use std::io;

use sandbox::{Network, PRIVATE};

use super::link;
use super::rules;
use crate::netlink::Socket;

/// Builds it. `range` is where the sandboxes' addresses are from.
pub fn build(filters: &Socket, table: &str, range: &Network) -> io::Result<()> {
    use rules::*;
    let from_sandbox = || comes_by(link::PREFIX);
    let to_sandbox = || goes_by(link::PREFIX);
    let mut changes = Changes::of(table)
        .table()
        .chain("input", Hook::Input)
        .chain("forward", Hook::Forward)
        .chain("leaving", Hook::Leaving)
        // The host itself, by whichever of its addresses.
        .rule("input", [from_sandbox(), refuse()])
        .rule("forward", [from_sandbox(), to_sandbox(), refuse()])
        .rule("forward", [to_sandbox(), is_known(), of_version_4(), accept()])
        .rule("forward", [to_sandbox(), drop_it()])
        .rule("forward", [from_sandbox(), of_another_version(), refuse()])
        .rule("forward", [from_sandbox(), is_known(), accept()]);
    for network in &PRIVATE {
        changes = changes.rule("forward", [from_sandbox(), goes_to(network), refuse()]);
    }
    changes
        .rule("leaving", [comes_from(range), goes_elsewhere_than(link::PREFIX), masquerade()])
        .make(filters)
}

/// Keeps an interface that lets packets through for our sake from letting others through.
pub fn guard(filters: &Socket, table: &str, interface: &str) -> io::Result<()> {
    use rules::*;
    Changes::of(table)
        .table()
        .chain("forward", Hook::Forward)
        .rule("forward", [comes_by(&whole(interface)), goes_elsewhere_than(link::PREFIX), drop_it()])
        .make(filters)
}

pub fn remove(filters: &Socket, table: &str) -> io::Result<()> {
    rules::Changes::of(table).no_table().make(filters)
}
