//! Calls that find an instance, and calls that have to start one.

use std::time::Instant;

use http::Method;

use crate::client::{Account, Failed, Signed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::functions::{self, Kind};
use crate::{bare, load};

/// Connections at once, where there are many.
pub const MANY: usize = 64;

/// What the platform is asked with: small, as most events are.
const PAYLOAD: &str = r#"{"key": "value"}"#;

pub fn invoke(account: &Account, name: &str, headers: &[(&'static str, &str)]) -> Result<Signed, Failed> {
    let target = format!("{}/invocations", functions::path_of(name));
    account.signed("lambda", Method::POST, &target, headers, PAYLOAD)
}

/// Warm calls of each kind, on one connection and on many.
pub async fn warm(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    kinds: &[Kind],
) -> Result<(), Failed> {
    for connections in [1, MANY] {
        let bare = {
            let echo = bare::Echo::start()?;
            let signed = invoke(account, "echo", &[])?;
            load::run(&echo.address, &signed, connections, effort.lasting).await?
        };
        for kind in kinds {
            let signed = invoke(account, kind.name, &[])?;
            // As many instances as there are connections, before anything is measured.
            load::run(&account.address, &signed, connections, effort.lasting).await?;
            let warm = load::run(&account.address, &signed, connections, effort.lasting).await?;
            let what = format!("warm Invoke, {}, {connections} conn", kind.name);
            let goal = if connections == 1 { "P6 p50 <= 5x, p99 <= 1 ms" } else { "" };
            table.times(&what, warm.times, Some(("hyper echo", &bare.times)), goal);
            let goal = if connections == 1 { "" } else { "P7 >= 0.12x" };
            table.rate(
                &format!("  calls a second, {}", kind.name),
                warm.rate,
                Some(("hyper echo", bare.rate)),
                goal,
            );
        }
    }
    Ok(())
}

/// What a cold start of a kind is put beside, and what it should be of that.
struct Bare {
    program: String,
    arguments: &'static [&'static str],
    goal: &'static str,
}

fn bare_of(kind: &Kind) -> Result<Bare, Failed> {
    let bare = |program: &str, arguments, goal| Bare { program: program.to_owned(), arguments, goal };
    Ok(match kind.name {
        "python" => bare(&interpreter()?, &["-I", "-S", "-c", "pass"], "P1 <= 0.75x (there with imports)"),
        "node" => bare("node", &["-e", "0"], "P2 <= 0.06x (there with the SDK)"),
        _ => bare("/bin/true", &[], "P4 <= 1.0x pooled, 0.3x parked"),
    })
}

/// Where Python is, past what only looks for it.
fn interpreter() -> Result<String, Failed> {
    let told =
        std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output()?;
    Ok(String::from_utf8(told.stdout)?.trim().to_owned())
}

/// Cold calls of each kind: the first ones after a change of a function's configuration.
pub async fn cold(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    kinds: &[Kind],
) -> Result<(), Failed> {
    for kind in kinds {
        let of = bare_of(kind)?;
        let bare = bare::spawn(&of.program, of.arguments, effort.cold)?;
        let (mut connection, mut times) = (account.connect().await?, Vec::new());
        // One of its own: the many warm instances of the other one would be ended at the first change.
        let function = format!("cold-{}", kind.name);
        functions::make(account, &kind.input(&function)?).await?;
        for turn in 0..effort.cold {
            functions::change(account, &function, turn).await?;
            let signed = invoke(account, &function, &[])?;
            let sent = Instant::now();
            let answer = connection.succeed(&signed).await?;
            times.push(sent.elapsed());
            if answer != "1" {
                return Err(format!("the call of {} was not cold: {answer:?}", kind.name).into());
            }
        }
        let name = [of.program.rsplit('/').next().unwrap_or_default(), &of.arguments.join(" ")].join(" ");
        let what = format!("cold Invoke, {}", kind.name);
        table.times(&what, Times::new(times), Some((name.trim(), &bare)), of.goal);
    }
    Ok(())
}
