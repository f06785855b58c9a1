//! What reads bytes from outside, given any bytes at all: a probe fails on a panic, on an answer of 500, and where it
//! states more than that. `fuzz/` has libFuzzer look for such bytes; the tests of this crate try some that follow from a seed.

mod aws_chunked;
mod documents;
mod forms;
// The files of the sandbox that serve the Runtime API are linked here: they have no entrance but a sandbox.
#[allow(dead_code, reason = "the other guest contract comes along")]
mod guest;
mod inputs;
#[allow(dead_code, reason = "those of the other walls come along")]
mod limits;
mod package;
mod pattern;
mod policy;
mod runtime_api;
mod signature;
mod spawner;
mod world;

pub use aws_chunked::probe as aws_chunked;
pub use documents::probe as documents;
pub use forms::probe as forms;
pub use inputs::probe as inputs;
pub use package::probe as package;
pub use pattern::probe as pattern;
pub use policy::probe as policy;
pub use runtime_api::probe as runtime_api;
pub use signature::probe as signature;
pub use spawner::probe as spawner;
