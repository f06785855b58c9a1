//! Where a Runtime API client and its instance meet: which request is in order now, and which is not.

use bytes::Bytes;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use super::super::{Call, Said};

pub struct Desk {
    phase: Mutex<Phase>,
    changed: Notify,
    said: mpsc::Sender<Said>,
}

enum Phase {
    /// Nothing was asked yet.
    Init,
    Idle,
    /// A call that nobody has fetched yet.
    Offered(Box<Call>),
    /// The call of this id was fetched.
    Working(String),
    /// Its answer is being read.
    Answering,
    /// The init has failed; nothing is in order any more.
    Over,
}

/// Why a request is not in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    InvalidRequestId,
    /// From the first state there is no way to the second.
    InvalidTransition(&'static str, &'static str),
    UnreadableBody,
}

/// The right to say how the current call, or the init, ended.
pub struct Turn<'a> {
    desk: &'a Desk,
    /// The call's id; none for the init.
    id: Option<String>,
    settled: bool,
}

impl Desk {
    pub fn new(said: mpsc::Sender<Said>) -> Self {
        Self { phase: Mutex::new(Phase::Init), changed: Notify::new(), said }
    }

    pub fn offer(&self, call: Call) {
        *self.phase() = Phase::Offered(Box::new(call));
        self.changed.notify_waiters();
    }

    /// Whether there is a call that nobody has fetched.
    pub fn is_offering(&self) -> bool {
        matches!(*self.phase(), Phase::Offered(_))
    }

    /// The next call, when there is one. Asking for it the first time ends the init.
    pub async fn next(&self) -> Result<Call, Refusal> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registers before looking, so that no offer slips between.
            changed.as_mut().enable();
            if let Some(call) = self.fetch()? {
                return Ok(call);
            }
            changed.await;
        }
    }

    fn fetch(&self) -> Result<Option<Call>, Refusal> {
        let mut phase = self.phase();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Init => {
                self.say(Said::Ready(Bytes::new()));
                Ok(None)
            }
            Phase::Idle => Ok(None),
            Phase::Offered(call) => {
                *phase = Phase::Working(call.header.request_id.clone());
                Ok(Some(*call))
            }
            other => {
                let from = name(&other);
                *phase = other;
                Err(Refusal::InvalidTransition(from, "Ready"))
            }
        }
    }

    /// Whether the call `id` may be answered now.
    pub fn answers(&self, id: &str) -> Result<Turn<'_>, Refusal> {
        self.turn(id, "InvocationResponse")
    }

    /// Whether the call `id` may be said to have failed now.
    pub fn fails(&self, id: &str) -> Result<Turn<'_>, Refusal> {
        self.turn(id, "InvocationErrorResponse")
    }

    fn turn(&self, id: &str, to: &'static str) -> Result<Turn<'_>, Refusal> {
        let mut phase = self.phase();
        match &*phase {
            Phase::Working(current) if current == id => {
                *phase = Phase::Answering;
                Ok(Turn { desk: self, id: Some(id.to_owned()), settled: false })
            }
            Phase::Working(_) | Phase::Offered(_) => Err(Refusal::InvalidRequestId),
            other => Err(Refusal::InvalidTransition(name(other), to)),
        }
    }

    /// Whether the init may be said to have failed now.
    pub fn init_fails(&self) -> Result<Turn<'_>, Refusal> {
        let mut phase = self.phase();
        match &*phase {
            Phase::Init => {
                *phase = Phase::Over;
                Ok(Turn { desk: self, id: None, settled: false })
            }
            other => Err(Refusal::InvalidTransition(name(other), "InitError")),
        }
    }

    /// Whether a runtime may ask now to go on from a snapshot.
    pub fn restores(&self) -> Result<(), Refusal> {
        match &*self.phase() {
            Phase::Init => Ok(()),
            other => Err(Refusal::InvalidTransition(name(other), "RestoreReady")),
        }
    }

    fn say(&self, said: Said) {
        // Fails only when nobody listens any more.
        let _ = self.said.try_send(said);
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Says what is not the last word. Waits until it can be heard.
    pub async fn tell(&self, said: Said) {
        // Fails only when nobody listens any more.
        let _ = self.desk.said.send(said).await;
    }

    /// The same of the last word.
    pub async fn end(mut self, said: Said) {
        self.settled = true;
        // Before it is heard: the next call may be offered at once.
        *self.desk.phase() = Phase::Idle;
        self.tell(said).await;
    }

    pub fn say(mut self, said: Said) {
        self.settled = true;
        if self.id.is_some() {
            *self.desk.phase() = Phase::Idle;
        }
        self.desk.say(said);
    }

    /// The request broke off: the client may try again.
    pub fn give_back(self) {}
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.settled {
            *self.desk.phase() = self.id.take().map_or(Phase::Init, Phase::Working);
        }
    }
}

fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Init => "Starting",
        Phase::Idle => "Ready",
        Phase::Offered(_) | Phase::Working(_) => "Running",
        Phase::Answering => "InvocationResponse",
        Phase::Over => "InitError",
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Header;
    use super::*;

    fn call(id: &str) -> Call {
        let header = Header {
            request_id: id.to_owned(),
            deadline_ms: 0,
            invoked_arn: String::new(),
            trace_id: String::new(),
            client_context: None,
            cognito_identity: None,
        };
        Call { header, payload: bytes::Bytes::new() }
    }

    /// Plays a script against a desk and tells what each step came to.
    fn play(script: &str) -> String {
        let (saying, mut said) = mpsc::channel(16);
        let desk = Desk::new(saying);
        let mut told = Vec::new();
        for step in script.split("; ") {
            let (verb, id) = step.split_once(' ').unwrap_or((step, ""));
            let outcome = match verb {
                "offer" => {
                    desk.offer(call(id));
                    Ok("offered".to_owned())
                }
                "next" => {
                    desk.fetch().map(|call| call.map_or("waits".to_owned(), |call| call.header.request_id))
                }
                "answer" => desk.answers(id).map(|turn| {
                    turn.say(Said::Returned(bytes::Bytes::new()));
                    "taken".to_owned()
                }),
                "break" => desk.answers(id).map(|turn| {
                    turn.give_back();
                    "given back".to_owned()
                }),
                "restore" => desk.restores().map(|()| "goes on".to_owned()),
                "init-error" => desk.init_fails().map(|turn| {
                    turn.say(Said::InitFailed(bytes::Bytes::new()));
                    "taken".to_owned()
                }),
                other => panic!("no such step: {other}"),
            };
            told.push(outcome.unwrap_or_else(|refusal| match refusal {
                Refusal::InvalidTransition(from, to) => format!("no way from {from} to {to}"),
                other => format!("{other:?}"),
            }));
        }
        let mut heard = 0;
        while said.try_recv().is_ok() {
            heard += 1;
        }
        format!("{} ({heard} said)", told.join("; "))
    }

    #[test]
    fn requests_are_taken_in_order_only() {
        for (script, expected) in [
            ("next; offer a; next; answer a; next", "waits; offered; a; taken; waits (2 said)"),
            ("next; next", "waits; waits (1 said)"),
            ("next; offer a; next; next", "waits; offered; a; no way from Running to Ready (1 said)"),
            ("next; offer a; answer a", "waits; offered; InvalidRequestId (1 said)"),
            ("next; offer a; next; answer b", "waits; offered; a; InvalidRequestId (1 said)"),
            (
                "next; offer a; next; answer a; answer a",
                "waits; offered; a; taken; no way from Ready to InvocationResponse (2 said)",
            ),
            ("next; offer a; next; break a; answer a", "waits; offered; a; given back; taken (2 said)"),
            ("init-error; next", "taken; no way from InitError to Ready (1 said)"),
            ("restore; next; restore", "goes on; waits; no way from Ready to RestoreReady (1 said)"),
            ("next; init-error", "waits; no way from Ready to InitError (1 said)"),
        ] {
            assert_eq!(play(script), expected, "{script}");
        }
    }
}
