//! A template's first process: keeps the template's namespaces, starts its program, and makes in them, on the
//! spawner's word, the sandboxes that the program's forks go on in. It has every capability in the template's user
//! namespace and none over the host. Nothing of a function runs in it.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, Signal, pidfd_open};
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::inside::{self, Bounds, FIRST_FREE, FRAMES, Go, Outfit, Program, Progress};
use crate::plan::Plan;
use crate::step::{Step, at};
use crate::syscall;
use crate::{cgroup, filter, limits, network, root};

/// The program's socket to the spawner, as `FRAMES` is an instance's to the server.
const CONTROL: i32 = FRAMES;
/// In a shelter: where it is told which process is the program.
const TOLD: i32 = 5;
/// A shelter's second process: the fork of the template that goes on as the third.
const MIDWIFE: i32 = 2;

/// The spawner's word to make a sandbox for a fork. Its descriptors: the channel to the spawner, the status pipe, and
/// the pipe on which the fork tells who is the program. Answered with a descriptor of the sandbox's init.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shelter {
    pub plan: Box<Plan>,
    /// As the template's user namespace names it.
    pub uid: u32,
}

/// Becomes the keeper; never returns. Ends when the spawner does.
pub fn run(outfit: &Outfit<'_>) -> ! {
    let program = Program::prepare(&outfit.plan.command, &outfit.plan.environment);
    match found(outfit) {
        Ok(()) => drop(keep(outfit, &program)),
        Err(Step { doing, error }) => {
            let _ = outfit.builder.send(&Progress::Failed { step: doing.to_owned(), error }, &[]);
        }
    }
    syscall::exit(1)
}

/// Unlike an instance's, a template's mounts belong to its user namespace, so that sandboxes can be made from them.
fn found(outfit: &Outfit<'_>) -> Result<(), Step> {
    inside::begin(outfit)?;
    root::build(outfit.plan, None)?;
    inside::leave_users(outfit)?;
    at("owning the mounts", syscall::unshare(libc::CLONE_NEWNS))?;
    root::furnish(outfit.plan, outfit.owner)
}

fn keep(outfit: &Outfit<'_>, program: &Program) -> io::Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let spawner = inside::keep_channel(outfit)?;
    // Whoever ends here is no longer waited for: sandboxes are watched by the spawner, the program by its socket.
    syscall::reap_automatically();
    let Some((_, process)) = syscall::clone_into(0, None)? else {
        let _ = become_program(outfit.plan, program);
        syscall::exit(127)
    };
    // The spawner is to see when the program has closed it.
    syscall::close_numbers(&[CONTROL]);
    let spawner = spawner.keep_numbers_free(FIRST_FREE)?;
    spawner.send(&Progress::Ready, &[process.as_fd()]).map_err(io::Error::other)?;
    drop(process);
    loop {
        let (order, descriptors) = spawner.receive::<Shelter>().map_err(io::Error::other)?;
        shelter(&spawner, &order, descriptors, outfit.filter)?;
    }
}

/// The template's program may enter namespaces that it is handed, and nothing else that a function may not.
fn become_program(plan: &Plan, program: &Program) -> io::Result<()> {
    syscall::default_signals();
    rustix::process::chdir("/var/task")?;
    rustix::process::setsid()?;
    inside::take_ids()?;
    inside::set_limits(Bounds::of(plan))?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let kept = CapabilitySet::SYS_ADMIN | CapabilitySet::SYS_CHROOT;
    for capability in 0..64 {
        if kept.bits() & (1 << capability) == 0 {
            syscall::drop_from_bounding_set(capability);
        }
    }
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: kept };
    rustix::thread::set_capabilities(None, sets)?;
    for capability in [CapabilitySet::SYS_ADMIN, CapabilitySet::SYS_CHROOT] {
        rustix::thread::configure_capability_in_ambient_set(capability, true)?;
    }
    rustix::thread::set_no_new_privs(true)?;
    syscall::filter_system_calls(&filter::for_templates())?;
    syscall::close_from_on_exec(CONTROL + 1)?;
    match program.execute()? {}
}

