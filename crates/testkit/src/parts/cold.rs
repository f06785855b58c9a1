//! Calls that have to start an instance, beside starting the bare program.

use std::time::{Duration, Instant};

use crate::client::{Account, Connection, Failed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::functions::{self, Kind};
use crate::parts::calls::invoke;
use crate::{alone, bare};

/// How long what makes later starts faster may take after the first call. Ours.
const SETTLING: Duration = Duration::from_millis(1_500);

/// What a cold start of a kind is put beside, and what it should be of that.
struct Bare {
    program: String,
    arguments: &'static [&'static str],
    goal: &'static str,
}

fn bare_of(kind: &Kind) -> Result<Bare, Failed> {
    let bare = |program: &str, arguments, goal| Bare { program: program.to_owned(), arguments, goal };
    let imports = kind.name.contains(',');
    Ok(match kind.name.split(',').next().unwrap_or_default() {
        "python" => bare(
            &interpreter()?,
            &["-I", "-S", "-c", "pass"],
            if imports { "P1 p50 <= 0.75x, p99 <= 2x" } else { "" },
        ),
        "node" => bare("node", &["-e", "0"], if imports { "P2 p50 <= 0.06x" } else { "" }),
        _ => bare("/bin/true", &[], ""),
    })
}

/// Where Python is, past what only looks for it.
fn interpreter() -> Result<String, Failed> {
    let told =
        std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output()?;
    Ok(String::from_utf8(told.stdout)?.trim().to_owned())
}

/// Cold calls of each kind, of a platform that keeps no instance without work. The first one, from which the platform
/// learns, is told apart.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    kinds: impl Iterator<Item = &Kind>,
) -> Result<(), Failed> {
    for (number, kind) in kinds.enumerate() {
        let of = bare_of(kind)?;
        let name = [of.program.rsplit('/').next().unwrap_or_default(), &of.arguments.join(" ")].join(" ");
        let bare = bare::spawn(&of.program, of.arguments, effort.cold)?;
        let beside = Some((name.trim(), &bare));
        let function = format!("cold-{number}");
        functions::make(account, &kind.stored_input(account, &function).await?).await?;
        let mut connection = account.connect().await?;
        let first = call(account, &mut connection, &function).await?;
        table.times(&format!("first Invoke, {}", kind.name), Times::new(vec![first]), beside, "");
        tokio::time::sleep(SETTLING).await;
        let mut times = Vec::new();
        for _ in 0..effort.cold {
            times.push(call(account, &mut connection, &function).await?);
        }
        table.times(&format!("cold Invoke, {}", kind.name), Times::new(times), beside, of.goal);
        if of.program == "/bin/true"
            && let Some((pooled, parked)) = alone::measure(effort.cold)?
        {
            table.times("  sandbox and exec, of pooled parts", pooled, beside, "P4 <= 1.0x");
            table.times("  sandbox and exec, one that stands", parked, beside, "P4 <= 0.3x");
        }
        let mut times = Vec::new();
        for turn in 0..effort.cold / 10 {
            functions::change(account, &function, turn).await?;
            times.push(call(account, &mut connection, &function).await?);
        }
        table.times(&format!("  first after a change, {}", kind.name), Times::new(times), beside, "");
    }
    Ok(())
}

async fn call(account: &Account, connection: &mut Connection, function: &str) -> Result<Duration, Failed> {
    let signed = invoke(account, function, &[])?;
    let sent = Instant::now();
    let answer = connection.succeed(&signed).await?;
    let took = sent.elapsed();
    if answer != "1" {
        return Err(format!("the call of {function} was not cold: {answer:?}").into());
    }
    Ok(took)
}
