//! What the world outside saw; it survives every crash.

use std::collections::{BTreeMap, BTreeSet};

use model::Time;

use crate::platform::{HIDDEN_FOR, RECEIVES};

/// Ways on which a text goes to its end: a queue's name, or a function's.
pub type Way = &'static str;

#[derive(Default)]
pub struct World {
    /// Texts that were sent on a way, and whose sender was answered.
    acknowledged: BTreeSet<(Way, String)>,
    /// Ids that senders were answered with: there are events of them.
    pub ids: BTreeSet<String>,
    /// Texts that whoever was given them was content with.
    handled: BTreeSet<(Way, String)>,
    /// Until when nobody else may get a message, by its id.
    in_hands: BTreeMap<String, Time>,
    /// Messages whose deletion was answered while they were in the hands of whoever asked for it.
    gone: BTreeSet<String>,
    /// How many texts were sent so far.
    pub sent: u64,
}

/// A message as it is given to somebody.
pub struct Given<'a> {
    pub id: &'a str,
    pub receives: u64,
    /// Until when nobody else gets it.
    pub until: Time,
}

impl World {
    pub fn acknowledge(&mut self, ways: &[Way], text: &str, id: &str) {
        self.acknowledged.extend(ways.iter().map(|way| (*way, text.to_owned())));
        self.ids.insert(id.to_owned());
    }

    pub fn handle(&mut self, way: Way, text: &str) {
        self.handled.insert((way, text.to_owned()));
    }

    pub fn give(&mut self, given: &Given<'_>) {
        let Given { id, receives, until } = given;
        assert!(!self.gone.contains(*id), "{id} was deleted and is given again");
        assert!(*receives <= RECEIVES, "{id} should be a dead letter");
        let taken = Time::from_millis(until.as_millis() - HIDDEN_FOR.as_millis() as i64);
        let before = self.in_hands.insert((*id).to_owned(), *until);
        assert!(
            before.is_none_or(|before| before <= taken),
            "{id}, taken at {taken:?}, was in hands until {before:?}"
        );
    }

    /// Whoever has it lets others have it.
    pub fn let_go(&mut self, id: &str, now: Time) -> bool {
        let has_it = self.in_hands.get(id).is_some_and(|until| now < *until);
        has_it && self.in_hands.remove(id).is_some()
    }

    pub fn delete(&mut self, id: &str, now: Time) {
        if self.let_go(id, now) {
            self.gone.insert(id.to_owned());
        }
    }

    /// `dead` are the texts that lie where dead letters lie.
    pub fn check_end(&self, dead: &BTreeSet<String>) {
        for (way, text) in &self.acknowledged {
            let is_handled = self.handled.contains(&(*way, text.clone()));
            let is_accounted_for = is_handled || dead.contains(&format!("{way}/{text}"));
            assert!(is_accounted_for, "{text} was lost on its way to {way}");
        }
    }
}
