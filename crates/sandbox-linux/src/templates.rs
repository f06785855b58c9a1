//! Which launches have a template, and what is to be done at their next start: decisions only, by one table.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Arn, Time};
use sandbox::{Contract, Launch, LaunchKey, SlowStart};

use crate::limits;
use crate::meter::Meter;

/// How an instance is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Ordinary,
    /// As ordinary, and its guest is to tell what it imports.
    Learning,
    /// From this template.
    Forked(u64),
}

/// The templates of this server.
pub struct Templates {
    enabled: bool,
    table: Mutex<Table>,
}

/// By function and version: a launch of another key takes the place of the one before.
type Table = BTreeMap<(Arn, String), Entry>;

struct Entry {
    key: LaunchKey,
    state: State,
}

enum State {
    /// An instance was asked what it imports.
    Learning {
        since: Time,
    },
    Made {
        template: u64,
        modules: Vec<String>,
        since: Time,
        used: Time,
        meter: Meter,
    },
    /// It was given up for its age, or for want of use or memory; the next start makes another.
    Known {
        modules: Vec<String>,
    },
    /// It cannot be forked: why, for people.
    Refused(String),
}

impl Templates {
    pub fn new(enabled: bool) -> Self {
        Self { enabled, table: Mutex::default() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to start an instance of `launch`, and the template of a revision that it has replaced.
    pub fn choose(&self, launch: &Launch, now: Time) -> (Choice, Option<u64>) {
        let mut table = self.table();
        let replaced = match table.get_mut(&name(launch)) {
            Some(entry) if entry.key == launch.key => return (entry.choose(now), None),
            Some(_) => table.remove(&name(launch)).and_then(|entry| entry.template()),
            None => None,
        };
        let forkable = launch.runtime.contract == Contract::PullFramed && !launch.runtime.template.is_empty();
        if !self.enabled || !forkable {
            return (Choice::Ordinary, replaced);
        }
        make_room(&mut table);
        let entry = Entry { key: launch.key.clone(), state: State::Learning { since: now } };
        table.insert(name(launch), entry);
        (Choice::Learning, replaced)
    }

    /// What a template of `launch` is to load, when one is wanted: an instance has told so now, or another before.
    pub fn wants(&self, launch: &Launch, told: Option<Vec<String>>) -> Option<Vec<String>> {
        let mut table = self.table();
        let entry = table.get_mut(&name(launch)).filter(|entry| entry.key == launch.key)?;
        match (&entry.state, told) {
            (State::Learning { .. }, Some(modules)) => Some(modules),
            (State::Known { modules }, None) => Some(modules.clone()),
            _ => None,
        }
    }

    /// A template was made, and this reads what it holds. Returns those that have to go for it, or it itself when
    /// its launch has gone meanwhile.
    pub fn made(
        &self,
        launch: &Launch,
        template: u64,
        meter: Meter,
        modules: Vec<String>,
        now: Time,
    ) -> Vec<u64> {
        let mut table = self.table();
        match table.get_mut(&name(launch)).filter(|entry| entry.key == launch.key) {
            Some(entry) => {
                let before = entry.template();
                entry.state = State::Made { template, modules, since: now, used: now, meter };
                before.into_iter().chain(surplus(&mut table)).collect()
            }
            None => vec![template],
        }
    }

    /// No template of this launch will do.
    pub fn refuse(&self, launch: &Launch, reason: String) {
        if let Some(entry) = self.table().get_mut(&name(launch)).filter(|entry| entry.key == launch.key) {
            entry.state = State::Refused(reason);
        }
    }

    /// Nothing of this key is started any more. Returns its template.
    pub fn forget(&self, key: &LaunchKey) -> Option<u64> {
        let mut table = self.table();
        let name = table.iter().find(|(_, entry)| entry.key == *key).map(|(name, _)| name.clone())?;
        table.remove(&name)?.template()
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
        let patience = if short_of_memory { limits::TEMPLATE_PRESSURE } else { limits::TEMPLATE_IDLE };
        let over = |entry: &&mut Entry| match &entry.state {
            State::Made { since, used, .. } => {
                now >= *since + limits::TEMPLATE_AGE || now >= *used + patience
            }
            _ => false,
        };
        let mut gone: Vec<u64> = table.values_mut().filter(over).filter_map(Entry::give_up).collect();
        gone.extend(surplus(&mut table));
        gone
    }

    pub fn lives(&self, template: u64) -> bool {
        self.table().values().any(|entry| entry.template() == Some(template))
    }
}

impl Entry {
    fn choose(&mut self, now: Time) -> Choice {
        match &mut self.state {
            State::Learning { since } if now >= *since + LEARNING => {
                *since = now;
                Choice::Learning
            }
            State::Made { template, used, .. } => {
                *used = now;
                Choice::Forked(*template)
            }
            State::Learning { .. } | State::Known { .. } | State::Refused(_) => Choice::Ordinary,
        }
    }

    fn template(&self) -> Option<u64> {
        match &self.state {
            State::Made { template, .. } => Some(*template),
            _ => None,
        }
    }

    fn give_up(&mut self) -> Option<u64> {
        let State::Made { template, modules, .. } = &mut self.state else { return None };
        let (template, modules) = (*template, std::mem::take(modules));
        self.state = State::Known { modules };
        Some(template)
    }
}

/// After this an instance that has not told what it imports is no longer waited for.
const LEARNING: Duration = Duration::from_secs(60);

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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use model::{AccountId, Region};
    use sandbox::{Limits, Package, Runtime};

    use super::*;

    fn launch(function: &str, key: &str, guest: &str) -> Launch {
        Launch {
            key: LaunchKey(key.to_owned()),
            account: AccountId::default_account(),
            region: Region::default(),
            function: Arn::new("lambda", "us-east-1", "000000000000", function),
            function_name: function.to_owned(),
            version: "$LATEST".to_owned(),
            package: Package { code: PathBuf::from("/code"), layers: vec![] },
            runtime: Arc::new(Runtime {
                name: "python3.12".to_owned(),
                command: vec![],
                roots: vec![],
                environment: vec![],
                contract: Contract::PullFramed,
                guest: Some(guest.to_owned()),
                template: if guest == "python" { vec!["template.py".to_owned()] } else { vec![] },
                found_version: String::new(),
            }),
            handler: "app.handler".to_owned(),
            environment: BTreeMap::new(),
            limits: Limits {
                memory_mib: 128,
                tmp_mib: 512,
                timeout: Duration::from_secs(3),
                pids: 1024,
                descriptors: 1024,
            },
            egress: sandbox::Egress::None,
            role: Arn::new("iam", "", "000000000000", "role/test"),
            log_group: String::new(),
            keep_idle: None,
        }
    }

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    fn make(templates: &Templates, launch: &Launch, number: u64, now: Time) -> Vec<u64> {
        let modules = templates.wants(launch, Some(vec!["boto3".to_owned()])).expect("it is wanted");
        templates.made(launch, number, Meter::default(), modules, now)
    }

    #[test]
    fn the_first_start_teaches_and_later_ones_fork() {
        let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
        assert_eq!(templates.choose(&one, at(0)), (Choice::Learning, None));
        assert_eq!(templates.choose(&one, at(1)), (Choice::Ordinary, None), "one teacher is enough");
        assert_eq!(templates.choose(&one, at(61)), (Choice::Learning, None), "unless it never tells");
        assert_eq!(make(&templates, &one, 7, at(62)), Vec::<u64>::new());
        assert_eq!(templates.choose(&one, at(63)), (Choice::Forked(7), None));
        let two = launch("f", "2", "python");
        assert_eq!(templates.choose(&two, at(64)), (Choice::Learning, Some(7)), "another revision");
        assert_eq!(templates.made(&one, 8, Meter::default(), vec![], at(65)), vec![8], "too late");
        assert_eq!(templates.forget(&one.key), None, "another has its place");
        templates.refuse(&two, "threads".to_owned());
        assert_eq!(templates.choose(&two, at(200)), (Choice::Ordinary, None));
        assert_eq!(templates.refused()[0].reason, "not started from a template: threads");
    }

    #[test]
    fn a_function_that_is_gone_leaves_no_template() {
        let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
        templates.choose(&one, at(0));
        make(&templates, &one, 7, at(0));
        assert_eq!(templates.forget(&one.key), Some(7));
        assert!(!templates.lives(7));
        assert_eq!(templates.choose(&one, at(1)), (Choice::Learning, None));
    }

    #[test]
    fn others_and_none_are_started_as_ever() {
        for (enabled, guest) in [(false, "python"), (true, "other")] {
            let templates = Templates::new(enabled);
            assert_eq!(templates.choose(&launch("f", "1", guest), at(0)), (Choice::Ordinary, None));
        }
    }

    #[test]
    fn what_is_old_or_idle_goes_and_comes_again_when_it_is_asked_for() {
        for (seconds, short_of_memory, goes) in
            [(10, false, false), (61, true, true), (61, false, false), (901, false, true)]
        {
            let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
            templates.choose(&one, at(0));
            make(&templates, &one, 7, at(0));
            let gone = templates.expire(at(seconds), short_of_memory);
            assert_eq!(gone, if goes { vec![7] } else { vec![] }, "{seconds}");
            assert_eq!(templates.lives(7), !goes);
            let modules = templates.wants(&one, None);
            assert_eq!(modules, goes.then(|| vec!["boto3".to_owned()]));
        }
    }

    #[test]
    fn beyond_the_bound_the_least_recently_used_goes() {
        let templates = Templates::new(true);
        let mut gone = Vec::new();
        for number in 0..limits::TEMPLATES as u64 + 2 {
            let one = launch(&format!("f{number}"), &number.to_string(), "python");
            templates.choose(&one, at(0));
            gone.extend(make(&templates, &one, number, at(number as i64)));
        }
        assert_eq!(gone, [0, 1]);
    }
}
