//! The faces of IAM and STS, driven by requests as clients send them.

mod faults;
mod house;
mod permissions;
mod roles;
mod sessions;
mod simulations;
