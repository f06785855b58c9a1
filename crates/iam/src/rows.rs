//! The rows of identities.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountId, Arn, Time};
use serde::{Deserialize, Serialize};
use store::{Key, Record};

/// A name and a value that somebody gave to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// A role with all that belongs to it, in one row: what is done to it is done at once or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub account: AccountId,
    /// As it was first spelled.
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// Never given to another role: `AROA…`.
    pub id: String,
    pub created: Time,
    pub description: Option<String>,
    /// How long a session of it may last.
    pub max_session_seconds: u32,
    /// Who may assume it: a policy document, as it was written.
    pub trust: String,
    pub tags: Vec<Tag>,
    /// Its own policies by name, documents as they were written.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the policies that are attached to it.
    pub attached: BTreeSet<String>,
}

impl Record for Role {
    const VERSION: u32 = 1;
}

impl Role {
    /// Its name to the world, with its path.
    pub fn arn(&self) -> Arn {
        let Self { path, name, .. } = self;
        Arn::new("iam", "", self.account.as_str(), format!("role{path}{name}"))
    }
}

/// An access key that somebody got by assuming a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub secret: String,
    pub token: String,
    pub expires: Time,
    pub account: AccountId,
    pub role: Arn,
    pub role_name: String,
    pub role_id: String,
    pub session_name: String,
    /// Narrows what the role may.
    pub policy: Option<String>,
}

impl Record for Session {
    const VERSION: u32 = 1;
}

fn root() -> Key {
    Key::new().text("iam")
}

/// Before all roles of an account.
pub fn roles_key(account: &AccountId) -> Key {
    root().text("role").text(account.as_str())
}

/// AWS: names that differ in case only are the same name.
pub fn role_key(account: &AccountId, name: &str) -> Key {
    roles_key(account).text(&name.to_ascii_lowercase())
}

/// Before all sessions.
pub fn sessions_key() -> Key {
    root().text("session")
}

pub fn session_key(access_key_id: &str) -> Key {
    sessions_key().text(access_key_id)
}

/// Before all sessions in the order in which they expire.
pub fn expiries_key() -> Key {
    root().text("expiry")
}

pub fn expiry_key(expires: Time, access_key_id: &str) -> Key {
    expiries_key().number(expires.as_millis().max(0) as u64).text(access_key_id)
}
