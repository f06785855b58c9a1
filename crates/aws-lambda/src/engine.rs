//! What the face does: changes functions, makes them ready, runs calls. Knows nothing of HTTP.

mod aliases;
mod calls;
mod changes;
mod concurrency;
mod find;
mod launches;
mod layers;
mod lineage;
mod links;
mod mappings;
mod policy;
mod provisioned;
mod readiness;
mod shelf;
mod streams;
mod urls;
mod usage;
mod versions;

use std::sync::Arc;

use delivery::Delivery;
use dispatch::Dispatch;
use metering::Ledger;
use registry::{Packages, Registry};
use store::Table;
use tasks::{Clock, Dice, Tasks};

use crate::ports::{CodeBucket, Roles, RuntimeCatalog};

pub use calls::{Ask, Call, NotRun, trace_id};
pub use changes::Draft;
pub use find::Found;
pub use layers::{LayerDraft, layer_document};
pub use links::LINKS;
pub use policy::{document, policed_arn, statement};
pub use provisioned::Held;
pub use readiness::check_callable;
pub use streams::{Begun, Rest};
pub use urls::url_of;
pub use versions::Publication;

/// What the face is made of.
pub struct Parts {
    pub table: Arc<dyn Table>,
    pub registry: Arc<Registry>,
    pub packages: Arc<Packages>,
    pub dispatch: Dispatch,
    pub delivery: Delivery,
    pub ledger: Ledger,
    pub roles: Arc<dyn Roles>,
    pub buckets: Arc<dyn CodeBucket>,
    pub runtimes: Arc<dyn RuntimeCatalog>,
    /// Why this platform gives functions no way out, for people; `None` where it does.
    pub no_egress: Option<String>,
    /// Why it gives them no way out to a list of places only.
    pub no_lists: Option<String>,
    /// Below which the host names of function URLs are; the first that fits is told.
    pub domains: Vec<String>,
    pub clock: Clock,
    /// Decides which of an alias's versions a call goes to.
    pub dice: Dice,
    pub tasks: Tasks,
}

/// The functions of all accounts, and their runs.
pub struct Engine {
    pub parts: Parts,
    launches: launches::Launches,
    shelf: shelf::Shelf,
    links: links::Links,
    mappings: mappings::Mappings,
}

impl Engine {
    pub fn new(parts: Parts) -> Self {
        let links = links::Links::new(parts.table.clone());
        Self {
            parts,
            launches: Default::default(),
            shelf: Default::default(),
            links,
            mappings: Default::default(),
        }
    }
}
