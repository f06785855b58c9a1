//! Message move tasks: dead letters go back to where they came from, or elsewhere, at a pace.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::{Arn, Internal, Time};
use uuid::Uuid;

use super::Engine;
use super::message::{Message, Sequence};
use super::open::Open;
use crate::limits;

/// How long nobody else gets a message that is being moved.
const MOVING: Duration = Duration::from_secs(60);

/// The tasks of each source, newest first.
pub type Moves = HashMap<Arn, Vec<MoveTask>>;

/// What `ListMessageMoveTasks` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    pub id: String,
    pub source: Arn,
    pub destination: Option<Arn>,
    /// Messages a second, at most.
    pub rate: Option<u32>,
    pub status: MoveStatus,
    pub moved: u64,
    /// Of the messages that were there at the beginning.
    pub to_move: u64,
    pub failure: Option<String>,
    pub started: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveStatus {
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed,
}

impl MoveStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

impl Engine {
    /// Begins to move what is in a queue now; `None` when a task of it runs already.
    pub async fn start_move(
        self: &Arc<Self>,
        from: Arc<Open>,
        destination: Option<Arn>,
        rate: Option<u32>,
    ) -> Result<Option<String>, Internal> {
        let source = from.queue().key.arn();
        let to_move = self.counts(&from).await?.visible as u64;
        let task = MoveTask {
            id: Uuid::new_v4().to_string(),
            source: source.clone(),
            destination,
            rate,
            status: MoveStatus::Running,
            moved: 0,
            to_move,
            failure: None,
            started: self.now(),
        };
        let id = task.id.clone();
        {
            let mut moves = self.moves();
            let of_source = moves.entry(source).or_default();
            let runs = |task: &MoveTask| matches!(task.status, MoveStatus::Running | MoveStatus::Cancelling);
            if of_source.iter().any(runs) {
                return Ok(None);
            }
            of_source.insert(0, task.clone());
            of_source.truncate(limits::MOVE_TASKS);
        }
        let engine = self.clone();
        self.parts.tasks.work("sqs-move-task", async move {
            let ended = engine.move_all(&from, &task).await;
            engine.change_move(&task.source, &task.id, |task| match ended {
                Ok(true) => task.status = MoveStatus::Completed,
                Ok(false) => task.status = MoveStatus::Cancelled,
                Err(reason) => {
                    task.status = MoveStatus::Failed;
                    task.failure = Some(reason);
                }
            });
        });
        Ok(Some(id))
    }

    /// The tasks of a source, newest first.
    pub fn moves_of(&self, source: &Arn) -> Vec<MoveTask> {
        self.moves().get(source).cloned().unwrap_or_default()
    }

    /// Asks a task to end; gives how many it has moved, `None` when none of this id runs.
    pub fn cancel_move(&self, source: &Arn, id: &str) -> Option<u64> {
        let mut moves = self.moves();
        let task = moves.get_mut(source)?.iter_mut().find(|task| task.id == id)?;
        if task.status != MoveStatus::Running {
            return None;
        }
        task.status = MoveStatus::Cancelling;
        Some(task.moved)
    }

    fn change_move(&self, source: &Arn, id: &str, change: impl FnOnce(&mut MoveTask)) {
        if let Some(task) =
            self.moves().get_mut(source).and_then(|tasks| tasks.iter_mut().find(|task| task.id == id))
        {
            change(task);
        }
    }

    /// `false` when it was cancelled; fails with the reason that is told.
    async fn move_all(&self, from: &Open, task: &MoveTask) -> Result<bool, String> {
        let pause = task.rate.map(|rate| Duration::from_secs(1) / rate);
        for _ in 0..task.to_move {
            let status = self.moves_of(&task.source).into_iter().find(|one| one.id == task.id);
            if self.parts.tasks.is_stopping() || status.is_none_or(|one| one.status != MoveStatus::Running) {
                return Ok(false);
            }
            let Some(sequence) = self.take_one(from).await.map_err(internal)? else { return Ok(true) };
            let message = self.message(from, sequence).await.map_err(internal)?;
            if let Some(message) = message {
                self.move_one(from, message, task).await.inspect_err(|_| {
                    let now = self.now();
                    from.state().index.hide(sequence, now, now);
                })?;
                self.change_move(&task.source, &task.id, |task| task.moved += 1);
            } else {
                self.left(from, [sequence]);
            }
            if let Some(pause) = pause {
                tokio::select! {
                    () = self.parts.clock.sleep_until(self.now() + pause) => {}
                    () = self.parts.tasks.stopping() => {}
                }
            }
        }
        Ok(true)
    }

    /// The next one that can be received, which nobody else gets while it is moved.
    async fn take_one(&self, from: &Open) -> Result<Option<Sequence>, Internal> {
        loop {
            let has_read = self.read_on(from).await?;
            let (now, mut state) = (self.now(), from.state());
            let taken = state.index.take(1, now, now + MOVING, || self.parts.dice.next());
            if !has_read || !taken.is_empty() {
                return Ok(taken.first().map(|taken| taken.sequence));
            }
        }
    }

    async fn move_one(&self, from: &Open, message: Message, task: &MoveTask) -> Result<(), String> {
        // AWS: where a message did not come from a queue, there is none to go back to.
        let destination = task.destination.as_ref().or(message.dead_letter_of.as_ref());
        let Some(destination) = destination else { return Err("CouldNotDetermineMessageSource".to_owned()) };
        let to = self.open_arn(destination).await.map_err(internal)?;
        let Some(to) = to else { return Err("AWS.SimpleQueueService.NonExistentQueue".to_owned()) };
        let moved = Message {
            dead_letter_of: None,
            receives: 0,
            first_received: None,
            last_received: None,
            ..message.clone()
        };
        self.carry(from, &to, &message, moved).await.map_err(internal)
    }
}

fn internal(internal: Internal) -> String {
    tracing::error!(error = %internal, "a message could not be moved");
    "InternalError".to_owned()
}
