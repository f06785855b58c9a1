//! The same request again and again on some connections, each request timed.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Account, Connection, Failed, Signed};
use crate::figures::Times;

/// What came of it.
pub struct Load {
    pub times: Times,
    /// Requests a second, of all connections together.
    pub rate: f64,
}

/// Sends for as long as `lasting` and takes only successes.
pub async fn run(
    address: &str,
    signed: &Signed,
    connections: usize,
    lasting: Duration,
) -> Result<Load, Failed> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for mut connection in open {
        let signed = signed.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < lasting {
                let sent = Instant::now();
                connection.succeed(&signed).await?;
                times.push(sent.elapsed());
            }
            Ok::<_, Failed>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    Ok(Load { times: Times::new(times), rate })
}

/// Times requests that are signed anew for each turn, on one connection.
pub async fn each(
    account: &Account,
    turns: usize,
    signed: impl Fn(usize) -> Result<Signed, Failed>,
) -> Result<Times, Failed> {
    let mut connection = account.connect().await?;
    let mut times = Vec::new();
    for turn in 0..turns {
        let signed = signed(turn)?;
        let sent = Instant::now();
        connection.succeed(&signed).await?;
        times.push(sent.elapsed());
    }
    Ok(Times::new(times))
}
