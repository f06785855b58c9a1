//! One instance: takes a call at a time through its sandbox, and tells how each ended.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use model::{Internal, InvocationId, Time};
use sandbox::failures as told;
use sandbox::report::{self, Status};
use sandbox::{Answer, Ended, FunctionError, Instance, Start, Usage, Work};

use crate::cage::{Event, Sandbox};
use crate::guest::{Call, Header, Said};
use crate::plan::Exit;
use crate::raise::{Raiser, Source};
use crate::streaming::hear_out;
use crate::{failures, limits};

pub struct LinuxInstance {
    raiser: Raiser,
    source: Source,
    sandbox: Sandbox,
    state: State,
    /// What its guest has told of its imports, until that is passed on.
    imports: Option<Bytes>,
}

enum State {
    /// Its init is under way.
    Starting,
    Ready,
    /// A call runs in it.
    Busy,
    /// No call can be given to it any more.
    Dead,
}

/// How a call or an init ended.
enum End {
    Returned(Bytes),
    /// The function said so itself and lives on.
    Failed(FunctionError),
    /// The instance is of no use any more.
    Died(FunctionError, Status),
}

/// A call under way.
struct Running {
    start: Start,
    began: Instant,
    cpu_before: Duration,
    started: Time,
}

impl LinuxInstance {
    pub(crate) fn new(raiser: Raiser, source: Source, sandbox: Sandbox) -> Self {
        Self { raiser, source, sandbox, state: State::Starting, imports: None }
    }

    fn timeout(&self) -> Duration {
        self.source.launch.limits.timeout
    }

    /// Waits for the end of the init: ten seconds, then a second time in a fresh sandbox under the function's own limit.
    async fn initialise(
        &mut self,
        invocation: InvocationId,
        deadline: &mut Time,
    ) -> Result<Result<Duration, End>, Internal> {
        let runtime = &self.source.launch.runtime;
        let begins = if self.is_restored() { report::restore_start } else { report::init_start };
        self.sandbox.log.say(begins(&runtime.name, &runtime.found_version));
        let clock = self.raiser.clock().clone();
        let mut event = self.sandbox.follow(clock.now() + limits::INIT).await;
        if self.never_began(&event) {
            let function = &self.source.launch.function;
            tracing::warn!(%function, ?event, "a sandbox ended before its function began; another takes its place");
            self.sandbox.log.drain();
            self.raise_again().await?;
            event = self.sandbox.follow(clock.now() + limits::INIT).await;
        }
        if matches!(event, Event::TimeOver) {
            let init = self.sandbox.begun.elapsed();
            self.sandbox.log.drain();
            self.sandbox.log.say(report::init_report(init, &Status::Timeout));
            self.raise_again().await?;
            *deadline = clock.now() + self.timeout();
            event = self.sandbox.follow(*deadline).await;
        } else {
            *deadline = clock.now() + self.timeout();
        }
        let init = self.sandbox.begun.elapsed();
        Ok(match event {
            Event::Said(Said::Ready(imports)) => {
                self.sandbox.settle();
                if self.is_restored() {
                    self.sandbox.log.drain();
                    self.sandbox.log.say(report::restore_report(init, &Status::Success));
                }
                self.imports = Some(imports).filter(|imports| !imports.is_empty());
                Ok(init)
            }
            Event::Said(Said::InitFailed(document)) => {
                let error = told::reported(document);
                let status = Status::Error { error_type: error.error_type.clone() };
                self.sandbox.log.drain();
                let ends = if self.is_restored() { report::restore_report } else { report::init_report };
                self.sandbox.log.say(ends(init, &status));
                Err(End::Died(error, status))
            }
            other => Err(self.judge(other, invocation)?),
        })
    }

    /// Whether it goes on after an init that was done in its template.
    fn is_restored(&self) -> bool {
        self.source.launch.snap_start && self.sandbox.forked
    }

    /// How a call found it that had to wait for it, for so long.
    fn started(&self, wait: Duration) -> Start {
        if self.is_restored() { Start::Restored { restore: wait } } else { Start::Cold { init: wait } }
    }

