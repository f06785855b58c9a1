//! What runs inside a new sandbox before the function does: builds the walls from within, gives up every right,
//! starts the program and, as the sandbox's init, waits for it.

use std::ffi::CString;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal, WaitOptions};
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::limits;
use crate::network::Network;
use crate::plan::{Exit, Plan, Told};
use crate::step::{Step, at};
use crate::syscall;
use crate::uplink::pasta;
use crate::{cgroup, network, root};

/// What the spawner gives to the process that becomes a sandbox.
pub struct Outfit<'a> {
    pub plan: &'a Plan,
    pub filter: &'a [libc::sock_filter],
    /// To the spawner, until the walls stand.
    pub builder: Channel,
    pub status: OwnedFd,
    pub output: OwnedFd,
    pub frames: Option<OwnedFd>,
    /// Made beforehand; without, the process is in a new one and makes the listeners itself.
    pub network: Option<Network>,
    /// The uid and gid of this sandbox, as its mounting process names them.
    pub owner: (u32, u32),
    /// Whether the process is still in the host's user namespace and leaves it last.
    pub privileged: bool,
    /// What of the host is not reached, where a way out is made from inside.
    pub walled_off: Option<Vec<Ipv4Addr>>,
    /// Whether the program's process waits to be told its environment.
    pub waits: bool,
}

/// What the process inside tells the spawner while it builds.
#[derive(Debug, Serialize, Deserialize)]
pub enum Progress {
    /// The listeners, as descriptors.
    Listening,
    /// It is in its own user namespace now and waits for its ids.
    WantsIds,
    Ready,
    Failed {
        step: String,
        error: String,
    },
}

/// The spawner's word to go on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Go;

/// The spawner's word to a program's process that waits: what it is to execute, and within which limits.
#[derive(Debug, Serialize, Deserialize)]
pub struct Word {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    bounds: Bounds,
}

impl Word {
    pub fn of(plan: &Plan) -> Self {
        Self {
            command: plan.command.clone(),
            environment: plan.environment.clone(),
            bounds: Bounds::of(plan),
        }
    }
}

/// What a process of a function may open and start.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Bounds {
    descriptors: u32,
    pids: u32,
}

impl Bounds {
    pub fn of(plan: &Plan) -> Self {
        Self { descriptors: plan.descriptors, pids: plan.pids }
    }
}

// Fixed numbers, kept free by the spawner, so that all others can be closed at once.
pub const FRAMES: i32 = 3;
const STATUS: i32 = 4;
const OUTPUT: i32 = 5;
/// The channel on which the word comes.
const WORD: i32 = 6;
/// The spawner's own descriptors lie above.
pub const FIRST_FREE: i32 = 7;

/// Becomes the sandbox; never returns.
pub fn run(outfit: Outfit<'_>) -> ! {
    let program = Program::prepare(&outfit.plan.command, &outfit.plan.environment);
    match build(&outfit).and_then(|()| at("reporting", outfit.builder.send(&Progress::Ready, &[]))) {
        Ok(()) => {}
        Err(Step { doing, error }) => {
            let _ = outfit.builder.send(&Progress::Failed { step: doing.to_owned(), error }, &[]);
            syscall::exit(1);
        }
    }
    // 21:
    let mut program = Some(program);
    let mut become_program =
        || program.take().into_iter().for_each(|program| become_program(program, &outfit));
    let kept = at("keeping descriptors", keep_only(&outfit));
    match kept.and_then(|()| at("starting the program", syscall::lend(&mut become_program))) {
        Ok(child) => wait_for(child),
        Err(step) => give_up(step),
    }
}

fn build(outfit: &Outfit<'_>) -> Result<(), Step> {
    begin(outfit)?;
    // 12 to 16:
    match outfit.waits {
        true => root::build_empty(outfit.plan, outfit.owner)?,
        false => root::build(outfit.plan, Some(outfit.owner))?,
    }
    // 17:
    if outfit.privileged {
        leave_users(outfit)?;
        at("taking the ids", take_ids())?;
    }
    // 18:
    if !outfit.waits {
        at("setting limits", set_limits(Bounds::of(outfit.plan)))?;
    }
    // 19 and 20:
    at("giving up rights", give_up_rights(outfit.filter))
}

