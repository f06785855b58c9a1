//! Finding the hierarchies: from the mounts and from where this process is in each.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Place, Places, delegate};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
    /// v2 in groups of threads, as a tree can be that gives no controllers: a process may enter one by itself, without
    /// waiting for anybody, as those of v1. Linux, admin-guide/cgroup-v2, "Threads".
    Threaded,
}

/// The groups in which this process may make groups of its own, by controller.
pub fn find() -> Places {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let hierarchies = hierarchies(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
    choose(&hierarchies, usable)
}

/// One mounted hierarchy and where this process is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    version: Version,
    /// Of v1; those of v2 are read from its own file.
    controllers: Vec<String>,
    mount: PathBuf,
    own: PathBuf,
}

fn hierarchies(mounts: &str, memberships: &str) -> Vec<Hierarchy> {
    let mut found: Vec<Hierarchy> = Vec::new();
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let Some(dash) = fields.iter().position(|field| *field == "-") else { continue };
        let (Some(root), Some(mount), Some(kind)) = (fields.get(3), fields.get(4), fields.get(dash + 1))
        else {
            continue;
        };
        let version = match *kind {
            "cgroup" => Version::V1,
            "cgroup2" => Version::V2,
            _ => continue,
        };
        let controllers: Vec<String> =
            fields.get(dash + 3).unwrap_or(&"").split(',').map(str::to_owned).collect();
        let Some(membership) = membership(memberships, version, &controllers) else { continue };
        let inside = Path::new(&membership).strip_prefix(root).unwrap_or(Path::new(""));
        let mount = PathBuf::from(mount);
        if !found.iter().any(|known| known.mount == mount) {
            found.push(Hierarchy { version, controllers, own: below(&mount, inside), mount });
        }
    }
    found
}

/// Without the slash that joining with nothing leaves.
fn below(mount: &Path, inside: &Path) -> PathBuf {
    if inside.as_os_str().is_empty() { mount.to_owned() } else { mount.join(inside) }
}

/// The path of this process in a hierarchy, from the lines `id:controllers:path` of `/proc/self/cgroup`.
fn membership(memberships: &str, version: Version, controllers: &[String]) -> Option<String> {
    memberships.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, listed, path) = (parts.next()?, parts.next()?, parts.next()?);
        let matches = match version {
            Version::V2 | Version::Threaded => listed.is_empty(),
            Version::V1 => {
                listed.split(',').any(|name| !name.is_empty() && controllers.iter().any(|own| own == name))
            }
        };
        matches.then(|| path.to_owned())
    })
}

/// What a hierarchy gives: the group to make ours in, and the controllers there.
struct Usable {
    path: PathBuf,
    controllers: Vec<String>,
}

fn usable(hierarchy: &Hierarchy) -> Option<Usable> {
    match hierarchy.version {
        Version::V1 => may_make(&hierarchy.own)
            .then(|| Usable { path: hierarchy.own.clone(), controllers: hierarchy.controllers.clone() }),
        Version::V2 | Version::Threaded => usable_v2(hierarchy),
    }
}

/// In the tree's root or, without the right to that, in our own group where that was delegated: the first that gives all.
fn usable_v2(hierarchy: &Hierarchy) -> Option<Usable> {
    let mut best: Option<Usable> = None;
    for path in [&hierarchy.mount, &hierarchy.own].into_iter().filter(|path| may_make(path)) {
        let controllers = delegate::pass_on(path);
        if best.as_ref().is_none_or(|best| best.controllers.len() < controllers.len()) {
            best = Some(Usable { path: path.clone(), controllers });
        }
        if best.as_ref().is_some_and(|best| best.controllers.len() == delegate::WANTED.len()) {
            break;
        }
    }
    best
}

fn may_make(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn choose(hierarchies: &[Hierarchy], usable: impl Fn(&Hierarchy) -> Option<Usable>) -> Places {
    let mut places = Places::default();
    // v2 first: its freezer lets SIGKILL through, the one of v1 does not.
    let v2_first = |hierarchy: &&Hierarchy| hierarchy.version == Version::V1;
    let mut ordered: Vec<&Hierarchy> = hierarchies.iter().collect();
    ordered.sort_by_key(v2_first);
    for hierarchy in ordered {
        let Some(Usable { path, controllers }) = usable(hierarchy) else { continue };
        let version = hierarchy.version;
        let has = |name: &str| controllers.iter().any(|controller| controller == name);
        let fill = |place: &mut Option<Place>, wanted: bool| {
            if wanted && place.is_none() {
                *place = Some(Place { version, path: path.clone() });
            }
        };
        fill(&mut places.memory, has("memory"));
        fill(&mut places.cpu, has("cpu"));
        fill(&mut places.cpuacct, has("cpuacct") || (version == Version::V2 && has("cpu")));
        fill(&mut places.pids, has("pids"));
        fill(&mut places.freezer, has("freezer") || version == Version::V2);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
25 24 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
27 25 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
28 25 0:25 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
29 25 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

    const IN_HYBRID: &str = "4:memory:/jobs/7\n3:freezer:/\n1:cpu,cpuacct:/\n0::/";

    fn all(hierarchy: &Hierarchy) -> Option<Usable> {
        let controllers = match hierarchy.version {
            Version::V1 => hierarchy.controllers.clone(),
            Version::V2 | Version::Threaded => Vec::new(),
        };
        Some(Usable { path: hierarchy.own.clone(), controllers })
    }

    #[test]
    fn a_host_with_both_versions_gives_each_controller_once_and_the_newer_freezer() {
        let places = choose(&hierarchies(HYBRID, IN_HYBRID), all);
        let path = |place: &Option<Place>| place.as_ref().map(|place| place.path.display().to_string());
        assert_eq!(path(&places.memory).as_deref(), Some("/sys/fs/cgroup/memory/jobs/7"));
        assert_eq!(path(&places.cpu).as_deref(), Some("/sys/fs/cgroup/cpu,cpuacct"));
        assert_eq!(places.cpu, places.cpuacct);
        assert_eq!(path(&places.freezer).as_deref(), Some("/sys/fs/cgroup/unified"));
        assert_eq!(places.pids, None);
    }

    #[test]
    fn a_pure_v2_host_gives_all_from_one_tree() {
        let mounts = "29 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
        let found = hierarchies(mounts, "0::/user.slice/dayfly.service");
        let places = choose(&found, |hierarchy| {
            Some(Usable {
                path: hierarchy.own.clone(),
                controllers: ["cpu", "memory", "pids"].map(str::to_owned).to_vec(),
            })
        });
        let own = PathBuf::from("/sys/fs/cgroup/user.slice/dayfly.service");
        let place = Some(Place { version: Version::V2, path: own });
        let expected = Places {
            memory: place.clone(),
            cpu: place.clone(),
            cpuacct: place.clone(),
            pids: place.clone(),
            freezer: place,
        };
        assert_eq!(places, expected);
    }

    #[test]
    fn a_host_without_cgroups_gives_none() {
        assert_eq!(choose(&hierarchies("", ""), all), Places::default());
    }
}
