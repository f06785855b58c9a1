//! The spawner's side of a template: looks at it before it is forked, has sandboxes made for its forks, has it fork, and
//! keeps some of both ahead. Nothing here waits: what a template owes is heard of later, or too late.

use std::collections::VecDeque;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::build::{Built, failed};
use super::fork::{Forking, Parked};
use super::program::{Gauges, Program};
use super::residents::Resident;
use super::shelter::{Sheltered, Sheltering};
use super::yard::Yard;
use crate::channel::{Channel, ChannelError};
use crate::fitness::{self, Baseline};
use crate::ids::Ids;
use crate::limits;
use crate::plan::{Plan, Reply, Unfit};
use crate::poll::{Mark, Poll, Watched};
use crate::request::Seed;
use crate::shelf::Shelf;

/// A template, until the last sandbox that was made from it has ended.
pub struct Template {
    id: u64,
    keeper: Watched<Channel>,
    resident: Resident,
    program: Program,
    ids: Ids,
    state: State,
    /// Handed over once it has been forked for the first time.
    gauges: Option<Gauges>,
    /// When it has to be done with loading.
    until: Instant,
    made: u32,
    /// Who asks for a fork, in turn.
    waiting: VecDeque<Plan>,
    /// What is under way.
    sheltering: Option<Sheltering>,
    forking: Option<Forking>,
    /// Made before they are asked for, after the plan below.
    stock: Shelf<Sheltered>,
    parked: Shelf<Parked>,
    model: Plan,
    /// Sandboxes that live.
    pub children: usize,
}

enum State {
    /// Our own program starts; it is told this then.
    Starting(Load),
    /// What it has imported is compared with this.
    Loading(Baseline),
    Ready(Baseline),
    Unfit(Unfit),
    Retired,
}

/// What the program is told first.
#[derive(Serialize)]
struct Load {
    modules: Vec<String>,
    /// What it puts before its system calls once it has come in.
    filter: Vec<(u16, u8, u8, u32)>,
}

/// The program's word that it has started, and then that it has loaded all.
#[derive(Deserialize)]
struct Done {}

fn lost(reason: &str) -> Unfit {
    Unfit::Lost(reason.to_owned())
}

impl Template {
    /// From a sandbox in which a keeper has started the template's program.
    pub fn plant(
        id: u64,
        (built, keeper, ids): (Built, Watched<Channel>, Ids),
        seed: Seed,
        filter: &[libc::sock_filter],
        poll: &Poll,
    ) -> Result<Self, (Reply, Resident)> {
        let Built { resident, handed } = built;
        let taken = keeper.mark(Mark::Keeper(id)).map_err(|error| error.to_string());
        let (program, gauges) = match taken.and_then(|()| Program::take(id, handed, poll)) {
            Ok(taken) => taken,
            Err(error) => return Err((failed("starting the template's program", error), resident)),
        };
        let filter = filter.iter().map(|step| (step.code, step.jt, step.jf, step.k)).collect();
        Ok(Self {
            id,
            keeper,
            resident,
            program,
            ids,
            state: State::Starting(Load { modules: seed.modules, filter }),
            gauges: Some(gauges),
            until: Instant::now() + limits::LOAD,
            made: 0,
            waiting: VecDeque::new(),
            sheltering: None,
            forking: None,
            stock: Shelf::new(limits::SHELTERS_LEAST, limits::SHELTERS_MOST),
            parked: Shelf::new(limits::PARKED_LEAST, limits::PARKED_MOST),
            model: seed.model,
            children: 0,
        })
    }

    /// Somebody wants a fork that is the instance of this plan.
    pub fn sprout(&mut self, plan: Plan, yard: &mut Yard<'_>) {
        self.stock.ask();
        self.parked.ask();
        self.model = plan.clone();
        self.waiting.push_back(plan);
        self.drive(yard);
    }

    /// Does what can be done now for those who wait.
    fn drive(&mut self, yard: &mut Yard<'_>) {
        match &self.state {
            State::Starting(_) | State::Loading(_) => return self.turn_away(yard, &Unfit::NotNow),
            State::Unfit(unfit) => {
                let unfit = unfit.clone();
                return self.turn_away(yard, &unfit);
            }
            State::Retired => {
                return self.turn_away(yard, &lost("it was given up"));
            }
            State::Ready(_) => {}
        }
        while !self.waiting.is_empty()
            && let Some(child) = self.parked.pop()
        {
            match child.wake(&self.waiting[0]) {
                Ok(built) => yard.done.extend(self.waiting.pop_front().map(|plan| (plan.id, Ok(built)))),
                Err(resident) => yard.over.push(resident),
            }
        }
        if !self.waiting.is_empty() && self.forking.is_none() {
            self.advance(yard);
        }
        // The next one's sandbox is made while this one is born.
        if self.waiting.len() > 1
            && self.forking.is_some()
            && self.sheltering.is_none()
            && self.stock.is_empty()
        {
            self.make_shelter(yard);
        }
    }

