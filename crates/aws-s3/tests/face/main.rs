//! The face of S3, driven by requests as clients send them; the answers are those of Amazon S3.

mod buckets;
mod events;
mod faults;
mod lists;
mod objects;
mod permissions;
mod stage;
mod uploads;
