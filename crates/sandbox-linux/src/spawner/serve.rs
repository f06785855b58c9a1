//! The spawner's life: takes requests, follows what it has begun, reaps what ends, and leaves nothing behind. It waits
//! in one place only, for whatever comes first.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::Timespec;

use super::NAME;
use super::ahead::Ahead;
use super::build::{Building, Built, Order, Site, failed};
use super::pool::Pool;
use super::residents::{Resident, Residents};
use super::template::Template;
use super::yard::Yard;
use crate::cgroup::{self, Places};
use crate::channel::{Channel, ChannelError};
use crate::ids::Ids;
use crate::inside::FIRST_FREE;
use crate::plan::{Answer, Bounds, Handed, Plan, Reply, Unfit};
use crate::poll::{Mark, Poll, Watched};
use crate::request::{Refused, Request, Seed};
use crate::root::Home;
use crate::{command_line, filter, sweeper, syscall};

/// How long demand for prepared parts is remembered.
const MEMORY: Duration = Duration::from_secs(2);
/// How long nothing happens before more is prepared where something still is: who was just started has the CPU first.
const CALM: Duration = Duration::from_millis(5);
/// How soon a cgroup is tried again that could not be removed yet.
const RETRY: Duration = Duration::from_millis(5);
/// How long the end of all sandboxes is waited for when the server is gone.
const FAREWELL: Duration = Duration::from_secs(10);

/// Is the spawner process; never returns.
pub fn run(channel: Channel) -> ! {
    let opened = prepare_process(channel).and_then(Nursery::open);
    match opened {
        Ok(mut nursery) => {
            let served = nursery.serve();
            if let Err(error) = served {
                tracing::error!(%error, "the spawner ends");
            }
            nursery.close();
            syscall::exit(0)
        }
        Err(error) => {
            tracing::error!(%error, "the spawner cannot begin");
            syscall::exit(1)
        }
    }
}

fn prepare_process(channel: Channel) -> std::io::Result<Channel> {
    command_line::replace(NAME)?;
    syscall::ignore_terminal_signals();
    let _ = rustix::thread::set_name(c"dayfly-spawner");
    let _ = rustix::process::setsid();
    sweeper::leave()?;
    Ok(channel.keep_numbers_free(FIRST_FREE)?)
}

struct Nursery {
    server: Watched<Channel>,
    places: Places,
    /// Of what plans may show; none as long as nobody has set any.
    bounds: Option<Bounds>,
    pool: Pool,
    filter: Vec<libc::sock_filter>,
    privileged: bool,
    poll: Poll,
    /// By the ids of their plans; with what a template is made for.
    building: BTreeMap<u64, (Building, Option<Seed>)>,
    templates: BTreeMap<u64, Template>,
    residents: Residents,
    ahead: Ahead,
    /// When demand for prepared parts was last looked at.
    looked: Instant,
}

impl Nursery {
    fn open(server: Channel) -> std::io::Result<Self> {
        let found = cgroup::find();
        cgroup::remove_leftovers(&found);
        let mut places = found.below(&format!("{}{}", cgroup::PREFIX, std::process::id()));
        let places = match places.make().and_then(|()| places.pass_controllers_on()) {
            Ok(()) => {
                places.thread();
                places.yield_to_server();
                places
            }
            Err(error) => {
                tracing::warn!(%error, "no cgroups can be made; limits are those of processes");
                Places::default()
            }
        };
        let privileged = rustix::process::geteuid().is_root();
        let poll = Poll::open()?;
        Ok(Self {
            server: poll.watch(server, Mark::Server)?,
            pool: Pool::open(places.clone(), privileged),
            filter: if places.memory.is_some() { filter::program() } else { filter::for_watched() },
            places,
            bounds: None,
            privileged,
            residents: Residents::new(poll.clone()),
            poll,
            building: BTreeMap::new(),
            templates: BTreeMap::new(),
            ahead: Ahead::new(if privileged { Some(Home::open()?) } else { None }),
            looked: Instant::now(),
        })
    }

    fn serve(&mut self) -> rustix::io::Result<()> {
        loop {
            let patience = self.patience().and_then(|patience| Timespec::try_from(patience).ok());
            let marks = self.poll.wait(patience.as_ref())?;
            if marks.is_empty() {
                // Nobody wants anything: the moment to prepare for the next.
                self.prepare();
            }
            for mark in marks {
                match mark {
                    Mark::Server if !self.listen() => return Ok(()),
                    Mark::Server => {}
                    Mark::Ended(number) => self.residents.reap(number),
                    Mark::Building(id) => self.follow(id),
                    Mark::Control(id) => self.drive(id, Template::hear_control),
                    Mark::Keeper(id) => self.drive(id, Template::hear_keeper),
                    Mark::Shelter(id) => self.drive(id, Template::hear_shelter),
                    Mark::Birth(id) => self.drive(id, Template::hear_birth),
                    Mark::Ahead => self.ahead.hear(),
                }
            }
            self.expire();
            self.clear();
        }
    }

