//! Which system calls a sandbox may make: a filter of classic BPF, put together once by the spawner.
//! Default deny where it counts: a call that this table's author did not know of does not exist inside.

use libc::{c_long, sock_filter};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// Calls from this number on are newer than the table (Linux 6.13 was read). On x86-64 the x32 twins of all calls
/// lie above it too.
const FIRST_UNKNOWN: u32 = 467;

/// Refused as if the kernel did not have them, so that programs take their other way.
const ABSENT: &[c_long] =
    &[libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// Refused as not permitted.
const DENIED: &[c_long] = &[
    // Mounts and roots. 457 statmount, 458 listmount.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    457,
    458,
    // Namespaces.
    libc::SYS_unshare,
    libc::SYS_setns,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Kernel surfaces with a history.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_memfd_secret,
    libc::SYS_fanotify_init,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    // 460 lsm_set_self_attr.
    460,
    // Longer turns of the CPU than functions are given.
    libc::SYS_sched_setattr,
    // Files by handle go round every directory's permissions.
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
];

const NAMESPACE_FLAGS: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;
const FAMILIES: [i32; 3] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
/// Typing into somebody's terminal.
const TERMINAL_REQUESTS: [u32; 2] = [0x5412, 0x541C];
/// `PER_LINUX`, and the value that only asks.
const PERSONALITIES: [u32; 2] = [0, 0xFFFF_FFFF];

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;

const fn refuse(error: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | error as u32
}

/// The filter's program.
pub fn program() -> Vec<sock_filter> {
    without(&[], &[])
}

/// The program where no cgroup counts memory: what is in a segment that no process has attached is in none.
pub fn for_watched() -> Vec<sock_filter> {
    without(&[], &[libc::SYS_shmget])
}

/// The program for a template, which may enter what it is handed: the same but for `setns`.
pub fn for_templates() -> Vec<sock_filter> {
    without(&[libc::SYS_setns], &[])
}

/// The program that does not refuse `granted`, but `more`.
fn without(granted: &[c_long], more: &[c_long]) -> Vec<sock_filter> {
    let denied = DENIED.iter().copied().filter(|call| !granted.contains(call));
    let denied: Vec<c_long> = denied.chain(more.iter().copied()).collect();
    let mut program = vec![
        load(ARCHITECTURE_AT),
        jump(EQUAL, ARCHITECTURE, 1, 0),
        answer(KILL),
        load(NUMBER_AT),
        jump(AT_LEAST, FIRST_UNKNOWN, 0, 1),
        answer(refuse(libc::ENOSYS)),
    ];
    one_of(&mut program, ABSENT, refuse(libc::ENOSYS));
    one_of(&mut program, &denied, refuse(libc::EPERM));
    on_call(&mut program, libc::SYS_clone, &clone_rule());
    on_call(&mut program, libc::SYS_socket, &socket_rule());
    on_call(
        &mut program,
        libc::SYS_ioctl,
        &any_of_argument(1, &TERMINAL_REQUESTS, refuse(libc::EPERM), ALLOW),
    );
    let personality = any_of_argument(0, &PERSONALITIES, ALLOW, refuse(libc::EPERM));
    on_call(&mut program, libc::SYS_personality, &personality);
    program.push(answer(ALLOW));
    program
}

fn clone_rule() -> Vec<sock_filter> {
    let namespaces = jump(ANY_BIT, NAMESPACE_FLAGS, 0, 1);
    vec![load(argument(0)), namespaces, answer(refuse(libc::EPERM)), answer(ALLOW)]
}

/// Unix, IPv4 and IPv6 sockets, and of netlink the routing one that `getaddrinfo` asks for interfaces.
fn socket_rule() -> Vec<sock_filter> {
    let families: Vec<u32> = FAMILIES.iter().map(|family| *family as u32).collect();
    let mut rule = vec![load(argument(0)), jump(EQUAL, libc::AF_NETLINK as u32, 0, 4)];
    rule.extend([load(argument(2)), jump(EQUAL, libc::NETLINK_ROUTE as u32, 0, 1)]);
    rule.extend([answer(ALLOW), answer(refuse(libc::EPROTONOSUPPORT))]);
    rule.extend(any_of_argument(0, &families, ALLOW, refuse(libc::EAFNOSUPPORT)));
    rule
}

fn any_of_argument(index: u32, values: &[u32], then: u32, otherwise: u32) -> Vec<sock_filter> {
    let mut rule = vec![load(argument(index))];
    for value in values {
        rule.extend([jump(EQUAL, *value, 0, 1), answer(then)]);
    }
    rule.push(answer(otherwise));
    rule
}

/// `rule` decides on this call, in every case: it may load over the call's number.
fn on_call(program: &mut Vec<sock_filter>, call: c_long, rule: &[sock_filter]) {
    program.push(jump(EQUAL, call as u32, 0, rule.len() as u8));
    program.extend_from_slice(rule);
}

fn one_of(program: &mut Vec<sock_filter>, calls: &[c_long], verdict: u32) {
    let count = calls.len();
    for (index, call) in calls.iter().enumerate() {
        program.push(jump(EQUAL, *call as u32, (count - index) as u8, 0));
    }
    // Who falls through steps over the answer; a jump from above lands on it.
    program.extend([step_over(1), answer(verdict)]);
}

// Where the fields of `struct seccomp_data` lie (linux/seccomp.h); of an argument its low half, little endian.
const NUMBER_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;

const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

const EQUAL: u32 = libc::BPF_JEQ;
const AT_LEAST: u32 = libc::BPF_JGE;
const ANY_BIT: u32 = libc::BPF_JSET;

fn load(offset: u32) -> sock_filter {
    sock_filter { code: (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, jt: 0, jf: 0, k: offset }
}

fn jump(test: u32, value: u32, then: u8, otherwise: u8) -> sock_filter {
    sock_filter { code: (libc::BPF_JMP | test | libc::BPF_K) as u16, jt: then, jf: otherwise, k: value }
}

fn step_over(count: u32) -> sock_filter {
    sock_filter { code: (libc::BPF_JMP | libc::BPF_JA) as u16, jt: 0, jf: 0, k: count }
}

fn answer(verdict: u32) -> sock_filter {
    sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would answer to this call.
    fn verdict(architecture: u32, call: u32, arguments: [u32; 3]) -> u32 {
        let program = program();
        let (mut accumulator, mut at) = (0, 0);
        loop {
            let step = &program[at];
            at += 1;
            let code = u32::from(step.code);
            if code == libc::BPF_RET {
                return step.k;
            } else if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS {
                accumulator = match step.k {
                    NUMBER_AT => call,
                    ARCHITECTURE_AT => architecture,
                    offset => arguments[(offset as usize - 16) / 8],
                };
            } else if code == libc::BPF_JMP | libc::BPF_JA {
                at += step.k as usize;
            } else {
                let holds = match code & 0xf0 {
                    EQUAL => accumulator == step.k,
                    AT_LEAST => accumulator >= step.k,
                    _ => accumulator & step.k != 0,
                };
                at += usize::from(if holds { step.jt } else { step.jf });
            }
        }
    }

    fn call(number: c_long, arguments: [u32; 3]) -> u32 {
        verdict(ARCHITECTURE, number as u32, arguments)
    }

    #[test]
    fn ordinary_calls_pass() {
        for number in [libc::SYS_read, libc::SYS_openat, libc::SYS_execve, libc::SYS_futex, libc::SYS_mmap] {
            assert_eq!(call(number, [0; 3]), ALLOW, "{number}");
        }
        assert_eq!(call(libc::SYS_clone, [libc::CLONE_VM as u32 | libc::CLONE_THREAD as u32, 0, 0]), ALLOW);
        assert_eq!(call(libc::SYS_ioctl, [0, libc::FIONBIO as u32, 0]), ALLOW);
        assert_eq!(call(libc::SYS_personality, [0xFFFF_FFFF, 0, 0]), ALLOW);
    }

    #[test]
    fn every_listed_call_is_refused() {
        for number in DENIED {
            assert_eq!(call(*number, [0; 3]), refuse(libc::EPERM), "{number}");
        }
        for number in ABSENT {
            assert_eq!(call(*number, [0; 3]), refuse(libc::ENOSYS), "{number}");
        }
    }

    #[test]
    fn what_is_unknown_or_of_another_kind_is_refused() {
        assert_eq!(call(FIRST_UNKNOWN.into(), [0; 3]), refuse(libc::ENOSYS));
        assert_eq!(call(0x4000_0000 + libc::SYS_mount, [0; 3]), refuse(libc::ENOSYS));
        assert_eq!(verdict(0x4000_0003, 21, [0; 3]), KILL);
    }

    #[test]
    fn arguments_decide_where_a_call_has_two_faces() {
        assert_eq!(call(libc::SYS_clone, [libc::CLONE_NEWUSER as u32, 0, 0]), refuse(libc::EPERM));
        assert_eq!(call(libc::SYS_ioctl, [0, 0x5412, 0]), refuse(libc::EPERM));
        assert_eq!(call(libc::SYS_personality, [0x0004_0000, 0, 0]), refuse(libc::EPERM));
        let socket = |family: i32, protocol: i32| call(libc::SYS_socket, [family as u32, 0, protocol as u32]);
        for family in FAMILIES {
            assert_eq!(socket(family, 0), ALLOW, "{family}");
        }
        assert_eq!(socket(libc::AF_NETLINK, libc::NETLINK_ROUTE), ALLOW);
        assert_eq!(socket(libc::AF_NETLINK, libc::NETLINK_AUDIT), refuse(libc::EPROTONOSUPPORT));
        for family in [libc::AF_PACKET, libc::AF_VSOCK, libc::AF_ALG] {
            assert_eq!(socket(family, 0), refuse(libc::EAFNOSUPPORT), "{family}");
        }
    }
}
