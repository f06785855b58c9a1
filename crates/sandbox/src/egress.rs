//! What a function may reach outside the platform, and how people write that down.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a function may reach. Private addresses never belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Egress {
    #[default]
    None,
    /// Every public address.
    Internet,
    /// These and nothing else.
    Only(Vec<Allowed>),
}

/// One entry of an allowlist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    pub place: Place,
    /// Of TCP and UDP; `None` for all.
    pub port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Network(Network),
    /// A host's name in lower case; behind `*.`, every name below it.
    Name(String),
}

/// Addresses of version 4 that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub address: Ipv4Addr,
    /// How many bits are alike, at most 32.
    pub prefix: u8,
}

/// No egress can be read from a text: why, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEgress(String);

/// What no function reaches: this machine's surroundings. Source: IANA's registry of special-purpose addresses of
/// version 4, entries that are not globally reachable, less those for documentation; 169.254.0.0/16 has the metadata
/// services of clouds.
pub const PRIVATE: [Network; 11] = [
    Network::of([0, 0, 0, 0], 8),
    Network::of([10, 0, 0, 0], 8),
    Network::of([100, 64, 0, 0], 10),
    Network::of([127, 0, 0, 0], 8),
    Network::of([169, 254, 0, 0], 16),
    Network::of([172, 16, 0, 0], 12),
    Network::of([192, 0, 0, 0], 24),
    Network::of([192, 168, 0, 0], 16),
    Network::of([198, 18, 0, 0], 15),
    Network::of([224, 0, 0, 0], 4),
    Network::of([240, 0, 0, 0], 4),
];

/// Whether functions reach this address never. Of version 6 only what is global unicast is public, without addresses that stand
/// for others of version 4. Source: IANA's registry of the address space of version 6.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => PRIVATE.iter().any(|network| network.has(address)),
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            let is_tunnel = first == 0x2002 || (first == 0x2001 && second == 0);
            first & 0xe000 != 0x2000 || is_tunnel
        }
    }
}

/// RFC 1035, 2.3.4.
const NAME_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;

impl Network {
    pub const fn of(octets: [u8; 4], prefix: u8) -> Self {
        Self { address: Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]), prefix }
    }

    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0))
    }

    pub fn has(&self, address: Ipv4Addr) -> bool {
        address & self.mask() == self.address & self.mask()
    }

    /// Whether an address is in both.
    pub fn meets(&self, other: &Self) -> bool {
        if self.prefix <= other.prefix { self.has(other.address) } else { other.has(self.address) }
    }
}

impl Egress {
    /// The ports under which an allowlist lets the addresses of this name through, in its order; nothing where it does
    /// not let it through at all.
    pub fn ports_of(&self, name: &str) -> Vec<Option<u16>> {
        let Self::Only(allowed) = self else { return Vec::new() };
        let matches = |place: &Place| match place {
            Place::Network(_) => false,
            Place::Name(pattern) => match pattern.strip_prefix('*') {
                Some(below) => name.len() > below.len() && name.ends_with(below),
                None => name == pattern,
            },
        };
        allowed.iter().filter(|entry| matches(&entry.place)).map(|entry| entry.port).collect()
    }
}

impl FromStr for Egress {
    type Err = InvalidEgress;

    /// `none`, `internet`, or entries between commas or spaces: `api.example.com`, `*.example.com:443`,
    /// `93.184.216.0/24`, `93.184.216.34:443`.
    fn from_str(text: &str) -> Result<Self, InvalidEgress> {
        let entries: Vec<&str> = text.split([',', ' ']).filter(|entry| !entry.is_empty()).collect();
        match entries.as_slice() {
            [] => Err(InvalidEgress("it is empty; write none to allow nothing".to_owned())),
            ["none"] => Ok(Self::None),
            ["internet"] => Ok(Self::Internet),
            entries => entries.iter().map(|entry| entry.parse()).collect::<Result<_, _>>().map(Self::Only),
        }
    }
}

impl FromStr for Allowed {
    type Err = InvalidEgress;

    fn from_str(text: &str) -> Result<Self, InvalidEgress> {
        let wrong = |why: &str| InvalidEgress(format!("{text} {why}"));
        let (place, port) = match text.rsplit_once(':') {
            Some((place, _)) if place.contains(':') => {
                return Err(wrong("is no address of version 4; functions reach no other"));
            }
            Some((place, port)) => {
                let port: Option<u16> = port.parse().ok().filter(|port| *port != 0);
                (place, Some(port.ok_or_else(|| wrong("has no port from 1 to 65535 behind its colon"))?))
            }
            None => (text, None),
        };
        if place == "none" || place == "internet" {
            return Err(wrong("stands for all that is allowed and takes nothing beside it"));
        }
        let place = match network(place) {
            Some(network)
                if PRIVATE
                    .iter()
                    .any(|private| private.prefix <= network.prefix && private.meets(&network)) =>
            {
                return Err(wrong("is private; functions reach no private address"));
            }
            Some(network) => Place::Network(network),
            None => Place::Name(name(place).ok_or_else(|| {
                wrong("is neither a host's name, nor an address, nor a network as in 93.184.216.0/24")
            })?),
        };
        Ok(Self { place, port })
    }
}

