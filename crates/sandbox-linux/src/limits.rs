//! Every limit of the walls, with where its number comes from.

use std::time::Duration;

pub use sandbox::failures::PAYLOAD;
/// AWS: init gets ten seconds; what is slower is started again under the function's own time limit.
pub const INIT: Duration = Duration::from_secs(10);
/// Of what an instance prints, in the long run. CloudWatch Logs takes batches of 1 MB, and took five a second of a stream.
pub const LOG_BYTES_PER_SECOND: i64 = 5 << 20;
/// What it may print at once on top of that. Ours.
pub const LOG_BURST: i64 = 16 << 20;
/// What a line counts for besides its bytes: keeping it costs more than they do. Ours.
pub const LOG_LINE_COST: usize = 1024;
/// Of a header of a frame; the largest one carries a client context (3,583 bytes as AWS limits it) or an error.
pub const FRAME_HEADER: usize = 64 * 1024;
/// Connections that one sandbox may hold open to its Runtime API; an official client needs one.
pub const RUNTIME_API_CONNECTIONS: usize = 32;
/// Of a request's head at the Runtime API, in bytes.
pub const RUNTIME_API_HEAD: usize = 64 * 1024;
/// Of a message between server and spawner. The largest carries a function's environment (4 KB as AWS limits it).
pub const MESSAGE: usize = 128 * 1024;
/// Descriptors in one message.
pub const DESCRIPTORS: usize = 16;
/// Descriptors of the server, and of the spawner, where the system gives so many: ours, and the kernel's default bound.
pub const SERVER_DESCRIPTORS: u64 = 1 << 20;
/// How long a sandbox may take to be built before it is given up; it takes about a millisecond.
pub const BUILD: Duration = Duration::from_secs(10);
/// Of the kernel's own memory for an instance (page tables, the sandbox's first process) that a function's
/// memory size does not name, in MiB.
pub const MEMORY_ALLOWANCE_MIB: u64 = 16;
/// Of what lies in an instance's connections, in bytes, where that is not a part of its memory. Ours: a payload each way, and
/// as much again.
pub const TCP_MEMORY: u64 = 24 << 20;
/// The same where no cgroup counts it, for one connection and one way: least, first and most.
pub const TCP_BUFFER: &str = "4096 65536 262144";
/// AWS Lambda developer guide, "Configure function memory": at 1,769 MB a function has one vCPU.
pub const MIB_PER_VCPU: u64 = 1769;
/// AWS: CPU is given in slices of 20 ms (measured by many; `cpu.cfs_period_us` inside Lambda).
pub const CPU_PERIOD_MICROS: u64 = 20_000;
/// The kernel refuses a smaller quota.
pub const CPU_QUOTA_MIN_MICROS: u64 = 1_000;
/// How long a function has the CPU before another's turn comes, where many want it; the kernel's own is 3 ms.
pub const TURN: Duration = Duration::from_micros(400);
/// The same of server and spawner: the kernel allows no shorter one.
pub const SERVER_TURN: Duration = Duration::from_micros(100);
/// Of all functions together, where a thread, or another group, has 1024 (v1) and 100 (v2): half as much.
pub const FUNCTIONS_WEIGHT_V1: u32 = 512;
pub const FUNCTIONS_WEIGHT_V2: u32 = 50;
/// How often the memory of a running call is looked at where no cgroup limits it. Ours.
pub const WATCH: Duration = Duration::from_millis(20);
/// The first host uid of sandboxes: above every range that distributions and systemd hand out.
pub const UID_BASE: u32 = 0x7100_0000;
pub const UID_RANGE: u64 = 0x0400_0000;
/// The uid and gid of a server that was started by root and given no user: a number that nobody hands out, as for the
/// sandboxes, and not `nobody`'s, whom other programs use too.
pub const UID_SERVER: u32 = UID_BASE - 1;
/// The first host uid of templates and of the sandboxes that they start: each template has a slice for itself.
pub const TEMPLATE_UID_BASE: u32 = UID_BASE + UID_RANGE as u32;
pub const TEMPLATE_SLICES: u64 = 0x4000;
/// A template's own uid and those of its sandboxes, which are used in turn.
pub const TEMPLATE_SLICE: u32 = 0x1000;
/// Sandboxes of one template that live at the same time: no two may have the same uid.
pub const TEMPLATE_CHILDREN: usize = 4000;
/// Templates of one server, and what they may hold together in bytes. A Python that has loaded boto3 holds 30 to 60 MiB.
pub const TEMPLATES: usize = 64;
pub const TEMPLATE_BYTES: u64 = 1 << 30;
/// Functions of which it is known whether they can have a template.
pub const TEMPLATES_KNOWN: usize = 10_000;
/// Forks of one template have the same address layout and hash seed: another takes its place now and then.
pub const TEMPLATE_AGE: Duration = Duration::from_secs(3600);
/// A template that was not used for so long goes.
pub const TEMPLATE_IDLE: Duration = Duration::from_secs(15 * 60);
/// The same where the machine is short of memory.
pub const TEMPLATE_PRESSURE: Duration = Duration::from_secs(60);
/// How often templates are looked after while there are any.
pub const TEMPLATE_ROUND: Duration = Duration::from_secs(60);
/// Of the names of the modules that a guest tells; beyond, it gets no template.
pub const MODULES: usize = 64 * 1024;
/// How long a template may take to load what it is to: as long as the longest init that Lambda waits for, three times.
pub const LOAD: Duration = Duration::from_secs(30);
/// How long a function is not yet active for the sake of its template, and a start waits for one that is being made. Ours.
pub const READINESS: Duration = Duration::from_secs(10);
/// Templates of functions that were never called, which are made at the same time: beyond, they are made when called.
pub const TEMPLATES_AHEAD: usize = 2;
/// How long such a template is kept without a call.
pub const TEMPLATE_UNUSED: Duration = Duration::from_secs(5 * 60);
/// So many templates of a revision may be killed, or be late as on a machine that is busy: no more are made then.
pub const TEMPLATE_LOSSES: u32 = 3;
/// How long a template may take to fork: its program is not to be trusted, and whoever wants the fork waits. On a machine
/// that is busy a start from nothing takes no less.
pub const FORK: Duration = Duration::from_secs(1);
/// How long a sandbox for a fork may take. Its keeper shares the CPU of a program that may burn all of it.
pub const SHELTER: Duration = Duration::from_secs(2);
/// Of what the spawner reads of a template's mappings, in bytes; one with more, about ten thousand, is not forked.
pub const MAPPINGS: u64 = 1 << 20;
/// AWS: what a function's code runs as inside.
pub const UID_INSIDE: u32 = 993;
pub const GID_INSIDE: u32 = 990;
/// Files and directories in `/tmp` for each MiB of its size: one for 16 KiB, as mke2fs(8) has it by default.
pub const TMP_INODES_PER_MIB: u32 = 64;
/// Of prepared parts of sandboxes of one kind: a start after a quiet time finds this many.
pub const POOL_LEAST: usize = 2;
/// A network namespace holds about 220 KiB of the kernel's memory.
pub const POOL_MOST: usize = 32;
/// Of sandboxes that a template has ready; beyond what a network namespace holds, each has a process.
pub const SHELTERS_LEAST: usize = 1;
pub const SHELTERS_MOST: usize = 16;
/// Of forks of a template that wait to be told who they are: one holds a megabyte or two. With two, the next one after a
/// quiet time need not be made while the first one works.
pub const PARKED_LEAST: usize = 2;
pub const PARKED_MOST: usize = 8;
/// Of sandboxes of one kind that stand before they are asked for, beyond the least of all parts: each holds a network
/// namespace, cgroups and two processes, about half a megabyte.
pub const AHEAD_MOST: usize = 16;
/// Kinds of which there are any: a runtime with one set of ports is one.
pub const AHEAD_KINDS: usize = 16;
/// Credentials that end sooner than this are not used for another call.
pub const CREDENTIALS_MARGIN: Duration = Duration::from_secs(20 * 60);
/// Of the tmpfs that is a sandbox's root: it holds a few directories and small files.
pub const ROOT_OPTIONS: &std::ffi::CStr = c"size=2m,nr_inodes=2k,mode=755";
/// Where the addresses of sandboxes with a way out are from: the first that no route of the host meets. The first is for
/// benchmarks of network devices (RFC 2544) and hardly ever in use.
pub const EGRESS_RANGES: [sandbox::Network; 4] = [
    sandbox::Network::of([198, 18, 0, 0], 16),
    sandbox::Network::of([198, 19, 0, 0], 16),
    sandbox::Network::of([10, 213, 0, 0], 16),
    sandbox::Network::of([172, 30, 0, 0], 16),
];
/// How long pasta may take to connect a sandbox, and how often that is looked at; it takes a few hundredths of a second.
pub const PASTA: Duration = Duration::from_secs(5);
pub const PASTA_PAUSE: Duration = Duration::from_millis(2);
/// Questions for names that one sandbox may have open.
pub const NAMES_AT_ONCE: usize = 64;
/// Of a question in a datagram, in bytes: a name has at most 255.
pub const NAME_QUERY: usize = 1024;
/// Of an answer in a datagram, in bytes. RFC 6891, 6.2.5.
pub const NAME_ANSWER: usize = 4096;
/// How long a connection on which names are asked for may be silent. RFC 7766, 6.2.3: a few seconds.
pub const NAME_PATIENCE: Duration = Duration::from_secs(12);
/// How long the addresses of a name are let through, in seconds: runtimes keep them longer than they should.
pub const NAME_SECONDS_LEAST: u32 = 300;
pub const NAME_SECONDS_MOST: u32 = 3600;
/// Ports of one name in an allowlist; a tag has 256 characters.
pub const PERMITS: usize = 64;
