//! Calls with as much as they may bring and take.

use crate::bare;
use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::Table;
use crate::functions::{self, Kind};
use crate::load;
use crate::parts::calls::invoke_with;

/// AWS: 6 MB in and 6 MB out; with room for the quotes.
const SIZE: usize = 6 * 1024 * 1024 - 64;

pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    echo: &Kind,
) -> Result<(), Failed> {
    functions::make(account, &echo.input(echo.name)).await?;
    let payload = format!("\"{}\"", "x".repeat(SIZE));
    let bare = bare::digest(payload.as_bytes(), effort.large_objects * 3);
    let calls = load::each(account, effort.large_objects * 3, |_| {
        invoke_with(account, echo.name, &[], payload.clone())
    });
    table.times(
        "Invoke, 6 MiB in and out",
        calls.await?,
        Some(("SHA-256 of it, twice", &bare)),
        "P8 p50 <= 2.5x",
    );
    Ok(())
}
