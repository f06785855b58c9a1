//! Whether a template's program can be forked, as seen from outside: it is not asked, for it may be wrong or lie.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use crate::limits;

/// Standard streams and the socket to us.
const DESCRIPTORS: i32 = 4;

/// The process that a descriptor stands for, as we number processes.
pub fn number(process: &OwnedFd) -> io::Result<i32> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", process.as_raw_fd()))?;
    let number = text.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    number.filter(|number| *number > 0).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What stands against ever forking the process: the reason, for people.
pub fn obstacle(pid: i32) -> Option<String> {
    let process = format!("/proc/{pid}");
    let found = (|| {
        obstacle_now(pid).map_or(Ok(()), Err)?;
        sort_of_descriptors(Path::new(&process).join("fd")).map_or(Ok(()), Err)?;
        shared_memory(&mappings(&process)?).map_or(Ok(()), Err)?;
        match fs::read_dir(format!("{process}/root/tmp")).into_iter().flatten().next() {
            None => Ok(()),
            Some(_) => Err("what it imports leaves files in /tmp".to_owned()),
        }
    })();
    found.err()
}

/// What may stand against it from one moment to the next.
pub fn obstacle_now(pid: i32) -> Option<String> {
    match entries(format!("/proc/{pid}/task")) {
        1 => None,
        0 => Some("the template has ended".to_owned()),
        threads => Some(format!("what it imports starts threads ({threads} run)")),
    }
}

/// As the kernel tells them, up to a bound: reading them takes time.
fn mappings(process: &str) -> Result<String, String> {
    let mut maps = String::new();
    let read = File::open(format!("{process}/maps"))
        .and_then(|file| file.take(limits::MAPPINGS).read_to_string(&mut maps));
    match read {
        Ok(length) if length as u64 == limits::MAPPINGS => Err("it has too many mappings".to_owned()),
        Ok(_) => Ok(maps),
        Err(_) => Err("the template has ended".to_owned()),
    }
}

fn entries(path: String) -> usize {
    fs::read_dir(path).map_or(0, Iterator::count)
}

fn sort_of_descriptors(directory: impl AsRef<Path>) -> Option<String> {
    let descriptors = fs::read_dir(directory).into_iter().flatten().flatten();
    let beyond = descriptors.filter(|entry| {
        let number = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        number.is_none_or(|number| number >= DESCRIPTORS)
    });
    let targets = beyond.filter_map(|entry| fs::read_link(entry.path()).ok());
    let first = targets.map(|target| target.display().to_string()).next()?;
    Some(format!("what it imports keeps a descriptor open ({first})"))
}

/// Memory that the forks would write to together.
fn shared_memory(maps: &str) -> Option<String> {
    let shared = maps.lines().any(|line| {
        let flags = line.split(' ').nth(1).unwrap_or_default();
        flags.contains('w') && flags.ends_with('s')
    });
    shared.then(|| "what it imports shares memory that can be written".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_memory_counts_when_it_can_be_written() {
        for (line, found) in [
            ("7f00-7f01 rw-s 00000000 00:01 7 /dev/zero (deleted)", true),
            ("7f00-7f01 r--s 00000000 fe:00 7 /usr/lib/gconv/gconv-modules.cache", false),
            ("7f00-7f01 rw-p 00000000 00:00 0 [heap]", false),
        ] {
            assert_eq!(shared_memory(line).is_some(), found, "{line}");
        }
    }

    #[test]
    fn a_process_of_one_thread_with_open_files_is_told_by_its_file() {
        let pid = std::process::id() as i32;
        assert_eq!(obstacle_now(i32::MAX), Some("the template has ended".to_owned()));
        let told = sort_of_descriptors(format!("/proc/{pid}/fd"));
        assert!(told.is_none_or(|told| told.starts_with("what it imports keeps a descriptor open (")));
    }
}
