//! How far memory knows something that the store has in full, in order.

use crate::limits;

/// How much is known of one queue.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// So many are kept of what arrives, before the rest is left to the store.
    pub known: usize,
    /// So many are read at once.
    pub part: usize,
    /// More are never kept, wherever they come from.
    pub most: usize,
}

impl Default for Reach {
    fn default() -> Self {
        Self { known: limits::KNOWN, part: limits::PART, most: limits::LOOKED_THROUGH }
    }
}

/// Where memory ends.
#[derive(Debug)]
pub struct Edge<K> {
    /// Everything before it is known, of the rest the store alone knows. `None`: everything is known.
    at: Option<K>,
    /// The first one that was left to the store since a reading began: what was read may lack it.
    missed: Option<K>,
}

impl<K: Copy + Ord> Edge<K> {
    pub fn new(at: K) -> Self {
        Self { at: Some(at), missed: None }
    }

    pub fn at(&self) -> Option<K> {
        self.at
    }

    /// Whether this one is to be known. If not, it is in the store already.
    pub fn covers(&mut self, key: K) -> bool {
        if self.at.is_none_or(|at| key < at) {
            return true;
        }
        self.missed = Some(self.missed.map_or(key, |missed| missed.min(key)));
        false
    }

    /// From this one on everything is left to the store.
    pub fn draw(&mut self, at: K) {
        self.at = Some(at);
        self.covers(at);
    }

    /// A reading from the edge on begins.
    pub fn begin(&mut self) -> Option<K> {
        self.missed = None;
        self.at
    }

    /// The reading has ended before `next`, or with all there is. Gives the new edge: of what was read, all before it is
    /// to be known.
    pub fn end(&mut self, next: Option<K>) -> Option<K> {
        self.at = next.into_iter().chain(self.missed).min();
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_while_the_store_is_read_is_not_lost() {
        let mut edge = Edge::new(5);
        assert!(edge.covers(4) && !edge.covers(5));
        edge.begin();
        assert_eq!(edge.end(Some(9)), Some(9));
        assert!(edge.covers(8) && !edge.covers(20));
        edge.begin();
        assert_eq!(edge.end(None), None, "what was missed before the reading was read");
        edge.draw(12);
        edge.begin();
        assert!(!edge.covers(15));
        assert_eq!(edge.end(None), Some(15));
        edge.begin();
        edge.draw(13);
        assert_eq!(edge.end(Some(99)), Some(13));
    }
}
