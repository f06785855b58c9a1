//! Sessions of roles: those that were assumed are rows and survive a restart; those of sandboxes live in memory, for a
//! sandbox dies with the process that holds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use model::{AccountId, Internal, Time};
use sandbox::Credentials;
use store::{CommitError, Key, KeyPart, Table, Transaction, decode, encode};

use crate::rows::{Session, expiries_key, expiry_key, session_key, sessions_key};
use crate::{limits, secrets};

/// All sessions of all accounts.
pub struct Sessions {
    table: Arc<dyn Table>,
    ready: Mutex<Ready>,
}

struct Ready {
    assumed: LruCache<String, Arc<Session>>,
    /// By access key id.
    sandboxes: HashMap<String, Arc<Session>>,
    /// The newest credentials of each role and session name.
    newest: HashMap<(String, String), String>,
    /// Grows when sessions are taken away, so that what was read before is not kept after.
    removals: u64,
    /// When expired sessions of sandboxes were last thrown away.
    swept: Time,
}

impl Sessions {
    pub fn new(table: Arc<dyn Table>) -> Self {
        let ready = Ready {
            assumed: LruCache::new(limits::READY_SESSIONS),
            sandboxes: HashMap::new(),
            newest: HashMap::new(),
            removals: 0,
            swept: Time::default(),
        };
        Self { table, ready: Mutex::new(ready) }
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this access key id, which may have expired.
    pub async fn find(&self, access_key_id: &str) -> Result<Option<Arc<Session>>, Internal> {
        let removals = {
            let mut ready = self.ready();
            if let Some(session) = ready.sandboxes.get(access_key_id) {
                return Ok(Some(session.clone()));
            }
            if let Some(session) = ready.assumed.get(access_key_id) {
                return Ok(Some(session.clone()));
            }
            ready.removals
        };
        let Some(row) = self.table.get(&session_key(access_key_id)).await? else { return Ok(None) };
        let session = Arc::new(decode::<Session>(&row.value)?);
        let mut ready = self.ready();
        if ready.removals == removals {
            ready.assumed.put(access_key_id.to_owned(), session.clone());
        }
        Ok(Some(session))
    }

    /// Keeps an assumed session, and lets go of some that expired long ago.
    pub async fn keep(&self, session: Session, now: Time) -> Result<Credentials, Internal> {
        let id = secrets::session_key_id()?;
        let kept = Transaction::new()
            .put(session_key(&id), encode(&session)?)
            .put(expiry_key(session.expires, &id), Vec::new());
        let kept = kept.and(self.expired(now).await?);
        self.table.commit(kept).await.map_err(CommitError::unexpected)?;
        let credentials = credentials(&id, &session);
        self.ready().assumed.put(id, Arc::new(session));
        Ok(credentials)
    }

    async fn expired(&self, now: Time) -> Result<Transaction, Internal> {
        let mut gone = Transaction::new();
        let due = (now - limits::EXPIRED_KEPT).as_millis().max(0) as u64;
        for entry in self.table.range(&expiries_key(), None, limits::SWEPT_AT_ONCE).await? {
            let parts = entry.key.parts().map_err(Internal::because("reading when a session expires"))?;
            if let [.., KeyPart::Number(expires), KeyPart::Text(id)] = parts.as_slice()
                && *expires < due
            {
                gone = gone.remove(session_key(id)).remove(entry.key.clone());
                self.ready().assumed.pop(id);
            }
        }
        Ok(gone)
    }

    /// Credentials of a sandbox's session that `make` gives, or those of a session of the same role and name that
    /// began a moment ago.
    pub fn of_sandbox(
        &self,
        role_id: &str,
        session_name: &str,
        now: Time,
        make: impl FnOnce() -> Result<Session, Internal>,
    ) -> Result<Credentials, Internal> {
        let mut ready = self.ready();
        let of = (role_id.to_owned(), session_name.to_owned());
        let fresh = now + (limits::SANDBOX_SESSION - limits::SANDBOX_SHARING);
        if let Some(id) = ready.newest.get(&of)
            && let Some(session) = ready.sandboxes.get(id)
            && session.expires > fresh
        {
            return Ok(credentials(id, session));
        }
        ready.sweep(now);
        let id = secrets::session_key_id()?;
        let session = Arc::new(make()?);
        let credentials = credentials(&id, &session);
        ready.newest.insert(of, id.clone());
        ready.sandboxes.insert(id, session);
        Ok(credentials)
    }

    /// Removes all sessions of an account. Goes through all sessions: accounts are wiped seldom.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        let mut after: Option<Key> = None;
        loop {
            let entries = self.table.range(&sessions_key(), after.as_ref(), limits::PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.key.clone());
            let mut gone = Transaction::new();
            for entry in &entries {
                let session: Session = decode(&entry.row.value)?;
                if session.account == *account {
                    let id = entry.key.last_text().map_err(Internal::because("reading a session's key"))?;
                    gone = gone.remove(entry.key.clone()).remove(expiry_key(session.expires, &id));
                }
            }
            self.table.commit(gone).await.map_err(CommitError::unexpected)?;
        }
        self.ready().forget(account);
        Ok(())
    }
}

impl Ready {
    fn forget(&mut self, account: &AccountId) {
        self.removals += 1;
        self.assumed.clear();
        self.sandboxes.retain(|_, session| session.account != *account);
        let Self { newest, sandboxes, .. } = self;
        newest.retain(|_, id| sandboxes.contains_key(id));
    }

    /// At most once in the time that a session is shared, so that most starts do not pay for it.
    fn sweep(&mut self, now: Time) {
        if now.since(self.swept) < limits::SANDBOX_SHARING {
            return;
        }
        self.swept = now;
        self.sandboxes.retain(|_, session| session.expires + limits::SANDBOX_SHARING > now);
        let Self { newest, sandboxes, .. } = self;
        newest.retain(|_, id| sandboxes.contains_key(id));
    }
}

fn credentials(access_key_id: &str, session: &Session) -> Credentials {
    Credentials {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: session.secret.clone(),
        session_token: session.token.clone(),
        expires: session.expires,
    }
}
