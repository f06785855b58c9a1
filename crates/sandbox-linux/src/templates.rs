//! Which launches have a template, and what is to be done at their next start: decisions only, by one table.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Arn, Time};
use sandbox::{Contract, Launch, LaunchKey, SlowStart};
use tokio::sync::Notify;

use crate::limits;
use crate::meter::Meter;
use entry::{Entry, State};

/// How an instance is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub from: From,
    /// Its guest is to tell what it imports itself.
    pub learns: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Nothing,
    Template(u64),
    /// From the template that is being made, or from nothing when none comes of it.
    TemplateToCome,
}

/// What becomes of the wish that a launch should have a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// It is to be made, and to load this.
    Make(Vec<String>),
    /// It is being made.
    Wait,
    /// There is nothing to be done.
    Settled,
}

/// The templates of this server.
pub struct Templates {
    enabled: bool,
    table: Mutex<Table>,
    /// One that was being made has come, or will not.
    pub settled: Notify,
}

/// By function and version: a launch of another key takes the place of the one before.
type Table = BTreeMap<(Arn, String), Entry>;

impl Templates {
    pub fn new(enabled: bool) -> Self {
        Self { enabled, table: Mutex::default(), settled: Notify::new() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to start an instance of `launch`, and the template of a revision that it has replaced.
    pub fn choose(&self, launch: &Launch, now: Time) -> (Choice, Option<u64>) {
        let mut table = self.table();
        let replaced = self.admit(&mut table, launch);
        let nothing = Choice { from: From::Nothing, learns: false };
        (table.get_mut(&name(launch)).map_or(nothing, |entry| entry.choose(now)), replaced)
    }

    /// What is known of the function, or nothing, becomes what is known of this launch.
    fn admit(&self, table: &mut Table, launch: &Launch) -> Option<u64> {
        let forkable = launch.runtime.contract == Contract::PullFramed && !launch.runtime.template.is_empty();
        if !self.enabled || !forkable {
            return table.remove(&name(launch)).and_then(|entry| entry.template());
        }
        if let Some(entry) = table.get_mut(&name(launch)) {
            return entry.take_over(launch);
        }
        make_room(table);
        table.insert(name(launch), Entry::new(launch));
        None
    }

    /// Whether a template of `launch` is to be made before it is called, and the one of a revision that it has replaced.
    pub fn wish(&self, launch: &Launch) -> (Wish, Option<u64>) {
        let mut table = self.table();
        let replaced = self.admit(&mut table, launch);
        let ahead = table.values().filter(|entry| entry.is_made_ahead()).count();
        let entry = table.get_mut(&name(launch));
        let wish = entry.map_or(Wish::Settled, |entry| entry.wish(ahead < limits::TEMPLATES_AHEAD));
        (wish, replaced)
    }

    /// What a template of `launch` is to load, when one is wanted: an instance has told so now, or another before.
    pub fn wants(&self, launch: &Launch, told: Option<Vec<String>>) -> Option<Vec<String>> {
        self.table().get_mut(&name(launch)).filter(|entry| entry.is_of(&launch.key))?.wants(told)
    }

    /// Whether it is to be waited for.
    pub fn is_coming(&self, launch: &Launch) -> bool {
        let table = self.table();
        table.get(&name(launch)).is_some_and(|entry| entry.is_of(&launch.key) && entry.is_coming())
    }

    /// A template was made, and this reads what it holds. Returns those that have to go for it, or it itself when
    /// its launch has gone meanwhile.
    pub fn made(&self, launch: &Launch, template: u64, meter: Meter, now: Time) -> Vec<u64> {
        let mut table = self.table();
        let gone = match table.get_mut(&name(launch)).filter(|entry| entry.is_of(&launch.key)) {
            Some(entry) => {
                let before = entry.made(template, meter, now);
                before.into_iter().chain(surplus(&mut table)).collect()
            }
            None => vec![template],
        };
        self.settled.notify_waiters();
        gone
    }

    /// Whether the fork of `template` that is about to be made is the one to tell what its init has printed.
    pub fn tells(&self, launch: &Launch, template: u64) -> bool {
        self.table().get_mut(&name(launch)).is_some_and(|entry| entry.tells(template))
    }

    /// No template of this launch will do. Returns the one that it has.
    pub fn refuse(&self, launch: &Launch, reason: String) -> Option<u64> {
        self.settle(launch, |entry| entry.refuse(reason))
    }

    /// The template of this launch is of no use, another may be, unless that was so too often. Returns it.
    pub fn lose(&self, launch: &Launch, template: Option<u64>, reason: String) -> Option<u64> {
        self.settle(launch, |entry| entry.lose(template, reason))
    }

    fn settle(&self, launch: &Launch, act: impl FnOnce(&mut Entry) -> Option<u64>) -> Option<u64> {
        let mut table = self.table();
        let entry = table.get_mut(&name(launch)).filter(|entry| entry.is_of(&launch.key));
        let gone = entry.and_then(act);
        self.settled.notify_waiters();
        gone
    }

    /// Nothing of this key is started any more. Returns its template; what is known of the function stays known.
    pub fn forget(&self, key: &LaunchKey) -> Option<u64> {
        let mut table = self.table();
        let gone = table.values_mut().find(|entry| entry.is_of(key)).and_then(Entry::close);
        self.settled.notify_waiters();
        gone
    }

    /// The functions whose instances are not started from a template, for good.
    pub fn refused(&self) -> Vec<SlowStart> {
        let table = self.table();
        let refused = table.iter().filter_map(|((function, version), entry)| match &entry.state {
            State::Refused(reason) => Some(SlowStart {
                function: function.clone(),
                version: version.clone(),
                reason: format!("not started from a template: {reason}"),
            }),
            _ => None,
        });
        refused.collect()
    }

    /// Templates that have to go: those that are old or were not used, those that are too many or hold too much, and
    /// where memory is short all that were not used just now.
    pub fn expire(&self, now: Time, short_of_memory: bool) -> Vec<u64> {
        let mut table = self.table();
        let over = table.values_mut().filter(|entry| entry.is_over(now, short_of_memory));
        let mut gone: Vec<u64> = over.filter_map(Entry::give_up).collect();
        gone.extend(surplus(&mut table));
        gone
    }

    pub fn lives(&self, template: u64) -> bool {
        self.table().values().any(|entry| entry.template() == Some(template))
    }
}

fn name(launch: &Launch) -> (Arn, String) {
    (launch.function.clone(), launch.version.clone())
}

/// Gives up the least recently used while there are too many or they hold too much.
fn surplus(table: &mut Table) -> Vec<u64> {
    let mut gone = Vec::new();
    loop {
        let made = table.values_mut().filter_map(|entry| match &entry.state {
            State::Made { used, meter, .. } => Some((*used, meter.memory(), entry)),
            _ => None,
        });
        let made: Vec<_> = made.collect();
        let held: u64 = made.iter().map(|(_, memory, _)| memory).sum();
        if made.len() <= limits::TEMPLATES && held <= limits::TEMPLATE_BYTES {
            return gone;
        }
        let oldest = made.into_iter().min_by_key(|(used, _, _)| *used);
        gone.extend(oldest.and_then(|(_, _, entry)| entry.give_up()));
    }
}

/// What is known of functions is bounded too: of those without a template, some are forgotten.
fn make_room(table: &mut Table) {
    if table.len() >= limits::TEMPLATES_KNOWN {
        table.retain(|_, entry| entry.template().is_some());
    }
}
