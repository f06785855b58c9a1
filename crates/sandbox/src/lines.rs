//! What an instance prints, cut into lines and passed on; the end of it is kept for the caller.

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tasks::Clock;

use crate::{LogPlace, Output};

/// AWS: a line of the log longer than an event of CloudWatch Logs (256 KB) is split.
pub const LINE: usize = 256 * 1024;
/// AWS: `LogType: Tail` returns the last 4 KB.
const TAIL: usize = 4096;

/// The log of one instance.
pub struct Lines {
    partial: BytesMut,
    tail: Vec<u8>,
    place: LogPlace,
    output: Arc<dyn Output>,
    clock: Clock,
}

impl Lines {
    pub fn new(place: LogPlace, output: Arc<dyn Output>, clock: Clock) -> Self {
        Self { partial: BytesMut::new(), tail: Vec::new(), place, output, clock }
    }

    /// Begins a new call's log.
    pub fn begin(&mut self) {
        self.tail.clear();
    }

    /// Takes over what another instance's log had of the same call.
    pub fn continue_from(&mut self, other: &mut Self) {
        self.tail = std::mem::take(&mut other.tail);
    }

    /// Takes what `read` appends to the given bytes, and passes the lines of it on. `read` tells how many it appended.
    /// Gives that, and how many lines ended there.
    pub fn take<E>(
        &mut self,
        read: impl FnOnce(&mut BytesMut) -> Result<usize, E>,
    ) -> Result<(usize, usize), E> {
        let taken = read(&mut self.partial)?;
        Ok((taken, self.pass_lines_on(taken)))
    }

    /// Passes on what no end of line follows.
    pub fn flush(&mut self) {
        if !self.partial.is_empty() {
            let rest = self.partial.split().freeze();
            self.pass_on(rest);
        }
    }

    /// A line of the platform's own.
    pub fn say(&mut self, line: String) {
        self.pass_on(line.into());
    }

    /// The last of the call's log.
    pub fn tail(&self) -> Bytes {
        Bytes::copy_from_slice(&self.tail)
    }

    pub fn place(&self) -> &LogPlace {
        &self.place
    }

    /// `fresh` bytes at the end have not been searched for an end of line yet.
    fn pass_lines_on(&mut self, fresh: usize) -> usize {
        let (mut searched, mut ended) = (self.partial.len() - fresh, 0);
        while let Some(found) = self.partial[searched..].iter().position(|byte| *byte == b'\n') {
            let mut line = self.partial.split_to(searched + found);
            self.partial.advance(1);
            searched = 0;
            if line.last() == Some(&b'\r') {
                line.truncate(line.len() - 1);
            }
            self.pass_on(line.freeze());
            ended += 1;
        }
        while self.partial.len() >= LINE {
            let part = self.partial.split_to(LINE).freeze();
            self.pass_on(part);
        }
        ended
    }

    fn pass_on(&mut self, line: Bytes) {
        let kept = &line[line.len().saturating_sub(TAIL)..];
        self.tail.extend_from_slice(kept);
        self.tail.push(b'\n');
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.output.line(&self.place, self.clock.now(), line);
    }
}
