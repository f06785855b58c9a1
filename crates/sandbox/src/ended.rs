//! How a call ended and what it used.

use std::time::Duration;

use bytes::Bytes;
use model::Time;

/// A call that reached an instance and is over.
#[derive(Debug, Clone)]
pub struct Ended {
    pub answer: Answer,
    pub usage: Usage,
    /// The last 4 KiB of the log that this call wrote, START, END and REPORT among it.
    pub log_tail: Bytes,
    pub log_stream: String,
}

/// What the function said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Empty where the response went into the work's sink.
    Returned(Bytes),
    Failed(FunctionError),
}

/// The function's failure, as Lambda tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// `Unhandled` as AWS's managed runtimes say it; a runtime that names another type keeps `Unhandled` too.
    pub kind: &'static str,
    /// As in `Runtime.ExitError`, `Sandbox.Timedout`, `ValueError`; empty when the guest gave none.
    pub error_type: String,
    /// The JSON document with `errorMessage`, `errorType`, `stackTrace`.
    pub payload: Bytes,
}

impl FunctionError {
    /// The error's type, or its kind where the guest gave none.
    pub fn name(&self) -> &str {
        if self.error_type.is_empty() { self.kind } else { &self.error_type }
    }
}

/// What the meter reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// When the instance was asked.
    pub started: Time,
    pub start: Start,
    /// From being handed the work to the answer, without init.
    pub duration: Duration,
    /// Highest memory of the instance so far, in bytes, as the cgroup counts it.
    pub peak_memory: u64,
    /// CPU time that the instance used for this call (and its init on a cold start).
    pub cpu: Duration,
}

impl Usage {
    /// What is charged, in milliseconds: the call and, on a cold start, its init or restore, rounded up to a whole millisecond.
    /// REPORT and the meter both read it here.
    /// Source: AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase" (2025).
    pub fn billed_millis(&self) -> u64 {
        let micros = (self.duration + self.start.wait().unwrap_or_default()).as_micros();
        u64::try_from(micros.div_ceil(1000)).unwrap_or(u64::MAX)
    }
}

/// Whether an instance had to be made for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Warm,
    /// With the time that the function's init took.
    Cold {
        init: Duration,
    },
    /// From a snapshot of after the function's init, with the time until it had gone on from there.
    Restored {
        restore: Duration,
    },
}

impl Start {
    /// How long the call waited for the function to be there.
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::Warm => None,
            Self::Cold { init: wait } | Self::Restored { restore: wait } => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billed(start: Start, duration_micros: u64) -> u64 {
        let duration = Duration::from_micros(duration_micros);
        Usage { started: Time::from_millis(0), start, duration, peak_memory: 0, cpu: Duration::ZERO }
            .billed_millis()
    }

    #[test]
    fn a_begun_millisecond_is_billed_and_so_is_init() {
        assert_eq!(billed(Start::Warm, 0), 0);
        assert_eq!(billed(Start::Warm, 1), 1);
        assert_eq!(billed(Start::Warm, 1000), 1);
        assert_eq!(billed(Start::Warm, 1001), 2);
        assert_eq!(billed(Start::Cold { init: Duration::from_micros(99_600) }, 400), 100);
    }
}
