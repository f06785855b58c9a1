//! The benchmarks: a whole platform is measured, beside a bare machine in the same run.

mod alone;
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
mod store;

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
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
    /// Measure this part only
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Be the bare HTTP server
    #[arg(long, hide = true)]
    echo: bool,
    /// Measure sandboxes without a platform, in so many turns
    #[arg(long, hide = true, value_name = "TURNS")]
    alone: Option<usize>,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Starts,
    Cold,
    Cycles,
    Burst,
    Calls,
    Objects,
    Events,
    Queues,
    Others,
}

fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    match arguments.alone {
        Some(turns) => alone::run(turns),
        None => tokio::runtime::Runtime::new()?.block_on(bench(arguments)),
    }
}

async fn bench(arguments: Arguments) -> Result<(), Failed> {
    if arguments.echo {
        return bare::echo().await;
    }
    let mut table = Table::default();
    let folder = tempfile::Builder::new().prefix("dayfly-bench-").tempdir()?;
    let effort = if arguments.quick { &QUICK } else { &REAL };
    measure(&mut table, effort, folder.path(), &arguments.only).await?;
    let report = format!("{}\n{}", machine::described(), table.text());
    println!("{report}");
    if let Some(results) = arguments.results.filter(|_| !arguments.quick && arguments.only.is_empty()) {
        std::fs::create_dir_all(&results)?;
        let name = format!("{}-{}.txt", Time::now().format("%Y-%m-%d"), machine::short_commit());
        std::fs::write(results.join(name), report)?;
    }
    Ok(())
}

async fn measure(table: &mut Table, effort: &Effort, folder: &Path, only: &[Part]) -> Result<(), Failed> {
    let (binary, data, kinds) = (beside("dayfly")?, folder.join("data"), functions::kinds()?);
    let [python, .., native] = &kinds;
    let wanted = |part| only.is_empty() || only.contains(&part);
    if wanted(Part::Starts) {
        parts::starts::measure(table, effort, &binary, &data, native).await?;
    }
    if wanted(Part::Cold) || wanted(Part::Cycles) {
        let platform = Platform::start(&binary, &folder.join("unkept"), &["--keep-idle", "0"])?;
        functions::make_role(&platform.account).await?;
        if wanted(Part::Cold) {
            let heavy = functions::heavy()?;
            parts::cold::measure(table, effort, &platform.account, kinds.iter().chain(&heavy)).await?;
        }
        if wanted(Part::Cycles) {
            for kind in [native, python] {
                parts::cycles::measure(table, effort.cycles, &platform.account, kind, platform.pid()).await?;
            }
        }
        platform.stop()?;
    }
    if wanted(Part::Burst)
        && let Some(heavy) = functions::heavy()?.first()
    {
        let platform = Platform::start(&binary, &folder.join("burst"), &[])?;
        functions::make_role(&platform.account).await?;
        parts::burst::measure(table, effort, &platform.account, heavy, platform.pid()).await?;
        platform.stop()?;
    }
    let platform = Platform::start(&binary, &data, &[])?;
    let account = &platform.account;
    if !wanted(Part::Starts) {
        functions::make_role(account).await?;
    }
    for kind in &kinds {
        functions::make(account, &kind.input(kind.name)).await?;
    }
    if wanted(Part::Calls) {
        parts::calls::warm(table, effort, account, &kinds).await?;
        parts::large::measure(table, effort, account, &functions::echo()?).await?;
    }
    if wanted(Part::Objects) {
        parts::objects::measure(table, effort, account, folder).await?;
    }
    if wanted(Part::Events) {
        parts::events::measure(table, effort, account, folder).await?;
    }
    if wanted(Part::Queues) {
        parts::queues::measure(table, effort, account, folder).await?;
    }
    platform.stop()?;
    if wanted(Part::Queues) {
        parts::waiting::measure(table, effort, &binary, &folder.join("waiting")).await?;
    }
    if wanted(Part::Others) {
        let rust = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hello-rust");
        parts::others::measure(table, effort, &kinds[..2], &rust, &binary, &folder.join("beside")).await?;
    }
    Ok(())
}
