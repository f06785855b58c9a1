//! Rules of nf_tables, in the words of its netlink interface.
//! Source: `include/uapi/linux/netfilter/nf_tables.h` and `nfnetlink.h`.

use std::io;
use std::net::Ipv4Addr;

use sandbox::Network;

use crate::netlink::{Message, Socket, attribute};

const SUBSYSTEM: u16 = libc::NFNL_SUBSYS_NFTABLES as u16;
/// `NFPROTO_INET`: both versions of the internet protocol.
const FAMILY: u8 = libc::NFPROTO_INET as u8;
/// The register that all of ours compare, and the one that follows its first four bytes.
const REGISTER: u32 = libc::NFT_REG32_00 as u32;
const NEXT_REGISTER: u32 = REGISTER + 1;
/// `NFTA_LIST_ELEM`, `NFTA_EXPR_NAME`, `NFTA_EXPR_DATA`, `NFTA_DATA_VALUE`, `NFTA_DATA_VERDICT`.
const ELEMENT: u16 = 1;
const NAME: u16 = 1;
const DATA: u16 = 2;
const VALUE: u16 = 1;
const VERDICT: u16 = 2;

/// Where a chain hangs.
#[derive(Clone, Copy)]
pub enum Hook {
    Input,
    Forward,
    Output,
    /// For addresses to be translated.
    Leaving,
}

/// A condition of a rule, or what it does.
pub type Part = Vec<Expression>;

pub struct Expression(Message);

/// Changes of one table, made all together or not at all.
pub struct Changes {
    table: String,
    messages: Vec<Message>,
}

impl Changes {
    pub fn of(table: &str) -> Self {
        Self { table: table.to_owned(), messages: Vec::new() }
    }

    pub fn table(self) -> Self {
        self.message(libc::NFT_MSG_NEWTABLE, libc::NLM_F_CREATE, |message| message)
    }

    pub fn chain(self, name: &str, hook: Hook) -> Self {
        let (number, priority, kind) = match hook {
            Hook::Input => (libc::NF_INET_LOCAL_IN, libc::NF_IP_PRI_FILTER, "filter"),
            Hook::Forward => (libc::NF_INET_FORWARD, libc::NF_IP_PRI_FILTER, "filter"),
            Hook::Output => (libc::NF_INET_LOCAL_OUT, libc::NF_IP_PRI_FILTER, "filter"),
            Hook::Leaving => (libc::NF_INET_POST_ROUTING, libc::NF_IP_PRI_NAT_SRC, "nat"),
        };
        let hook = Message::default().number(1, number as u32).number(2, priority as u32);
        self.message(libc::NFT_MSG_NEWCHAIN, libc::NLM_F_CREATE, |message| {
            message.text(3, name).nest(4, hook).text(7, kind)
        })
    }

    pub fn rule(self, chain: &str, parts: impl IntoIterator<Item = Part>) -> Self {
        let expressions = parts.into_iter().flatten();
        let all = expressions.fold(Message::default(), |all, expression| all.nest(ELEMENT, expression.0));
        self.message(libc::NFT_MSG_NEWRULE, libc::NLM_F_CREATE | libc::NLM_F_APPEND, |message| {
            message.text(2, chain).nest(4, all)
        })
    }

    /// A set of keys of this many bytes, whose elements go after their time.
    pub fn set(self, name: &str, key_bytes: u32) -> Self {
        self.message(libc::NFT_MSG_NEWSET, libc::NLM_F_CREATE, |message| {
            message.text(2, name).number(3, TIMEOUT).number(5, key_bytes).number(10, 1)
        })
    }

    /// Puts a key into a set for so long. One that is in already keeps its time.
    pub fn element(self, set: &str, key: &[u8], seconds: u32) -> Self {
        let key = Message::default().with(VALUE, key);
        let milliseconds = u64::from(seconds) * 1000;
        let element = Message::default().nest(1, key).with(4, &milliseconds.to_be_bytes());
        self.message(libc::NFT_MSG_NEWSETELEM, libc::NLM_F_CREATE, |message| {
            message.text(2, set).nest(3, Message::default().nest(ELEMENT, element))
        })
    }

