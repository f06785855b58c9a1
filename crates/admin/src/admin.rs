//! What the operations and the console share.

use std::sync::Arc;

use delivery::Delivery;
use dispatch::Dispatch;
use metering::{Ledger, Prices};
use model::Time;
use registry::Registry;
use tasks::{Clock, Tasks};

use crate::outbox::Outbox;
use crate::wipe::Wipe;

/// The parts of the platform that are asked. Clones ask the same ones.
#[derive(Clone)]
pub struct Admin {
    pub about: About,
    pub delivery: Delivery,
    pub ledger: Ledger,
    pub prices: Arc<Prices>,
    pub dispatch: Dispatch,
    pub registry: Arc<Registry>,
    pub clock: Clock,
    /// Callers who wait are answered when these stop.
    pub tasks: Tasks,
    /// Who keeps something for accounts.
    pub wipes: Arc<[Arc<dyn Wipe>]>,
    pub outbox: Arc<dyn Outbox>,
}

/// The platform itself.
#[derive(Debug, Clone)]
pub struct About {
    pub version: &'static str,
    pub started: Time,
    /// Whether it was started for development, where an account may be wiped.
    pub is_dev: bool,
}
