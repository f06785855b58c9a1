//! Real sandboxes. The spawner is forked as the first thing, so this test brings its own `main`: a table of cases,
//! run one after the other; arguments choose by name. Started by root, it runs them once more without root.

mod around;
mod bench;
mod contract;
mod ends;
mod house;
mod modes;
mod node_templates;
mod outside;
mod snapshots;
mod starts;
mod templates;
mod walls;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use house::House;
use modes::Mode;
use sandbox_linux::Spawner;

/// One case: its name and what it does.
pub type Case = (&'static str, Act);
type Act = for<'a> fn(&'a House) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Makes an async function a case.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub const CASES: &[$crate::Case] = &[$((concat!(module_path!(), "::", stringify!($name)), |house| Box::pin($name(house)))),*];
    };
}

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let other_life = arguments.first().map_or("", String::as_str);
    if other_life == "with-many-descriptors" {
        starts::hold_many_descriptors();
    }
    let forked = Spawner::fork().expect("the spawner is forked");
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // As a server does that gives up root; what the house has lies in the directory for temporary files.
    let kept = std::env::temp_dir().canonicalize().expect("a directory for temporary files");
    forked.confine(&kept, &sandbox_linux::discover(&[])).expect("the spawner hears");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let spawner = forked.connect().expect("a thread");
    match other_life {
        "as-a-server" => return runtime.block_on(ends::be_a_server(spawner)),
        "with-many-descriptors" => {
            return alone(&runtime, spawner, |house| Box::pin(starts::start_with_many_descriptors(house)));
        }
        "with-few-descriptors" => {
            return alone(&runtime, spawner, |house| Box::pin(starts::start_with_few_descriptors(house)));
        }
        _ => {}
    }
    let mode = Mode::current();
    let held = runtime.block_on(run(spawner, &arguments, mode));
    let held_without = mode != Mode::Root || modes::run_without_root(&arguments);
    if held && held_without { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One case in a process of its own.
fn alone(runtime: &tokio::runtime::Runtime, spawner: Spawner, case: Act) -> ExitCode {
    let held = runtime.block_on(async {
        let house = House::new(spawner);
        let held = tokio::task::LocalSet::new().run_until(guard(case(&house))).await;
        house.close().await;
        held
    });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(spawner: Spawner, chosen: &[String], mode: Mode) -> bool {
    let house = House::new(spawner);
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|part| name.contains(part.as_str()));
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), 0);
    for (name, case, forks) in all(mode).into_iter().filter(|(name, ..)| wanted(name)) {
        if let Some(reason) = mode.obstacle(&name) {
            println!("skipped {name}: {reason}");
            skipped += 1;
            continue;
        }
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
    println!("\ntest result: {verdict}. {passed} passed; {} failed; {skipped} ignored", failed.len());
    failed.is_empty()
}

/// Every case by its name, and whether functions are started as forks of templates in it.
fn all(mode: Mode) -> Vec<(String, Act, bool)> {
    // What is true of an instance is true of a fork of a template too.
    let of_forks = || {
        contract::CASES
            .iter()
            .chain(around::CASES)
            .chain(walls::all())
            .chain(outside::CASES)
            .chain(ends::CASES)
    };
    let others = templates::CASES
        .iter()
        .chain(node_templates::CASES)
        .chain(snapshots::CASES)
        .chain(starts::CASES)
        .chain(bench::CASES);
    let suffix = mode.suffix();
    let once = of_forks().chain(others).map(|(name, case)| (format!("{name}{suffix}"), *case, false));
    let again = of_forks().map(|(name, case)| (format!("{name} as forks{suffix}"), *case, true));
    once.chain(again).filter(|(name, ..)| mode.concerns(name)).collect()
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
