//! Pages: `MaxItems` from `Marker` on, which is the name of the last item that was told.

use crate::limits;

/// A page of items, and where the next one begins.
pub struct Page<T> {
    pub items: Vec<T>,
    pub marker: Option<String>,
}

/// How many items a page has. The number was checked.
pub fn size(max_items: Option<i64>) -> usize {
    max_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(limits::DEFAULT_PAGE)
}

/// The page after `marker` of items that come in the order of their names.
pub fn page<T>(
    items: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> &str,
    marker: Option<&str>,
    max_items: Option<i64>,
) -> Page<T> {
    let after = items.into_iter().filter(|item| marker.is_none_or(|marker| name(item) > marker));
    let size = size(max_items);
    let mut items: Vec<T> = after.take(size + 1).collect();
    let more = items.len() > size;
    items.truncate(size);
    let marker = items.last().filter(|_| more).map(|last| name(last).to_owned());
    Page { items, marker }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        for (marker, max_items, items, next) in [
            (None, None, &["a", "b", "c"][..], None),
            (None, Some(2), &["a", "b"], Some("b")),
            (Some("b"), Some(2), &["c"], None),
            (Some("b"), Some(1), &["c"], None),
            (Some("z"), None, &[], None),
        ] {
            let page = page(["a", "b", "c"], |item| item, marker, max_items);
            assert_eq!((page.items.as_slice(), page.marker.as_deref()), (items, next));
        }
    }
}
