//! Giving a data directory to the user whom the server becomes.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Stat, Uid, chownat, openat, statat};
use sandbox_linux::User;

/// Gives the directory and all in it to `owner`, unless it and what lies directly in it are theirs already: a directory
/// is given after what it holds, so nothing below it can be left out.
///
/// # Errors
/// When something in it cannot be read or given away.
pub fn give(directory: &Path, owner: User) -> io::Result<()> {
    let opened = open(CWD, directory)?;
    let mut entries = entries(&opened)?.into_iter();
    let own = rustix::fs::fstat(&opened)?.st_uid == owner.uid;
    if own && entries.all(|(_, found)| found.st_uid == owner.uid) {
        return Ok(());
    }
    give_entries(&opened, owner)?;
    Ok(rustix::fs::fchown(&opened, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))?)
}

fn give_entries(directory: &OwnedFd, owner: User) -> io::Result<()> {
    for (name, found) in entries(directory)? {
        let is_directory = FileType::from_raw_mode(found.st_mode).is_dir();
        if is_directory {
            give_entries(&open(directory, name.as_c_str())?, owner)?;
        } else if found.st_nlink > 1 {
            // It has another name, and may be somebody's who put it here to be given it.
            continue;
        }
        let (uid, gid) = (Uid::from_raw(owner.uid), Gid::from_raw(owner.gid));
        chownat(directory, name.as_c_str(), Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// Never by a link: whoever owned the directory may have put one in it.
fn open<D: rustix::fd::AsFd, P: rustix::path::Arg>(at: D, name: P) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

fn entries(directory: &OwnedFd) -> io::Result<Vec<(std::ffi::CString, Stat)>> {
    let mut entries = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_owned();
        if name.as_bytes() != b"." && name.as_bytes() != b".." {
            let found = statat(directory, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)?;
            entries.push((name, found));
        }
    }
    Ok(entries)
}
