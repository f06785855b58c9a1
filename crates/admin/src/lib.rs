//! What AWS has no API for: where events are, what was used and what it costs, what runs; and the console that shows it.

mod admin;
pub mod console;
mod faults;
pub mod limits;
mod operations;
mod outbox;
mod views;
mod wipe;

use service::RestFace;

pub use admin::{About, Admin};
pub use console::Console;
pub use outbox::{Outbox, Outgoing};
pub use wipe::Wipe;

/// The API below `/_dayfly/v1/`, signed for `dayfly`.
pub fn service(admin: Admin) -> RestFace<Admin> {
    RestFace::new("dayfly", admin, operations::all(), limits::BODY_BYTES)
}
