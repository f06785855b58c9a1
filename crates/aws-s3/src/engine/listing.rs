//! Lists of what a bucket holds: keys in the byte order of UTF-8, rolled up at a delimiter, page by page.

use model::Internal;
use store::{Entry, Key, Record, decode};

use super::rows::Object;
use super::{Engine, keys};
use crate::limits;

/// Which keys, and how many.
#[derive(Debug, Clone, Default)]
pub struct ListAsk {
    pub prefix: String,
    /// Empty for none.
    pub delimiter: String,
    /// Only what sorts after this: a key, or a rolled-up prefix with all that it stands for.
    pub after: Option<String>,
    pub limit: usize,
}

/// A line of a list.
#[derive(Debug, Clone)]
pub enum Listed<T> {
    Key(String, T),
    /// A rolled-up prefix, up to and with the delimiter.
    Prefix(String),
}

impl<T> Listed<T> {
    pub fn name(&self) -> &str {
        match self {
            Self::Key(name, _) | Self::Prefix(name) => name,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub lines: Vec<Listed<T>>,
    pub truncated: bool,
}

impl Engine {
    /// A page of a bucket's objects.
    pub async fn list(&self, bucket: &str, ask: &ListAsk) -> Result<Page<Object>, Internal> {
        let mut walk = Walk::new(keys::objects(bucket), ask);
        if ask.limit == 0 {
            return Ok(walk.page);
        }
        loop {
            let entries = self.table.range(&walk.range, walk.after.as_ref(), walk.batch()).await?;
            let last = entries.len() < walk.batch();
            for entry in entries {
                if walk.step(&entry, entry_name(&entry)?)? {
                    return Ok(walk.page);
                }
            }
            if last {
                return Ok(walk.page);
            }
        }
    }
}

pub(super) fn entry_name(entry: &Entry) -> Result<String, Internal> {
    entry.key.last_text().map_err(Internal::because("reading the key of an object"))
}

/// A walk through rows in key order that gathers a page.
struct Walk<'a, T> {
    ask: &'a ListAsk,
    base: Key,
    range: Key,
    after: Option<Key>,
    page: Page<T>,
}

impl<'a, T: Record> Walk<'a, T> {
    fn new(base: Key, ask: &'a ListAsk) -> Self {
        let range = base.clone().text_starting_with(&ask.prefix);
        let mut walk =
            Self { ask, range, after: None, page: Page { lines: Vec::new(), truncated: false }, base };
        walk.after = ask.after.as_ref().map(|after| match walk.rolled_up(after) {
            Some(prefix) => walk.behind(&prefix),
            None => walk.base.clone().text(after),
        });
        walk
    }

    /// How many rows to ask for at once: one more than wanted, to know whether there are more.
    fn batch(&self) -> usize {
        (self.ask.limit - self.page.lines.len() + 1).clamp(2, limits::PAGE + 1)
    }

    /// The prefix that stands for this key.
    fn rolled_up(&self, key: &str) -> Option<String> {
        if self.ask.delimiter.is_empty() {
            return None;
        }
        let rest = key.strip_prefix(&self.ask.prefix)?;
        let end = rest.find(&self.ask.delimiter)? + self.ask.delimiter.len();
        Some(key[..self.ask.prefix.len() + end].to_owned())
    }

    /// A key behind everything that begins with `prefix`, and before all else.
    fn behind(&self, prefix: &str) -> Key {
        let within = self.base.clone().text_starting_with(prefix);
        within.after_prefix().unwrap_or(within)
    }

    /// Takes one row; `true` when the page is full and there is more.
    fn step(&mut self, entry: &Entry, key: String) -> Result<bool, Internal> {
        // What the last rolled-up prefix stands for, fetched before we knew of it.
        if self.after.as_ref().is_some_and(|after| entry.key < *after) {
            return Ok(false);
        }
        if self.page.lines.len() == self.ask.limit {
            self.page.truncated = true;
            return Ok(true);
        }
        match self.rolled_up(&key) {
            Some(prefix) => {
                self.after = Some(self.behind(&prefix));
                self.page.lines.push(Listed::Prefix(prefix));
            }
            None => {
                self.after = Some(entry.key.clone());
                self.page.lines.push(Listed::Key(key, decode(&entry.row.value)?));
            }
        }
        Ok(false)
    }
}
