//! Messages with descriptors over a Unix socket that keeps their bounds.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;

const CONTROL: usize = rustix::cmsg_space!(ScmRights(limits::DESCRIPTORS));

/// One end of a channel. Its messages are typed by who sends and receives them.
pub struct Channel(OwnedFd);

/// The other end is gone, or what came is no message of ours.
#[derive(Debug)]
pub enum ChannelError {
    Closed,
    /// It would have to be waited for.
    NotNow,
    Broken(std::io::Error),
}

impl std::fmt::Display for ChannelError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed => formatter.write_str("the other end is gone"),
            Self::NotNow => formatter.write_str("the other end does not listen"),
            Self::Broken(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for ChannelError {}

impl Channel {
    pub fn pair() -> std::io::Result<(Self, Self)> {
        let (one, other) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self(one), Self(other)))
    }

    /// From now on the kernel attests who sends.
    pub fn attest(&self) -> rustix::io::Result<()> {
        rustix::net::sockopt::set_socket_passcred(&self.0, true)
    }

    /// Takes the message that an attested channel has; returns its sender's process id, as we name it.
    pub fn receive_sender(&self) -> Result<i32, ChannelError> {
        let mut bytes = [0; 16];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        self.take(&mut bytes, &mut control, RecvFlags::DONTWAIT)?;
        let sender = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmCredentials(sender) => Some(sender.pid.as_raw_nonzero().get()),
            _ => None,
        });
        sender.ok_or_else(|| ChannelError::Broken(std::io::Error::other("nobody attests the sender")))
    }

    /// No more messages go from here; the other end hears of it.
    pub fn close(&self) {
        let _ = rustix::net::shutdown(&self.0, Shutdown::Write);
    }

    /// Moves this end to a number above `first`, and occupies all numbers below so that nothing else gets one.
    pub fn keep_numbers_free(self, first: i32) -> rustix::io::Result<Self> {
        let moved = rustix::io::fcntl_dupfd_cloexec(&self.0, first)?;
        drop(self);
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        while rustix::io::fcntl_dupfd_cloexec(&null, 0).map(hold)? < first {}
        if null.as_raw_fd() < first {
            hold(null);
        }
        Ok(Self(moved))
    }

    pub fn send<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
    ) -> Result<(), ChannelError> {
        self.put(message, descriptors, SendFlags::empty())
    }

    /// The same, for an other end that is not to be waited for.
    pub fn send_now<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
    ) -> Result<(), ChannelError> {
        self.put(message, descriptors, SendFlags::DONTWAIT)
    }

    /// Waits for the next message and the descriptors that came with it.
    pub fn receive<M: DeserializeOwned>(&self) -> Result<(M, Vec<OwnedFd>), ChannelError> {
        self.read(RecvFlags::empty(), decoded)
    }

    /// Takes the message that is there.
    pub fn receive_now<M: DeserializeOwned>(&self) -> Result<(M, Vec<OwnedFd>), ChannelError> {
        self.read(RecvFlags::DONTWAIT, decoded)
    }

    /// Takes the message that is there as bytes. No descriptors come with it.
    pub fn receive_bytes(&self) -> Result<Vec<u8>, ChannelError> {
        Ok(self.read(RecvFlags::DONTWAIT, |bytes| Ok(bytes.to_vec()))?.0)
    }

    fn put<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
        flags: SendFlags,
    ) -> Result<(), ChannelError> {
        let bytes = serde_json::to_vec(message).map_err(|error| ChannelError::Broken(error.into()))?;
        let mut space = [MaybeUninit::uninit(); CONTROL];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(ChannelError::Broken(std::io::Error::other("too many descriptors in one message")));
        }
        let flags = flags | SendFlags::NOSIGNAL;
        retry(|| sendmsg(&self.0, &[IoSlice::new(&bytes)], &mut control, flags))?;
        Ok(())
    }

    fn read<M>(
        &self,
        flags: RecvFlags,
        decode: impl FnOnce(&[u8]) -> Result<M, ChannelError>,
    ) -> Result<(M, Vec<OwnedFd>), ChannelError> {
        let mut bytes = vec![0; limits::MESSAGE];
        let mut space = [MaybeUninit::uninit(); CONTROL];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let (length, flags) = self.take(&mut bytes, &mut control, flags)?;
        let descriptors = control
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
                _ => None,
            })
            .flatten()
            .collect();
        // Of the descriptors some may be missing, where no more can be opened: whoever wants them counts them.
        if flags.contains(ReturnFlags::TRUNC) {
            return Err(ChannelError::Broken(std::io::Error::other(
                "the message is longer than any of ours",
            )));
        }
        Ok((decode(&bytes[..length])?, descriptors))
    }

    fn take(
        &self,
        bytes: &mut [u8],
        control: &mut RecvAncillaryBuffer<'_>,
        flags: RecvFlags,
    ) -> Result<(usize, ReturnFlags), ChannelError> {
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        let received = retry(|| recvmsg(&self.0, &mut [IoSliceMut::new(bytes)], control, flags))?;
        if received.bytes == 0 { Err(ChannelError::Closed) } else { Ok((received.bytes, received.flags)) }
    }
}

fn decoded<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, ChannelError> {
    serde_json::from_slice(bytes).map_err(|error| ChannelError::Broken(error.into()))
}

impl From<Errno> for ChannelError {
    fn from(error: Errno) -> Self {
        match error {
            Errno::PIPE | Errno::CONNRESET => Self::Closed,
            Errno::AGAIN => Self::NotNow,
            error => Self::Broken(error.into()),
        }
    }
}

impl From<OwnedFd> for Channel {
    fn from(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Keeps a descriptor open until the process ends.
fn hold(descriptor: OwnedFd) -> i32 {
    std::os::fd::IntoRawFd::into_raw_fd(descriptor)
}

fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}
