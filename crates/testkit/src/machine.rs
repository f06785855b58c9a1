//! What the figures were measured on, and of.

use std::process::Command;

/// Processor, cores, memory, kernel, and the commit, one a line.
pub fn described() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|total| total.strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map_or_else(String::new, |kib| format!("{} MiB", kib / 1024));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "processor  {processor}\ncores      {cores}\nmemory     {memory}\nkernel     {}\ncommit     {}\n",
        kernel.trim(),
        commit("%H %s")
    )
}

/// The commit's abbreviated name.
pub fn short_commit() -> String {
    commit("%h")
}

fn commit(format: &str) -> String {
    let told = Command::new("git").args(["log", "-1", &format!("--format={format}")]).output();
    let told = told.ok().filter(|told| told.status.success()).map(|told| told.stdout).unwrap_or_default();
    let told = String::from_utf8_lossy(&told).trim().to_owned();
    if told.is_empty() { "unknown".to_owned() } else { told }
}

/// The first value of this name in a file of `name: value` lines.
pub fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}
