//! Pages of lists: how long they are, and where the next one begins.

use model::Fault;

use crate::{faults, limits};

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
