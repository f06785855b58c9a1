//! What is left after many starts and ends: nothing should be.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::task::JoinSet;

use crate::client::{Account, Connection, Failed, Signed};
use crate::figures::Table;
use crate::functions::{self, Kind};
use crate::parts::calls::invoke;
use crate::processes;

/// After a start that came too early.
const GROWTH: Duration = Duration::from_millis(100);

/// Connections at once.
const CALLERS: usize = 8;

/// Things that a sandbox has and could leave behind.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    processes: usize,
    namespaces: usize,
    cgroups: usize,
    mounts: usize,
    descriptors: usize,
}

/// Of a platform that keeps no instance without work, so that each call is a start and an end.
pub async fn measure(
    table: &mut Table,
    cycles: usize,
    account: &Account,
    kind: &Kind,
    platform: u32,
) -> Result<(), Failed> {
    let name = format!("cycles-{}", kind.name);
    functions::make(account, &kind.input(&name)).await?;
    // What is made ahead is there before and after.
    run(account, &name, CALLERS * 8).await?;
    let before = at_rest(platform).await;
    let began = Instant::now();
    run(account, &name, cycles).await?;
    let took = began.elapsed();
    let after = at_rest(platform).await;
    let verdict = if after == before {
        "nothing left".to_owned()
    } else {
        format!("before {before:?}, after {after:?}")
    };
    let said = format!(
        "{cycles} in {:.1} s ({:.0} a second): {verdict}",
        took.as_secs_f64(),
        cycles as f64 / took.as_secs_f64()
    );
    table.said(&format!("starts and ends, {}", kind.name), said, "P12 nothing after 100,000");
    Ok(())
}

async fn run(account: &Account, name: &str, cycles: usize) -> Result<(), Failed> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (account, name) = (account.clone(), name.to_owned());
        callers.spawn(async move {
            let mut connection = account.connect().await?;
            for _ in (caller..cycles).step_by(CALLERS) {
                turn(&mut connection, &invoke(&account, &name, &[])?).await?;
            }
            Ok::<_, Failed>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(())
}

/// One call that succeeds, asked again while the function grows as fast as it may: 1,000 in ten seconds, as on AWS.
async fn turn(connection: &mut Connection, call: &Signed) -> Result<(), Failed> {
    loop {
        let answer = connection.send(call).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        if answer.status != StatusCode::TOO_MANY_REQUESTS {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
        tokio::time::sleep(GROWTH).await;
    }
}

/// What there is once what was made ahead by demand is given up again.
async fn at_rest(platform: u32) -> Count {
    let mut last = count(platform);
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let now = count(platform);
        if now == last {
            return now;
        }
        last = now;
    }
}

fn count(platform: u32) -> Count {
    let family = processes::family(platform);
    let namespaces: BTreeSet<_> = family.iter().flat_map(|pid| links(&format!("/proc/{pid}/ns"))).collect();
    let lines = |path: String| std::fs::read_to_string(path).map_or(0, |text| text.lines().count());
    Count {
        processes: family.len(),
        namespaces: namespaces.len(),
        cgroups: processes::cgroups(&family),
        mounts: family.iter().map(|pid| lines(format!("/proc/{pid}/mountinfo"))).sum(),
        descriptors: family.iter().map(|pid| links(&format!("/proc/{pid}/fd")).len()).sum(),
    }
}

fn links(folder: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect()
}
