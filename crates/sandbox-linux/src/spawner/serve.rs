//! The spawner's life: takes requests, reaps what ends, and leaves nothing behind.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, epoll};
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::build::{self, Built, Ids};
use super::pool::Pool;
use super::template::Template;
use super::{NAME, command_line};
use crate::cgroup::{self, Group, Places};
use crate::channel::{Channel, ChannelError};
use crate::inside::FIRST_FREE;
use crate::plan::{Bounds, Handed, Plan, Reply, Request, Unfit};
use crate::{filter, syscall};

/// How long demand for prepared parts is remembered.
const MEMORY: Duration = Duration::from_secs(2);
/// How soon a cgroup is tried again that could not be removed yet.
const RETRY: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
/// How long the end of all sandboxes is waited for when the server is gone.
const FAREWELL: Duration = Duration::from_secs(10);
/// The channel's mark among the polled descriptors; sandboxes have their ids.
const CHANNEL: u64 = u64::MAX;

/// Is the spawner process; never returns.
pub fn run(channel: Channel) -> ! {
    let channel = match prepare_process(channel) {
        Ok(channel) => channel,
        Err(error) => {
            tracing::error!(%error, "the spawner cannot begin");
            syscall::exit(1)
        }
    };
    let Ok(mut nursery) = Nursery::open() else { syscall::exit(1) };
    let served = nursery.serve(&channel);
    if let Err(error) = served {
        tracing::error!(%error, "the spawner ends");
    }
    nursery.close();
    syscall::exit(0)
}

fn prepare_process(channel: Channel) -> std::io::Result<Channel> {
    command_line::replace(NAME)?;
    syscall::ignore_terminal_signals();
    let _ = rustix::thread::set_name(c"dayfly-spawner");
    let _ = rustix::process::setsid();
    Ok(channel.keep_numbers_free(FIRST_FREE)?)
}

/// A sandbox that the server has not yet given up.
struct Live {
    pid: i32,
    /// Gone once its init was reaped.
    process: Option<OwnedFd>,
    group: Group,
    /// Which one it was made from.
    template: Option<u64>,
}

struct Nursery {
    places: Places,
    /// Of what plans may show; none as long as nobody has set any.
    bounds: Option<Bounds>,
    pool: Pool,
    filter: Vec<libc::sock_filter>,
    privileged: bool,
    poll: OwnedFd,
    templates: BTreeMap<u64, Template>,
    /// When demand for prepared parts was last looked at.
    looked: Instant,
    live: BTreeMap<u64, Live>,
    /// Given up, but not yet ended or not yet without processes.
    ending: BTreeMap<u64, Live>,
}

impl Nursery {
    fn open() -> rustix::io::Result<Self> {
        let found = cgroup::find();
        cgroup::remove_leftovers(&found);
        let places = found.below(&format!("{}{}", cgroup::PREFIX, std::process::id()));
        let places = match places.make().and_then(|()| places.pass_controllers_on()) {
            Ok(()) => places,
            Err(error) => {
                tracing::warn!(%error, "no cgroups can be made; limits are those of processes");
                Places::default()
            }
        };
        let privileged = rustix::process::geteuid().is_root();
        Ok(Self {
            pool: Pool::open(places.clone(), privileged),
            places,
            bounds: None,
            filter: filter::program(),
            privileged,
            poll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            templates: BTreeMap::new(),
            looked: Instant::now(),
            live: BTreeMap::new(),
            ending: BTreeMap::new(),
        })
    }