    /// Takes the next step towards one more fork, which then parks or is woken at once.
    fn advance(&mut self, yard: &mut Yard<'_>) {
        if self.children >= limits::TEMPLATE_CHILDREN {
            return self.turn_away(yard, &Unfit::NotNow);
        }
        match self.stock.pop() {
            Some(sheltered) => {
                if let Some(unfit) = self.obstacle() {
                    yard.over.push(sheltered.resident);
                    return self.refuse(unfit, yard);
                }
                match Forking::begin(self.id, sheltered, &self.program.control, yard.poll) {
                    Ok(forking) => self.forking = Some(forking),
                    Err((_, resident)) => {
                        yard.over.push(resident);
                        self.refuse(lost("it does not listen"), yard);
                    }
                }
            }
            None if self.sheltering.is_none() => self.make_shelter(yard),
            None => {}
        }
    }

    fn make_shelter(&mut self, yard: &mut Yard<'_>) {
        let plan = self.model.clone();
        self.made += 1;
        let uid = self.ids.child(self.made);
        match Sheltering::begin(self.id, plan, uid, &self.keeper, yard.poll) {
            Ok(sheltering) => self.sheltering = Some(sheltering),
            Err(reply) => self.no_shelter(reply, yard),
        }
    }

    /// Whoever waits is told; nothing is made ahead before somebody asks again.
    fn no_shelter(&mut self, reply: Reply, yard: &mut Yard<'_>) {
        let left = self.sheltering.take().and_then(Sheltering::abandon);
        yard.over.extend(left);
        yard.planted = self.gauges.take().map(|_| Err(reply.clone()));
        self.stock.give_up();
        self.parked.give_up();
        for plan in self.waiting.drain(..) {
            yard.done.push((plan.id, Err(reply.clone())));
        }
    }

    fn turn_away(&mut self, yard: &mut Yard<'_>, unfit: &Unfit) {
        for plan in self.waiting.drain(..) {
            yard.done.push((plan.id, Err(Reply::Unfit(unfit.clone()))));
        }
    }

    /// What stands against forking it at this moment.
    fn obstacle(&self) -> Option<Unfit> {
        let State::Ready(before) = &self.state else { return Some(lost("it is not ready")) };
        fitness::obstacle_now(self.program.pid, before).or_else(|| {
            // Who is in its groups besides keeper and program was left behind by what it imported.
            let alone = self.resident.group.population().is_ok_and(|population| population <= 2);
            (!alone).then(|| Unfit::Never("what it imports leaves processes behind".to_owned()))
        })
    }

    /// It is not to be forked any more.
    fn refuse(&mut self, unfit: Unfit, yard: &mut Yard<'_>) {
        if self.gauges.take().is_some() {
            yard.planted = Some(Err(Reply::Unfit(unfit.clone())));
        }
        if !matches!(self.state, State::Retired) {
            self.state = State::Unfit(unfit);
        }
        self.clear(yard);
        self.drive(yard);
    }

    /// Lets everything go that was made ahead or is being made.
    fn clear(&mut self, yard: &mut Yard<'_>) {
        yard.over.extend(self.sheltering.take().and_then(Sheltering::abandon));
        yard.over.extend(self.forking.take().map(Forking::abandon));
        yard.over.extend(self.stock.empty().into_iter().map(|sheltered| sheltered.resident));
        yard.over.extend(self.parked.empty().into_iter().map(Parked::abandon));
    }

    /// The program has said something: it has started, has loaded everything, or has ended.
    pub fn hear_control(&mut self, yard: &mut Yard<'_>) {
        match self.program.control.receive_now::<Done>() {
            Err(ChannelError::NotNow) => {}
            Err(_) => {
                self.program.control.rest();
                let never = |reason: &str| Unfit::Never(reason.to_owned());
                let unfit = match self.state {
                    State::Starting(_) => never("its runtime cannot be forked on this machine"),
                    State::Loading(_) => never("the template has ended while it loaded"),
                    _ => lost("the template has ended"),
                };
                self.refuse(unfit, yard);
            }
            Ok(_) => self.proceed(yard),
        }
    }

