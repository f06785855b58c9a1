//! The server's own walls: once it holds what only root may take, it goes on as a user without any right.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use model::Internal;
use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount, mount_change, mount_remount,
    move_mount, open_tree,
};
use rustix::process::{Gid, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::step::{Step, at};
use crate::{limits, syscall};

/// A user of this machine, and the one group it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// One that no distribution and no other program hands out, for a server that was given none.
    pub fn of_servers() -> Self {
        Self { uid: limits::UID_SERVER, gid: limits::UID_SERVER }
    }

    /// Whether functions run under this uid.
    pub fn is_of_sandboxes(self) -> bool {
        let end = u64::from(limits::TEMPLATE_UID_BASE)
            + limits::TEMPLATE_SLICES * u64::from(limits::TEMPLATE_SLICE);
        (u64::from(limits::UID_BASE)..end).contains(&self.uid.into())
    }

    /// Whether it may pass through a directory. Access lists are not looked at.
    fn passes(self, directory: &Path) -> bool {
        let Ok(found) = fs::metadata(directory) else { return false };
        let shift = match (found.uid() == self.uid, found.gid() == self.gid) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        (found.mode() >> shift) & 1 == 1
    }
}

/// Makes this process go on as `user`, for good: no other group, no capability, and none to be gained by executing
/// anything. `kept` is an absolute path that the user must reach: where a directory above it is closed to the user,
/// this process sees nothing in that directory any more but the way to `kept`.
///
/// Call it before there are threads: rights are a thread's own, and later ones have those of the first.
///
/// # Errors
/// When the process is not root, or may not do as root may.
pub fn surrender(user: User, kept: &Path) -> Result<(), Internal> {
    let surrendered = open_way(user, kept).and_then(|()| give_up(user));
    surrendered
        .map_err(|Step { doing, error }| Internal::because("giving up root")(format!("{doing}: {error}")))
}

/// In a mount namespace of this process's own, puts an empty directory over the first one that is closed to the user,
/// with the way to `kept` in it.
fn open_way(user: User, kept: &Path) -> Result<(), Step> {
    let above: Vec<PathBuf> = kept.ancestors().skip(1).map(Path::to_owned).collect();
    let Some(closed) = above.iter().rev().find(|directory| !user.passes(directory)) else { return Ok(()) };
    at("leaving the host's mounts", syscall::unshare(libc::CLONE_NEWNS))?;
    let everything = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    at("keeping mounts to ourselves", mount_change("/", everything))?;
    let copy =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let tree = at("opening the data directory", open_tree(CWD, kept, copy))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    at("covering what is closed", mount("dayfly", closed, "tmpfs", flags, limits::ROOT_OPTIONS))?;
    at("making a way", fs::create_dir_all(kept))?;
    at(
        "showing the data directory",
        move_mount(&tree, "", CWD, kept, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH),
    )?;
    at("closing the cover", mount_remount(closed, flags | MountFlags::RDONLY, limits::ROOT_OPTIONS))?;
    // Where it stood may lie below the cover.
    at("leaving where it was started", rustix::process::chdir("/"))
}

fn give_up(user: User) -> Result<(), Step> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    for capability in CapabilitySet::all().iter() {
        // Older kernels do not know the newest.
        let _ = rustix::thread::remove_capability_from_bounding_set(capability);
    }
    at("leaving root's groups", rustix::thread::set_thread_groups(&[]))?;
    at("taking the group", rustix::thread::set_thread_res_gid(gid, gid, gid))?;
    at("taking the id", rustix::thread::set_thread_res_uid(uid, uid, uid))?;
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    at("dropping capabilities", rustix::thread::set_capabilities(None, sets))?;
    at("never gaining any", rustix::thread::set_no_new_privs(true))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn who_passes_is_told_by_the_first_class_that_fits() {
        let folder = tempfile::tempdir().unwrap();
        let found = fs::metadata(folder.path()).unwrap();
        let (owner, group) = (found.uid(), found.gid());
        for (mode, uid, gid, passes) in [
            (0o700, owner, group, true),
            (0o700, owner + 1, group, false),
            (0o710, owner + 1, group, true),
            (0o701, owner + 1, group, false),
            (0o701, owner + 1, group + 1, true),
            (0o611, owner, group, false),
        ] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(User { uid, gid }.passes(folder.path()), passes, "{mode:o} {uid} {gid}");
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }

    #[test]
    fn the_servers_user_is_none_of_the_sandboxes() {
        assert!(!User::of_servers().is_of_sandboxes());
        for uid in [limits::UID_BASE, limits::TEMPLATE_UID_BASE, limits::TEMPLATE_UID_BASE + 5] {
            assert!(User { uid, gid: uid }.is_of_sandboxes(), "{uid}");
        }
    }
}