    /// Whether its end during the init was none of the function's doing: another sandbox may do, made from nothing.
    fn never_began(&self, event: &Event) -> bool {
        let killed = match event {
            Event::NotSetUp(_) => return true,
            Event::Killed => true,
            // A fork that waited ahead may have been killed with what it was made from.
            Event::Exited(Exit::Signal(libc::SIGKILL)) => self.sandbox.forked,
            _ => false,
        };
        killed && !self.sandbox.meter.ran_out_of_memory()
    }

    /// What an event during a call means for it. It is an error of ours where the function never ran.
    fn judge(&mut self, event: Event, invocation: InvocationId) -> Result<End, Internal> {
        Ok(match event {
            Event::Said(Said::Returned(payload)) => End::Returned(payload),
            Event::Said(Said::Failed(document)) => End::Failed(told::reported(document)),
            Event::Said(Said::FailedAndDies(document) | Said::InitFailed(document)) => {
                self.died(told::reported(document))
            }
            Event::Said(Said::TooLarge) => End::Failed(told::response_too_large()),
            Event::Said(Said::StreamTooLarge) => End::Failed(told::stream_too_large()),
            Event::Said(Said::Ready(_)) => self.died(failures::asked_too_early(invocation)),
            Event::Said(Said::Broken | Said::Streams(_) | Said::Piece(_) | Said::Streamed) => {
                self.died(failures::broke_the_contract(invocation))
            }
            Event::NotSetUp(error) => return Err(Internal::because("setting up a sandbox")(error)),
            Event::Killed => {
                if !self.sandbox.meter.ran_out_of_memory() {
                    tracing::warn!(function = %self.source.launch.function, "a sandbox was killed from outside");
                }
                self.died(failures::exited(invocation, &Exit::Signal(libc::SIGKILL), &[]))
            }
            Event::Exited(exit) => {
                let command = &self.source.launch.runtime.command;
                self.died(failures::exited(invocation, &exit, command))
            }
            Event::TimeOver => {
                let limit = self.timeout();
                End::Died(told::timed_out(invocation, limit), Status::Timeout)
            }
        })
    }

    fn died(&self, error: FunctionError) -> End {
        let error_type = if self.sandbox.meter.ran_out_of_memory() {
            // AWS: the answer says ExitError, the log says what it was.
            "Runtime.OutOfMemory".to_owned()
        } else {
            error.error_type.clone()
        };
        End::Died(error, Status::Error { error_type })
    }

    /// A fresh sandbox in place of the one that was; the call's log goes on.
    async fn raise_again(&mut self) -> Result<(), Internal> {
        let mut fresh = self.raiser.raise_anew(&self.source).await?;
        fresh.log.continue_from(&mut self.sandbox.log);
        self.sandbox = fresh;
        Ok(())
    }

    async fn run(&mut self, work: &Work, deadline: Time) -> Result<End, Internal> {
        let call = self.call(work, deadline);
        self.sandbox.call(call.clone());
        let mut event = self.sandbox.follow(deadline).await;
        if event.is_end() && !self.sandbox.has_taken_call() {
            // It ended on its own after the call before, so this one deserves a fresh start.
            self.sandbox.log.drain();
            self.raise_again().await?;
            event = self.sandbox.follow(deadline).await;
            if matches!(event, Event::Said(Said::Ready(_))) {
                self.sandbox.settle();
                self.sandbox.call(call);
                event = self.sandbox.follow(deadline).await;
            }
        }
        let event = hear_out(&mut self.sandbox, event, work.sink.as_ref(), deadline).await;
        self.judge(event, work.invocation)
    }

    fn call(&self, work: &Work, deadline: Time) -> Call {
        let header = Header {
            request_id: work.invocation.to_string(),
            deadline_ms: deadline.as_millis(),
            invoked_arn: work.invoked_arn.clone(),
            trace_id: work.trace_id.clone(),
            client_context: work.client_context.clone(),
            cognito_identity: None,
        };
        Call { header, payload: work.payload.clone() }
    }

