//! The engine port: who starts instances, and what an instance can be asked.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Arn, Internal};

use crate::{Ended, FunctionError, Launch, LaunchKey, Usage, Work};

/// Builds walls and starts functions inside them.
#[async_trait]
pub trait Engine: Send + Sync {
    /// A new instance of `launch`, its init under way or done.
    async fn start(&self, launch: Arc<Launch>) -> Result<Box<dyn Instance>, StartError>;

    /// Makes ready whatever later starts of `launch` are faster with, and returns when it is, or will not be, or takes
    /// longer than some seconds.
    async fn prepare(&self, launch: Arc<Launch>);

    /// Nothing of this key is started any more: what was made ready for it may go.
    fn forget(&self, key: &LaunchKey);

    /// Functions known to start slower than others do.
    fn slow_starts(&self) -> Vec<SlowStart>;
}

/// One running copy of a function. One call at a time; between calls it is frozen and uses no CPU.
/// Dropping it kills everything inside and gives back all that it held.
#[async_trait]
pub trait Instance: Send {
    /// Runs its init ahead of its first call, which then finds it warm. Gives the function's
    /// failure when that failed, as its log tells it too; it is not alive then.
    async fn ready(&mut self) -> Result<Option<FunctionError>, Internal>;

    /// Runs one call to its end: answer, error, time-out or death. Never longer than the launch's time limit
    /// (and init's own limit on the first call) and a moment for cleaning up.
    async fn invoke(&mut self, work: Work) -> Result<Ended, Internal>;

    /// Whether it can take another call; not after a time-out, an exit or an init error.
    fn is_alive(&self) -> bool;

    /// What it holds while it waits, in bytes, for the keep-alive policy.
    fn memory(&self) -> u64;
}

/// A function that starts slower than others do, and why, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowStart {
    /// Without qualifier.
    pub function: Arn,
    pub version: String,
    pub reason: String,
}

/// No instance came of it.
#[derive(Debug)]
pub enum StartError {
    /// The function's own doing: the runtime cannot run it.
    Function(FunctionError, Box<Usage>),
    /// The machine's or ours.
    Internal(Internal),
}
