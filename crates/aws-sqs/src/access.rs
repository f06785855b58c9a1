//! Who may do what with a queue.

use std::sync::Arc;

use model::{Failure, Permission};
use service::Call;

use crate::engine::{Open, QueueKey};
use crate::{Sqs, faults, urls};

impl Sqs {
    /// The queue that a URL names. Fails when there is none.
    pub(crate) async fn queue(&self, call: &Call, url: Option<&str>) -> Result<Arc<Open>, Failure> {
        let key = urls::read(call, url)?;
        self.engine.open(&key).await?.ok_or_else(|| faults::no_queue().into())
    }

    /// An action on the queue that a URL names. AWS: a stranger is not told whether there is one.
    pub(crate) async fn on_queue(
        &self,
        call: &Call,
        url: Option<&str>,
        action: &'static str,
    ) -> Result<Vec<Permission>, Failure> {
        let key = urls::read(call, url)?;
        Ok(vec![self.on_key(&key, action).await?])
    }

    pub(crate) async fn on_key(&self, key: &QueueKey, action: &'static str) -> Result<Permission, Failure> {
        let open = self.engine.open(key).await?;
        let policy = open.and_then(|open| open.queue().settings.policy.clone());
        Ok(Permission::new(action, key.arn().to_string()).owned_by(key.account.clone()).with_policy(policy))
    }
}
