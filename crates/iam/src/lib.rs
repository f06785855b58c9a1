//! Principals, sessions and policy decisions. Policies are read once and judged by a pure function; what is kept of a
//! role is one row. There are no users and no groups: an account has its root key, and roles.

mod context;
mod decision;
mod iam;
pub mod limits;
mod managed;
mod policy;
mod roles;
mod rows;
mod secrets;
mod sessions;
mod simulation;

pub use context::RequestContext;
pub use decision::{Decision, DenialReason, PolicyKind, named, refusal};
pub use iam::{Assumed, Assumption, Credential, Iam, RootKey};
pub use managed::{ManagedPolicy, managed_policies, managed_policy};
pub use policy::{InvalidPolicy, Kind, Policy};
pub use roles::Created;
pub use rows::{Role, Tag};
pub use secrets::role_id;
pub use simulation::{NamedPolicy, Simulated, Simulation};
