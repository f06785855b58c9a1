//! The ports between those who want code run and those who build walls: what to run (`Launch`), with what
//! (`Runtime`), for which call (`Work`), how it ended (`Ended`), and the engine that does it.

mod egress;
mod ended;
mod engine;
pub mod failures;
mod launch;
mod lines;
pub mod report;
mod runtime;
mod stream;
mod surroundings;
mod work;

pub use egress::{Allowed, Egress, InvalidEgress, Network, PRIVATE, Place, is_private};
pub use ended::{Answer, Ended, FunctionError, Start, Usage};
pub use engine::{Engine, Instance, SlowStart, StartError};
pub use launch::{Launch, LaunchKey, Limits, Package};
pub use lines::{LINE, Lines};
pub use runtime::{Contract, InvalidRuntime, Runtime};
pub use stream::{Piece, Pieces, Sink, stream};
pub use surroundings::{Credentials, Issuer, LogPlace, Output, Platform, Speaker};
pub use work::Work;
