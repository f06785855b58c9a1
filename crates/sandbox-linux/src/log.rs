//! What a sandbox prints: read from its pipe as fast as an instance may print, and no faster, so that a flood slows its
//! function down and neither fills our memory nor takes our time.

mod allowance;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use sandbox::{Lines, LogPlace, Output};
use tasks::Clock;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc;

use allowance::Allowance;

/// How much is taken from the pipe at a time.
const CHUNK: usize = 16 * 1024;
/// How much is taken after a call has ended: more than a pipe holds is being written meanwhile.
const DRAIN: usize = 256 * 1024;

pub struct Log {
    /// `None` once everybody inside has closed it.
    pipe: Option<Receiver>,
    lines: Lines,
    allowance: Allowance,
    clock: Clock,
    /// What others of the platform have to say.
    words: mpsc::Receiver<String>,
}

impl Log {
    pub fn open(
        pipe: OwnedFd,
        place: LogPlace,
        output: Arc<dyn Output>,
        clock: Clock,
        words: mpsc::Receiver<String>,
    ) -> io::Result<Self> {
        let pipe = Some(Receiver::from_owned_fd(pipe)?);
        let allowance = Allowance::full(clock.now());
        Ok(Self { pipe, lines: Lines::new(place, output, clock.clone()), allowance, clock, words })
    }

    /// Passes on what is printed next. Waits for ever when nothing can come any more; may be dropped at any await.
    pub async fn follow(&mut self) {
        let now = self.clock.now();
        if let Some(pause) = self.allowance.pause(now) {
            return self.clock.sleep_until(now + pause).await;
        }
        let pipe = async || match &self.pipe {
            Some(pipe) => pipe.readable().await,
            None => std::future::pending().await,
        };
        tokio::select! {
            Some(word) = self.words.recv() => self.say(word),
            readable = pipe() => match readable {
                Ok(()) => drop(self.take(Receiver::try_read_buf)),
                Err(_) => self.pipe = None,
            },
        }
    }

    /// Passes on what was printed until now, up to a bound.
    pub fn drain(&mut self) {
        while let Ok(word) = self.words.try_recv() {
            self.say(word);
        }
        let mut taken = 0;
        while taken < DRAIN {
            match self.take(read_now) {
                0 => break,
                bytes => taken += bytes,
            }
        }
        self.lines.flush();
    }

    /// A line of the platform's own.
    pub fn say(&mut self, line: String) {
        self.lines.say(line);
    }

    /// Begins a new call's log.
    pub fn begin(&mut self) {
        self.lines.begin();
    }

    /// Takes over what another sandbox's log had of the same call.
    pub fn continue_from(&mut self, other: &mut Self) {
        self.lines.continue_from(&mut other.lines);
    }

    /// The last of the call's log.
    pub fn tail(&self) -> Bytes {
        self.lines.tail()
    }

    pub fn place(&self) -> &LogPlace {
        self.lines.place()
    }

    fn take(&mut self, read: impl FnOnce(&Receiver, &mut BytesMut) -> io::Result<usize>) -> usize {
        let Some(pipe) = &self.pipe else { return 0 };
        let taken = self.lines.take(|partial| {
            partial.reserve(CHUNK);
            read(pipe, partial)
        });
        match taken {
            Ok((bytes, lines)) if bytes > 0 => {
                self.allowance.spend(bytes, lines);
                bytes
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Ok(_) | Err(_) => {
                self.pipe = None;
                0
            }
        }
    }
}

/// Reads what is in the pipe at this moment. Asked for the same, the runtime says that there is nothing as long as it
/// has not heard of what has just come.
fn read_now(pipe: &Receiver, into: &mut BytesMut) -> io::Result<usize> {
    let mut chunk = [0; CHUNK];
    let bytes = rustix::io::read(pipe, &mut chunk)?;
    into.extend_from_slice(&chunk[..bytes]);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use model::{AccountId, Region, Time};

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Bytes>>);

    impl Output for Heard {
        fn line(&self, _: &LogPlace, _: Time, line: Bytes) {
            self.0.lock().unwrap().push(line);
        }
    }

    #[tokio::test]
    async fn what_was_printed_just_before_the_end_is_drained() {
        let (read, write) = io::pipe().unwrap();
        let heard = Arc::new(Heard::default());
        let place = LogPlace {
            account: AccountId::default_account(),
            region: Region::default(),
            group: "g".into(),
            stream: "s".into(),
        };
        let clock = Clock::manual(Time::from_millis(0));
        let (_, words) = mpsc::channel(1);
        let mut log = Log::open(read.into(), place, heard.clone(), clock, words).unwrap();
        // No await in between: the runtime has no chance to hear of it.
        (&write).write_all(b"last words\nand more").unwrap();
        log.drain();
        assert_eq!(*heard.0.lock().unwrap(), ["last words", "and more"]);
    }
}
