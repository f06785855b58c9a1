//! Netlink: messages put together, sent to the kernel of one network namespace, and its answer awaited.
//! Source: netlink(7), `Documentation/userspace-api/netlink/intro.rst`.

use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

/// How long the kernel may take. It answers before it has taken the message: this is for what cannot be.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
const HEADER: usize = 16;
/// Of one datagram of the kernel's.
const ANSWER: usize = 32 * 1024;

/// A message or a part of one.
#[derive(Default)]
pub struct Message {
    kind: u16,
    flags: u16,
    body: Vec<u8>,
}

impl Message {
    /// `head` is the fixed structure that this kind of message begins with.
    pub fn new(kind: u16, flags: i32, head: &[u8]) -> Self {
        Self { kind, flags: flags as u16 | libc::NLM_F_REQUEST as u16, body: head.to_vec() }
    }

    /// Adds bytes that are no attribute.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.body.extend_from_slice(bytes);
        self
    }

    pub fn with(mut self, attribute: u16, value: &[u8]) -> Self {
        self.body.extend_from_slice(&(value.len() as u16 + 4).to_ne_bytes());
        self.body.extend_from_slice(&attribute.to_ne_bytes());
        self.body.extend_from_slice(value);
        self.body.resize(self.body.len().next_multiple_of(4), 0);
        self
    }

    /// Text with the zero byte that ends it.
    pub fn text(self, attribute: u16, value: &str) -> Self {
        self.with(attribute, &[value.as_bytes(), &[0]].concat())
    }

    /// A number as netfilter has it.
    pub fn number(self, attribute: u16, value: u32) -> Self {
        self.with(attribute, &value.to_be_bytes())
    }

    /// Attributes inside an attribute.
    pub fn nest(self, attribute: u16, inner: Self) -> Self {
        self.with(attribute | libc::NLA_F_NESTED as u16, &inner.body)
    }

    fn write(&self, sequence: u32, flags: u16, to: &mut Vec<u8>) {
        to.extend_from_slice(&((HEADER + self.body.len()) as u32).to_ne_bytes());
        to.extend_from_slice(&self.kind.to_ne_bytes());
        to.extend_from_slice(&(self.flags | flags).to_ne_bytes());
        to.extend_from_slice(&sequence.to_ne_bytes());
        to.extend_from_slice(&0_u32.to_ne_bytes());
        to.extend_from_slice(&self.body);
    }
}

/// A socket to one subsystem, in the network namespace in which it was opened.
pub struct Socket {
    socket: OwnedFd,
    sequence: Cell<u32>,
}

impl Socket {
    /// To links, addresses and routes.
    pub fn of_routes() -> io::Result<Self> {
        // The same number as the default: NETLINK_ROUTE.
        Self::open(None)
    }

    /// To netfilter.
    pub fn of_filters() -> io::Result<Self> {
        Self::open(Some(netlink::NETFILTER))
    }

    fn open(protocol: Option<Protocol>) -> io::Result<Self> {
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
        Ok(Self { socket, sequence: Cell::new(0) })
    }

    /// The number of the interface of this name.
    pub fn interface(&self, name: &str) -> io::Result<u32> {
        Ok(rustix::net::netdevice::name_to_index(&self.socket, name)?)
    }

    /// Sends all of these at once and waits until the kernel has done them. Fails with the first error.
    pub fn ask(&self, messages: &[Message]) -> io::Result<()> {
        let sent = self.send(messages, libc::NLM_F_ACK)?;
        self.answers(sent, |_| {})
    }

    /// The bodies of what the kernel lists.
    pub fn list(&self, message: Message) -> io::Result<Vec<Vec<u8>>> {
        let mut listed = Vec::new();
        let sent = self.send(&[message], libc::NLM_F_DUMP)?;
        self.answers(sent, |body| listed.push(body.to_vec()))?;
        Ok(listed)
    }