/// What comes before the root.
pub fn begin(outfit: &Outfit<'_>) -> Result<(), Step> {
    // The numbers are those of WALLS.md. 8:
    let ends = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    at("ending with the spawner", ends)?;
    // 9:
    let (_, entrances) = at("waiting for limits", outfit.builder.receive::<Go>())?;
    at("entering cgroups", cgroup::enter(&entrances))?;
    // 7, the rest of which it was born into:
    at("leaving the cgroup namespace", syscall::unshare(libc::CLONE_NEWCGROUP))?;
    // 10:
    match &outfit.network {
        Some(network) => at("entering the network", network.enter())?,
        None => {
            let listeners = at("building the network", network::build(&outfit.plan.ports))?;
            network::bound_buffers();
            if let Some(host) = &outfit.walled_off {
                at("making a way out", pasta::enclose(host))?;
            }
            let descriptors: Vec<BorrowedFd<'_>> = listeners.iter().map(OwnedFd::as_fd).collect();
            at("handing over the listeners", outfit.builder.send(&Progress::Listening, &descriptors))?;
        }
    }
    // 11. Where the whole machine runs out of memory, functions go before the server does.
    at("standing back", std::fs::write("/proc/self/oom_score_adj", "500"))?;
    at("naming the host", rustix::system::sethostname(b"localhost"))
}

pub fn leave_users(outfit: &Outfit<'_>) -> Result<(), Step> {
    at("leaving the host's groups", rustix::thread::set_thread_groups(&[]))?;
    at("leaving the host's users", syscall::unshare(libc::CLONE_NEWUSER))?;
    at("asking for ids", outfit.builder.send(&Progress::WantsIds, &[]))?;
    at("waiting for ids", outfit.builder.receive::<Go>())?;
    Ok(())
}

pub fn take_ids() -> rustix::io::Result<()> {
    take(limits::UID_INSIDE, limits::GID_INSIDE)
}

pub fn take(uid: u32, gid: u32) -> rustix::io::Result<()> {
    let (uid, gid) = (rustix::process::Uid::from_raw(uid), rustix::process::Gid::from_raw(gid));
    rustix::thread::set_thread_res_gid(gid, gid, gid)?;
    rustix::thread::set_thread_res_uid(uid, uid, uid)
}

pub fn set_limits(bounds: Bounds) -> rustix::io::Result<()> {
    // Kernels before 6.12 have turns of one length for all.
    let _ = syscall::take_turns(limits::TURN);
    let both = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
    rustix::process::setrlimit(Resource::Core, both(0))?;
    rustix::process::setrlimit(Resource::Nofile, both(bounds.descriptors.into()))?;
    rustix::process::setrlimit(Resource::Memlock, both(64 * 1024))?;
    // Besides the cgroup's limit, and instead of it where the host has none for us.
    rustix::process::setrlimit(Resource::Nproc, both(bounds.pids.into()))
}

pub fn give_up_rights(filter: &[libc::sock_filter]) -> io::Result<()> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    for capability in 0.. {
        if !syscall::drop_from_bounding_set(capability) {
            break;
        }
    }
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets)?;
    rustix::thread::set_no_new_privs(true)?;
    // After the ids: the kernel forgets this wish when a process changes them.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    syscall::filter_system_calls(filter)
}

/// Keeps of a template's descriptors its program's socket, and the channel to the spawner.
pub fn keep_channel(outfit: &Outfit<'_>) -> io::Result<Channel> {
    let null = keep_null()?;
    let control = outfit.frames.as_ref().map_or(null.as_fd(), AsFd::as_fd);
    syscall::place_descriptor(control, FRAMES)?;
    syscall::place_descriptor(outfit.builder.as_fd(), STATUS)?;
    std::mem::forget(null);
    syscall::close_from(STATUS + 1)?;
    Ok(Channel::from(syscall::take_descriptor(STATUS)))
}

/// Keeps `status`, and `other` under its number.
pub fn keep_status(status: BorrowedFd<'_>, other: BorrowedFd<'_>, number: i32) -> io::Result<()> {
    syscall::place_descriptor(status, STATUS)?;
    syscall::place_descriptor(other, number)?;
    syscall::close_from(FIRST_FREE)
}

