//! Sandboxes that stand before they are asked for: their walls are up, and their program's process waits. What is left
//! is a function's own files, limits and environment, and to execute it. One that was used is never used again.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Instant;

use sandbox::Egress;

use super::build::{Building, Built, Order, Site, failed, step};
use super::pool::Pool;
use super::residents::Resident;
use crate::channel::Channel;
use crate::ids::Ids;
use crate::inside::Word;
use crate::limits;
use crate::plan::{Plan, Reply};
use crate::poll::{Mark, Watched};
use crate::root::{Furniture, Home};
use crate::shelf::Shelf;

pub struct Ahead {
    /// `None` where sandboxes belong to user namespaces of their own: nobody can bring anything into them.
    home: Option<Home>,
    kinds: BTreeMap<Kind, Kept>,
    making: Option<(Kind, Plan, Building)>,
    /// What is to be ended.
    pub over: Vec<Resident>,
}

/// What sandboxes must have in common: roots, ports, and whether there is a socket for frames.
type Kind = (Vec<PathBuf>, Vec<u16>, bool);

struct Kept {
    /// The last plan of this kind.
    model: Plan,
    parked: Shelf<Parked>,
}

/// Without a program yet.
struct Parked {
    /// What it was built for.
    model: Plan,
    built: Built,
    program: Watched<Channel>,
    ids: Ids,
}

impl Parked {
    /// From now on it is the sandbox of this plan.
    fn wake(&mut self, plan: &Plan, home: &Home, pool: &mut Pool) -> Result<(), Reply> {
        let resident = &mut self.built.resident;
        let furniture = Furniture::of(plan, self.ids.owner(), &self.model);
        let furniture = step("opening what the sandbox shows", furniture)?;
        if (plan.memory_mib, plan.pids) != (self.model.memory_mib, self.model.pids) {
            step("setting limits", resident.group.limit(plan))?;
        }
        if plan.egress != Egress::None {
            let network = File::open(format!("/proc/{}/ns/net", resident.pid));
            let network = step("opening its namespaces", network)?;
            resident.gate = step("making a way out", pool.connect(Some(network.as_fd()), &plan.egress))?;
        }
        step("showing the code", furniture.bring(resident.process.as_fd(), home))?;
        step("telling the program", self.program.send_now(&Word::of(plan), &[]))
    }
}

impl Ahead {
    pub fn new(home: Option<Home>) -> Self {
        Self { home, kinds: BTreeMap::new(), making: None, over: Vec::new() }
    }

    /// One that is from now on the sandbox of this plan. Without, the next of its kind may find one.
    pub fn take(&mut self, plan: &Plan, pool: &mut Pool) -> Option<Built> {
        self.home.as_ref()?;
        let kind = (plan.roots.clone(), plan.ports.clone(), plan.framed);
        if self.kinds.len() >= limits::AHEAD_KINDS && !self.kinds.contains_key(&kind) {
            return None;
        }
        let kept = self.kinds.entry(kind).or_insert_with(|| {
            let parked = Shelf::new(limits::POOL_LEAST, limits::AHEAD_MOST);
            Kept { model: plan.clone(), parked }
        });
        kept.model = Plan { egress: Egress::None, ..plan.clone() };
        let mut parked = kept.parked.take()?;
        match parked.wake(plan, self.home.as_ref()?, pool) {
            Ok(()) => Some(parked.built),
            Err(reply) => {
                // Built anew, it may do; or that tells why not.
                tell(&reply);
                self.over.push(parked.built.resident);
                None
            }
        }
    }

    /// Whether one is to be made, and can be now.
    pub fn is_short(&self) -> bool {
        self.making.is_none() && self.kinds.values().any(|kept| kept.parked.is_short())
    }

    /// Whether who came now would find none.
    pub fn is_bare(&self) -> bool {
        self.making.is_none() && self.kinds.values().any(|kept| kept.parked.is_bare())
    }

    /// Begins one that is missing.
    pub fn make_one(&mut self, ids: Ids, site: &mut Site<'_>) {
        let short = self.kinds.iter_mut().find(|(_, kept)| kept.parked.is_short());
        let Some((kind, kept)) = short else { return };
        let model = kept.model.clone();
        match Building::begin(Order { plan: &model, ids, mark: Mark::Ahead, waits: true }, site) {
            Ok(mut building) => {
                let admitted = building.admit();
                self.making = Some((kind.clone(), model, building));
                admitted.unwrap_or_else(|reply| self.fail(&reply));
            }
            Err(reply) => {
                kept.parked.give_up();
                tell(&reply);
            }
        }
    }

    /// What is being made will not be, nor another before one is asked for.
    fn fail(&mut self, reply: &Reply) {
        tell(reply);
        let Some((kind, _, building)) = self.making.take() else { return };
        self.over.push(building.resident);
        self.kinds.get_mut(&kind).into_iter().for_each(|kept| kept.parked.give_up());
    }

    /// The one that is being made has said something.
    pub fn hear(&mut self) {
        match self.making.as_mut().map(|(.., building)| building.hear()) {
            Some(Ok(true)) => {}
            Some(Err(reply)) => return self.fail(&reply),
            Some(Ok(false)) | None => return,
        }
        let Some((kind, model, building)) = self.making.take() else { return };
        let (built, program, ids) = building.finish();
        program.rest();
        match self.kinds.get_mut(&kind) {
            Some(kept) => kept.parked.put(Parked { model, built, program, ids }),
            None => self.over.push(built.resident),
        }
    }

    /// When the one that is being made is late.
    pub fn deadline(&self) -> Option<Instant> {
        self.making.as_ref().map(|(.., building)| building.until)
    }

    pub fn expire(&mut self, now: Instant) {
        if self.making.as_ref().is_some_and(|(.., building)| building.until <= now) {
            self.fail(&failed("following it", "it took too long"));
        }
    }

    /// Lets go what demand no longer asks for.
    pub fn forget(&mut self) {
        let gone = self.kinds.values_mut().flat_map(|kept| kept.parked.forget());
        self.over.extend(gone.map(|parked| parked.built.resident));
    }

    /// Whether forgetting would change nothing any more.
    pub fn is_settled(&self) -> bool {
        self.kinds.values().all(|kept| kept.parked.is_settled())
    }

    pub fn close(&mut self) {
        self.over.extend(self.making.take().map(|(.., building)| building.resident));
        for mut kept in std::mem::take(&mut self.kinds).into_values() {
            self.over.extend(kept.parked.empty().into_iter().map(|parked| parked.built.resident));
        }
    }
}

fn tell(reply: &Reply) {
    tracing::warn!(?reply, "a sandbox that was made ahead is of no use");
}
