//! The benchmarks: a whole platform is measured, beside a bare machine in the same run.

mod bare;
mod client;
mod effort;
mod figures;
mod functions;
mod load;
mod machine;
mod parts;
mod platform;
mod processes;

use std::path::{Path, PathBuf};

use clap::Parser;
use client::Failed;
use effort::{Effort, QUICK, REAL};
use figures::Table;
use model::Time;
use platform::{Platform, beside};

/// Measures a platform beside a bare machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where a file with the figures is put
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Do little of everything, to see that it works; nothing is kept
    #[arg(long)]
    quick: bool,
    /// Be the bare HTTP server
    #[arg(long, hide = true)]
    echo: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    if arguments.echo {
        return bare::echo().await;
    }
    let mut table = Table::default();
    let folder = tempfile::Builder::new().prefix("dayfly-bench-").tempdir()?;
    measure(&mut table, if arguments.quick { &QUICK } else { &REAL }, folder.path()).await?;
    let report = format!("{}\n{}", machine::described(), table.text());
    println!("{report}");
    if let Some(results) = arguments.results.filter(|_| !arguments.quick) {
        std::fs::create_dir_all(&results)?;
        let name = format!("{}-{}.txt", Time::now().format("%Y-%m-%d"), machine::short_commit());
        std::fs::write(results.join(name), report)?;
    }
    Ok(())
}

async fn measure(table: &mut Table, effort: &Effort, folder: &Path) -> Result<(), Failed> {
    let (binary, data, kinds) = (beside("dayfly")?, folder.join("data"), functions::kinds()?);
    let [.., native] = &kinds;
    parts::starts::measure(table, effort, &binary, &data, native).await?;
    let platform = Platform::start(&binary, &data)?;
    let account = &platform.account;
    for kind in &kinds {
        functions::make(account, &kind.input(kind.name)?).await?;
    }
    // Before there are many instances: what they cost a cold start is not what is asked.
    parts::calls::cold(table, effort, account, &kinds).await?;
    parts::calls::warm(table, effort, account, &kinds).await?;
    parts::objects::measure(table, effort, account, folder).await?;
    parts::events::measure(table, effort, account, folder).await?;
    platform.stop().map(drop)
}