/// Keeps the descriptors that init and the program need, under their fixed numbers, and closes all others.
fn keep_only(outfit: &Outfit<'_>) -> io::Result<()> {
    syscall::place_descriptor(outfit.status.as_fd(), STATUS)?;
    syscall::place_descriptor(outfit.output.as_fd(), OUTPUT)?;
    if outfit.waits {
        syscall::place_descriptor(outfit.builder.as_fd(), WORD)?;
    }
    if let Some(frames) = &outfit.frames {
        syscall::place_descriptor(frames.as_fd(), FRAMES)?;
    }
    // First, for a spawner with many sandboxes has more open than a function may: nothing could be opened beside them.
    syscall::close_from(FIRST_FREE)?;
    let null = keep_null()?;
    if outfit.frames.is_none() {
        syscall::place_descriptor(null.as_fd(), FRAMES)?;
    }
    // The owners of these numbers are never dropped: this process ends by `exit` or becomes a program.
    std::mem::forget(null);
    syscall::close_from(FIRST_FREE)
}

/// Nothing to read from, nowhere to write to.
fn keep_null() -> io::Result<OwnedFd> {
    let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty())?;
    for standard in 0..=2 {
        syscall::place_descriptor(null.as_fd(), standard)?;
    }
    Ok(null)
}

/// The program's strings, made before the process is split.
pub struct Program {
    path: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

impl Program {
    pub fn prepare(command: &[String], environment: &[(String, String)]) -> Self {
        // The plan was checked: no string holds a zero byte, and there is a program.
        let string = |text: String| CString::new(text).unwrap_or_default();
        let arguments: Vec<CString> = command.iter().cloned().map(string).collect();
        let environment = environment.iter().map(|(name, value)| string(format!("{name}={value}"))).collect();
        Self { path: arguments.first().cloned().unwrap_or_default(), arguments, environment }
    }

    pub fn execute(&self) -> io::Result<std::convert::Infallible> {
        syscall::execute(&self.path, &self.arguments, &self.environment)
    }
}

fn become_program(program: Program, outfit: &Outfit<'_>) {
    report(&match enter(program, outfit) {
        Ok(program) => match program.execute() {
            Ok(never) => match never {},
            Err(error) => Told::Ended(Exit::NotExecuted(error.raw_os_error().unwrap_or(libc::EIO))),
        },
        Err(Step { doing, error }) => Told::NotSetUp { step: doing.to_owned(), error },
    });
}

/// The last steps; gives what is to be executed.
fn enter(program: Program, outfit: &Outfit<'_>) -> Result<Program, Step> {
    // 22:
    syscall::default_signals();
    for standard in 1..=2 {
        at("giving it its output", syscall::copy_descriptor(OUTPUT, standard))?;
    }
    at("making a session", rustix::process::setsid())?;
    let kept = if outfit.frames.is_some() { FRAMES } else { FRAMES - 1 };
    at("closing descriptors", syscall::close_from_on_exec(kept + 1))?;
    let program = if outfit.waits { hear()? } else { program };
    at("entering its directory", rustix::process::chdir("/var/task"))?;
    Ok(program)
}

/// Waits for the word.
fn hear() -> Result<Program, Step> {
    let word = Channel::from(syscall::take_descriptor(WORD)).receive::<Word>();
    let (Word { command, environment, bounds }, _) = at("waiting for the word", word)?;
    // 18:
    at("setting limits", set_limits(bounds))?;
    Ok(Program::prepare(&command, &environment))
}

/// Reaps whatever ends until the program does; then this process ends, and with it all that is left inside.
pub fn wait_for(program: i32) -> ! {
    syscall::close_numbers(&[FRAMES, OUTPUT, WORD]);
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == program => {
                report(&Told::Ended(match (status.exit_status(), status.terminating_signal()) {
                    (Some(status), _) => Exit::Status(status),
                    (None, signal) => Exit::Signal(signal.unwrap_or(libc::SIGKILL)),
                }));
                syscall::exit(0)
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => syscall::exit(1),
        }
    }
}

/// What failed after the spawner was told that all is well is told the server.
pub fn give_up(Step { doing, error }: Step) -> ! {
    report(&Told::NotSetUp { step: doing.to_owned(), error });
    syscall::exit(1)
}

/// One line on the status pipe; the first one counts.
fn report(told: &Told) {
    let mut line = serde_json::to_vec(told).unwrap_or_default();
    line.push(b'\n');
    syscall::write_to(STATUS, &line);
}
