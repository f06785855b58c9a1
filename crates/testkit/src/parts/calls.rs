//! Calls that find an instance.

use bytes::Bytes;
use http::Method;

use crate::client::{Account, Failed, Signed};
use crate::effort::Effort;
use crate::figures::Table;
use crate::functions::{Kind, path_of};
use crate::{bare, load};

/// Connections at once, where there are many.
pub const MANY: usize = 64;

/// What the platform is asked with: small, as most events are.
const PAYLOAD: &str = r#"{"key": "value"}"#;

pub fn invoke(account: &Account, name: &str, headers: &[(&'static str, &str)]) -> Result<Signed, Failed> {
    invoke_with(account, name, headers, PAYLOAD)
}

pub fn invoke_with(
    account: &Account,
    name: &str,
    headers: &[(&'static str, &str)],
    payload: impl Into<Bytes>,
) -> Result<Signed, Failed> {
    let target = format!("{}/invocations", path_of(name));
    account.signed("lambda", Method::POST, &target, headers, payload)
}

/// Warm calls of each kind, on one connection and on many.
pub async fn warm(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    kinds: &[Kind],
) -> Result<(), Failed> {
    for connections in [1, MANY] {
        let bare = {
            let echo = bare::Echo::start()?;
            let signed = invoke(account, "echo", &[])?;
            load::run(&echo.address, &signed, connections, effort.lasting).await?
        };
        for kind in kinds {
            let signed = invoke(account, kind.name, &[])?;
            // As many instances as there are connections, before anything is measured.
            load::run(&account.address, &signed, connections, effort.lasting).await?;
            let warm = load::run(&account.address, &signed, connections, effort.lasting).await?;
            let what = format!("warm Invoke, {}, {connections} conn", kind.name);
            let goal = if connections == 1 { "P6 p50 <= 5x, p99 <= 1 ms" } else { "" };
            table.times(&what, warm.times, Some(("hyper echo", &bare.times)), goal);
            let goal = if connections == 1 { "" } else { "P7 >= 0.12x" };
            table.rate(
                &format!("  calls a second, {}", kind.name),
                warm.rate,
                Some(("hyper echo", bare.rate)),
                goal,
            );
        }
    }
    Ok(())
}
