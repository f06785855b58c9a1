//! Tasks with a parent and an end, the clock, and the dice: what makes waiting and chance testable.

mod clock;
mod dice;
mod tree;

pub use clock::Clock;
pub use dice::Dice;
pub use tree::Tasks;
