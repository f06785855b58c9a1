//! Code that may be nobody's.

use model::Internal;
use store::{BlobId, CommitError, Transaction};

use crate::{Code, Registry, keys};

impl Registry {
    /// Whether the code of any version of any function is this blob.
    pub async fn uses_code(&self, blob: &BlobId) -> Result<bool, Internal> {
        Ok(!self.table.range(&keys::uses(blob), None, 1).await?.is_empty())
    }

    /// Notes that this code may be nobody's: before it is kept, so that a crash leaves nothing unknown behind. The note
    /// goes when a function uses the code, or by `acquit`; code that a function gives up becomes a suspect by itself.
    pub async fn suspect(&self, code: &Code) -> Result<(), Internal> {
        let note = Transaction::new().put(keys::suspect(code), store::encode(code)?);
        self.table.commit(note).await.map(drop).map_err(CommitError::unexpected)
    }

    /// Code that may be nobody's: what is not used is to be released.
    pub async fn suspects(&self) -> Result<Vec<Code>, Internal> {
        let entries = self.table.range(&keys::suspects(), None, usize::MAX).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Forgets the note: the code is used, or was released.
    pub async fn acquit(&self, code: &Code) -> Result<(), Internal> {
        let forget = Transaction::new().remove(keys::suspect(code));
        self.table.commit(forget).await.map(drop).map_err(CommitError::unexpected)
    }
}
