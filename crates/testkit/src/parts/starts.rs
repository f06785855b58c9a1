//! From nothing to ready, and what a platform without work uses.

use std::path::Path;

use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::functions::{Kind, make_role};
use crate::platform::Platform;
use crate::{bare, processes};

/// How many functions are made at once.
const MAKERS: usize = 16;

/// Leaves a data directory with a role and functions at `data`.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    binary: &Path,
    data: &Path,
    native: &Kind,
) -> Result<(), Failed> {
    let bare = bare::spawn(&binary.display().to_string(), &["--version"], 20)?;
    let beside = Some(("dayfly --version", &bare));
    let mut fresh = Vec::new();
    for turn in 0..effort.starts {
        let platform = Platform::start(binary, &data.with_extension(format!("fresh{turn}")), &[])?;
        fresh.push(platform.began_in);
        platform.stop()?;
    }
    table.times("up, fresh directory", Times::new(fresh), beside, "");

    let platform = Platform::start(binary, data, &[])?;
    fill(&platform.account, effort.functions, native).await?;
    platform.stop()?;
    let (mut existing, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..effort.starts {
        let platform = Platform::start(binary, data, &[])?;
        existing.push(platform.began_in);
        stops.push(platform.stop()?);
    }
    let what = format!("up, directory of {} functions", effort.functions);
    table.times(&what, Times::new(existing), beside, "P13 <= 50 ms");
    table.times("SIGTERM to the end, idle", Times::new(stops), None, "");
    let platform = Platform::start(binary, data, &[])?;
    idle(table, effort, &platform).await;
    platform.stop().map(drop)
}

async fn fill(account: &Account, functions: usize, kind: &Kind) -> Result<(), Failed> {
    make_role(account).await?;
    let mut inputs: Vec<_> = (0..functions).map(|number| kind.input(&format!("kept-{number}"))).collect();
    while !inputs.is_empty() {
        let mut making = tokio::task::JoinSet::new();
        for input in inputs.split_off(inputs.len().saturating_sub(MAKERS)) {
            let account = account.clone();
            making.spawn(async move {
                account.json(http::Method::POST, "/2015-03-31/functions", &input).await.map(drop)
            });
        }
        while let Some(made) = making.join_next().await {
            made??;
        }
    }
    Ok(())
}

async fn idle(table: &mut Table, effort: &Effort, platform: &Platform) {
    let family = processes::family(platform.pid());
    let before = processes::processor(&family);
    tokio::time::sleep(effort.idle).await;
    let used = processes::processor(&family).saturating_sub(before);
    let (each, shared) = processes::memory(&family);
    let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
    let each: Vec<String> = each.into_iter().map(mib).collect();
    let said =
        format!("{} MiB, shared pages once (resident, each process: {})", mib(shared), each.join(" + "));
    table.said("memory of an idle platform", said, "P13 <= 30 MiB");
    let percent = used.as_secs_f64() / effort.idle.as_secs_f64() * 100.0;
    table.said("processor of an idle platform", format!("{percent:.1} % of a core"), "P13 0.0 %");
}
