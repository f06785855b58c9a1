//! The `Blobs` port over plain files: `ab/cdef…` by content address, written beside and renamed into place.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use model::Internal;
use sha2::{Digest, Sha256};
use store::{BlobId, BlobReader, BlobWriter, Blobs};

/// What is gathered before it is written, and read at a time: large enough to make the hand-over to a thread for
/// blocking work cheap, small enough that a thousand streams fit into memory.
const PIECE: usize = 256 * 1024;

/// Where unfinished blobs are. Emptied at start: nothing in it was ever acknowledged.
const UNFINISHED: &str = "unfinished";

/// Blobs below one directory.
pub struct LocalBlobs {
    root: Arc<PathBuf>,
    next: AtomicU64,
}

impl LocalBlobs {
    /// Uses `root`, made if missing. What an earlier process left unfinished in it is removed.
    pub fn open(root: &Path) -> Result<Self, Internal> {
        let unfinished = root.join(UNFINISHED);
        let prepare = || {
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            fs::create_dir_all(&unfinished)
        };
        prepare().map_err(Internal::because("preparing the directory for blobs"))?;
        Ok(Self { root: Arc::new(root.to_owned()), next: AtomicU64::new(0) })
    }
}

fn place(root: &Path, id: &BlobId) -> PathBuf {
    let name = id.to_string();
    root.join(&name[..2]).join(&name[2..])
}

async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Internal> {
    let done = tokio::task::spawn_blocking(work).await.map_err(Internal::because(doing))?;
    done.map_err(Internal::because(doing))
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn create(&self) -> Result<Box<dyn BlobWriter>, Internal> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(UNFINISHED).join(number.to_string());
        let file = File::create_new(&path).map_err(Internal::because("creating a blob"))?;
        let unfinished = Unfinished { path, file, digest: Sha256::new() };
        let writer = LocalWriter {
            root: self.root.clone(),
            gathered: BytesMut::new(),
            unfinished: Some(Box::new(unfinished)),
        };
        Ok(Box::new(writer))
    }

    async fn read(&self, id: &BlobId, range: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Internal> {
        let path = place(&self.root, id);
        let opened = blocking("opening a blob", move || match File::open(path) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(range.start))?;
                Ok(Some(LocalReader { file: Some(file), left: range.end.saturating_sub(range.start) }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        Ok(opened.await?.map(|reader| Box::new(reader) as Box<dyn BlobReader>))
    }

    async fn length(&self, id: &BlobId) -> Result<Option<u64>, Internal> {
        match fs::metadata(place(&self.root, id)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Internal::because("looking at a blob")(error)),
        }
    }

    async fn remove(&self, id: &BlobId) -> Result<(), Internal> {
        let path = place(&self.root, id);
        blocking("removing a blob", move || match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

/// A file that is removed unless it is renamed.
struct Unfinished {
    path: PathBuf,
    file: File,
    digest: Sha256,
}

impl Unfinished {
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.digest.update(bytes);
        self.file.write_all(bytes)
    }

    fn finish(&mut self, root: &Path) -> std::io::Result<BlobId> {
        self.file.sync_all()?;
        let id = BlobId::from_sha256(std::mem::take(&mut self.digest).finalize().into());
        let place = place(root, &id);
        let folder = place.parent().unwrap_or(root);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            File::open(root)?.sync_all()?;
        }
        fs::rename(&self.path, &place)?;
        File::open(folder)?.sync_all()?;
        Ok(id)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name any more.
        let _ = fs::remove_file(&self.path);
    }
}

struct LocalWriter {
    root: Arc<PathBuf>,
    gathered: BytesMut,
    /// Away while a thread for blocking work has it, and for good when that thread failed.
    unfinished: Option<Box<Unfinished>>,
}

impl LocalWriter {
    async fn flush(&mut self) -> Result<(), Internal> {
        let bytes = self.gathered.split();
        let mut unfinished = self.take()?;
        let unfinished = blocking("writing a blob", move || {
            unfinished.append(&bytes)?;
            Ok(unfinished)
        });
        self.unfinished = Some(unfinished.await?);
        Ok(())
    }

    fn take(&mut self) -> Result<Box<Unfinished>, Internal> {
        self.unfinished.take().ok_or_else(|| Internal::new("a blob was written to after a failure"))
    }
}

#[async_trait]
impl BlobWriter for LocalWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Internal> {
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() >= PIECE { self.flush().await } else { Ok(()) }
    }

    async fn address(&mut self) -> Result<BlobId, Internal> {
        self.flush().await?;
        let unfinished = self.take()?;
        let id = BlobId::from_sha256(unfinished.digest.clone().finalize().into());
        self.unfinished = Some(unfinished);
        Ok(id)
    }

    async fn finish(mut self: Box<Self>) -> Result<BlobId, Internal> {
        let bytes = self.gathered.split();
        let mut unfinished = self.take()?;
        let root = self.root.clone();
        blocking("finishing a blob", move || {
            unfinished.append(&bytes)?;
            unfinished.finish(&root)
        })
        .await
    }
}

struct LocalReader {
    file: Option<File>,
    left: u64,
}

#[async_trait]
impl BlobReader for LocalReader {
    async fn next(&mut self) -> Result<Option<Bytes>, Internal> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        let wanted = self.left.min(PIECE as u64);
        let read = blocking("reading a blob", move || {
            let mut bytes = Vec::with_capacity(wanted as usize);
            (&mut file).take(wanted).read_to_end(&mut bytes)?;
            Ok((file, bytes))
        });
        let (file, bytes) = read.await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.left -= bytes.len() as u64;
        self.file = Some(file);
        Ok(Some(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        store::contract::blobs(|| Box::new(LocalBlobs::open(folder.path()).unwrap())).await;
        let left = fs::read_dir(folder.path().join(UNFINISHED)).unwrap().count();
        assert_eq!(left, 0, "unfinished blobs are removed");
    }
}
