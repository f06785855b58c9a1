//! Code on disk: zips in the code store, and beside them the unpacked directories that instances mount.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use model::Internal;
use store::{BlobId, Blobs};
use tokio::sync::Mutex;

use crate::{BadPackage, Code, unpack};

/// Where packages are unpacked. One unpacked directory serves every function with the same zip.
pub struct Packages {
    blobs: Arc<dyn Blobs>,
    root: PathBuf,
    next: AtomicU64,
    /// Unpacking and removing take turns, so that nothing is removed while it is being asked for.
    turn: Mutex<()>,
}

impl Packages {
    /// Unpacks below `root`, made if missing. `blobs` must be for code alone: it is swept by what the registry knows.
    pub fn open(blobs: Arc<dyn Blobs>, root: PathBuf) -> Result<Self, Internal> {
        let preparing = "preparing the directory for packages";
        fs::create_dir_all(&root).map_err(Internal::because(preparing))?;
        for entry in fs::read_dir(&root).map_err(Internal::because(preparing))?.flatten() {
            // What an earlier process left half unpacked.
            if entry.file_name().to_string_lossy().starts_with("unfinished-") {
                fs::remove_dir_all(entry.path()).map_err(Internal::because(preparing))?;
            }
        }
        Ok(Self { blobs, root, next: AtomicU64::new(0), turn: Mutex::default() })
    }

    /// Keeps a zip, durably. Before that its owner notes that it may come to be nobody's: `Registry::suspect`.
    pub async fn keep(&self, zip: Bytes) -> Result<Code, Internal> {
        let size = zip.len() as u64;
        let mut writer = self.blobs.create().await?;
        writer.write(zip).await?;
        Ok(Code { blob: writer.finish().await?, size })
    }

    /// The zip as it was handed in; `None` when it was removed.
    pub async fn zip(&self, blob: &BlobId) -> Result<Option<Bytes>, Internal> {
        let Some(mut reader) = self.blobs.read(blob, 0..u64::MAX).await? else { return Ok(None) };
        let mut zip = BytesMut::new();
        while let Some(piece) = reader.next().await? {
            zip.extend_from_slice(&piece);
        }
        Ok(Some(zip.freeze()))
    }

    /// Where the unpacked package is, if it is.
    pub fn unpacked(&self, code: &Code) -> Option<PathBuf> {
        let folder = self.folder(&code.blob);
        folder.is_dir().then_some(folder)
    }

    /// The bytes of all files of an unpacked package.
    pub async fn unpacked_bytes(&self, code: &Code) -> Result<u64, Internal> {
        let folder = self.folder(&code.blob);
        let measuring = tokio::task::spawn_blocking(move || bytes_below(&folder));
        let measured = measuring.await.map_err(Internal::because("measuring a package"))?;
        measured.map_err(Internal::because("measuring a package"))
    }

    /// Unpacks the package where that has not been done. The inner failure is the package's own.
    pub async fn prepare(&self, code: &Code) -> Result<Result<PathBuf, BadPackage>, Internal> {
        let _turn = self.turn.lock().await;
        if let Some(folder) = self.unpacked(code) {
            return Ok(Ok(folder));
        }
        let Some(zip) = self.zip(&code.blob).await? else {
            return Err(Internal::new("a function's zip is missing from the code store"));
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.root.join(format!("unfinished-{number}"));
        let folder = self.folder(&code.blob);
        let unpacking = tokio::task::spawn_blocking(move || {
            let result = unpack_durably(zip, &unfinished, &folder);
            if result.is_err() {
                let _ = fs::remove_dir_all(&unfinished);
            }
            result.map(|()| folder)
        });
        match unpacking.await.map_err(Internal::because("unpacking a package"))? {
            Err(BadPackage::Write(error)) => Err(Internal::because("writing a package")(error)),
            result => Ok(result),
        }
    }

    /// Removes zip and directory of code that is used by nobody any more. `is_used` is asked when it is our turn.
    pub async fn release(
        &self,
        code: &Code,
        is_used: impl AsyncFnOnce() -> Result<bool, Internal>,
    ) -> Result<(), Internal> {
        let _turn = self.turn.lock().await;
        if is_used().await? {
            return Ok(());
        }
        let folder = self.folder(&code.blob);
        let removing = tokio::task::spawn_blocking(move || match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
        let removed = removing.await.map_err(Internal::because("removing a package"))?;
        removed.map_err(Internal::because("removing a package"))?;
        self.blobs.remove(&code.blob).await
    }

    fn folder(&self, blob: &BlobId) -> PathBuf {
        self.root.join(blob.to_string())
    }
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_folder = entry.file_type()?.is_dir();
        bytes += if is_folder { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

fn unpack_durably(zip: Bytes, unfinished: &PathBuf, folder: &PathBuf) -> Result<(), BadPackage> {
    fs::create_dir(unfinished).map_err(BadPackage::Write)?;
    unpack(Cursor::new(zip), unfinished)?;
    // A directory of that name is complete, also after a loss of power.
    let synced = fs::File::open(unfinished).and_then(|opened| Ok(rustix::fs::syncfs(opened)?));
    synced.and_then(|()| fs::rename(unfinished, folder)).map_err(BadPackage::Write)
}
