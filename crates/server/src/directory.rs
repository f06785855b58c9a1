//! The data directory: who uses it, its own root key, and where the platform that runs on it can be reached.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::Internal;
use rustix::fs::{FlockOperation, flock};
use sandbox_linux::User;
use serde::{Deserialize, Serialize};

use crate::ownership;

/// The root key that a data directory makes for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootKey {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// How the platform on a data directory is reached, for clients on the same machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub endpoint: String,
    pub console: Option<String>,
    pub region: String,
    pub pid: u32,
    #[serde(flatten)]
    pub key: RootKey,
}

/// A data directory that this process alone uses.
pub struct DataDirectory {
    path: PathBuf,
    /// Holds the lock as long as it is open.
    _lock: File,
}

const REACH: &str = "running.json";
const KEY: &str = "root-key.json";

impl DataDirectory {
    /// Opens or makes it, and gives it with all that lies in it to `owner`, where it is not theirs already.
    ///
    /// # Errors
    /// When it cannot be written, or another platform uses it.
    pub fn open(path: &Path, owner: Option<User>) -> Result<Self, Internal> {
        let preparing = "preparing the data directory";
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(path)
            .map_err(Internal::because(preparing))?;
        let path = path.canonicalize().map_err(Internal::because(preparing))?;
        let lock = OpenOptions::new().create(true).append(true).open(path.join("lock"));
        let lock = lock.map_err(Internal::because(preparing))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Internal::new(format!("another Dayfly uses the data directory {}", path.display())));
        }
        if let Some(owner) = owner {
            ownership::give(&path, owner).map_err(Internal::because("giving the data directory away"))?;
        }
        Ok(Self { path, _lock: lock })
    }

    pub fn root(&self) -> &Path {
        &self.path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The directory's own root key, made when there is none.
    pub fn root_key(&self) -> Result<RootKey, Internal> {
        match fs::read(self.path(KEY)) {
            Ok(text) => serde_json::from_slice(&text).map_err(Internal::because("reading the root key")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = RootKey {
                    access_key_id: format!("AKIA{}", random(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?),
                    secret_access_key: random(
                        40,
                        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                    )?,
                };
                self.write(KEY, &key)?;
                Ok(key)
            }
            Err(error) => Err(Internal::because("reading the root key")(error)),
        }
    }

    /// Tells clients on this machine where to find the platform.
    pub fn announce(&self, reach: &Reach) -> Result<(), Internal> {
        self.write(REACH, reach)
    }

    /// There is nobody to be reached any more.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.path(REACH));
    }

    /// Written whole or not at all, and readable by its owner alone.
    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Internal> {
        let writing = "writing into the data directory";
        let text = serde_json::to_vec_pretty(value).map_err(Internal::because(writing))?;
        let unfinished = self.path(&format!("{name}.unfinished"));
        let write = || -> io::Result<()> {
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.path(name))
        };
        write().map_err(Internal::because(writing))
    }
}

/// How the platform that runs on `data` is reached; `None` when none runs there.
///
/// # Errors
/// When what is written there cannot be read.
pub fn reach(data: &Path) -> io::Result<Option<Reach>> {
    match fs::read(data.join(REACH)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// `length` letters of an alphabet. Its length must divide 256, or the bias be of no consequence.
fn random(length: usize, alphabet: &[u8]) -> Result<String, Internal> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(Internal::because("making a key"))?;
    Ok(bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_used_by_one_and_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDirectory::open(folder.path(), None).unwrap();
        let key = first.root_key().unwrap();
        assert!(DataDirectory::open(folder.path(), None).is_err());
        drop(first);
        assert_eq!(DataDirectory::open(folder.path(), None).unwrap().root_key().unwrap(), key);
        assert_eq!(key.access_key_id.len(), 20);
    }
}
