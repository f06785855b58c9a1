//! Many instances at once: how soon they are there, and what each of them holds.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::functions::{self, Kind};
use crate::parts::calls::{invoke, invoke_with};
use crate::processes;

/// Separate processes that instances are put beside.
const SEPARATE: usize = 8;

/// Of a kind that tells when each call began and sleeps as long as it is told.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    kind: &Kind,
    platform: u32,
) -> Result<(), Failed> {
    let separate = separate_memory(effort)?;
    functions::make(account, &kind.stored_input(account, "burst").await?).await?;
    // From the first call the platform learns, and the second one says that it has.
    for _ in 0..2 {
        account.connect().await?.succeed(&invoke(account, "burst", &[])?).await?;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    let before = processes::used_memory();
    let sleep = effort.burst_sleep.as_secs_f64();
    let payload = format!("{{\"sleep\": {sleep}}}");
    let mut calls = JoinSet::new();
    let began = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let sent = Instant::now();
    for _ in 0..effort.burst {
        let signed = invoke_with(account, "burst", &[], payload.clone())?;
        let account = account.clone();
        calls.spawn(async move { account.connect().await?.succeed(&signed).await });
    }
    let watch = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs_f64(sleep * 0.9)).await;
        (processes::used_memory(), processes::family(platform).len())
    });
    let mut starts = Vec::new();
    while let Some(answer) = calls.join_next().await {
        let answer: Value = serde_json::from_slice(&answer??)?;
        let at = answer[1].as_f64().ok_or("a call that does not tell when it began")?;
        starts.push(Duration::from_secs_f64(at).saturating_sub(began));
    }
    let all = sent.elapsed();
    let last = starts.iter().max().copied().unwrap_or_default();
    table.times(&format!("burst from 0 to {}, call begun after", effort.burst), Times::new(starts), None, "");
    let rate = effort.burst as f64 / last.as_secs_f64();
    let said = format!(
        "{:.2} s ({rate:.0} a second), all answered after {:.2} s",
        last.as_secs_f64(),
        all.as_secs_f64()
    );
    table.said("  the last one begun after", said, "P11 200 <= 1 s");
    let (after, alive) = watch.await?;
    let each = after.saturating_sub(before) as f64 / effort.burst as f64 / 1024.0;
    let said = format!(
        "{each:.2} MiB each ({alive} processes alive), a separate process {separate:.1} MiB: {:.1}x; 19 GiB hold {:.0}",
        separate / each,
        19.0 * 1024.0 / each,
    );
    table.said("  memory of an instance", said, "P10 >= 12x, 7,000 in 19 GiB");
    Ok(())
}

/// What a process of its own holds that has loaded the same, in MiB, by what the machine has less.
fn separate_memory(effort: &Effort) -> Result<f64, Failed> {
    let folder = functions::python_packages()?;
    let before = processes::used_memory();
    let mut children: Vec<Child> = Vec::new();
    for _ in 0..SEPARATE.min(effort.burst) {
        let code =
            "import boto3, numpy, time\nfrom PIL import Image\nprint('loaded', flush=True)\ntime.sleep(60)";
        let mut command = Command::new("python3");
        command.args(["-c", code]).env("PYTHONPATH", &folder).stdout(Stdio::piped());
        children.push(command.spawn()?);
    }
    for child in &mut children {
        let mut line = String::new();
        let told = child.stdout.take().ok_or("no standard output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(told), &mut line)?;
    }
    let used = processes::used_memory().saturating_sub(before);
    let count = children.len() as f64;
    for mut child in children {
        child.kill()?;
        child.wait()?;
    }
    Ok(used as f64 / count / 1024.0)
}