fn network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse().ok().filter(|prefix| *prefix <= 32)?),
        None => (text, 32),
    };
    let network = Network { address: address.parse().ok()?, prefix };
    Some(Network { address: network.address & network.mask(), prefix })
}

/// In lower case, where it is one. What ends in a number is a mistaken address.
fn name(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let labels = text.strip_prefix("*.").unwrap_or(&text);
    let is_label = |label: &str| {
        let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (1..=LABEL_BYTES).contains(&label.len()) && letters
    };
    let last = labels.rsplit('.').next()?;
    let valid = labels.split('.').all(is_label)
        && text.len() <= NAME_BYTES
        && !last.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(text)
}

impl fmt::Display for Egress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::Internet => formatter.write_str("internet"),
            Self::Only(allowed) => {
                for (index, entry) in allowed.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{entry}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Network(Network { address, prefix: 32 }) => write!(formatter, "{address}")?,
            Place::Network(Network { address, prefix }) => write!(formatter, "{address}/{prefix}")?,
            Place::Name(name) => formatter.write_str(name)?,
        }
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

impl fmt::Display for InvalidEgress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidEgress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, read) in [
            ("none", "none"),
            ("internet", "internet"),
            ("API.example.com", "api.example.com"),
            (
                "*.example.com:443, 93.184.216.34/24 8.8.8.8:53",
                "*.example.com:443,93.184.216.0/24,8.8.8.8:53",
            ),
            ("0.0.0.0/0:443", "0.0.0.0/0:443"),
            ("", "it is empty; write none to allow nothing"),
            ("all of it", "all,of,it"),
            ("internet,none", "internet stands for all that is allowed and takes nothing beside it"),
            ("10.1.2.3", "10.1.2.3 is private; functions reach no private address"),
            ("169.254.169.254:80", "169.254.169.254:80 is private; functions reach no private address"),
            ("a.example:0", "a.example:0 has no port from 1 to 65535 behind its colon"),
            ("a.example:http", "a.example:http has no port from 1 to 65535 behind its colon"),
            ("2606:4700::1", "2606:4700::1 is no address of version 4; functions reach no other"),
            ("1.2.3", "1.2.3 is neither a host's name, nor an address, nor a network as in 93.184.216.0/24"),
            ("https://a.example", "https://a.example has no port from 1 to 65535 behind its colon"),
            (
                "a..example",
                "a..example is neither a host's name, nor an address, nor a network as in 93.184.216.0/24",
            ),
        ] {
            let parsed =
                text.parse::<Egress>().map_or_else(|error| error.to_string(), |egress| egress.to_string());
            assert_eq!(parsed, read, "{text}");
        }
    }

    #[test]
    fn names_are_let_through_by_whole_labels() {
        let egress: Egress = "a.example:443,*.b.example,a.example:80".parse().unwrap();
        for (name, ports) in [
            ("a.example", vec![Some(443), Some(80)]),
            ("x.a.example", vec![]),
            ("x.b.example", vec![None]),
            ("y.x.b.example", vec![None]),
            ("b.example", vec![]),
            ("xb.example", vec![]),
        ] {
            assert_eq!(egress.ports_of(name), ports, "{name}");
        }
    }

    #[test]
    fn networks_meet_when_one_has_the_other() {
        let network = |text: &str| super::network(text).unwrap();
        assert!(network("10.0.0.0/8").meets(&network("10.9.0.0/16")));
        assert!(network("10.9.0.0/16").meets(&network("0.0.0.0/0")));
        assert!(!network("10.9.0.0/16").meets(&network("10.8.0.0/16")));
    }

    #[test]
    fn what_is_private_is_known_in_every_spelling() {
        for (address, private) in [
            ("93.184.216.34", false),
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("169.254.169.254", true),
            ("0.0.0.0", true),
            ("::1", true),
            ("::ffff:10.0.0.1", true),
            ("::ffff:93.184.216.34", false),
            ("fe80::1", true),
            ("fd00::1", true),
            ("64:ff9b::7f00:1", true),
            ("2002:7f00:1::", true),
            ("2606:2800:220:1::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
