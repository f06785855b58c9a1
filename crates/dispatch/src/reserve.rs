//! Concurrency that is kept for functions: each of them may not go beyond its own, and the others share what is left of the
//! account's. Source: Lambda developer guide, "Configuring reserved concurrency for a function".

use std::collections::HashMap;

use model::{AccountId, Arn};

/// What is kept, and for whom.
#[derive(Debug, Default)]
pub struct Reserved(HashMap<Arn, Kept>);

#[derive(Debug)]
struct Kept {
    account: AccountId,
    calls: usize,
}

/// How many calls are under way or wait: of a function, and of all of an account.
pub trait Calls {
    fn of_function(&self, function: &Arn) -> usize;
    fn of_account(&self, account: &AccountId) -> usize;
}

/// Lambda's name for a reason to refuse a call. Source: Lambda API reference, `TooManyRequestsException`.
pub const AT_RESERVED: &str = "ReservedFunctionConcurrentInvocationLimitExceeded";
pub const AT_ACCOUNT: &str = "ConcurrentInvocationLimitExceeded";

impl Reserved {
    /// Keeps so many for a function, or none any more.
    pub fn set(&mut self, account: &AccountId, function: &Arn, calls: Option<usize>) {
        match calls {
            Some(calls) => {
                drop(self.0.insert(function.clone(), Kept { account: account.clone(), calls }));
            }
            None => drop(self.0.remove(function)),
        }
    }

    /// Whether one more call may run, or the reason why not. `most` is what the account has.
    pub fn admit(
        &self,
        account: &AccountId,
        function: &Arn,
        calls: &impl Calls,
        most: usize,
    ) -> Result<(), &'static str> {
        if let Some(kept) = self.0.get(function) {
            let free = calls.of_function(function) < kept.calls;
            return if free { Ok(()) } else { Err(AT_RESERVED) };
        }
        let others = self.0.iter().filter(|(_, kept)| kept.account == *account);
        let (mut all_kept, mut busy_kept) = (0, 0);
        for (function, kept) in others {
            all_kept += kept.calls;
            busy_kept += calls.of_function(function);
        }
        let shared = calls.of_account(account).saturating_sub(busy_kept);
        if shared < most.saturating_sub(all_kept) { Ok(()) } else { Err(AT_ACCOUNT) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Busy(&'static [(&'static str, usize)]);

    impl Calls for Busy {
        fn of_function(&self, function: &Arn) -> usize {
            self.0.iter().filter(|(name, _)| arn(name) == *function).map(|(_, calls)| calls).sum()
        }

        fn of_account(&self, _: &AccountId) -> usize {
            self.0.iter().map(|(_, calls)| calls).sum()
        }
    }

    fn arn(name: &str) -> Arn {
        Arn::new("lambda", "us-east-1", "000000000000", format!("function:{name}"))
    }

    #[test]
    fn each_stays_within_its_own_and_the_others_share_the_rest() {
        let account = AccountId::default_account();
        let mut reserved = Reserved::default();
        reserved.set(&account, &arn("own"), Some(3));
        reserved.set(&account, &arn("off"), Some(0));
        reserved.set(&account, &arn("gone"), Some(5));
        reserved.set(&account, &arn("gone"), None);
        let (ok, full) = (Ok(()), Err(AT_ACCOUNT));
        type Case = (&'static [(&'static str, usize)], &'static str, Result<(), &'static str>);
        let table: [Case; 9] = [
            (&[], "own", ok),
            (&[("own", 2)], "own", ok),
            (&[("own", 3)], "own", Err(AT_RESERVED)),
            (&[], "off", Err(AT_RESERVED)),
            (&[("own", 3), ("f", 6)], "g", ok),
            (&[("own", 3), ("f", 7)], "g", full),
            (&[("own", 0), ("f", 7)], "g", full),
            (&[("own", 0), ("f", 7)], "own", ok),
            (&[("f", 7)], "gone", full),
        ];
        for (busy, function, expected) in table {
            let found = reserved.admit(&account, &arn(function), &Busy(busy), 10);
            assert_eq!(found, expected, "{busy:?} {function}");
        }
    }
}
