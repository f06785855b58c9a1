//! What a bare machine does: the measures beside which ours are put.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use crate::client::Failed;
use crate::figures::Times;

/// A bare hyper that answers every request with its body, in a process of its own.
pub struct Echo {
    child: Child,
    pub address: String,
}

impl Echo {
    pub fn start() -> Result<Self, Failed> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("--echo").stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no standard output")?).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned() })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // Its only child, by its id; it has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other process: serves until it is killed.
pub async fn echo() -> Result<(), Failed> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = service_fn(async |request: http::Request<Incoming>| {
            let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            Ok::<_, Infallible>(http::Response::new(Full::new(body)))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// Starting a program and waiting for its end, as a shell does.
pub fn spawn(program: &str, arguments: &[&str], turns: usize) -> Result<Times, Failed> {
    let mut times = Vec::new();
    for _ in 0..turns {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        let began = Instant::now();
        let status = command.status()?;
        times.push(began.elapsed());
        if !status.success() {
            return Err(format!("{program} ended with {status}").into());
        }
    }
    Ok(Times::new(times))
}

/// The SHA-256 of something, twice over: of what a signed request brings and its answer takes.
pub fn digest(content: &[u8], turns: usize) -> Times {
    let turn = |_| {
        let began = Instant::now();
        std::hint::black_box((Sha256::digest(content), Sha256::digest(content)));
        began.elapsed()
    };
    Times::new((0..turns).map(turn).collect())
}

/// Writing a new file and syncing it.
pub fn write(folder: &Path, content: &[u8], turns: usize) -> Result<Times, Failed> {
    let mut times = Vec::new();
    for turn in 0..turns {
        let began = Instant::now();
        let mut file = File::create(folder.join(format!("bare-{turn}")))?;
        file.write_all(content)?;
        file.sync_all()?;
        times.push(began.elapsed());
    }
    Ok(Times::new(times))
}

/// Reading what `write` wrote.
pub fn read(folder: &Path, turns: usize) -> Result<Times, Failed> {
    let mut times = Vec::new();
    for turn in 0..turns {
        let began = Instant::now();
        std::fs::read(folder.join(format!("bare-{turn}")))?;
        times.push(began.elapsed());
    }
    Ok(Times::new(times))
}

/// Appending 4 KiB by so many writers at once, on disk when a writer is told: one thread takes what has come and writes
/// it together. With the times how many a second.
pub fn append(folder: &Path, writers: usize, lasting: Duration) -> Result<(Times, f64), Failed> {
    let flags = i32::try_from(OFlags::DSYNC.bits())?;
    let mut file =
        OpenOptions::new().create(true).append(true).custom_flags(flags).open(folder.join("bare-log"))?;
    let (ask, asked) = mpsc::channel::<mpsc::Sender<()>>();
    let began = Instant::now();
    let writer = move || {
        let (told, hear) = mpsc::channel();
        let mut times = Vec::new();
        while began.elapsed() < lasting {
            let sent = Instant::now();
            if ask.send(told.clone()).is_err() || hear.recv().is_err() {
                break;
            }
            times.push(sent.elapsed());
        }
        times
    };
    let writing: Vec<_> = (0..writers).map(|_| std::thread::spawn(writer.clone())).collect();
    drop(writer);
    while let Ok(first) = asked.recv() {
        let waiting: Vec<_> = std::iter::once(first).chain(asked.try_iter()).collect();
        file.write_all(&vec![7; 4096 * waiting.len()])?;
        // A writer whose time is over no longer listens.
        for waiting in waiting {
            let _ = waiting.send(());
        }
    }
    let times: Vec<_> = writing.into_iter().flat_map(|writer| writer.join().unwrap_or_default()).collect();
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    Ok((Times::new(times), rate))
}