    fn proceed(&mut self, yard: &mut Yard<'_>) {
        match std::mem::replace(&mut self.state, State::Retired) {
            State::Starting(load) => {
                let before = Baseline::of(self.program.pid);
                match self.program.control.send_now(&load, &[]) {
                    Ok(()) => self.state = State::Loading(before),
                    Err(_) => self.refuse(lost("it does not listen"), yard),
                }
            }
            State::Loading(before) => {
                // It waits from now on: this is the share that is left for its forking.
                let _ = self.resident.group.settle();
                match fitness::obstacle(self.program.pid, &before) {
                    None => {
                        self.state = State::Ready(before);
                        self.stock.ask();
                        self.parked.ask();
                        self.advance(yard);
                    }
                    Some(unfit) => self.refuse(unfit, yard),
                }
            }
            other => {
                // What it says later is of no interest.
                self.program.control.rest();
                self.state = other;
            }
        }
    }

    pub fn hear_keeper(&mut self, yard: &mut Yard<'_>) {
        let Some(sheltering) = &mut self.sheltering else {
            // It says nothing unasked: it has ended.
            self.keeper.rest();
            return self.refuse(lost("its keeper has ended"), yard);
        };
        let heard = sheltering.hear_keeper(&self.keeper, self.id, yard.pool);
        self.children += usize::from(sheltering.has_process());
        if let Err(reply) = heard {
            self.no_shelter(reply, yard);
        }
    }

    pub fn hear_shelter(&mut self, yard: &mut Yard<'_>) {
        let heard = self.sheltering.as_mut().map(Sheltering::hear);
        match heard {
            Some(Ok(true)) => {}
            Some(Err(reply)) => return self.no_shelter(reply, yard),
            Some(Ok(false)) | None => return,
        }
        match self.sheltering.take().map(Sheltering::finish) {
            Some(Ok(sheltered)) => {
                self.stock.put(sheltered);
                self.drive(yard);
            }
            Some(Err((reply, left))) => {
                yard.over.extend(left);
                self.no_shelter(reply, yard);
            }
            None => {}
        }
    }

    pub fn hear_birth(&mut self, yard: &mut Yard<'_>) {
        match self.forking.as_ref().map(Forking::hear) {
            Some(Ok(true)) => {}
            Some(Err(_)) => return self.refuse(lost("it did not fork"), yard),
            Some(Ok(false)) | None => return,
        }
        if let Some(forking) = self.forking.take() {
            self.parked.put(forking.finish());
            yard.planted = self.gauges.take().map(Ok);
            self.drive(yard);
        }
    }

    /// When something of it is late.
    pub fn deadline(&self) -> Option<Instant> {
        let sheltering = self.sheltering.as_ref().map(|sheltering| sheltering.until);
        let forking = self.forking.as_ref().map(|forking| forking.until);
        let loads = matches!(self.state, State::Starting(_) | State::Loading(_));
        let loading = loads.then_some(self.until);
        sheltering.into_iter().chain(forking).chain(loading).min()
    }

    pub fn expire(&mut self, now: Instant, yard: &mut Yard<'_>) {
        if self.deadline().is_some_and(|until| until <= now) {
            let what = if matches!(self.state, State::Ready(_)) { "fork" } else { "load" };
            self.refuse(lost(&format!("it takes too long to {what}")), yard);
        }
    }

    pub fn is_short(&self) -> bool {
        let at_rest = self.sheltering.is_none() && self.forking.is_none();
        matches!(self.state, State::Ready(_)) && at_rest && (self.stock.is_short() || self.parked.is_short())
    }

    /// Whether who came now would find no fork that waits.
    pub fn is_bare(&self) -> bool {
        self.is_short() && self.parked.is_bare()
    }

    /// Takes a step towards one more fork or sandbox ahead.
    pub fn prepare(&mut self, yard: &mut Yard<'_>) {
        if self.parked.is_short() {
            self.advance(yard);
        } else {
            self.make_shelter(yard);
        }
    }

    /// Lets go what demand no longer asks for.
    pub fn forget(&mut self, yard: &mut Yard<'_>) {
        yard.over.extend(self.stock.forget().into_iter().map(|sheltered| sheltered.resident));
        yard.over.extend(self.parked.forget().into_iter().map(Parked::abandon));
    }

    /// Whether forgetting would change nothing any more.
    pub fn is_settled(&self) -> bool {
        self.stock.is_settled() && self.parked.is_settled()
    }

    /// Ends the program. The keeper stays for the sandboxes that were made from it.
    pub fn retire(&mut self, yard: &mut Yard<'_>) {
        self.refuse(lost("it was given up"), yard);
        self.program.kill();
        self.state = State::Retired;
    }

    /// Whether nobody needs it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Retired) && self.children == 0
    }

    /// Its keeper, as a sandbox without a template.
    pub fn into_keeper(self) -> Resident {
        self.resident
    }
}