    /// Takes a key out of a set.
    pub fn without(self, set: &str, key: &[u8]) -> Self {
        let element = Message::default().nest(1, Message::default().with(VALUE, key));
        self.message(libc::NFT_MSG_DELSETELEM, 0, |message| {
            message.text(2, set).nest(3, Message::default().nest(ELEMENT, element))
        })
    }

    pub fn no_table(self) -> Self {
        self.message(libc::NFT_MSG_DELTABLE, 0, |message| message)
    }

    pub fn make(self, socket: &Socket) -> io::Result<()> {
        let mark = |kind: i32| Message::new(kind as u16, 0, &head(0, SUBSYSTEM));
        let mut messages = vec![mark(libc::NFNL_MSG_BATCH_BEGIN)];
        messages.extend(self.messages);
        messages.push(mark(libc::NFNL_MSG_BATCH_END));
        socket.ask(&messages)
    }

    fn message(mut self, kind: i32, flags: i32, more: impl FnOnce(Message) -> Message) -> Self {
        let message =
            Message::new(SUBSYSTEM << 8 | kind as u16, flags, &head(FAMILY, 0)).text(1, &self.table);
        self.messages.push(more(message));
        self
    }
}

/// `NFT_SET_TIMEOUT`.
const TIMEOUT: u32 = 0x10;

/// The names of all tables of our family.
pub fn tables(socket: &Socket) -> io::Result<Vec<String>> {
    let kind = SUBSYSTEM << 8 | libc::NFT_MSG_GETTABLE as u16;
    let listed = socket.list(Message::new(kind, 0, &head(FAMILY, 0)))?;
    let name = |body: &Vec<u8>| {
        let name = attribute(body, head(0, 0).len(), 1)?;
        Some(String::from_utf8_lossy(name.strip_suffix(&[0])?).into_owned())
    };
    Ok(listed.iter().filter_map(name).collect())
}

/// `nfgenmsg`.
fn head(family: u8, resource: u16) -> [u8; 4] {
    let [high, low] = resource.to_be_bytes();
    [family, 0, high, low]
}

impl Expression {
    fn of(name: &str, data: Message) -> Self {
        Self(Message::default().text(NAME, name).nest(DATA, data))
    }
}

fn compare(register: u32, operation: u32, value: &[u8]) -> Expression {
    let data = Message::default().number(1, register).number(2, operation);
    Expression::of("cmp", data.nest(3, Message::default().with(VALUE, value)))
}

fn meta(key: i32) -> Expression {
    Expression::of("meta", Message::default().number(1, REGISTER).number(2, key as u32))
}

/// Of the packet's network header (1) or of what it carries (2).
fn payload(register: u32, base: u32, offset: u32, bytes: u32) -> Expression {
    let data = Message::default().number(1, register).number(2, base).number(3, offset).number(4, bytes);
    Expression::of("payload", data)
}

fn masked(mask: &[u8]) -> Expression {
    let (zero, length) = (vec![0; mask.len()], mask.len() as u32);
    let value = |bytes: &[u8]| Message::default().with(VALUE, bytes);
    let data = Message::default().number(1, REGISTER).number(2, REGISTER).number(3, length);
    Expression::of("bitwise", data.nest(4, value(mask)).nest(5, value(&zero)))
}

fn verdict(code: i32) -> Expression {
    let verdict = Message::default().number(1, code as u32);
    let data = Message::default().number(1, 0).nest(2, Message::default().nest(VERDICT, verdict));
    Expression::of("immediate", data)
}

/// The packet came in by an interface whose name begins so.
pub fn comes_by(prefix: &str) -> Part {
    vec![meta(libc::NFT_META_IIFNAME), compare(REGISTER, EQUAL, prefix.as_bytes())]
}

