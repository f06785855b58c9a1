//! Recorded exchanges: what others sign and send, beside what we make of it.

mod arbitrary;
mod chunked;
mod exchange;
mod faults;
mod inputs;
mod refused;
mod s3;
mod suite;
