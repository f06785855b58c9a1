//! The system calls that no safe wrapper offers. The one home of unsafe code.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::io::{Error, Result};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Which of the two processes goes on after a fork.
pub enum Fork {
    Parent(i32),
    Child,
}

/// Copies this process. Sound only where the process has one thread: the callers are the program's first
/// statement, the spawner, and what the spawner made.
pub fn fork() -> Result<Fork> {
    // SAFETY: fork takes nothing; the child of a single-threaded process may do whatever the parent may.
    match unsafe { libc::fork() } {
        -1 => Err(Error::last_os_error()),
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// Has a child do something with this process's own memory, as vfork(2) has it: this process stands still until the child
/// becomes another program or ends. That costs neither a copy of the memory nor, later, its end. One thread, as for `fork`.
pub fn lend(act: &mut dyn FnMut()) -> Result<i32> {
    let mut stack: Vec<u128> = vec![0; LENT_STACK / std::mem::size_of::<u128>()];
    let top = stack.as_mut_ptr_range().end.cast::<c_void>();
    let mut act = act;
    let argument = (&raw mut act).cast::<c_void>();
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child has a stack of its own, aligned, which outlives its use of our memory, as `act` does: until then
    // we do not go on.
    match unsafe { libc::clone(lent, top, flags, argument) } {
        -1 => Err(Error::last_os_error()),
        pid => Ok(pid),
    }
}

extern "C" fn lent(argument: *mut c_void) -> c_int {
    // SAFETY: this is the pointer that `lend` hands over, to what nobody else uses meanwhile.
    let act = unsafe { &mut *argument.cast::<&mut dyn FnMut()>() };
    act();
    exit(127)
}

const LENT_STACK: usize = 256 * 1024;

/// Copies this process into new namespaces (`flags`) and, when given, into a cgroup of the v2 tree.
/// Returns the child's id and a descriptor for it in the parent, `None` in the child. One thread, as for `fork`.
pub fn clone_into(flags: u64, cgroup: Option<BorrowedFd<'_>>) -> Result<Option<(i32, OwnedFd)>> {
    let mut pidfd: c_int = -1;
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = flags | libc::CLONE_PIDFD as u64;
    arguments.pidfd = &raw mut pidfd as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    if let Some(cgroup) = cgroup {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: without CLONE_VM this is a fork; the structure and `pidfd` outlive the call.
    let pid = unsafe {
        libc::syscall(libc::SYS_clone3, &raw const arguments, std::mem::size_of::<libc::clone_args>())
    };
    match pid {
        -1 => Err(Error::last_os_error()),
        0 => Ok(None),
        // SAFETY: the kernel has just made this descriptor and nobody else knows it.
        pid => Ok(Some((pid as i32, unsafe { OwnedFd::from_raw_fd(pidfd) }))),
    }
}

const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Leaves the namespaces named by `flags` for new ones.
pub fn unshare(flags: c_int) -> Result<()> {
    // SAFETY: the callers are single-threaded processes and name namespaces only, never shared tables of a thread.
    check(unsafe { libc::unshare(flags) }.into())
}

/// Ends this process at once, without running what the forked copy has registered for its exit.
pub fn exit(status: c_int) -> ! {
    // SAFETY: _exit takes no pointers and does not return.
    unsafe { libc::_exit(status) }
}

/// Becomes another program; returns only when that fails.
pub fn execute(program: &CStr, arguments: &[CString], environment: &[CString]) -> Result<Infallible> {
    let list = |strings: &[CString]| -> Vec<*const c_char> {
        strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (arguments, environment) = (list(arguments), list(environment));
    // SAFETY: both lists end with null and their strings outlive the call.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    Err(Error::last_os_error())
}

/// Makes `from` available as exactly this number, open across exec. The number's former descriptor is closed.
pub fn place_descriptor(from: BorrowedFd<'_>, number: c_int) -> Result<()> {
    if from.as_raw_fd() == number {
        // SAFETY: changes a flag of a descriptor that the caller holds.
        return check(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }.into());
    }
    // SAFETY: the callers replace numbers that no owner in this process refers to.
    check(unsafe { libc::dup2(from.as_raw_fd(), number) }.into())
}

/// Makes `number` another name of the open descriptor `from`, open across exec.
pub fn copy_descriptor(from: c_int, number: c_int) -> Result<()> {
    // SAFETY: the callers replace numbers that no owner in this process refers to.
    check(unsafe { libc::dup2(from, number) }.into())
}

/// Closes numbers that no owner in this process refers to.
pub fn close_numbers(numbers: &[c_int]) {
    for number in numbers {
        // SAFETY: see above; a number that is not open is left alone.
        unsafe { libc::close(*number) };
    }
}

/// Becomes the owner of a number that has none in this process.
pub fn take_descriptor(number: c_int) -> OwnedFd {
    // SAFETY: the callers have placed a descriptor there that no owner refers to.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Writes a short message to a descriptor known by its number only; what cannot be written is lost.
pub fn write_to(number: c_int, bytes: &[u8]) {
    // SAFETY: the bytes outlive the call.
    unsafe { libc::write(number, bytes.as_ptr().cast(), bytes.len()) };
}

/// Closes every descriptor from `first` on, for processes that go on with those below only.
pub fn close_from(first: c_int) -> Result<()> {
    // SAFETY: the callers do not use any owner of a closed number afterwards and end by exec or `exit`.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, c_int::MAX, 0) })
}

/// Marks every descriptor from `first` on as closed by exec.
pub fn close_from_on_exec(first: c_int) -> Result<()> {
    // SAFETY: only sets a flag on descriptors.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, c_int::MAX, libc::CLOSE_RANGE_CLOEXEC) })
}

/// Adds restrictions (`MOUNT_ATTR_*`) to a mount that is held by a descriptor.
pub fn restrict_mount(mount: BorrowedFd<'_>, attributes: u64) -> Result<()> {
    // Source: mount_setattr(2), `struct mount_attr`: what to set, what to clear, propagation, user namespace.
    let change = [attributes, 0, 0, 0];
    // SAFETY: the path is an empty string and the structure outlives the call, which only reads it.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            change.as_ptr(),
            std::mem::size_of_val(&change),
        )
    })
}

/// Brings the loopback interface of this network namespace up.
pub fn loopback_up(socket: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    // SAFETY: the structure is what this request reads, and outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) }.into())
}

/// Puts a filter before every system call of this process and of all that it starts. Needs `no_new_privs`.
pub fn filter_system_calls(program: &[libc::sock_filter]) -> Result<()> {
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    // SAFETY: the kernel copies the program, which outlives the call, and does not write to it.
    check(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) })
}