fn shelter(
    spawner: &Channel,
    order: &Shelter,
    descriptors: Vec<OwnedFd>,
    filter: &[libc::sock_filter],
) -> io::Result<()> {
    let (asks, asked) = Channel::pair()?;
    let namespaces =
        libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
    let Some((pid, process)) = syscall::clone_into(namespaces as u64, None)? else {
        drop(asked);
        stand(order, descriptors, filter, &asks)
    };
    drop(asks);
    spawner.send(&Go, &[process.as_fd()]).map_err(io::Error::other)?;
    // One that failed has told the spawner why.
    if asked.receive::<Go>().is_ok() {
        fs::write(format!("/proc/{pid}/gid_map"), format!("{} {} 1", limits::GID_INSIDE, order.uid))?;
        fs::write(format!("/proc/{pid}/uid_map"), format!("{} {} 1", limits::UID_INSIDE, order.uid))?;
        let _ = asked.send(&Go, &[]);
    }
    Ok(())
}

/// Is the init of a sandbox in which a fork of the template is to go on.
fn stand(order: &Shelter, descriptors: Vec<OwnedFd>, filter: &[libc::sock_filter], keeper: &Channel) -> ! {
    let mut descriptors = descriptors.into_iter();
    let (Some(builder), Some(status), Some(told)) =
        (descriptors.next(), descriptors.next(), descriptors.next())
    else {
        syscall::exit(1)
    };
    let builder = Channel::from(builder);
    syscall::reap_ourselves();
    match build(order, filter, &builder, keeper) {
        Ok(()) => {}
        Err(Step { doing, error }) => {
            let _ = builder.send(&Progress::Failed { step: doing.to_owned(), error }, &[]);
            syscall::exit(1)
        }
    }
    let kept = at("keeping descriptors", inside::keep_status(status.as_fd(), told.as_fd(), TOLD));
    match kept.and_then(|()| at("waiting for the fork", adopt())) {
        Ok(program) => inside::wait_for(program),
        Err(step) => inside::give_up(step),
    }
}

fn build(
    order: &Shelter,
    filter: &[libc::sock_filter],
    builder: &Channel,
    keeper: &Channel,
) -> Result<(), Step> {
    let Shelter { plan, uid } = order;
    let (_, entrances) = at("waiting for limits", builder.receive::<Go>())?;
    at("entering cgroups", cgroup::enter(&entrances))?;
    at("leaving the cgroup namespace", syscall::unshare(libc::CLONE_NEWCGROUP))?;
    let listeners = at("building the network", network::build(&plan.ports))?;
    let listeners: Vec<BorrowedFd<'_>> = listeners.iter().map(AsFd::as_fd).collect();
    at("handing over the listeners", builder.send(&Progress::Listening, &listeners))?;
    at("naming the host", rustix::system::sethostname(b"localhost"))?;
    at("entering the root", rustix::process::chdir("/"))?;
    root::renew(plan, (*uid, *uid))?;
    // The kernel lets nobody make a user namespace who has no name in the one around it.
    at("taking an id", inside::take(*uid, *uid))?;
    at("leaving the template's users", syscall::unshare(libc::CLONE_NEWUSER))?;
    at("asking for ids", keeper.send(&Go, &[]))?;
    at("waiting for ids", keeper.receive::<Go>())?;
    at("taking the ids", inside::take_ids())?;
    at("setting limits", inside::set_limits(Bounds::of(plan)))?;
    at("giving up rights", inside::give_up_rights(filter))?;
    at("reporting", builder.send(&Progress::Ready, &[]))
}

/// Waits for a program to come in. It is this process's child once the one that forked it has ended.
fn adopt() -> io::Result<i32> {
    let told = syscall::take_descriptor(TOLD);
    let mut number = [0; 4];
    if rustix::io::read(&told, &mut number)? != number.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if let Some(midwife) = Pid::from_raw(MIDWIFE)
        && let Ok(midwife) = pidfd_open(midwife, PidfdFlags::empty())
    {
        poll(&mut [PollFd::new(&midwife, PollFlags::IN)], None)?;
    }
    Ok(i32::from_ne_bytes(number))
}
