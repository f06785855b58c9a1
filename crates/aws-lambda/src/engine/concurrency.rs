//! Reserved concurrency: what functions say, as dispatch keeps it.

use model::{AccountId, Internal};
use registry::{Function, FunctionKey};

use super::Engine;

impl Engine {
    /// Lets dispatch know what is kept for a function.
    pub fn keep_concurrency(&self, function: &Function) {
        let reserved = function.reserved_concurrency.map(|calls| calls as usize);
        let key = function.key();
        self.parts.dispatch.reserve(&key.account, &key.arn(), reserved);
    }

    /// Nothing is kept for a function that is gone.
    pub(super) fn free_concurrency(&self, key: &FunctionKey) {
        self.parts.dispatch.reserve(&key.account, &key.arn(), None);
    }

    /// The calls that are kept for an account's functions, in all regions: there is one pool of calls.
    pub async fn reserved(&self, account: &AccountId) -> Result<usize, Internal> {
        self.reserved_but_by(account, |_| false).await
    }

    /// The same without those of one.
    pub async fn reserved_by_others(&self, key: &FunctionKey) -> Result<usize, Internal> {
        self.reserved_but_by(&key.account, |other| other == key).await
    }

    async fn reserved_but_by(
        &self,
        account: &AccountId,
        is_left_out: impl Fn(&FunctionKey) -> bool + Send,
    ) -> Result<usize, Internal> {
        let all = self.parts.registry.all().await?;
        let others =
            all.iter().filter(|function| function.key().account == *account && !is_left_out(function.key()));
        Ok(others.filter_map(|function| function.reserved_concurrency).map(|calls| calls as usize).sum())
    }
}
