//! An instance as dispatch sees it: a place in which one request after the other is run, each in a memory of its own.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::{Internal, Time};
use sandbox::report::{self, Status};
use sandbox::{Answer, Ended, FunctionError, Instance, Launch, Start, Usage, Work, failures};
use tasks::Clock;

use crate::compiled::Compiled;
use crate::limits;
use crate::printed::Printed;
use crate::run::{self, End, Ran, Request};
use crate::shared::Shared;

pub struct WasmInstance {
    pub shared: Arc<Shared>,
    pub launch: Arc<Launch>,
    pub compiled: Arc<Compiled>,
    pub printed: Printed,
    pub clock: Clock,
    /// What getting ready took, until a call was told.
    pub init: Option<Duration>,
}

impl WasmInstance {
    /// Runs a request on the modules' own threads; `None` when it took longer than it may. Also gives its CPU time.
    async fn run(&self, work: &Work, deadline: Time) -> Result<(Option<Ran>, Duration), Internal> {
        let used = Arc::new(AtomicU64::new(0));
        let request = Request {
            event: work.payload.clone(),
            environment: self.environment(work, deadline),
            memory_mib: self.launch.limits.memory_mib,
            printed: self.printed.clone(),
        };
        let (shared, compiled) = (Arc::clone(&self.shared), Arc::clone(&self.compiled));
        let running = self.shared.ticker.runs();
        let counted = Arc::clone(&used);
        let mut task = self.shared.threads.spawn(async move {
            let _running = running;
            timed(run::run(&shared.engine, &compiled, request), &counted).await
        });
        let ran = tokio::select! {
            ran = &mut task => Some(ran.map_err(Internal::because("running a module"))?),
            () = self.clock.sleep_until(deadline) => {
                task.abort();
                // Until it has let go of its memory.
                let _ = task.await;
                None
            }
        };
        Ok((ran, Duration::from_nanos(used.load(Ordering::Relaxed))))
    }

    fn environment(&self, work: &Work, deadline: Time) -> Vec<(String, String)> {
        let Launch { function_name, version, limits, log_group, region, handler, environment, .. } =
            &*self.launch;
        let stream = self.printed.lines().place().stream.clone();
        let own = environment.iter().map(|(name, value)| (name.clone(), value.clone()));
        let reserved = [
            ("AWS_LAMBDA_FUNCTION_NAME", function_name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", version.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", limits.memory_mib.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", log_group.clone()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", stream),
            ("AWS_REGION", region.as_str().to_owned()),
            ("_HANDLER", handler.clone()),
            ("_X_AMZN_TRACE_ID", work.trace_id.clone()),
            ("DAYFLY_REQUEST_ID", work.invocation.to_string()),
            ("DAYFLY_DEADLINE_MS", deadline.as_millis().to_string()),
        ];
        own.chain(reserved.map(|(name, value)| (name.to_owned(), value))).collect()
    }

    fn judge(&self, work: &Work, ran: Option<Ran>) -> (Answer, Status, u64) {
        let failed = |message: &str| failures::told(work.invocation, "Runtime.ExitError", message);
        let dead = |error_type: &str| Status::Error { error_type: error_type.to_owned() };
        let Some(Ran { end, peak_memory }) = ran else {
            let error = failures::timed_out(work.invocation, self.launch.limits.timeout);
            return (Answer::Failed(error), Status::Timeout, 0);
        };
        let (answer, status) = match end {
            End::Answered(payload) => (Answer::Returned(payload), Status::Success),
            End::TooLong => (Answer::Failed(failures::response_too_large()), Status::Success),
            End::Exited(status) => {
                let message = format!("Runtime exited with error: exit status {status}");
                (Answer::Failed(failed(&message)), dead("Runtime.ExitError"))
            }
            End::Trapped(trap) => {
                let message = format!("Runtime exited with error: {trap}");
                (Answer::Failed(failed(&message)), dead("Runtime.ExitError"))
            }
            // AWS: the answer says ExitError, the log says what it was.
            End::RanOutOfMemory => {
                let message = "Runtime exited with error: signal: killed";
                (Answer::Failed(failed(message)), dead("Runtime.OutOfMemory"))
            }
        };
        (answer, status, peak_memory)
    }
}

#[async_trait]
impl Instance for WasmInstance {
    async fn ready(&mut self) -> Result<Option<FunctionError>, Internal> {
        self.init = None;
        Ok(None)
    }

    async fn invoke(&mut self, work: Work) -> Result<Ended, Internal> {
        let started = self.clock.now();
        let deadline = started + self.launch.limits.timeout;
        let start = self.init.take().map_or(Start::Warm, |init| Start::Cold { init });
        {
            let mut lines = self.printed.lines();
            lines.begin();
            if matches!(start, Start::Cold { .. }) {
                lines.say(report::init_start(&self.launch.runtime.name, ""));
            }
            lines.say(report::start(work.invocation, &self.launch.version));
        }
        let began = Instant::now();
        let (ran, cpu) = self.run(&work, deadline).await?;
        let duration = began.elapsed();
        let (answer, status, peak_memory) = self.judge(&work, ran);
        let usage = Usage { started, start, duration, peak_memory, cpu };
        let mut lines = self.printed.lines();
        lines.flush();
        if status == Status::Timeout {
            lines.say(report::timed_out(self.clock.now(), work.invocation, self.launch.limits.timeout));
        }
        lines.say(report::end(work.invocation));
        lines.say(report::report(work.invocation, &usage, self.launch.limits.memory_mib, &status));
        Ok(Ended { answer, usage, log_tail: lines.tail(), log_stream: lines.place().stream.clone() })
    }

    /// Nothing of a request is left for the next one.
    fn is_alive(&self) -> bool {
        true
    }

    fn memory(&self) -> u64 {
        limits::IDLE_BYTES
    }
}

/// Adds up how long a future computes.
async fn timed<F: Future>(future: F, nanos: &AtomicU64) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        let began = Instant::now();
        let polled: Poll<F::Output> = future.as_mut().poll(context);
        nanos.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
        polled
    })
    .await
}
