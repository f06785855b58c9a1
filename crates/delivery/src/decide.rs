//! What follows from a try: plain functions of the event, the outcome and the time.

use std::time::Duration;

use model::Time;

use crate::event::{Event, State, Step, StepKind};
use crate::limits::{BACKOFF_FIRST, BACKOFF_LAST};
use crate::target::{Delivered, Terms, Why};

/// What the moment of a decision brings.
#[derive(Debug, Clone, Copy)]
pub struct Chance<'a> {
    pub now: Time,
    /// Waits before the second try, the third, and so on; the last one from then on.
    pub retry_after: &'a [Duration],
    /// In 0..1.
    pub jitter: f64,
}

/// The event with one more step and the state that it leads to; and why it is over, if it is.
pub fn settled(
    mut event: Event,
    outcome: &Delivered,
    terms: &Terms,
    chance: Chance<'_>,
) -> (Event, Option<Why>) {
    let Chance { now, retry_after, jitter } = chance;
    let attempt = event.attempts();
    let why = match outcome {
        Delivered::Taken { .. } => {
            end(&mut event, now, State::Done, StepKind::Done { attempt });
            Some(Why::Taken)
        }
        Delivered::Refused { reason } => {
            die(&mut event, now, reason.clone());
            Some(Why::Refused)
        }
        Delivered::Failed { error_type, message, .. } => {
            let kind = StepKind::Failed { attempt, error_type: error_type.clone(), message: message.clone() };
            event.steps.push(Step { time: now, kind });
            if event.failures() > terms.retries {
                die(&mut event, now, "retries exhausted".to_owned());
                Some(Why::RetriesExhausted)
            } else {
                let wait = retry_delay(retry_after, event.failures());
                try_again(&mut event, terms, now, wait)
            }
        }
        Delivered::TryLater { reason } => {
            let times = event.waits() + 1;
            wait(&mut event, now, reason.clone(), times);
            try_again(&mut event, terms, now, backoff(times, jitter))
        }
    };
    (event, why)
}

/// Whether the event is too old to be tried (again).
pub fn expired(event: &Event, terms: &Terms, now: Time) -> bool {
    now.since(event.received) > terms.max_age
}

pub fn grow_too_old(event: &mut Event, now: Time) {
    die(event, now, "maximum event age exceeded".to_owned());
}

fn die(event: &mut Event, now: Time, reason: String) {
    end(event, now, State::Dead, StepKind::Dead { reason });
}

fn end(event: &mut Event, now: Time, state: State, kind: StepKind) {
    event.steps.push(Step { time: now, kind });
    event.state = state;
}

fn try_again(event: &mut Event, terms: &Terms, now: Time, after: Duration) -> Option<Why> {
    let due = now + after;
    if due.since(event.received) > terms.max_age {
        grow_too_old(event, now);
        Some(Why::TooOld)
    } else {
        event.state = State::Pending { due };
        None
    }
}

/// Takes back the try that did not come about, so that waits in a row are one step and do not count as attempts.
fn wait(event: &mut Event, now: Time, reason: String, times: u32) {
    if matches!(event.steps.last().map(|step| &step.kind), Some(StepKind::Started { .. })) {
        event.steps.pop();
    }
    if matches!(event.steps.last().map(|step| &step.kind), Some(StepKind::Waiting { .. })) {
        event.steps.pop();
    }
    event.steps.push(Step { time: now, kind: StepKind::Waiting { reason, times } });
}

fn retry_delay(retry_after: &[Duration], failures: u32) -> Duration {
    let index = (failures as usize).saturating_sub(1).min(retry_after.len().saturating_sub(1));
    retry_after.get(index).copied().unwrap_or_default()
}

/// Doubles from the first to the last; `jitter` in 0..1 takes off up to half, so that those who wait do not come at once.
fn backoff(times: u32, jitter: f64) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(1u32 << times.saturating_sub(1).min(16));
    doubled.min(BACKOFF_LAST).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{AccountId, Arn, InvocationId, Region};
    use store::Transaction;

    use super::*;
    use crate::event::NewEvent;

    const RETRY: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

    fn event() -> Event {
        let account = AccountId::default_account();
        let target = Arn::new("lambda", "us-east-1", account.as_str(), "function:f");
        let new = NewEvent::new(account, Region::default(), "s3", target, Bytes::new());
        crate::rows::accepted(&new, Time::from_millis(0))
    }

    fn started(mut event: Event) -> Event {
        let invocation = InvocationId::random();
        let kind = StepKind::Started { attempt: event.attempts() + 1, invocation, repeat: false };
        event.steps.push(Step { time: Time::from_millis(0), kind });
        event
    }

    fn failed() -> Delivered {
        let (error_type, message) = ("ValueError".to_owned(), "bad".to_owned());
        Delivered::Failed { error_type, message, settle: Transaction::new(), answer: Default::default() }
    }

    fn after(event: Event, outcome: &Delivered, now: i64) -> Event {
        let terms = Terms::of(&event);
        let chance = Chance { now: Time::from_millis(now), retry_after: &RETRY, jitter: 0.0 };
        settled(started(event), outcome, &terms, chance).0
    }

    #[test]
    fn a_failing_function_gets_two_more_tries_a_minute_and_two_minutes_later() {
        let first = after(event(), &failed(), 1_000);
        assert_eq!(first.state, State::Pending { due: Time::from_millis(61_000) });
        let second = after(first, &failed(), 62_000);
        assert_eq!(second.state, State::Pending { due: Time::from_millis(182_000) });
        let third = after(second, &failed(), 183_000);
        assert_eq!((third.state, third.attempts()), (State::Dead, 3));
    }

    #[test]
    fn throttles_back_off_and_use_up_no_retry() {
        let later = Delivered::TryLater { reason: "throttled".to_owned() };
        let mut event = event();
        let mut waits = Vec::new();
        let mut now = 0;
        while let State::Pending { due } = event.state {
            if due.as_millis() > 0 {
                waits.push(due.as_millis() - now);
                now = due.as_millis();
            }
            event = after(event, &later, now);
        }
        assert_eq!(&waits[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits.last(), Some(&300_000));
        assert_eq!((event.state, event.attempts()), (State::Dead, 0));
        assert!(event.steps.len() < 5, "waits in a row are one step: {:?}", event.steps);
    }

    #[test]
    fn a_failure_after_a_throttle_counts_as_the_first() {
        let later = Delivered::TryLater { reason: "throttled".to_owned() };
        let event = after(after(event(), &later, 0), &failed(), 2_000);
        assert_eq!((event.failures(), event.waits()), (1, 0));
        assert_eq!(event.state, State::Pending { due: Time::from_millis(62_000) });
    }

    #[test]
    fn what_was_taken_or_refused_is_over() {
        let taken =
            after(event(), &Delivered::Taken { settle: Transaction::new(), answer: Default::default() }, 5);
        assert_eq!(taken.state, State::Done);
        let refused = after(event(), &Delivered::Refused { reason: "no such function".to_owned() }, 5);
        assert_eq!(refused.state, State::Dead);
    }
}
