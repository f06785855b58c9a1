//! The root that a sandbox sees: read-only views of the host's runtimes, the function's code, and little else.
//! Runs inside the sandbox's new mount namespace, before its privileges are dropped.

mod furniture;

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, StatVfsMountFlags, openat2};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, mount_remount, unmount,
};

pub use furniture::{Furniture, Home};

use crate::limits;
use crate::plan::Plan;
use crate::step::{Step, at};

/// Where the new root is put together. No plan takes anything from there, so nothing that is needed gets covered.
const STAGE: &str = "/sys";

/// The system's own directories; what is a link on the host is the same link inside.
const SYSTEM: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// What of the host's `/etc` is shown, where it exists: how to find libraries, alternatives, certificates, types.
const SHOWN_OF_ETC: [&str; 12] = [
    "etc/ld.so.cache",
    "etc/ld.so.conf",
    "etc/ld.so.conf.d",
    "etc/alternatives",
    "etc/ssl/certs",
    "etc/ssl/cert.pem",
    "etc/ssl/openssl.cnf",
    "etc/pki/tls/certs",
    "etc/pki/ca-trust/extracted",
    "etc/ca-certificates",
    "etc/mime.types",
    "etc/protocols",
];

const WRITTEN_TO_ETC: [(&str, &str); 6] = [
    (
        "etc/passwd",
        "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n\
         nobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    ),
    ("etc/group", "root:x:0:\nslicer:x:990:\nnogroup:x:65534:\n"),
    ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("etc/resolv.conf", "nameserver 127.0.0.1\noptions attempts:1\n"),
    (
        "etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    ),
    ("etc/services", "http 80/tcp\nhttps 443/tcp\n"),
];

const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

const DEVICE_LINKS: [(&str, &str); 4] = [
    ("/proc/self/fd", "dev/fd"),
    ("/proc/self/fd/0", "dev/stdin"),
    ("/proc/self/fd/1", "dev/stdout"),
    ("/proc/self/fd/2", "dev/stderr"),
];

/// Of `/proc`, what tells about or steers the machine. Files are covered by `/dev/null`, directories by nothing.
const COVERED: [&str; 12] = [
    "proc/acpi",
    "proc/asound",
    "proc/kcore",
    "proc/keys",
    "proc/key-users",
    "proc/kallsyms",
    "proc/latency_stats",
    "proc/timer_list",
    "proc/sched_debug",
    "proc/scsi",
    "proc/sysrq-trigger",
    "proc/cmdline",
];
const READ_ONLY_OF_PROC: [&str; 4] = ["proc/bus", "proc/fs", "proc/irq", "proc/sys"];

const READ_ONLY: MountFlags = MountFlags::RDONLY.union(MountFlags::NOSUID).union(MountFlags::NODEV);

/// Builds the root of `plan` and makes it this process's. `owner` is the uid and gid of the sandbox, as this process
/// names them; without, `/tmp` and the covers of `/proc` are left for `furnish`.
pub fn build(plan: &Plan, owner: Option<(u32, u32)>) -> Result<(), Step> {
    let own = at("opening what the sandbox shows", Own::open(plan))?;
    show_host(plan)?;
    match owner {
        Some(owner) => furnish(plan, owner)?,
        None => at("making /tmp", fs::create_dir_all("tmp"))?,
    }
    at("showing the code", show_code(&own))?;
    at("closing the root", close())
}

/// The same without a function's files: its `Furniture` is brought later.
pub fn build_empty(plan: &Plan, owner: (u32, u32)) -> Result<(), Step> {
    show_host(plan)?;
    furnish(plan, owner)?;
    let places = ["opt", "var/task", "var/runtime"];
    at("making places", places.iter().try_for_each(fs::create_dir_all))?;
    at("closing the root", close())
}

/// What every function sees of this runtime's.
fn show_host(plan: &Plan) -> Result<(), Step> {
    let everything = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    at("keeping mounts to ourselves", mount_change("/", everything))?;
    let host = at("opening what the sandbox shows", Host::open(plan))?;
    at("mounting the root", mount("dayfly", STAGE, "tmpfs", MountFlags::NOSUID, limits::ROOT_OPTIONS))?;
    at("entering the root", rustix::process::chdir(STAGE))?;
    at("showing the system", show_system(&host))?;
    at("writing /etc", write_etc())?;
    at("showing devices", show_devices())?;
    at("mounting /proc", mount_proc())?;
    at("showing the runtime", host.runtime.iter().try_for_each(|(to, from)| bind(from, to, READ_ONLY)))
}

/// What each sandbox has for itself alone, in the root at the working directory.
pub fn furnish(plan: &Plan, owner: (u32, u32)) -> Result<(), Step> {
    at("covering /proc", cover_proc())?;
    at("mounting /tmp", mount_tmp(plan.tmp_mib, owner))
}

/// In a copy of a template's mounts, puts this sandbox's own things in place of the template's.
pub fn renew(plan: &Plan, owner: (u32, u32)) -> Result<(), Step> {
    at("taking the template's /tmp away", unmount("tmp", UnmountFlags::DETACH))?;
    // Over the template's, which must be there to be seen: the kernel lets a user namespace mount this only then.
    at("mounting /proc", mount_proc())?;
    furnish(plan, owner)
}

/// The host's directories and files, opened before the new root covers anything.
struct Host {
    system: Vec<(PathBuf, OwnedFd)>,
    runtime: Vec<(PathBuf, OwnedFd)>,
}

/// Those of the data directory.
struct Own {
    code: OwnedFd,
    layers: Vec<OwnedFd>,
    guest: Option<OwnedFd>,
}

impl Own {
    fn open(plan: &Plan) -> io::Result<Self> {
        let layers = plan.layers.iter().map(|layer| open_kept(layer)).collect::<io::Result<_>>()?;
        let guest = plan.guest.as_deref().map(open_kept).transpose()?;
        Ok(Self { code: open_kept(&plan.code)?, layers, guest })
    }
}

impl Host {
    fn open(plan: &Plan) -> io::Result<Self> {
        let mut system = Vec::new();
        for name in SYSTEM.iter().chain(&SHOWN_OF_ETC) {
            let host = Path::new("/").join(name);
            if fs::symlink_metadata(&host).is_ok_and(|found| !found.is_symlink() || name.starts_with("etc"))
                && host.exists()
            {
                system.push((PathBuf::from(name), open(&host)?));
            }
        }
        let mut runtime = Vec::new();
        for root in plan.roots.iter().filter(|root| !root.starts_with("/usr")) {
            runtime.push((root.strip_prefix("/").unwrap_or(root).to_owned(), open(root)?));
        }
        Ok(Self { system, runtime })
    }
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|error| named(path, error.into()))
}

/// Of the data directory, which others than root may write to: a link in it leads nowhere.
fn open_kept(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)
        .map_err(|error| named(path, error.into()))
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn show_system(host: &Host) -> io::Result<()> {
    for name in SYSTEM {
        if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
            symlink(target, name)?;
        }
    }
    host.system.iter().try_for_each(|(to, from)| bind(from, to, READ_ONLY))
}

