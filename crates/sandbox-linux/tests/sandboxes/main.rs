//! Real sandboxes. The spawner is forked as the first thing, so this test brings its own `main`: a table of cases,
//! run one after the other; arguments choose by name.

mod around;
mod bench;
mod contract;
mod ends;
mod house;
mod node_templates;
mod outside;
mod templates;
mod walls;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use house::House;
use sandbox_linux::Spawner;

/// One case: its name and what it does.
pub type Case = (&'static str, for<'a> fn(&'a House) -> Pin<Box<dyn Future<Output = ()> + 'a>>);

/// Makes an async function a case.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub const CASES: &[$crate::Case] = &[$((concat!(module_path!(), "::", stringify!($name)), |house| Box::pin($name(house)))),*];
    };
}

fn main() -> ExitCode {
    let forked = Spawner::fork().expect("the spawner is forked");
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: sandboxes are tested as root; run this test with it");
        return ExitCode::SUCCESS;
    }
    // As a server does that gives up root; what the house has lies in the directory for temporary files.
    let kept = std::env::temp_dir().canonicalize().expect("a directory for temporary files");
    forked.confine(&kept, &sandbox_linux::discover(&[])).expect("the spawner hears");
    // As a server does that gives up root; what the house has lies in the directory for temporary files.
    let kept = std::env::temp_dir().canonicalize().expect("a directory for temporary files");
    forked.confine(&kept, &sandbox_linux::discover(&[])).expect("the spawner hears");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(forked.connect().expect("a thread"), &arguments))
}

async fn run(spawner: Spawner, chosen: &[String]) -> ExitCode {
    if chosen.first().is_some_and(|first| first == "as-a-server") {
        return ends::be_a_server(spawner).await;
    }
    let house = House::new(spawner);
    let all = contract::CASES
        .iter()
        .chain(around::CASES)
        .chain(walls::all())
        .chain(outside::CASES)
        .chain(templates::CASES)
        .chain(node_templates::CASES)
        .chain(ends::CASES)
        .chain(bench::CASES);
    // What is true of an instance is true of a fork of a template too.
    let again = contract::CASES
        .iter()
        .chain(around::CASES)
        .chain(walls::all())
        .chain(outside::CASES)
        .chain(ends::CASES);
    let all = all.map(|case| (case, false)).chain(again.map(|case| (case, true)));
    let named = |(case, forks): (&'static Case, bool)| {
        (if forks { format!("{} as forks", case.0) } else { case.0.to_owned() }, case.1, forks)
    };
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|part| name.contains(part.as_str()));
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, case, forks) in all.map(named).filter(|(name, ..)| wanted(name)) {
        house.forks.store(forks, std::sync::atomic::Ordering::Relaxed);
        let began = std::time::Instant::now();
        let outcome = tokio::task::LocalSet::new().run_until(guard(case(&house))).await;
        println!("{} {name} ({} ms)", if outcome { "ok    " } else { "FAILED" }, began.elapsed().as_millis());
        if outcome {
            passed += 1;
        } else {
            failed.push(name);
        }
    }
    house.close().await;
    // As the usual harness ends, for those who count.
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {passed} passed; {} failed; 0 ignored", failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the case ended without a panic.
async fn guard(case: Pin<Box<dyn Future<Output = ()> + '_>>) -> bool {
    let mut case = case;
    std::future::poll_fn(move |context| {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.as_mut().poll(context))) {
            Ok(std::task::Poll::Ready(())) => std::task::Poll::Ready(true),
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Err(_) => std::task::Poll::Ready(false),
        }
    })
    .await
}
