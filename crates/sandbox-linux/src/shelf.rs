//! How many things of one kind lie ready: as many as were taken of late, between two bounds.

/// Things of one kind: none before one was wanted, then between `least` and `most`.
pub struct Shelf<T> {
    least: usize,
    most: usize,
    ready: Vec<T>,
    /// How many should lie here.
    wanted: usize,
    /// Since demand was last looked at.
    taken: usize,
}

impl<T> Shelf<T> {
    pub fn new(least: usize, most: usize) -> Self {
        Self { least, most, ready: Vec::new(), wanted: 0, taken: 0 }
    }

    pub fn put(&mut self, thing: T) {
        self.ready.push(thing);
    }

    /// What cannot be made is not tried again before it is asked for.
    pub fn give_up(&mut self) {
        self.wanted = 0;
    }

    pub fn empty(&mut self) -> Vec<T> {
        self.wanted = 0;
        std::mem::take(&mut self.ready)
    }

    pub fn take(&mut self) -> Option<T> {
        self.ask();
        self.pop()
    }

    /// Somebody wants one.
    pub fn ask(&mut self) {
        self.taken += 1;
        self.wanted = self.wanted.max(self.taken.clamp(self.least, self.most));
    }

    pub fn pop(&mut self) -> Option<T> {
        self.ready.pop()
    }

    /// Whether it is short and has nothing at all.
    pub fn is_bare(&self) -> bool {
        self.is_short() && self.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub fn is_short(&self) -> bool {
        self.ready.len() < self.wanted
    }

    /// At most half of the demand is forgotten at a time.
    pub fn forget(&mut self) -> Vec<T> {
        if !self.is_settled() {
            self.wanted = self.taken.max(self.wanted / 2).clamp(self.least, self.most);
            self.taken = 0;
        }
        self.ready.split_off(self.wanted.min(self.ready.len()))
    }

    pub fn is_settled(&self) -> bool {
        self.taken == 0 && self.wanted <= self.least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn refilled(shelf: &mut Shelf<u8>) -> usize {
        let mut made = 0;
        while shelf.is_short() {
            shelf.ready.push(0);
            made += 1;
        }
        made
    }

    #[test]
    fn a_shelf_follows_demand_between_its_bounds() {
        let mut shelf = Shelf::new(limits::POOL_LEAST, limits::POOL_MOST);
        assert_eq!(
            (refilled(&mut shelf), shelf.is_settled()),
            (0, true),
            "nothing is made before it was wanted"
        );
        assert_eq!(shelf.take(), None);
        assert_eq!(refilled(&mut shelf), limits::POOL_LEAST);
        for _ in 0..1000 {
            shelf.take();
        }
        refilled(&mut shelf);
        assert_eq!(shelf.ready.len(), limits::POOL_MOST);
        let mut sizes = Vec::new();
        while !shelf.is_settled() {
            shelf.forget();
            sizes.push(shelf.ready.len());
        }
        assert_eq!(sizes, [32, 16, 8, 4, 2]);
        assert_eq!(shelf.forget(), Vec::<u8>::new(), "the least stays");
    }
}