    fn serve(&mut self, channel: &Channel) -> rustix::io::Result<()> {
        epoll::add(&self.poll, channel, epoll::EventData::new_u64(CHANNEL), epoll::EventFlags::IN)?;
        let mut events = Vec::with_capacity(64);
        loop {
            events.clear();
            let patience = self.patience();
            match epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), patience.as_ref()) {
                // Nobody wants anything: the moment to prepare for the next.
                Ok(0) => self.prepare(),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error),
            }
            for event in &events {
                let marked = event.data.u64();
                if marked != CHANNEL {
                    self.reap(marked);
                } else if !self.answer(channel) {
                    return Ok(());
                }
            }
            self.remove_ended();
        }
    }

    /// How long nothing may happen before there is something to do anyway; `None` for ever.
    fn patience(&mut self) -> Option<Timespec> {
        let since = self.looked.elapsed();
        if since >= MEMORY {
            self.looked = Instant::now();
            self.pool.forget();
            self.templates.values_mut().for_each(Template::forget);
        }
        if self.pool.is_short() || self.templates.values().any(Template::is_short) {
            return Some(Timespec { tv_sec: 0, tv_nsec: 0 });
        }
        if self.ending.values().any(|live| live.process.is_none()) {
            return Some(RETRY);
        }
        let settled = self.pool.is_settled() && self.templates.values().all(Template::is_settled);
        if settled { None } else { Timespec::try_from(MEMORY.saturating_sub(since)).ok() }
    }

    /// Makes one thing before it is asked for.
    fn prepare(&mut self) {
        if self.pool.is_short() {
            self.pool.make_one();
        } else if let Some(template) = self.templates.values_mut().find(|template| template.is_short()) {
            template.make_one(&mut self.pool);
        }
    }

    /// `false` when the server is gone.
    fn answer(&mut self, channel: &Channel) -> bool {
        match channel.receive::<Request>() {
            Ok((Request::Start(plan), _)) => return self.start(channel, &plan),
            Ok((Request::Sprout { template, plan }, _)) => return self.sprout(channel, template, &plan),
            Ok((Request::Template { plan, modules }, _)) => return self.plant(channel, &plan, &modules),
            Ok((Request::Retire { template }, _)) => {
                if let Some(found) = self.templates.get_mut(&template) {
                    found.retire();
                    self.let_go(template);
                }
            }
            Ok((Request::Confine(bounds), _)) => drop(self.bounds.get_or_insert(bounds)),
            Ok((Request::Settle { id }, _)) => {
                if let Some(live) = self.live.get(&id)
                    && let Err(error) = live.group.settle()
                {
                    tracing::warn!(id, %error, "a sandbox keeps the CPU share of its init");
                }
            }
            Ok((Request::End { id }, _)) => self.end(id),
            Err(ChannelError::Closed) => return false,
            Err(ChannelError::Broken(error)) => tracing::warn!(%error, "a request could not be read"),
        }
        true
    }

    fn start(&mut self, channel: &Channel, plan: &Plan) -> bool {
        let ids = Ids::of(plan.id, self.privileged);
        let built = self.admit(plan).and_then(|()| build::build(plan, &ids, &mut self.pool, &self.filter));
        self.take_in(channel, plan.id, None, built)
    }

    fn admit(&self, plan: &Plan) -> Result<(), Reply> {
        let kept = self.bounds.as_ref().map_or(Ok(()), |bounds| bounds.check(plan));
        build::step("the plan", kept)
    }

    fn sprout(&mut self, channel: &Channel, template: u64, plan: &Plan) -> bool {
        let built = match self.templates.get_mut(&template) {
            Some(found) => found.sprout(plan, &mut self.pool),
            None => Err(Reply::Unfit(Unfit::Never("it was given up".to_owned()))),
        };
        self.take_in(channel, plan.id, Some(template), built)
    }

    fn plant(&mut self, channel: &Channel, plan: &Plan, modules: &[String]) -> bool {
        let built = if let Err(reply) = self.admit(plan) {
            Err(reply)
        } else if self.privileged && !self.templates.contains_key(&plan.id) {
            Template::build(plan, modules, &mut self.pool, &self.filter)
        } else {
            Err(Reply::Unfit(Unfit::Never("this machine's sandboxes are made without root".to_owned())))
        };
        match built {
            Ok((template, gauges)) => {
                self.templates.insert(plan.id, template);
                hand_over(channel, &gauges)
            }
            Err(reply) => channel.send(&reply, &[]).is_ok(),
        }
    }

    /// Gives a template's keeper up once nobody needs it any more.
    fn let_go(&mut self, id: u64) {
        if self.templates.get(&id).is_some_and(Template::is_over)
            && let Some(template) = self.templates.remove(&id)
        {
            let (pid, process, group) = template.into_keeper();
            let live = Live { pid, process: Some(process), group, template: None };
            self.watch(id, &live);
            live.kill();
            self.ending.insert(id, live);
        }
    }

    fn watch(&self, id: u64, live: &Live) {
        let Some(process) = &live.process else { return };
        let data = epoll::EventData::new_u64(id);
        if let Err(error) = epoll::add(&self.poll, process, data, epoll::EventFlags::IN) {
            tracing::warn!(%error, "a sandbox's end will be noticed late");
        }
    }

    fn take_in(
        &mut self,
        channel: &Channel,
        id: u64,
        template: Option<u64>,
        built: Result<Built, Reply>,
    ) -> bool {
        let built = match built {
            Ok(built) if self.live.contains_key(&id) => {
                built.abandon();
                Err(build::failed("the plan", "its id is in use"))
            }
            other => other,
        };
        match built {
            Ok(Built { pid, process, group, handed, .. }) => {
                let sent = hand_over(channel, &handed);
                let live = Live { pid, process: Some(process), group, template };
                self.watch(id, &live);
                self.live.insert(id, live);
                sent
            }
            Err(reply) => channel.send(&reply, &[]).is_ok(),
        }
    }

    fn end(&mut self, id: u64) {
        if let Some(live) = self.live.remove(&id) {
            live.kill();
            self.ending.insert(id, live);
        }
    }

    fn reap(&mut self, id: u64) {
        let found = self.live.get_mut(&id).or_else(|| self.ending.get_mut(&id));
        let Some(live) = found else { return };
        let waited = Pid::from_raw(live.pid).map(|pid| waitpid(Some(pid), WaitOptions::NOHANG));
        if !matches!(waited, Some(Ok(None))) {
            // Closing the descriptor takes it out of the poll set.
            live.process = None;
        }
    }

    fn remove_ended(&mut self) {
        let mut orphaned = Vec::new();
        self.ending.retain(|_, live| {
            let lives = live.process.is_some() || live.group.remove().is_err();
            orphaned.extend(live.template.filter(|_| !lives));
            lives
        });
        for id in orphaned {
            if let Some(template) = self.templates.get_mut(&id) {
                template.children -= 1;
            }
            self.let_go(id);
        }
    }

    /// Ends every sandbox and removes all cgroups.
    fn close(&mut self) {
        let ids: Vec<u64> = self.live.keys().copied().collect();
        ids.into_iter().for_each(|id| self.end(id));
        let templates: Vec<u64> = self.templates.keys().copied().collect();
        for template in templates {
            self.templates.entry(template).and_modify(Template::retire);
            self.let_go(template);
        }
        let until = Instant::now() + FAREWELL;
        while !self.ending.is_empty() && Instant::now() < until {
            let ids: Vec<u64> = self.ending.keys().copied().collect();
            ids.into_iter().for_each(|id| self.reap(id));
            self.remove_ended();
            let first = self.ending.values().find_map(|live| live.process.as_ref());
            match first {
                Some(process) => {
                    let mut waiting = [PollFd::new(process, PollFlags::IN)];
                    let _ = rustix::event::poll(&mut waiting, Some(&RETRY));
                }
                None => drop(rustix::event::poll(&mut [], Some(&RETRY))),
            }
        }
        self.pool.close();
        let _ = self.places.remove();
    }
}

/// `false` when the server is gone.
fn hand_over(channel: &Channel, handed: &[(Handed, OwnedFd)]) -> bool {
    let (handed, descriptors): (Vec<_>, Vec<_>) =
        handed.iter().map(|(name, descriptor)| (*name, descriptor.as_fd())).unzip();
    channel.send(&Reply::Started { handed }, &descriptors).is_ok()
}

impl Live {
    fn kill(&self) {
        if let Some(process) = &self.process {
            // The signal first: what is thawed afterwards runs into it before its next instruction.
            let _ = pidfd_send_signal(process, Signal::KILL);
        }
        self.group.thaw();
    }
}
