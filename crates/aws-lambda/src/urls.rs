//! Function URLs: how they are asked for and shown, where they are, and what a request to one comes to.

mod address;
mod answer;
mod config;
mod cors;
mod door;
mod event;
mod streamed;

pub use address::address_of;
pub use config::{AUTH_TYPES, SettingsInput, UrlInput, auth_of, named, shown};
