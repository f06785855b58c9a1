//! Where logs are in the store.
//!
//! `telemetry/group/<account>/<region>/<name>` a group; `telemetry/stream/<group id>/<name>` a stream of it;
//! `telemetry/event/<group id>/<second>/<stream id>/<arrival>` lines of one stream and second, so that a group is read in
//! order of time whatever its streams are, and what is too old is at its beginning;
//! `telemetry/gone/<group id>` and `telemetry/gone/<group id>/<stream id>` what was deleted and is still being removed.

use model::{AccountId, Region};
use store::Key;

fn root(kind: &str) -> Key {
    Key::new().text("telemetry").text(kind)
}

pub fn all_groups() -> Key {
    root("group")
}

pub fn groups_of(account: &AccountId) -> Key {
    all_groups().text(account.as_str())
}

pub fn groups(account: &AccountId, region: &Region) -> Key {
    groups_of(account).text(region.as_str())
}

pub fn streams(group: u64) -> Key {
    root("stream").number(group)
}

pub fn stream(group: u64, name: &str) -> Key {
    streams(group).text(name)
}

pub fn events(group: u64) -> Key {
    root("event").number(group)
}

pub fn second(group: u64, second: u64) -> Key {
    events(group).number(second)
}

pub fn chunk(group: u64, second: u64, stream: u64, arrival: u64) -> Key {
    self::second(group, second).number(stream).number(arrival)
}

pub fn all_gone() -> Key {
    root("gone")
}

pub fn gone_group(group: u64) -> Key {
    all_gone().number(group)
}

pub fn gone_stream(group: u64, stream: u64) -> Key {
    gone_group(group).number(stream)
}
