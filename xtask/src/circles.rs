//! No circle of files inside a crate: a file's `use crate::…` lines are the arrows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files::Source;

type Arrows = BTreeMap<String, BTreeSet<String>>;

pub fn problems(sources: &[Source]) -> Vec<String> {
    let mut crates: BTreeMap<String, Arrows> = BTreeMap::new();
    for source in sources {
        let Some((name, module)) = module_of(&source.path) else { continue };
        // Roots list the rooms and re-export from them; they are nobody's lower floor.
        if module.is_empty() {
            continue;
        }
        let text = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        crates.entry(name).or_default().insert(module, used(text));
    }
    let mut problems = Vec::new();
    for (name, arrows) in crates {
        for module in arrows.keys() {
            if let Some(circle) = circle_from(module, &arrows) {
                problems.push(format!("circles: in {name}: {}", circle.join(" -> ")));
            }
        }
    }
    problems
}

/// The crate and the path of the module, as in `("store", "memory")`.
fn module_of(path: &Path) -> Option<(String, String)> {
    let text = path.to_str()?;
    let (before, after) = text.split_once("/src/")?;
    let name = before.rsplit('/').next()?.to_owned();
    let module = after.strip_suffix(".rs")?.trim_end_matches("/mod").replace('/', "::");
    let root = matches!(module.as_str(), "lib" | "main" | "mod");
    Some((name, if root { String::new() } else { module }))
}

fn used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for statement in text.split("use crate::").skip(1) {
        let Some((path, _)) = statement.split_once(';') else { continue };
        let path: String = path.split_whitespace().collect();
        let (start, group) = path.split_once('{').unwrap_or((path.as_str(), ""));
        if group.is_empty() {
            used.insert(start.to_owned());
        } else {
            used.extend(group.trim_end_matches('}').split(',').map(|item| format!("{start}{item}")));
        }
    }
    used
}

/// The longest module that the path begins with.
fn resolve(path: &str, arrows: &Arrows) -> Option<String> {
    let mut path = path;
    loop {
        if arrows.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// A way from the module back to itself whose smallest member it is, so that each circle is told once.
fn circle_from(module: &str, arrows: &Arrows) -> Option<Vec<String>> {
    let mut way = vec![module.to_owned()];
    let mut seen = BTreeSet::new();
    walk(module, module, arrows, &mut way, &mut seen).then_some(way)
}

fn walk(at: &str, home: &str, arrows: &Arrows, way: &mut Vec<String>, seen: &mut BTreeSet<String>) -> bool {
    for path in arrows.get(at).into_iter().flatten() {
        let Some(next) = resolve(path, arrows) else { continue };
        if next == home && at != home {
            way.push(next);
            return true;
        }
        if next.as_str() > home && seen.insert(next.clone()) {
            way.push(next.clone());
            if walk(&next, home, arrows, way, seen) {
                return true;
            }
            way.pop();
        }
    }
    false
}
