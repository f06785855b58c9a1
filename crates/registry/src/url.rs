//! Function URLs: addresses at which anybody, or whoever signs, calls a function by plain HTTP.

use model::{Internal, Time};
use serde::{Deserialize, Serialize};
use store::{Record, Transaction};

use crate::{Function, FunctionKey, Registry, keys};

/// Of a function or one of its aliases. Source: Lambda API reference, `FunctionUrlConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionUrl {
    /// The first label of its host name; no two are the same.
    pub id: String,
    pub auth: UrlAuth,
    pub cors: Option<Cors>,
    pub mode: InvokeMode,
    pub created: Time,
    pub last_modified: Time,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlAuth {
    /// Whomever the resource policy lets in who has no name.
    None,
    /// Whoever signs and may.
    Iam,
}

impl UrlAuth {
    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Iam => "AWS_IAM",
        }
    }
}

/// Whether an answer is waited for, or passed on as it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvokeMode {
    #[default]
    Buffered,
    ResponseStream,
}

impl InvokeMode {
    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Buffered => "BUFFERED",
            Self::ResponseStream => "RESPONSE_STREAM",
        }
    }
}

/// What pages of other origins may do. Source: Lambda API reference, `Cors`, whose spelling this is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cors {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// In seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
}

/// Whose URL an id is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlOwner {
    pub function: FunctionKey,
    /// `$LATEST` or an alias.
    pub qualifier: String,
}

impl Record for UrlOwner {
    const VERSION: u32 = 1;
}

impl Registry {
    /// Whose URL this is, or was: a function may have given it up. `None` for an id that is nobody's.
    pub async fn url_owner(&self, id: &str) -> Result<Option<UrlOwner>, Internal> {
        let known = self.urls.load(&id.to_owned(), &*self.table, || keys::url(id)).await?;
        Ok(known.map(|known| known.record.as_ref().clone()))
    }

    pub(crate) fn forget_urls(&self, before: &Function) {
        before.urls.values().for_each(|url| self.urls.forget(&url.id));
    }
}

/// Lets the ids of a function's URLs lead to it, and those that it has no more to nobody.
pub fn led(
    mut transaction: Transaction,
    before: &Function,
    after: Option<&Function>,
) -> Result<Transaction, Internal> {
    let has = |function: &Function, id: &str| function.urls.values().any(|url| url.id == id);
    for url in before.urls.values() {
        if !after.is_some_and(|after| has(after, &url.id)) {
            transaction = transaction.remove(keys::url(&url.id));
        }
    }
    for (qualifier, url) in after.into_iter().flat_map(|after| &after.urls) {
        if !has(before, &url.id) {
            let owner = UrlOwner { function: before.key().clone(), qualifier: qualifier.clone() };
            transaction = transaction.put(keys::url(&url.id), store::encode(&owner)?);
        }
    }
    Ok(transaction)
}
