//! What the server asks of the spawner, and what of it the spawner takes. It reads nothing else from outside.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::plan::{Bounds, Plan};

/// Each stands for itself. Those with a plan are answered, under the plan's id, and so are permits, under their own.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// From now on take plans within these bounds only. The first word on it is the last.
    Confine(Bounds),
    /// Build a sandbox and start its program.
    Start(Box<Plan>),
    /// Build a sandbox that becomes a template: its program loads modules and is then forked on demand. Answered once it
    /// was forked for the first time, or cannot be.
    Template { plan: Box<Plan>, seed: Box<Seed> },
    /// Build a sandbox and let this template's program go on in it.
    Sprout { template: u64, plan: Box<Plan> },
    /// Give a template up; what it has started lives on.
    Retire { template: u64 },
    /// Give a sandbox's CPU share its lasting value, after its init.
    Settle { id: u64 },
    /// Let a sandbox with an allowlist through to what a name was resolved to, for so many seconds.
    Permit { id: u64, sandbox: u64, address: Ipv4Addr, ports: Vec<Option<u16>>, seconds: u32 },
    /// Kill whatever is left of it and remove its cgroups.
    End { id: u64 },
}

/// What a template is made for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seed {
    pub modules: Vec<String>,
    /// What an instance will be like; its environment is told later.
    pub model: Plan,
}

/// A request that is not taken, and under which id that is to be answered, if under one.
#[derive(Debug)]
pub struct Refused {
    pub id: Option<u64>,
    pub reason: &'static str,
}

impl Request {
    /// # Errors
    /// When the bytes are no request, or one that could mislead the spawner or does not keep to `bounds`.
    pub fn decode(bytes: &[u8], bounds: Option<&Bounds>) -> Result<Self, Refused> {
        let request: Self = serde_json::from_slice(bytes)
            .map_err(|_| Refused { id: None, reason: "it could not be read" })?;
        let checked = request.check(bounds);
        let id = request.plan().map(|plan| plan.id);
        checked.map(|()| request).map_err(|reason| Refused { id, reason })
    }

    fn check(&self, bounds: Option<&Bounds>) -> Result<(), &'static str> {
        self.plan().map_or(Ok(()), Plan::check)?;
        bounds.zip(self.plan()).map_or(Ok(()), |(bounds, plan)| bounds.check(plan))?;
        match self {
            Self::Template { plan, seed } => {
                seed.model.check()?;
                bounds.map_or(Ok(()), |bounds| bounds.check(&seed.model))?;
                let length: usize = seed.modules.iter().map(String::len).sum();
                if length > limits::MODULES || seed.modules.iter().any(|name| name.contains('\0')) {
                    return Err("the modules' names are too long or hold a zero byte");
                }
                if !plan.framed || !seed.model.framed || !plan.ports.is_empty() || plan.guest.is_none() {
                    return Err("a template has a socket, no ports and a program of ours");
                }
                Ok(())
            }
            Self::Sprout { plan, .. } if !plan.framed => Err("a fork needs a socket"),
            Self::Permit { ports, .. } if ports.len() > limits::PERMITS => Err("there are too many ports"),
            _ => Ok(()),
        }
    }

    fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Start(plan) | Self::Template { plan, .. } | Self::Sprout { plan, .. } => Some(plan),
            Self::Confine(_)
            | Self::Retire { .. }
            | Self::Settle { .. }
            | Self::Permit { .. }
            | Self::End { .. } => None,
        }
    }
}

