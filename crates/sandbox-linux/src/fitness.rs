//! Whether a template's program can be forked, as seen from outside: it is not asked, for it may be wrong or lie.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};

use crate::limits;
use crate::plan::Unfit;

/// What the process has before it has loaded anything of others: our own program has started, and nothing else.
pub struct Baseline {
    threads: usize,
    /// Beside the standard streams and the socket to us: their numbers, and what they are.
    descriptors: BTreeMap<i32, String>,
}

impl Baseline {
    pub fn of(pid: i32) -> Self {
        let process = format!("/proc/{pid}");
        Self {
            threads: entries(format!("{process}/task")),
            descriptors: descriptors(format!("{process}/fd")),
        }
    }
}

/// Standard streams and the socket to us.
const DESCRIPTORS: i32 = 4;

/// The process that a descriptor stands for, as we number processes.
pub fn number(process: &OwnedFd) -> io::Result<i32> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", process.as_raw_fd()))?;
    let number = text.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    number.filter(|number| *number > 0).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What stands against ever forking the process: the reason, for people.
pub fn obstacle(pid: i32, before: &Baseline) -> Option<Unfit> {
    let process = format!("/proc/{pid}");
    let found = || {
        new_descriptor(descriptors(format!("{process}/fd")), before).map_or(Ok(()), Err)?;
        shared_memory(&mappings(&process)?).map_or(Ok(()), Err)?;
        match fs::read_dir(format!("{process}/root/tmp")).into_iter().flatten().next() {
            None => Ok(()),
            Some(_) => Err("what it imports leaves files in /tmp".to_owned()),
        }
    };
    obstacle_now(pid, before).or_else(|| found().err().map(Unfit::Never))
}

/// What may stand against it from one moment to the next.
pub fn obstacle_now(pid: i32, before: &Baseline) -> Option<Unfit> {
    match entries(format!("/proc/{pid}/task")) {
        0 => Some(Unfit::Lost("the template has ended".to_owned())),
        threads if threads == before.threads => None,
        threads => {
            let started = threads.saturating_sub(before.threads);
            Some(Unfit::Never(format!("what it imports starts threads ({started} run)")))
        }
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

fn descriptors(directory: String) -> BTreeMap<i32, String> {
    let all = fs::read_dir(directory).into_iter().flatten().flatten();
    let told = all.filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse().ok().filter(|number| *number >= DESCRIPTORS)?;
        Some((number, fs::read_link(entry.path()).ok()?.display().to_string()))
    });
    told.collect()
}

fn new_descriptor(now: BTreeMap<i32, String>, before: &Baseline) -> Option<String> {
    let is_new = |number: &i32, target: &String| before.descriptors.get(number) != Some(target);
    // A template that can be forked reads its own mappings for that.
    let is_own = |target: &String| target.starts_with("/proc/") && target.ends_with("/maps");
    let new = now.into_iter().find(|(number, target)| is_new(number, target) && !is_own(target))?;
    Some(format!("what it imports keeps a descriptor open ({})", new.1))
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
    fn what_was_there_before_is_no_obstacle() {
        let pid = std::process::id() as i32;
        let before = Baseline::of(pid);
        let ended = Unfit::Lost("the template has ended".to_owned());
        assert_eq!(obstacle_now(i32::MAX, &before), Some(ended));
        let of = |file: &str| BTreeMap::from([(7, file.to_owned())]);
        let before = Baseline { threads: 1, descriptors: of("/a") };
        assert_eq!(new_descriptor(of("/a"), &before), None);
        assert_eq!(
            new_descriptor(of("/b"), &before),
            Some("what it imports keeps a descriptor open (/b)".to_owned())
        );
    }
}