    /// How long nothing may happen before there is something to do anyway; `None` for ever.
    fn patience(&mut self) -> Option<Duration> {
        let now = Instant::now();
        if now >= self.looked + MEMORY {
            self.looked = now;
            self.pool.forget();
            self.ahead.forget();
            self.drive_all(|template, yard| template.forget(yard));
        }
        if self.pool.is_bare() || self.ahead.is_bare() || self.templates.values().any(Template::is_bare) {
            return Some(Duration::ZERO);
        }
        let short = self.pool.is_short() || self.ahead.is_short();
        let short = short || self.templates.values().any(Template::is_short);
        let settled = self.pool.is_settled() && self.ahead.is_settled();
        let settled = settled && self.templates.values().all(Template::is_settled);
        let late = self.building.values().map(|(building, _)| building.until);
        let late = late.chain(self.templates.values().filter_map(Template::deadline));
        let next = late.chain(self.ahead.deadline()).chain((!settled).then(|| self.looked + MEMORY));
        let next = next.chain(self.residents.are_lingering().then(|| now + RETRY));
        let next = next.chain(short.then(|| now + CALM)).min();
        next.map(|next| next.saturating_duration_since(now))
    }

    /// Makes one thing before it is asked for.
    fn prepare(&mut self) {
        if self.pool.is_short() {
            self.pool.make_one();
        } else if self.ahead.is_short() {
            let ids = Ids::of(self.pool.number(), self.privileged);
            let (pool, filter, poll) = (&mut self.pool, self.filter.as_slice(), &self.poll);
            self.ahead.make_one(ids, &mut Site { pool, filter, poll });
        } else if let Some((id, _)) = self.templates.iter().find(|(_, template)| template.is_short()) {
            self.drive(*id, Template::prepare);
        }
    }

    /// `false` when the server is gone.
    fn listen(&mut self) -> bool {
        let request = match self.server.receive_bytes() {
            Ok(bytes) => Request::decode(&bytes, self.bounds.as_ref()),
            Err(ChannelError::Closed) => return false,
            Err(ChannelError::NotNow) => return true,
            Err(ChannelError::Broken(_)) => Err(Refused { id: None, reason: "it could not be received" }),
        };
        match request {
            Ok(Request::Start(plan)) => self.begin(&plan, None),
            Ok(Request::Template { plan, seed }) => self.begin(&plan, Some(*seed)),
            Ok(Request::Sprout { template, plan }) => self.sprout(template, *plan),
            Ok(Request::Retire { template }) => {
                self.drive(template, Template::retire);
                self.let_go(template);
            }
            Ok(Request::Confine(bounds)) => drop(self.bounds.get_or_insert(bounds)),
            Ok(Request::Settle { id }) => self.residents.settle(id),
            Ok(Request::Permit { id, sandbox, address, ports, seconds }) => {
                let opened = self.residents.gate(sandbox).map(|gate| gate.open_all(address, &ports, seconds));
                match opened.unwrap_or_else(|| Err(std::io::ErrorKind::NotFound.into())) {
                    Ok(()) => self.hand_over(id, &[]),
                    Err(error) => self.answer(id, Err(failed("letting through", error))),
                }
            }
            Ok(Request::End { id }) => self.residents.end(id),
            Err(Refused { id: Some(id), reason }) => self.answer(id, Err(failed("the plan", reason))),
            Err(Refused { id: None, reason }) => tracing::warn!(reason, "a request was not taken"),
        }
        true
    }

    fn is_known(&self, id: u64) -> bool {
        self.residents.has(id) || self.building.contains_key(&id) || self.templates.contains_key(&id)
    }

    /// Begins to build a sandbox; that of a template when there is one for it.
    fn begin(&mut self, plan: &Plan, seed: Option<Seed>) {
        let ids = match seed {
            Some(_) => Ids::of_template(plan.id),
            None => Ids::of(self.pool.number(), self.privileged),
        };
        let begun = if seed.is_some() && !self.privileged {
            let reason = "this machine's sandboxes are made without root".to_owned();
            Err(Reply::Unfit(Unfit::Never(reason)))
        } else if self.is_known(plan.id) {
            Err(failed("the plan", "its id is in use"))
        } else if seed.is_none()
            && let Some(built) = self.ahead.take(plan, &mut self.pool)
        {
            return self.answer(plan.id, Ok(built));
        } else {
            let (pool, filter, poll) = (&mut self.pool, self.filter.as_slice(), &self.poll);
            let order = Order { plan, ids, mark: Mark::Building(plan.id), waits: false };
            Building::begin(order, &mut Site { pool, filter, poll })
        };
        match begun {
            Err(reply) => self.answer(plan.id, Err(reply)),
            Ok(mut building) => match building.admit() {
                Ok(()) => drop(self.building.insert(plan.id, (building, seed))),
                Err(reply) => {
                    self.residents.bury(building.resident);
                    self.answer(plan.id, Err(reply));
                }
            },
        }
    }