/// Whether the spawner would take these bytes for a request: for those who hold this against bytes of all kinds.
#[must_use]
pub fn is_request(bytes: &[u8]) -> bool {
    Request::decode(bytes, None).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{"id":1,"command":["/bin/true"],"environment":[],"roots":[],"code":"/code","layers":[],
        "guest":"/guest","tmp_mib":1,"memory_mib":128,"pids":1,"descriptors":9,"ports":[],"egress":"None","framed":true}"#;

    fn refused(text: &str) -> Option<(Option<u64>, &'static str)> {
        Request::decode(text.as_bytes(), None).err().map(|refused| (refused.id, refused.reason))
    }

    /// Strings, numbers and brackets of one request in the place of another's, bytes turned over and cut out: whatever of
    /// that is taken names plain paths, and nothing makes the spawner panic.
    #[test]
    fn garbled_requests_are_taken_only_where_they_mislead_nobody() {
        let template =
            format!(r#"{{"Template":{{"plan":{PLAN},"seed":{{"modules":["boto3"],"model":{PLAN}}}}}}}"#);
        let permit = r#"{"Permit":{"id":1,"sandbox":2,"address":"1.2.3.4","ports":[443,null],"seconds":9}}"#;
        let bounds = r#"{"Confine":{"data":"/code","roots":["/guest","/../etc","/usr"]}}"#;
        let seeds = [format!(r#"{{"Start":{PLAN}}}"#), template, permit.to_owned(), bounds.to_owned()];
        let pieces: Vec<&str> =
            seeds.iter().flat_map(|seed| seed.split_inclusive([',', ':', '[', ']', '{', '}'])).collect();
        let dice = tasks::Dice::seeded(7);
        let draw = |below: usize| dice.below(below as u64) as usize;
        let mut taken = 0;
        for round in 0..60_000 {
            let mut bytes = seeds[round % seeds.len()].clone().into_bytes();
            for _ in 0..=draw(3) {
                let (at, length) = (draw(bytes.len()), draw(8));
                let end = (at + length).min(bytes.len());
                match draw(4) {
                    0 => bytes[at] ^= 1 << draw(8),
                    1 => drop(bytes.splice(at..end, [])),
                    2 => drop(bytes.splice(at..at, pieces[draw(pieces.len())].bytes())),
                    _ => drop(bytes.splice(at..end, *b"/../")),
                }
            }
            if let Ok(request) = Request::decode(&bytes, None) {
                taken += 1;
                let plans = match &request {
                    Request::Template { plan, seed } => vec![&**plan, &seed.model],
                    other => other.plan().into_iter().collect(),
                };
                let paths = plans.iter().flat_map(|plan| {
                    plan.roots.iter().chain(&plan.layers).chain(&plan.guest).chain([&plan.code])
                });
                for path in paths {
                    let plain = path.is_absolute() && path.components().all(|part| part.as_os_str() != "..");
                    assert!(plain, "{}", path.display());
                }
            }
        }
        assert!(taken > 1000, "{taken} were taken: most are garbled beyond reading");
    }

    #[test]
    fn what_could_mislead_is_not_taken_and_answered_where_it_can_be() {
        let plan = |from: &str, to: &str| PLAN.replace(from, to);
        let template = |plan: &str, modules: &str| {
            format!(r#"{{"Template":{{"plan":{plan},"seed":{{"modules":[{modules}],"model":{PLAN}}}}}}}"#)
        };
        let cases = [
            (r#"{"End":{"id":7}}"#.to_owned(), None),
            (format!(r#"{{"Start":{PLAN}}}"#), None),
            (template(PLAN, r#""boto3""#), None),
            (format!(r#"{{"Sprout":{{"template":3,"plan":{PLAN}}}}}"#), None),
            ("{".to_owned(), Some(None)),
            (r#"{"Shutdown":{}}"#.to_owned(), Some(None)),
            (r#"{"End":{"id":-1}}"#.to_owned(), Some(None)),
            (format!(r#"{{"Start":{}}}"#, plan("/code", "/code/../etc")), Some(Some(1))),
            (template(PLAN, &format!("\"{}\"", "x".repeat(limits::MODULES + 1))), Some(Some(1))),
            (template(PLAN, r#""a\u0000b""#), Some(Some(1))),
            (template(&plan("[],\"egress\"", "[80],\"egress\""), ""), Some(Some(1))),
            (format!(r#"{{"Sprout":{{"template":3,"plan":{}}}}}"#, plan("true}", "false}")), Some(Some(1))),
        ];
        for (text, expected) in cases {
            assert_eq!(refused(&text).map(|(id, _)| id), expected, "{text}");
        }
    }
}
