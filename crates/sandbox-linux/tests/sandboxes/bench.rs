//! What things take: printed, not judged. Debug builds and a shared machine say little; ratios within a run do.

use std::time::{Duration, Instant};

use crate::house::{Function, House, invoke, returned};

crate::cases![times];

async fn times(house: &House) {
    let rounds = if cfg!(debug_assertions) { 200 } else { 5000 };
    let exec = spread(40, || async {
        let _ = std::process::Command::new("/bin/true").status();
    });
    println!("fork, exec and wait of /bin/true:       {}", exec.await);
    let functions = [
        ("python", Function::python("def handler(event, context):\n    return event\n")),
        ("node", Function::node("exports.handler = async (event) => event;")),
        ("exit", Function::bootstrap("#!/bin/sh\nexit 1\n")),
    ];
    for (name, function) in functions {
        let function = Function { memory_mib: 1769, ..function };
        let cold = spread(30, || async {
            drop(house.once(&function, "{}").await);
        });
        println!("{name}: start, first answer and end:    {}", cold.await);
        if name == "exit" {
            continue;
        }
        let instance = tokio::sync::Mutex::new(house.start(&function).await);
        let warm = spread(rounds, || async {
            returned(&invoke(&mut **instance.lock().await, "{}").await);
        });
        println!("{name}: warm call, thaw to freeze:       {}", warm.await);
        house.lines.take();
    }
}

/// The least and the middle of so many rounds.
async fn spread<F: Future<Output = ()>>(rounds: usize, mut round: impl FnMut() -> F) -> String {
    let mut times: Vec<Duration> = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let began = Instant::now();
        round().await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let (least, middle, late) = (times[0], times[rounds / 2], times[rounds * 99 / 100]);
    format!("min {least:.1?}, p50 {middle:.1?}, p99 {late:.1?}")
}