/// It goes out by one.
pub fn goes_by(prefix: &str) -> Part {
    vec![meta(libc::NFT_META_OIFNAME), compare(REGISTER, EQUAL, prefix.as_bytes())]
}

/// It does not go out by one.
pub fn goes_elsewhere_than(prefix: &str) -> Part {
    vec![meta(libc::NFT_META_OIFNAME), compare(REGISTER, DIFFERENT, prefix.as_bytes())]
}

/// The whole name of an interface, as a prefix that only it has.
pub fn whole(interface: &str) -> String {
    format!("{interface}\0")
}

/// It is of version 4 of the internet protocol.
pub fn of_version_4() -> Part {
    vec![meta(libc::NFT_META_NFPROTO), compare(REGISTER, EQUAL, &[libc::NFPROTO_IPV4 as u8])]
}

/// It is of another.
pub fn of_another_version() -> Part {
    vec![meta(libc::NFT_META_NFPROTO), compare(REGISTER, DIFFERENT, &[libc::NFPROTO_IPV4 as u8])]
}

pub fn comes_from(network: &Network) -> Part {
    address(12, network)
}

pub fn goes_to(network: &Network) -> Part {
    address(16, network)
}

fn address(offset: u32, network: &Network) -> Part {
    let wanted = network.address & network.mask();
    vec![
        payload(REGISTER, 1, offset, 4),
        masked(&network.mask().octets()),
        compare(REGISTER, EQUAL, &wanted.octets()),
    ]
}

/// It belongs to a connection that was let through.
pub fn is_known() -> Part {
    let known = 2_u32 | 4;
    vec![
        Expression::of("ct", Message::default().number(2, 0).number(1, REGISTER)),
        masked(&known.to_ne_bytes()),
        compare(REGISTER, DIFFERENT, &[0; 4]),
    ]
}

/// Of TCP or UDP, to any of these ports: both have them at the same place.
pub fn goes_to_port(protocol: i32, port: u16) -> Part {
    let mut all = is_of(protocol);
    all.extend([payload(REGISTER, 2, 2, 2), compare(REGISTER, EQUAL, &port.to_be_bytes())]);
    all
}

pub fn is_of(protocol: i32) -> Part {
    vec![meta(libc::NFT_META_L4PROTO), compare(REGISTER, EQUAL, &[protocol as u8])]
}

/// Its destination is in this set of addresses.
pub fn goes_into(set: &str) -> Part {
    vec![payload(REGISTER, 1, 16, 4), lookup(set)]
}

/// Its destination and port are in this set.
pub fn goes_into_with_port(set: &str) -> Part {
    vec![payload(REGISTER, 1, 16, 4), payload(NEXT_REGISTER, 2, 2, 2), lookup(set)]
}

/// As the set has an address with its port: each in four bytes.
pub fn key(address: Ipv4Addr, port: Option<u16>) -> Vec<u8> {
    let port = port.map(|port| [port.to_be_bytes(), [0; 2]].concat());
    [address.octets().to_vec(), port.unwrap_or_default()].concat()
}

fn lookup(set: &str) -> Expression {
    Expression::of("lookup", Message::default().text(1, set).number(2, REGISTER))
}

pub fn accept() -> Part {
    vec![verdict(libc::NF_ACCEPT)]
}

pub fn drop_it() -> Part {
    vec![verdict(libc::NF_DROP)]
}

/// Tells the sender that it may not: `NFT_REJECT_ICMPX_UNREACH`, `NFT_REJECT_ICMPX_ADMIN_PROHIBITED`.
pub fn refuse() -> Part {
    vec![Expression::of("reject", Message::default().number(1, 2).with(2, &[3]))]
}

/// Gives it the address of the interface by which it leaves.
pub fn masquerade() -> Part {
    vec![Expression::of("masq", Message::default())]
}

const EQUAL: u32 = libc::NFT_CMP_EQ as u32;
const DIFFERENT: u32 = libc::NFT_CMP_NEQ as u32;
