//! Events that are accepted: on disk before the caller is told.

use std::path::Path;

use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::Table;
use crate::parts::calls::{MANY, invoke};
use crate::{bare, load};

/// Of a function that exists and can take them meanwhile.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    folder: &Path,
) -> Result<(), Failed> {
    for connections in [1, MANY] {
        let (bare, rate) = bare::append(folder, connections, effort.lasting)?;
        let signed = invoke(account, "native", &[("x-amz-invocation-type", "Event")])?;
        let accepted = load::run(&account.address, &signed, connections, effort.lasting).await?;
        let name = if connections == 1 { "4 KiB O_DSYNC append" } else { "the same, group commit" };
        let what = format!("Invoke Event until 202, {connections} conn");
        let goal = if connections == 1 { "P9 p50 <= 2x" } else { "" };
        table.times(&what, accepted.times, Some((name, &bare)), goal);
        let goal = if connections == 1 { "" } else { "P9 >= 0.6x" };
        table.rate("  accepted a second", accepted.rate, Some((name, rate)), goal);
    }
    Ok(())
}
