//! Pages of lists: how long they are, and where the next one begins.

use std::ops::RangeInclusive;

use model::Fault;
use serde::Deserialize;

use crate::constraints::Constraints;
use crate::{faults, limits};

/// What a list of something that a function has is asked with.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OfFunction {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

impl OfFunction {
    /// Fails when it asks for another number of items than it may.
    pub fn check(&self, most: RangeInclusive<i64>) -> Result<(), Fault> {
        let mut constraints = Constraints::default();
        constraints.range("maxItems", self.max_items, most);
        constraints.end()
    }

    /// The page that is asked for of what has names, in their order.
    pub fn page<'a, T>(&self, all: impl Iterator<Item = (&'a String, T)>) -> Page<(&'a String, T)> {
        let limit = limit(self.max_items);
        let after = |name: &str| self.marker.as_deref().is_none_or(|marker| name > marker);
        Page::of(all.filter(|(name, _)| after(name)).take(limit + 1).collect(), limit)
    }
}

/// What a list shows at once.
pub struct Page<T> {
    pub items: Vec<T>,
    is_last: bool,
}

impl<T> Page<T> {
    /// Up to `limit` of these, which hold one more where there is another page.
    pub fn of(mut items: Vec<T>, limit: usize) -> Self {
        let is_last = items.len() <= limit;
        items.truncate(limit);
        Self { items, is_last }
    }

    /// What the next page begins after; `None` on the last one.
    pub fn marker(&self, name: impl FnOnce(&T) -> String) -> Option<String> {
        self.items.last().filter(|_| !self.is_last).map(name)
    }
}

/// How many items a caller gets that asks for so many.
pub fn limit(max_items: Option<i64>) -> usize {
    max_items.map_or(limits::PAGE, |asked| limits::PAGE.min(asked as usize))
}

/// The number that a marker of versions is; that of `$LATEST` is none, before the first.
pub fn number(marker: &str) -> Result<u64, Fault> {
    match marker.parse() {
        Ok(number) => Ok(number),
        Err(_) if marker == "$LATEST" => Ok(0),
        Err(_) => Err(faults::invalid_parameter("The marker is not one of this list.")),
    }
}
