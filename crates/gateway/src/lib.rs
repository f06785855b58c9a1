//! The front door: takes a request in, finds whose it is, checks who sent it, and gives it to its service with the
//! authority that decides what it may do. Spells nothing itself: a refusal is spelled by the service it was meant for.

mod attendance;
mod authority;
mod faults;
mod find;
mod front;
mod host;
mod idle;
mod inside;
pub mod limits;
#[cfg(test)]
mod neighbours;
mod payload;
mod peer;
mod presigned;
mod reader;
mod serve;
#[cfg(test)]
mod tests;
mod verify;

pub use front::{Gateway, Settings};
pub use serve::listen;