    /// A sandbox that is being built has said something.
    fn follow(&mut self, id: u64) {
        let Some((building, _)) = self.building.get_mut(&id) else { return };
        let heard = building.hear();
        if matches!(heard, Ok(false)) {
            return;
        }
        let Some((building, seed)) = self.building.remove(&id) else { return };
        match (heard, seed) {
            (Err(reply), _) => {
                self.residents.bury(building.resident);
                self.answer(id, Err(reply));
            }
            (Ok(_), None) => {
                let (built, ..) = building.finish();
                self.answer(id, Ok(built));
            }
            (Ok(_), Some(seed)) => {
                match Template::plant(id, building.finish(), seed, &self.filter, &self.poll) {
                    Ok(template) => drop(self.templates.insert(id, template)),
                    Err((reply, resident)) => {
                        self.residents.bury(resident);
                        self.answer(id, Err(reply));
                    }
                }
            }
        }
    }

    fn sprout(&mut self, template: u64, plan: Plan) {
        if self.is_known(plan.id) {
            self.answer(plan.id, Err(failed("the plan", "its id is in use")));
        } else if self.templates.contains_key(&template) {
            self.drive(template, |template, yard| template.sprout(plan, yard));
        } else {
            let reason = "it was given up".to_owned();
            self.answer(plan.id, Err(Reply::Unfit(Unfit::Lost(reason))));
        }
    }

    /// Has a template do something, and does what follows from it.
    fn drive(&mut self, template: u64, act: impl FnOnce(&mut Template, &mut Yard<'_>)) {
        let Some(found) = self.templates.get_mut(&template) else { return };
        let (pool, poll) = (&mut self.pool, &self.poll);
        let mut yard = Yard { pool, poll, done: Vec::new(), planted: None, over: Vec::new() };
        act(found, &mut yard);
        let Yard { done, planted, over, .. } = yard;
        match planted {
            Some(Ok(gauges)) => self.hand_over(template, &gauges),
            Some(Err(reply)) => self.answer(template, Err(reply)),
            None => {}
        }
        over.into_iter().for_each(|resident| self.residents.bury(resident));
        done.into_iter().for_each(|(id, built)| self.answer(id, built));
    }

    fn drive_all(&mut self, act: impl Fn(&mut Template, &mut Yard<'_>)) {
        let ids: Vec<u64> = self.templates.keys().copied().collect();
        ids.into_iter().for_each(|id| self.drive(id, &act));
    }

    /// Gives a template's keeper up once nobody needs it any more.
    fn let_go(&mut self, id: u64) {
        if self.templates.get(&id).is_some_and(Template::is_over)
            && let Some(template) = self.templates.remove(&id)
        {
            self.residents.bury(template.into_keeper());
        }
    }

    /// Tells the server what came of its request. A server that is gone is noticed by what it no longer says.
    fn answer(&mut self, id: u64, built: Result<Built, Reply>) {
        match built {
            Ok(Built { resident, handed }) => {
                self.residents.move_in(id, resident);
                self.hand_over(id, &handed);
            }
            Err(reply) => drop(self.server.send(&Answer { id, reply }, &[])),
        }
    }

    fn hand_over(&self, id: u64, handed: &[(Handed, OwnedFd)]) {
        let (handed, descriptors): (Vec<_>, Vec<_>) =
            handed.iter().map(|(name, descriptor)| (*name, descriptor.as_fd())).unzip();
        let _ = self.server.send(&Answer { id, reply: Reply::Started { handed } }, &descriptors);
    }

    /// Gives up what takes too long.
    fn expire(&mut self) {
        let now = Instant::now();
        let late = self.building.extract_if(.., |_, (building, _)| building.until <= now);
        let late: Vec<(u64, Resident)> = late.map(|(id, (building, _))| (id, building.resident)).collect();
        for (id, resident) in late {
            self.residents.bury(resident);
            self.answer(id, Err(failed("following it", "it took too long")));
        }
        self.ahead.expire(now);
        self.drive_all(|template, yard| template.expire(now, yard));
    }

    /// Removes what is left of what has ended.
    fn clear(&mut self) {
        self.ahead.over.drain(..).for_each(|resident| self.residents.bury(resident));
        for id in self.residents.clear() {
            if let Some(template) = self.templates.get_mut(&id) {
                template.children -= 1;
            }
            self.let_go(id);
        }
    }

    /// Ends every sandbox and removes all cgroups.
    fn close(&mut self) {
        self.residents.end_all();
        self.ahead.close();
        for (building, _) in std::mem::take(&mut self.building).into_values() {
            self.residents.bury(building.resident);
        }
        self.drive_all(|template, yard| template.retire(yard));
        let templates: Vec<u64> = self.templates.keys().copied().collect();
        templates.into_iter().for_each(|template| self.let_go(template));
        let until = Instant::now() + FAREWELL;
        while self.residents.are_ending() && Instant::now() < until {
            let patience = Timespec::try_from(RETRY).ok();
            for mark in self.poll.wait(patience.as_ref()).unwrap_or_default() {
                if let Mark::Ended(number) = mark {
                    self.residents.reap(number);
                }
            }
            self.clear();
        }
        self.pool.close();
        let _ = self.places.remove();
    }
}
