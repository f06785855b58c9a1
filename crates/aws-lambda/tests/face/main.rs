//! The face, driven by requests as clients send them, over sandboxes that only play.

mod aliases;
mod calls;
mod code;
mod events;
mod functions;
mod layers;
mod play;
mod policies;
mod refusals;
mod stage;
mod versions;
