//! What is known of one function as far as its template is concerned.

use std::collections::BTreeSet;
use std::time::Duration;

use model::Time;
use sandbox::{Launch, LaunchKey, Package};

use super::{Choice, From, Wish};
use crate::limits;
use crate::meter::Meter;

pub struct Entry {
    /// Of the revision that is started; `None` once nothing is any more.
    key: Option<LaunchKey>,
    package: Package,
    runtime: String,
    /// What the function imported that a template can load; `None` before it is known.
    modules: Option<Vec<String>>,
    lesson: Lesson,
    /// Whether a template is being made, maybe in place of the one that there is.
    making: bool,
    /// Templates that came to nothing, of this revision.
    losses: u32,
    /// Whether its templates hold the function's whole init.
    snapshots: bool,
    pub state: State,
}

pub enum State {
    /// There is no template.
    Without,
    Made {
        template: u64,
        since: Time,
        used: Time,
        /// Nobody has called the function since.
        unused: bool,
        /// Nobody has told what its init has printed.
        untold: bool,
        meter: Meter,
    },
    /// It cannot be forked: why, for people.
    Refused(String),
}

/// Whether the function, with this package, has told what it imports.
enum Lesson {
    Due,
    /// An instance was asked.
    Begun(Time),
    Learned,
}

/// After this an instance that has not told what it imports is no longer waited for.
const LEARNING: Duration = Duration::from_secs(60);

impl Entry {
    pub fn new(launch: &Launch) -> Self {
        Self {
            key: Some(launch.key.clone()),
            package: launch.package.clone(),
            runtime: launch.runtime.name.clone(),
            // A snapshot holds whatever the function loads: there is nothing to be learned.
            modules: launch.snap_start.then(Vec::new),
            lesson: if launch.snap_start { Lesson::Learned } else { Lesson::Due },
            making: false,
            losses: 0,
            snapshots: launch.snap_start,
            state: State::Without,
        }
    }

    pub fn is_of(&self, key: &LaunchKey) -> bool {
        self.key.as_ref() == Some(key)
    }

    /// Becomes that of another revision, if it is one: what was learned is of use, the template is not. Returns it.
    pub fn take_over(&mut self, launch: &Launch) -> Option<u64> {
        if self.is_of(&launch.key) {
            return None;
        }
        let gone = self.close();
        let before = std::mem::replace(self, Self::new(launch));
        if launch.snap_start {
            return gone;
        }
        if before.runtime == self.runtime {
            self.modules = before.modules;
        }
        if self.modules.is_some() && before.package == self.package {
            self.lesson = before.lesson;
        }
        gone
    }

    pub fn choose(&mut self, now: Time) -> Choice {
        let from = match &mut self.state {
            State::Made { template, used, unused, .. } => {
                (*used, *unused) = (now, false);
                From::Template(*template)
            }
            State::Without if self.making => From::TemplateToCome,
            State::Without | State::Refused(_) => From::Nothing,
        };
        let learns = match self.lesson {
            _ if matches!(self.state, State::Refused(_)) => false,
            Lesson::Due => true,
            Lesson::Begun(since) => now >= since + LEARNING,
            Lesson::Learned => false,
        };
        if learns {
            self.lesson = Lesson::Begun(now);
        }
        Choice { from, learns }
    }

    /// `room` says whether one more may be made of a function that was never called.
    pub fn wish(&mut self, room: bool) -> Wish {
        match (&self.state, &self.modules) {
            (State::Without, _) if self.making => Wish::Wait,
            (State::Without, Some(modules)) => {
                self.making = true;
                Wish::Make(modules.clone())
            }
            (State::Without, None) if room => {
                self.making = true;
                Wish::Make(Vec::new())
            }
            _ => Wish::Settled,
        }
    }

    /// An instance has done its first work, and may have told what it imported itself. Gives what a template is to load,
    /// when one is to be made now.
    pub fn wants(&mut self, told: Option<Vec<String>>) -> Option<Vec<String>> {
        let has_learned = told.is_some();
        let news = self.learn(told);
        let wanted = match &self.state {
            State::Without => self.modules.is_some() && !self.making,
            State::Made { .. } => news && !self.making,
            State::Refused(_) => false,
        };
        if has_learned {
            self.lesson = Lesson::Learned;
        }
        self.making |= wanted;
        self.modules.clone().filter(|_| wanted)
    }

    /// Whether it is more than was known.
    fn learn(&mut self, told: Option<Vec<String>>) -> bool {
        let Some(told) = told else { return false };
        let known = self.modules.get_or_insert_default();
        let names: BTreeSet<&String> = known.iter().collect();
        let new: Vec<String> = told.iter().filter(|name| !names.contains(name)).cloned().collect();
        let length: usize = known.iter().chain(&new).map(String::len).sum();
        if length > limits::MODULES {
            *known = told;
        } else {
            known.extend(new.iter().cloned());
        }
        !new.is_empty()
    }

    pub fn made(&mut self, template: u64, meter: Meter, now: Time) -> Option<u64> {
        let before = self.template();
        self.making = false;
        let unused = before.is_none() && !matches!(self.lesson, Lesson::Learned);
        self.state = State::Made { template, since: now, used: now, unused, untold: self.snapshots, meter };
        before
    }

    /// Whether the next fork is to tell what the init of this template has printed.
    pub fn tells(&mut self, of: u64) -> bool {
        match &mut self.state {
            State::Made { template, untold, .. } if *template == of => std::mem::take(untold),
            _ => false,
        }
    }

    pub fn refuse(&mut self, reason: String) -> Option<u64> {
        self.making = false;
        let gone = self.template();
        self.state = State::Refused(reason);
        gone
    }

    /// This template, or the one that was to be made, is lost. Another is made at the next start, unless too many were.
    pub fn lose(&mut self, template: Option<u64>, reason: String) -> Option<u64> {
        // Of all who wanted a fork of it, one tells.
        if template.is_some() && self.template() != template {
            return None;
        }
        self.losses += 1;
        if self.losses >= limits::TEMPLATE_LOSSES {
            return self.refuse(reason);
        }
        self.making = false;
        self.give_up()
    }

    /// Nothing of its key is started any more. Returns its template.
    pub fn close(&mut self) -> Option<u64> {
        let gone = self.template();
        self.key = None;
        self.making = false;
        self.state = State::Without;
        gone
    }

    pub fn template(&self) -> Option<u64> {
        match &self.state {
            State::Made { template, .. } => Some(*template),
            _ => None,
        }
    }

    pub fn is_coming(&self) -> bool {
        self.making && matches!(self.state, State::Without)
    }

    /// Of a function of which nothing is known yet.
    pub fn is_made_ahead(&self) -> bool {
        self.making && self.modules.is_none()
    }

    pub fn is_over(&self, now: Time, short_of_memory: bool) -> bool {
        let State::Made { since, used, unused, .. } = &self.state else { return false };
        let patience = match (short_of_memory, unused) {
            (true, _) => limits::TEMPLATE_PRESSURE,
            (false, true) => limits::TEMPLATE_UNUSED,
            (false, false) => limits::TEMPLATE_IDLE,
        };
        now >= *since + limits::TEMPLATE_AGE || now >= *used + patience
    }

    /// Its template goes for its age, or for want of use or memory; the next start makes another.
    pub fn give_up(&mut self) -> Option<u64> {
        let gone = self.template()?;
        self.state = State::Without;
        Some(gone)
    }
}