/// Removes a capability from what this process and its children can ever gain; `false` when there is no such one.
pub fn drop_from_bounding_set(capability: u32) -> bool {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability as c_int, 0, 0, 0) == 0 }
}

/// Gives back how signals are handled to the system's defaults and unblocks all, as a program expects to find them.
pub fn default_signals() {
    // SAFETY: only resets dispositions to the default; the set is initialised before it is used.
    unsafe {
        for signal in 1..=64 {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Makes this process, and those that it starts, ask for the CPU in turns of this length (sched(7), `sched_setattr`). Who
/// asks for shorter turns gets them sooner, and nobody gets more of them for it.
pub fn take_turns(length: Duration) -> Result<()> {
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    attributes.size = std::mem::size_of::<libc::sched_attr>() as u32;
    attributes.sched_policy = libc::SCHED_OTHER as u32;
    attributes.sched_runtime = length.as_nanos() as u64;
    // SAFETY: the structure outlives the call, which only reads it.
    check(unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) })
}

/// Children of this process are gone as soon as they end.
pub fn reap_automatically() {
    // SAFETY: ignoring a signal installs no handler.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Children of this process are waited for again.
pub fn reap_ourselves() {
    // SAFETY: the default installs no handler.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Lets this process not be stopped by what a terminal sends to its group.
pub fn ignore_terminal_signals() {
    // SAFETY: ignoring a signal installs no handler.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_IGN);
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
        libc::signal(libc::SIGTERM, libc::SIG_IGN);
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
}

fn check(result: c_long) -> Result<()> {
    if result == -1 { Err(Error::last_os_error()) } else { Ok(()) }
}
