//! Objects in and out, beside plain files.

use std::path::Path;

use bytes::Bytes;
use http::Method;

use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::Table;
use crate::{bare, load};

const SMALL: usize = 4 * 1024;
const LARGE: usize = 64 * 1024 * 1024;

/// `folder` is on the disk that the platform keeps its data on.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    folder: &Path,
) -> Result<(), Failed> {
    account.call("s3", Method::PUT, "/bench", "").await?;
    for (name, size, turns) in
        [("4 KiB", SMALL, effort.small_objects), ("64 MiB", LARGE, effort.large_objects)]
    {
        let bare_write = bare::write(folder, &content(size, turns), turns)?;
        let bare_read = bare::read(folder, turns)?;
        let put = load::each(account, turns, |turn| {
            account.signed("s3", Method::PUT, &format!("/bench/{size}/{turn}"), &[], content(size, turn))
        });
        table.times(&format!("put {name}"), put.await?, Some(("write + fsync", &bare_write)), "");
        let get = load::each(account, turns, |turn| {
            account.signed("s3", Method::GET, &format!("/bench/{size}/{turn}"), &[], "")
        });
        table.times(&format!("get {name}"), get.await?, Some(("read, cached", &bare_read)), "");
    }
    Ok(())
}

/// Different for each turn: the same content twice is kept once.
fn content(size: usize, turn: usize) -> Bytes {
    let mut content = vec![b'x'; size];
    content[..8].copy_from_slice(&turn.to_le_bytes());
    content.into()
}
