//! The ledger's row of a call.

use metering::{Outcome, Used};
use model::InvocationId;
use registry::Version;
use sandbox::{Answer, Ended};

/// What a call used, caused by the invocation `caused_by`. `event` is set where the call handled one.
pub fn used(
    called: &Version,
    ended: &Ended,
    invocation: InvocationId,
    event: Option<model::EventId>,
    caused_by: Option<InvocationId>,
    request_bytes: u64,
) -> Used {
    let usage = &ended.usage;
    let micros = |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let (response, outcome) = match &ended.answer {
        Answer::Returned(payload) => (payload, Outcome::Returned),
        Answer::Failed(error) => (&error.payload, Outcome::Failed(error.name().to_owned())),
    };
    Used {
        account: called.key.account.clone(),
        function: called.key.arn(),
        version: called.id.to_string(),
        invocation,
        event,
        caused_by,
        started: usage.started,
        init_us: usage.start.wait().map(micros),
        duration_us: micros(usage.duration),
        billed_ms: usage.billed_millis(),
        memory_mib: called.configuration.memory_mib,
        tmp_mib: called.configuration.tmp_mib,
        peak_memory_bytes: usage.peak_memory,
        cpu_us: micros(usage.cpu),
        request_bytes,
        response_bytes: response.len() as u64,
        outcome,
    }
}
