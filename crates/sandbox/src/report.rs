//! The lines that the platform writes to a function's log, as Lambda spells them.

use std::time::Duration;

use crate::{Start, Usage};
use model::{InvocationId, Time};

/// How a call ended, as REPORT tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Said by saying nothing.
    Success,
    Timeout,
    Error {
        error_type: String,
    },
}

pub fn init_start(runtime: &str, version: &str) -> String {
    format!("INIT_START {}", runtime_version(runtime, version))
}

pub fn init_report(init: Duration, status: &Status) -> String {
    format!("INIT_REPORT Init Duration: {} ms\tPhase: init{}", millis(init), spell(status))
}

pub fn restore_start(runtime: &str, version: &str) -> String {
    format!("RESTORE_START {}", runtime_version(runtime, version))
}

pub fn restore_report(restore: Duration, status: &Status) -> String {
    format!("RESTORE_REPORT Restore Duration: {} ms{}", millis(restore), spell(status))
}

fn runtime_version(runtime: &str, version: &str) -> String {
    let separator = if version.is_empty() { "" } else { ":" };
    format!("Runtime Version: {runtime}{separator}{version}")
}

pub fn start(invocation: InvocationId, version: &str) -> String {
    format!("START RequestId: {invocation} Version: {version}")
}

pub fn end(invocation: InvocationId) -> String {
    format!("END RequestId: {invocation}")
}

pub fn timed_out(now: Time, invocation: InvocationId, limit: Duration) -> String {
    format!("{} {invocation} Task timed out after {:.2} seconds", now.iso8601(), limit.as_secs_f64())
}

pub fn report(invocation: InvocationId, usage: &Usage, memory_mib: u32, status: &Status) -> String {
    // What the sandbox itself needs is on top of the size; a function never used more than it has.
    let used = usage.peak_memory.div_ceil(1 << 20).min(memory_mib.into());
    let init = match usage.start {
        Start::Warm => String::new(),
        Start::Cold { init } => format!("Init Duration: {} ms\t", millis(init)),
        Start::Restored { restore } => {
            let billed = restore.as_micros().div_ceil(1000);
            format!("Restore Duration: {} ms\tBilled Restore Duration: {billed} ms\t", millis(restore))
        }
    };
    format!(
        "REPORT RequestId: {invocation}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {memory_mib} MB\t\
         Max Memory Used: {used} MB\t{init}{}",
        millis(usage.duration),
        usage.billed_millis(),
        spell(status).trim_start(),
    )
}

fn spell(status: &Status) -> String {
    match status {
        Status::Success => String::new(),
        Status::Timeout => "\tStatus: timeout".to_owned(),
        Status::Error { error_type } => format!("\tStatus: error\tError Type: {error_type}"),
    }
}

fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(start: Start) -> Usage {
        Usage {
            started: Time::from_millis(0),
            start,
            duration: Duration::from_micros(1_230),
            peak_memory: 30 << 20,
            cpu: Duration::ZERO,
        }
    }

    #[test]
    fn reports_are_spelled_as_lambda_spells_them() {
        let id = InvocationId::from_bytes([0; 16]);
        let text = "00000000-0000-4000-8000-000000000000";
        let cold = Start::Cold { init: Duration::from_millis(100) };
        let error = Status::Error { error_type: "Runtime.ExitError".into() };
        for (start, status, expected) in [
            (
                Start::Warm,
                Status::Success,
                "Billed Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t",
            ),
            (
                cold,
                Status::Success,
                "Billed Duration: 102 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 100.00 ms\t",
            ),
            (
                Start::Restored { restore: Duration::from_micros(4_120) },
                Status::Success,
                "Billed Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tRestore Duration: 4.12 ms\tBilled Restore Duration: 5 ms\t",
            ),
            (
                Start::Warm,
                Status::Timeout,
                "Billed Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: timeout",
            ),
            (
                Start::Warm,
                error,
                "Billed Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: error\tError Type: \
                 Runtime.ExitError",
            ),
        ] {
            let expected = format!("REPORT RequestId: {text}\tDuration: 1.23 ms\t{expected}");
            assert_eq!(report(id, &usage(start), 128, &status), expected);
        }
    }

    #[test]
    fn a_time_out_says_when_and_after_how_long() {
        let id = InvocationId::from_bytes([0; 16]);
        assert_eq!(
            timed_out(Time::from_millis(0), id, Duration::from_secs(3)),
            "1970-01-01T00:00:00.000Z 00000000-0000-4000-8000-000000000000 Task timed out after 3.00 seconds"
        );
    }
}