/// Shows a host's file or directory at `to`, relative to the new root, whose parents are made as empty directories.
fn bind(from: &OwnedFd, to: &Path, flags: MountFlags) -> io::Result<()> {
    let is_directory = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(from)?.st_mode).is_dir();
    if is_directory {
        fs::create_dir_all(to)?;
    } else {
        fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
        fs::File::create(to)?;
    }
    let source = format!("/proc/self/fd/{}", from.as_raw_fd());
    mount_bind(source, to)?;
    restrict(to, flags | kept(from)?)
}

fn restrict(to: &Path, flags: MountFlags) -> io::Result<()> {
    Ok(mount_remount(to, MountFlags::BIND | flags, "")?)
}

/// A user namespace may not take away the restrictions that a mount already has.
fn kept(from: &OwnedFd) -> io::Result<MountFlags> {
    let present = rustix::fs::fstatvfs(from)?.f_flag;
    let pairs = [
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::RDONLY, MountFlags::RDONLY),
    ];
    let kept = pairs.iter().filter(|(flag, _)| present.contains(*flag)).map(|(_, flag)| *flag);
    Ok(kept.fold(MountFlags::empty(), |all, flag| all | flag))
}

fn write_etc() -> io::Result<()> {
    fs::create_dir_all("etc")?;
    WRITTEN_TO_ETC.iter().try_for_each(|(path, text)| fs::write(path, text))
}

fn show_devices() -> io::Result<()> {
    fs::create_dir_all("dev")?;
    for device in DEVICES {
        let from = open(&Path::new("/dev").join(device))?;
        bind(&from, &Path::new("dev").join(device), MountFlags::NOSUID | MountFlags::NOEXEC)?;
    }
    DEVICE_LINKS.iter().try_for_each(|(target, link)| symlink(target, link))
}

fn mount_proc() -> io::Result<()> {
    fs::create_dir_all("proc")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    Ok(mount("proc", "proc", "proc", flags, None)?)
}

fn cover_proc() -> io::Result<()> {
    for path in READ_ONLY_OF_PROC.iter().map(Path::new).filter(|path| path.exists()) {
        mount_bind(path, path)?;
        restrict(path, READ_ONLY | MountFlags::NOEXEC)?;
    }
    for path in COVERED.iter().map(Path::new) {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => mount("none", path, "tmpfs", READ_ONLY, c"size=0,nr_inodes=1")?,
            Ok(_) => mount_bind("dev/null", path)?,
            Err(_) => {}
        }
    }
    Ok(())
}

fn mount_tmp(size_mib: u32, (uid, gid): (u32, u32)) -> io::Result<()> {
    fs::create_dir_all("tmp")?;
    let inodes = size_mib.saturating_mul(limits::TMP_INODES_PER_MIB);
    let options = format!("size={size_mib}m,nr_inodes={inodes},mode=1777,uid={uid},gid={gid}");
    let options = std::ffi::CString::new(options)?;
    Ok(mount("tmp", "tmp", "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str())?)
}

fn show_code(own: &Own) -> io::Result<()> {
    bind(&own.code, Path::new("var/task"), READ_ONLY)?;
    if let Some(guest) = &own.guest {
        bind(guest, Path::new("var/runtime"), READ_ONLY)?;
    } else {
        fs::create_dir_all("var/runtime")?;
    }
    match own.layers.as_slice() {
        [] => fs::create_dir_all("opt"),
        [one] => bind(one, Path::new("opt"), READ_ONLY),
        several => overlay(several, Path::new("opt")),
    }
}

fn overlay(layers: &[OwnedFd], to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let options = std::ffi::CString::new(format!("lowerdir={}", top_down(layers)))?;
    Ok(mount("layers", to, "overlay", READ_ONLY, options.as_c_str())?)
}

/// The first directory of the list is the topmost. By descriptor: a path may hold the list's own separators.
fn top_down(layers: &[OwnedFd]) -> String {
    let list: Vec<String> =
        layers.iter().rev().map(|layer| format!("/proc/self/fd/{}", layer.as_raw_fd())).collect();
    list.join(":")
}

fn close() -> io::Result<()> {
    mount_remount(".", READ_ONLY, limits::ROOT_OPTIONS)?;
    // The old root lands on top of the new one and is taken away from there: no directory has to be kept for it.
    rustix::process::pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    Ok(rustix::process::chdir("/")?)
}
