//! Links to a function's code: signed by a secret of the platform, and good for a while.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use model::{Internal, Time};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::{BlobId, CommitError, Expected, Key, Record, Table, Transaction};
use tokio::sync::OnceCell;

use super::Engine;
use crate::limits;

/// What the paths of links begin with.
pub const LINKS: &str = "/_dayfly/code/";

/// Signs and checks. The secret is made when it is first needed and then stays in the store.
pub struct Links {
    table: Arc<dyn Table>,
    secret: OnceCell<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Secret {
    hex: String,
}

impl Record for Secret {
    const VERSION: u32 = 1;
}

impl Links {
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, secret: OnceCell::new() }
    }

    async fn mac(&self, blob: &str, expires: &str) -> Result<Hmac<Sha256>, Internal> {
        let secret = self.secret.get_or_try_init(|| self.kept_secret()).await?;
        let mut mac = Hmac::new_from_slice(secret).map_err(Internal::because("keying a code link"))?;
        mac.update(format!("{LINKS}{blob}\n{expires}").as_bytes());
        Ok(mac)
    }

    async fn kept_secret(&self) -> Result<Vec<u8>, Internal> {
        let row = Key::new().text("aws-lambda").text("code-link-secret");
        loop {
            if let Some(found) = self.table.get(&row).await? {
                let secret: Secret = store::decode(&found.value)?;
                return hex::decode(secret.hex).map_err(Internal::because("reading the code links' secret"));
            }
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(Internal::because("making the code links' secret"))?;
            let secret = store::encode(&Secret { hex: hex::encode(bytes) })?;
            let make = Transaction::new().expect(row.clone(), Expected::Absent).put(row.clone(), secret);
            match self.table.commit(make).await {
                Ok(_) => return Ok(bytes.to_vec()),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal),
            }
        }
    }
}

impl Engine {
    /// The path and query of a link to this code.
    pub async fn code_link(&self, blob: &BlobId, now: Time) -> Result<String, Internal> {
        let (blob, expires) = (blob.to_string(), ((now + limits::CODE_LINK).as_millis() / 1000).to_string());
        let signature = hex::encode(self.links.mac(&blob, &expires).await?.finalize().into_bytes());
        Ok(format!("{LINKS}{blob}?expires={expires}&signature={signature}"))
    }

    /// The code that a link is to; `None` when it was not made here, or its time is over.
    pub async fn linked_code(&self, path: &str, query: &str, now: Time) -> Result<Option<BlobId>, Internal> {
        let mut expires = None;
        let mut signature = None;
        for part in query.split('&') {
            match part.split_once('=') {
                Some(("expires", value)) => expires = Some(value),
                Some(("signature", value)) => signature = hex::decode(value).ok(),
                _ => {}
            }
        }
        let (Some(blob), Some(expires), Some(signature)) = (path.strip_prefix(LINKS), expires, signature)
        else {
            return Ok(None);
        };
        let signed = self.links.mac(blob, expires).await?.verify_slice(&signature).is_ok();
        let in_time = expires.parse().is_ok_and(|expires: i64| now.as_millis() / 1000 < expires);
        Ok(blob.parse().ok().filter(|_| signed && in_time))
    }
}
