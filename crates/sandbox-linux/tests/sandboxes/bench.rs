//! What things take: printed, not judged. Debug builds and a shared machine say little; ratios within a run do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::Launch;

use crate::house::{Function, House, invoke, returned};

crate::cases![times, starts, starts_of_node, work_in_forks_of_node];

async fn times(house: &House) {
    let rounds = if cfg!(debug_assertions) { 200 } else { 5000 };
    let exec = spread(40, || async {
        let _ = Command::new("/bin/true").status();
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

const HEAVY: &str = "import sys, boto3, numpy\nfrom PIL import Image\ndef handler(event, context):\n    \
                     return 'fork' if sys.modules['__main__'].__file__.endswith('template.py') else 'no'\n";
const LIGHT: &str = "import sys\ndef handler(event, context):\n    return 'fork' if sys.modules['__main__'].__file__.endswith('template.py') else 'no'\n";

/// Cold starts of Python, to the first answer: from nothing and from a template, beside the bare interpreter's.
async fn starts(house: &House) {
    let ordinary = House::with(house.spawner.clone(), false);
    let function = |text| Function { memory_mib: 1769, ..Function::python(text) };
    let light = house.launch(&function(LIGHT));
    let python = &light.runtime.command[0];
    let mut launches = vec![("a small function", light.clone())];
    if let Some(heavy) = with_packages(house, &function(HEAVY)) {
        launches.push(("boto3, numpy and Pillow", heavy));
    }
    for (name, launch) in launches {
        let bare = spread(40, || async {
            let _ = Command::new(python).args(["-I", "-S", "-c", "pass"]).status();
        });
        println!("python3 -I -S -c pass:                  {}", bare.await);
        let anew = spread(20, || start(&ordinary, &launch));
        println!("{name}, from nothing:    {}", anew.await);
        house.until_forked(&launch).await;
        let forked = spread(200, || start(house, &launch));
        println!("{name}, from a template: {}", forked.await);
    }
    ordinary.close().await;
}

const NODE_HEAVY: &str = "const { S3Client } = require('@aws-sdk/client-s3'); new S3Client({ region: 'us-east-1' });\n\
                          exports.handler = async () => process.pid === 3 ? 'fork' : 'no';";
const NODE_LIGHT: &str = "exports.handler = async () => process.pid === 3 ? 'fork' : 'no';";

/// The same of Node.js.
async fn starts_of_node(house: &House) {
    let ordinary = House::with(house.spawner.clone(), false);
    let function = |text| Function { memory_mib: 1769, ..Function::node(text) };
    let mut launches = vec![("a small function", house.launch(&function(NODE_LIGHT)))];
    let heavy = house.launch(&function(NODE_HEAVY));
    if install_node_packages(&heavy.package.code, "@aws-sdk/client-s3") {
        launches.push(("the AWS SDK", heavy));
    }
    for (name, launch) in launches {
        let node = &launch.runtime.command[0];
        let bare = spread(20, || async {
            let _ = Command::new(node).args(["-e", "0"]).status();
        });
        println!("node -e 0:                              {}", bare.await);
        let anew = spread(10, || start(&ordinary, &launch));
        println!("{name}, from nothing:    {}", anew.await);
        house.until_forked(&launch).await;
        let forked = spread(200, || start(house, &launch));
        println!("{name}, from a template: {}", forked.await);
    }
    ordinary.close().await;
}

const NODE_WORK: &str = "const crypto = require('crypto');\n\
    const work = () => { const all = []; let x = 1;\n\
    for (let i = 0; i < 6e6; i++) { x = (x * 48271) % 2147483647; if (i % 8 === 0) all.push({ x, s: 's' + x }); if (all.length > 1e5) all.length = 0; }\n\
    return JSON.stringify(all.slice(0, 1e4)).length + crypto.createHash('sha256').update(String(x)).digest('hex').length; };\n\
    exports.handler = async (event) => event === 'work' ? work() : process.pid === 3 ? 'fork' : 'no';";

/// What a fork's missing threads cost: warm calls, and a call that computes and makes garbage.
async fn work_in_forks_of_node(house: &House) {
    let ordinary = House::with(house.spawner.clone(), false);
    let launch = house.launch(&Function { memory_mib: 1769, ..Function::node(NODE_WORK) });
    house.until_forked(&launch).await;
    for (name, house) in [("from nothing", &ordinary), ("a fork", house)] {
        let instance = tokio::sync::Mutex::new(house.start_as_it_comes((*launch).clone()).await);
        let warm = spread(400, || async {
            returned(&invoke(&mut **instance.lock().await, "{}").await);
        });
        println!("{name}: warm call:               {}", warm.await);
        let work = spread(12, || async {
            returned(&invoke(&mut **instance.lock().await, "\"work\"").await);
        });
        println!("{name}: computing and allocating: {}", work.await);
    }
    ordinary.close().await;
}

/// Installs packages of npm once, and copies them into `directory`.
fn install_node_packages(directory: &Path, package: &str) -> bool {
    let cached = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node-heavy");
    if !cached.join("node_modules").exists() {
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
        let status = Command::new("npm").args(install).arg(&cached).arg(package).status();
        if !status.is_ok_and(|status| status.success()) {
            let _ = std::fs::remove_dir_all(&cached);
            println!("SKIPPED: {package} cannot be installed here");
            return false;
        }
    }
    let copied = Command::new("cp").arg("-rT").arg(cached).arg(directory).status();
    copied.is_ok_and(|status| status.success())
}

async fn start(house: &House, launch: &Launch) {
    let mut instance = house.start_as_it_comes(launch.clone()).await;
    returned(&invoke(&mut *instance, "{}").await);
    house.lines.take();
}

/// The function with boto3, numpy and Pillow in its package.
pub fn with_packages(house: &House, function: &Function) -> Option<Arc<Launch>> {
    let launch = house.launch(function);
    let Some(packages) = installed(&launch.runtime.command[0], &["boto3", "numpy", "pillow"]) else {
        println!("SKIPPED: boto3, numpy and Pillow cannot be installed here");
        return None;
    };
    let copied = Command::new("cp").arg("-rT").arg(packages).arg(&launch.package.code).status();
    assert!(copied.expect("cp runs").success());
    Some(launch)
}

/// A directory with these packages of PyPI, installed once.
fn installed(python: &str, packages: &[&str]) -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("heavy");
    if !directory.exists() {
        let install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--target"];
        let status = Command::new(python).args(install).arg(&directory).args(packages).status();
        if !status.is_ok_and(|status| status.success()) {
            let _ = std::fs::remove_dir_all(&directory);
            return None;
        }
    }
    Some(directory)
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
