//! Controllers of a v2 group for the groups below it.

use std::fs;
use std::path::Path;

/// What limits an instance.
pub const WANTED: [&str; 3] = ["memory", "cpu", "pids"];
/// Where the processes go that are in a group whose controllers are passed on. Its name is that of no spawner's group.
const ROOM: &str = "dayfly-server";

/// Passes controllers of a group on to those below it, and returns which ones the groups below have.
pub fn pass_on(group: &Path) -> Vec<String> {
    let offered = words(&group.join("cgroup.controllers"));
    let wanted: Vec<&str> =
        WANTED.into_iter().filter(|wanted| offered.iter().any(|offer| offer == wanted)).collect();
    let passed = || words(&group.join("cgroup.subtree_control"));
    if wanted.iter().any(|wanted| !passed().iter().any(|has| has == wanted)) {
        // The kernel passes on what no process in the group itself uses; the tree's root alone, which has no type, may.
        if group.join("cgroup.type").exists() {
            make_room(group);
        }
        for controller in wanted {
            let _ = super::write(group, "cgroup.subtree_control", format!("+{controller}"));
        }
    }
    passed()
}

/// Moves the processes of a group into one below: the server and this one, and who has started them there.
fn make_room(group: &Path) {
    let processes = words(&group.join("cgroup.procs"));
    let room = group.join(ROOM);
    if processes.is_empty() || (fs::create_dir(&room).is_err() && !room.is_dir()) {
        return;
    }
    for process in processes {
        // One that has ended, or is not ours to be moved, is for the kernel to judge.
        let _ = fs::write(room.join("cgroup.procs"), process);
    }
}

fn words(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with the files of a group.
    fn group(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_delegated_group_makes_room_and_passes_on_what_it_is_offered() {
        let type_of = ("cgroup.type", "domain\n");
        for (name, files, asked, moved) in [
            (
                "all is there already",
                vec![
                    ("cgroup.controllers", "cpu memory pids"),
                    ("cgroup.subtree_control", "cpu memory pids"),
                ],
                "cpu memory pids",
                None,
            ),
            (
                "the root of the tree",
                vec![("cgroup.controllers", "pids"), ("cgroup.subtree_control", ""), ("cgroup.procs", "7\n")],
                "+pids",
                None,
            ),
            (
                "a group with processes",
                vec![
                    type_of,
                    ("cgroup.controllers", "pids io"),
                    ("cgroup.subtree_control", ""),
                    ("cgroup.procs", "7\n"),
                ],
                "+pids",
                Some("7"),
            ),
            (
                "an empty group",
                vec![
                    type_of,
                    ("cgroup.controllers", "pids"),
                    ("cgroup.subtree_control", ""),
                    ("cgroup.procs", ""),
                ],
                "+pids",
                None,
            ),
            (
                "no controllers",
                vec![
                    type_of,
                    ("cgroup.controllers", ""),
                    ("cgroup.subtree_control", ""),
                    ("cgroup.procs", "7\n"),
                ],
                "",
                None,
            ),
        ] {
            let group = group(&files);
            pass_on(group.path());
            let read = |file: &str| fs::read_to_string(group.path().join(file)).ok();
            assert_eq!(read("cgroup.subtree_control").as_deref(), Some(asked), "{name}");
            assert_eq!(read("dayfly-server/cgroup.procs").as_deref(), moved, "{name}");
        }
    }
}
