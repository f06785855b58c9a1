//! What a sandbox has for its function alone, as mounts that are nowhere yet: whoever has the right to brings them into a
//! root that stands empty.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};
use rustix::thread::{
    LinkNameSpaceType, ThreadNameSpaceType, move_into_link_name_space, move_into_thread_name_spaces,
};

use super::{Own, top_down};
use crate::plan::Plan;
use crate::{limits, syscall};

const WRITABLE: MountAttrFlags = MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV);
const READ_ONLY: MountAttrFlags = WRITABLE.union(MountAttrFlags::MOUNT_ATTR_RDONLY);

/// Mounts, and where they go.
pub struct Furniture(Vec<(OwnedFd, &'static str)>);

impl Furniture {
    /// For the sandbox of `plan`, whose uid and gid on the host is `owner`, in a root that was built for `model`.
    pub fn of(plan: &Plan, owner: (u32, u32), model: &Plan) -> io::Result<Self> {
        let own = Own::open(plan)?;
        let mut mounts = vec![(view(&own.code)?, "/var/task")];
        if plan.tmp_mib != model.tmp_mib {
            mounts.push((tmp(plan.tmp_mib, owner)?, "/tmp"));
        }
        if let Some(guest) = &own.guest {
            mounts.push((view(guest)?, "/var/runtime"));
        }
        match own.layers.as_slice() {
            [] => {}
            [one] => mounts.push((view(one)?, "/opt")),
            several => mounts.push((made("overlay", &[("lowerdir", top_down(several))], READ_ONLY)?, "/opt")),
        }
        Ok(Self(mounts))
    }

    /// Brings all into the root of this process, which runs nothing of a function yet.
    pub fn bring(&self, to: BorrowedFd<'_>, home: &Home) -> io::Result<()> {
        home.visit(to, || {
            self.0.iter().try_for_each(|(mount, place)| {
                move_mount(mount, "", CWD, *place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
            })
        })
    }
}

fn tmp(size_mib: u32, (uid, gid): (u32, u32)) -> io::Result<OwnedFd> {
    let options = [
        ("source", "tmp".to_owned()),
        ("size", format!("{size_mib}m")),
        ("nr_inodes", size_mib.saturating_mul(limits::TMP_INODES_PER_MIB).to_string()),
        ("mode", "1777".to_owned()),
        ("uid", uid.to_string()),
        ("gid", gid.to_string()),
    ];
    made("tmpfs", &options, WRITABLE)
}

fn made(kind: &str, options: &[(&str, String)], attributes: MountAttrFlags) -> io::Result<OwnedFd> {
    let filesystem = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    options.iter().try_for_each(|(name, value)| fsconfig_set_string(&filesystem, *name, value))?;
    fsconfig_create(&filesystem)?;
    Ok(fsmount(&filesystem, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

/// A read-only view of a directory.
fn view(directory: &OwnedFd) -> io::Result<OwnedFd> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    let view = open_tree(directory, "", flags)?;
    syscall::restrict_mount(view.as_fd(), READ_ONLY.bits().into())?;
    Ok(view)
}

/// Where this process is when it visits no sandbox.
pub struct Home {
    mounts: OwnedFd,
    root: OwnedFd,
}

impl Home {
    pub fn open() -> io::Result<Self> {
        let mounts = File::open("/proc/self/ns/mnt")?.into();
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { mounts, root: rustix::fs::open("/", flags, Mode::empty())? })
    }

    /// Does this among the mounts of another process; back when this returns.
    fn visit(&self, process: BorrowedFd<'_>, act: impl FnOnce() -> rustix::io::Result<()>) -> io::Result<()> {
        move_into_thread_name_spaces(process, ThreadNameSpaceType::MOUNT)?;
        let done = act();
        // One that does not get back would take a sandbox's files for the host's.
        if self.come_back().is_err() {
            tracing::error!("the spawner does not get out of a sandbox");
            syscall::exit(1);
        }
        Ok(done?)
    }

    fn come_back(&self) -> rustix::io::Result<()> {
        move_into_link_name_space(self.mounts.as_fd(), Some(LinkNameSpaceType::Mount))?;
        // Entering a namespace leaves a root that was changed.
        rustix::process::fchdir(&self.root)?;
        rustix::process::chroot(".")
    }
}
