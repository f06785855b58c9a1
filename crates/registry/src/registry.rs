//! The functions of all accounts: rows in the store, and in memory those that were asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{AccountId, Internal, Region};
use store::{BlobId, CommitError, Expected, Key, Revision, Table, Transaction};

use crate::{Code, Function, FunctionKey};

/// What became of a change.
#[derive(Debug)]
pub enum Changed {
    Done(Arc<Function>),
    /// Somebody else changed, made or removed the function in between.
    Conflict,
}

/// A warm call asks memory only; every change goes through here, so memory is never behind.
pub struct Registry {
    table: Arc<dyn Table>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    functions: HashMap<FunctionKey, Known>,
    /// Counts the changes: what was read before a change must not be remembered after it.
    changes: u64,
}

#[derive(Clone)]
struct Known {
    revision: Revision,
    function: Arc<Function>,
}

/// `registry/function/<account>/<region>/<name>` the function; `registry/code/<blob>/<account>/<region>/<name>` that it
/// uses this code; `registry/suspect/<blob>` code that may be nobody's.
fn functions() -> Key {
    Key::new().text("registry").text("function")
}

fn row(key: &FunctionKey) -> Key {
    functions().text(key.account.as_str()).text(key.region.as_str()).text(&key.name)
}

fn uses(blob: &BlobId) -> Key {
    Key::new().text("registry").text("code").text(&blob.to_string())
}

fn suspects() -> Key {
    Key::new().text("registry").text("suspect")
}

fn suspect_row(code: &Code) -> Key {
    suspects().text(&code.blob.to_string())
}

fn use_row(function: &Function) -> Key {
    let key = &function.key;
    uses(&function.code.blob).text(key.account.as_str()).text(key.region.as_str()).text(&key.name)
}

impl Registry {
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, memory: Mutex::default() }
    }

    /// The function; `None` when there is none of this key.
    pub async fn get(&self, key: &FunctionKey) -> Result<Option<Arc<Function>>, Internal> {
        Ok(self.load(key).await?.map(|known| known.function))
    }

    /// Functions of an account and region by name, up to `limit`, of those after a name.
    pub async fn list(
        &self,
        account: &AccountId,
        region: &Region,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Function>, Internal> {
        let prefix = functions().text(account.as_str()).text(region.as_str());
        let after = after.map(|name| prefix.clone().text(name));
        let entries = self.table.range(&prefix, after.as_ref(), limit).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Every function of every account.
    pub async fn all(&self) -> Result<Vec<Function>, Internal> {
        let entries = self.table.range(&functions(), None, usize::MAX).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Makes it; a conflict when there is one of this key.
    pub async fn create(&self, function: Function) -> Result<Changed, Internal> {
        let transaction = Transaction::new()
            .expect(row(&function.key), Expected::Absent)
            .put(row(&function.key), store::encode(&function)?)
            .put(use_row(&function), "")
            .remove(suspect_row(&function.code));
        self.apply(function, transaction).await
    }

    /// Makes `after` of `before`; a conflict when it is not, or no longer, as `before` says.
    pub async fn update(&self, before: &Arc<Function>, after: Function) -> Result<Changed, Internal> {
        let key = &before.key;
        let Some(known) = self.load(key).await?.filter(|known| known.function == *before) else {
            return Ok(Changed::Conflict);
        };
        let mut transaction = Transaction::new()
            .expect(row(key), Expected::At(known.revision))
            .put(row(key), store::encode(&after)?);
        if before.code != after.code {
            transaction = transaction
                .remove(use_row(before))
                .put(suspect_row(&before.code), store::encode(&before.code)?)
                .put(use_row(&after), "")
                .remove(suspect_row(&after.code));
        }
        self.apply(after, transaction).await
    }

    /// Removes it and gives it; `None` when there was none.
    pub async fn remove(&self, key: &FunctionKey) -> Result<Option<Arc<Function>>, Internal> {
        loop {
            let Some(known) = self.load(key).await? else { return Ok(None) };
            let code = &known.function.code;
            let transaction = Transaction::new()
                .expect(row(key), Expected::At(known.revision))
                .remove(row(key))
                .remove(use_row(&known.function))
                .put(suspect_row(code), store::encode(code)?);
            let removed = self.table.commit(transaction).await;
            {
                let mut memory = self.memory();
                memory.changes += 1;
                memory.functions.remove(key);
            }
            match removed {
                Ok(_) => return Ok(Some(known.function)),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal),
            }
        }
    }

    /// Whether any function's code is this blob.
    pub async fn uses_code(&self, blob: &BlobId) -> Result<bool, Internal> {
        Ok(!self.table.range(&uses(blob), None, 1).await?.is_empty())
    }

    /// Notes that this code may be nobody's: before it is kept, so that a crash leaves nothing unknown behind. The note
    /// goes when a function uses the code, or by `acquit`; code that a function gives up becomes a suspect by itself.
    pub async fn suspect(&self, code: &Code) -> Result<(), Internal> {
        let note = Transaction::new().put(suspect_row(code), store::encode(code)?);
        self.table.commit(note).await.map(drop).map_err(CommitError::unexpected)
    }

    /// Code that may be nobody's: what is not used is to be released.
    pub async fn suspects(&self) -> Result<Vec<Code>, Internal> {
        let entries = self.table.range(&suspects(), None, usize::MAX).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Forgets the note: the code is used, or was released.
    pub async fn acquit(&self, code: &Code) -> Result<(), Internal> {
        let forget = Transaction::new().remove(suspect_row(code));
        self.table.commit(forget).await.map(drop).map_err(CommitError::unexpected)
    }

    async fn apply(&self, function: Function, transaction: Transaction) -> Result<Changed, Internal> {
        let key = function.key.clone();
        let committed = self.table.commit(transaction).await;
        let mut memory = self.memory();
        memory.changes += 1;
        match committed {
            Ok(revision) => {
                let known = Known { revision, function: Arc::new(function) };
                let function = known.function.clone();
                // Of two changes that committed one after the other, the later one's row stays.
                match memory.functions.get(&key) {
                    Some(newer) if newer.revision > revision => {}
                    _ => drop(memory.functions.insert(key, known)),
                }
                Ok(Changed::Done(function))
            }
            Err(error) => {
                memory.functions.remove(&key);
                match error {
                    CommitError::Conflict(_) => Ok(Changed::Conflict),
                    CommitError::Internal(internal) => Err(internal),
                }
            }
        }
    }

    async fn load(&self, key: &FunctionKey) -> Result<Option<Known>, Internal> {
        let changes = {
            let memory = self.memory();
            if let Some(known) = memory.functions.get(key) {
                return Ok(Some(known.clone()));
            }
            memory.changes
        };
        let Some(found) = self.table.get(&row(key)).await? else { return Ok(None) };
        let known = Known { revision: found.revision, function: Arc::new(store::decode(&found.value)?) };
        let mut memory = self.memory();
        if memory.changes == changes {
            memory.functions.insert(key.clone(), known.clone());
        }
        Ok(Some(known))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
