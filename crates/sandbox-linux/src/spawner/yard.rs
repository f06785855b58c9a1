//! What a template takes from and gives to the spawner while it is driven.

use std::os::fd::OwnedFd;

use super::build::Built;
use super::pool::Pool;
use super::residents::Resident;
use crate::plan::{Handed, Reply};
use crate::poll::Poll;

pub struct Yard<'a> {
    pub pool: &'a mut Pool,
    pub poll: &'a Poll,
    /// Answers, by the plan's id.
    pub done: Vec<(u64, Result<Built, Reply>)>,
    /// The answer to whoever wanted the template itself.
    pub planted: Option<Result<Vec<(Handed, OwnedFd)>, Reply>>,
    /// Sandboxes that are to be ended.
    pub over: Vec<Resident>,
}