    /// Only the last message that the kernel acts upon asks for a word; it tells of errors in any case.
    fn send(&self, messages: &[Message], flags: i32) -> io::Result<Sent> {
        let mut bytes = Vec::new();
        let first = self.sequence.get() + 1;
        let asking = messages.iter().rposition(|message| !message.is_mark()).unwrap_or(0);
        for (index, message) in (0..).zip(messages) {
            let flags = if index == asking { flags as u16 } else { 0 };
            message.write(first + index as u32, flags, &mut bytes);
        }
        self.sequence.set(first + messages.len() as u32);
        send(&self.socket, &bytes, SendFlags::empty())?;
        Ok(Sent { first, asking: first + asking as u32 })
    }

    fn answers(&self, sent: Sent, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let mut space = vec![0; ANSWER];
        loop {
            if poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&PATIENCE))? == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let (received, _) = recv(&self.socket, space.as_mut_slice(), RecvFlags::empty())?;
            let mut rest = &space[..received];
            while let Some(answer) = Answer::first(&mut rest) {
                match i32::from(answer.kind) {
                    // Left of an earlier failure.
                    _ if answer.sequence < sent.first => {}
                    libc::NLMSG_ERROR if answer.error() != 0 => {
                        return Err(io::Error::from_raw_os_error(answer.error()));
                    }
                    libc::NLMSG_ERROR | libc::NLMSG_DONE if answer.sequence == sent.asking => return Ok(()),
                    libc::NLMSG_ERROR | libc::NLMSG_DONE => {}
                    _ => each(answer.body),
                }
            }
        }
    }
}

/// The numbers of what was sent: of its first message, and of the one that asks for a word.
struct Sent {
    first: u32,
    asking: u32,
}

impl Message {
    /// Whether it is the begin or the end of a batch, which the kernel does not act upon.
    fn is_mark(&self) -> bool {
        self.kind == libc::NFNL_MSG_BATCH_BEGIN as u16 || self.kind == libc::NFNL_MSG_BATCH_END as u16
    }
}

struct Answer<'a> {
    kind: u16,
    sequence: u32,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Takes the first message off the bytes of several.
    fn first(rest: &mut &'a [u8]) -> Option<Self> {
        let length = u32::from_ne_bytes(*rest.first_chunk()?) as usize;
        let kind = u16::from_ne_bytes(*rest.get(4..)?.first_chunk()?);
        let sequence = u32::from_ne_bytes(*rest.get(8..)?.first_chunk()?);
        let body = rest.get(HEADER..length)?;
        *rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Self { kind, sequence, body })
    }

    /// Zero in a mere confirmation.
    fn error(&self) -> i32 {
        self.body.first_chunk().map_or(libc::EPROTO, |code| -i32::from_ne_bytes(*code))
    }
}

/// The value of an attribute of this kind, in the attributes that follow a head of `head` bytes.
pub fn attribute(body: &[u8], head: usize, wanted: u16) -> Option<&[u8]> {
    let mut rest = body.get(head..)?;
    loop {
        let length = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
        let kind = u16::from_ne_bytes(*rest.get(2..)?.first_chunk()?);
        let value = rest.get(4..length)?;
        if kind & libc::NLA_TYPE_MASK as u16 == wanted {
            return Some(value);
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_where_they_were_put() {
        let inner = Message::default().text(1, "abc").number(2, 7);
        let message = Message::new(16, 0, &[9; 4]).with(5, &[1, 2, 3]).nest(6, inner);
        assert_eq!(message.body.len() % 4, 0);
        assert_eq!(attribute(&message.body, 4, 5), Some(&[1, 2, 3][..]));
        let inner = attribute(&message.body, 4, 6).unwrap();
        assert_eq!(attribute(inner, 0, 1), Some(&b"abc\0"[..]));
        assert_eq!(attribute(inner, 0, 2), Some(&[0, 0, 0, 7][..]));
        assert_eq!(attribute(inner, 0, 3), None);
    }

    #[test]
    fn what_is_cut_off_ends_the_reading() {
        let mut bytes = Vec::new();
        Message::new(3, 0, &[1, 2, 3, 4]).write(7, 0, &mut bytes);
        for end in 0..bytes.len() {
            assert!(Answer::first(&mut &bytes[..end]).is_none(), "{end}");
        }
        let mut rest = &bytes[..];
        let answer = Answer::first(&mut rest).unwrap();
        assert_eq!((answer.kind, answer.sequence, answer.body, rest.len()), (3, 7, &[1, 2, 3, 4][..], 0));
    }
}