    /// Writes the last lines and tells how it went.
    fn close(&mut self, work: &Work, running: Running, end: End) -> Ended {
        let mut duration = running.began.elapsed();
        if matches!(end, End::Died(_, Status::Timeout)) {
            // Its deadline is in whole milliseconds, which may be a fraction of one before its time is over.
            duration = duration.max(self.timeout());
        }
        self.sandbox.log.drain();
        self.sandbox.meter.freeze(true);
        let usage = Usage {
            started: running.started,
            start: running.start,
            duration,
            peak_memory: self.sandbox.meter.peak_memory(),
            cpu: self.sandbox.meter.cpu().saturating_sub(running.cpu_before),
        };
        let (answer, status) = match end {
            End::Returned(payload) => (Answer::Returned(payload), Status::Success),
            End::Failed(error) => (Answer::Failed(error), Status::Success),
            End::Died(error, status) => (Answer::Failed(error), status),
        };
        if status == Status::Timeout {
            let now = self.raiser.clock().now();
            self.sandbox.log.say(report::timed_out(now, work.invocation, self.timeout()));
        }
        let memory = self.source.launch.limits.memory_mib;
        self.sandbox.log.say(report::end(work.invocation));
        self.sandbox.log.say(report::report(work.invocation, &usage, memory, &status));
        let log_stream = self.sandbox.log.place().stream.clone();
        Ended { answer, usage, log_tail: self.sandbox.log.tail(), log_stream }
    }
}

#[async_trait]
impl Instance for LinuxInstance {
    async fn ready(&mut self) -> Result<Option<FunctionError>, Internal> {
        if !matches!(self.state, State::Starting) {
            return Ok(None);
        }
        self.state = State::Busy;
        self.sandbox.log.begin();
        let mut deadline = self.raiser.clock().now() + self.timeout();
        let initialised = self.initialise(InvocationId::random(), &mut deadline).await?;
        self.sandbox.log.drain();
        self.sandbox.meter.freeze(true);
        self.state = State::Dead;
        match initialised {
            Ok(_) => {
                self.state = State::Ready;
                self.raiser.learn(&self.source.launch, self.imports.take());
                Ok(None)
            }
            Err(End::Failed(error) | End::Died(error, _)) => Ok(Some(error)),
            Err(End::Returned(_)) => Ok(None),
        }
    }

    async fn invoke(&mut self, work: Work) -> Result<Ended, Internal> {
        let cold = match std::mem::replace(&mut self.state, State::Busy) {
            State::Starting => true,
            State::Ready => false,
            State::Busy | State::Dead => return Err(Internal::new("a call was given to a dead instance")),
        };
        self.source.speaker.works_on(work.cause.clone());
        let started = self.raiser.clock().now();
        let mut deadline = started + self.timeout();
        let cpu_before = if cold { Duration::ZERO } else { self.sandbox.meter.cpu() };
        self.sandbox.log.begin();
        let initialised = if cold {
            self.initialise(work.invocation, &mut deadline).await?
        } else {
            self.sandbox.meter.freeze(false);
            Ok(Duration::ZERO)
        };
        self.sandbox.log.say(report::start(work.invocation, &self.source.launch.version));
        let began = Instant::now();
        let (start, end) = match initialised {
            Ok(init) => {
                (if cold { self.started(init) } else { Start::Warm }, self.run(&work, deadline).await?)
            }
            Err(end) => (self.started(self.sandbox.begun.elapsed()), end),
        };
        self.state = if matches!(end, End::Died(..)) { State::Dead } else { State::Ready };
        if cold && matches!(self.state, State::Ready) {
            self.raiser.learn(&self.source.launch, self.imports.take());
        }
        Ok(self.close(&work, Running { start, began, cpu_before, started }, end))
    }

    fn is_alive(&self) -> bool {
        let usable = matches!(self.state, State::Starting | State::Ready);
        let now = self.raiser.clock().now();
        usable && now + limits::CREDENTIALS_MARGIN < self.source.credentials.expires
    }

    fn memory(&self) -> u64 {
        self.sandbox.meter.memory()
    }
}
