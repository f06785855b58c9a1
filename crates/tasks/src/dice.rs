//! Chance: the system's, or a seeded sequence that a simulation can repeat.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers. Not for secrets: those come from the system directly.
#[derive(Default)]
pub struct Dice {
    seeded: Option<AtomicU64>,
}

impl Dice {
    pub fn system() -> Self {
        Self { seeded: None }
    }

    /// The same seed gives the same sequence.
    pub fn seeded(seed: u64) -> Self {
        Self { seeded: Some(AtomicU64::new(seed)) }
    }

    pub fn next(&self) -> u64 {
        match &self.seeded {
            None => {
                let mut bytes = [0; 8];
                getrandom::fill(&mut bytes).expect("the system gives random bytes");
                u64::from_le_bytes(bytes)
            }
            Some(state) => splitmix(state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)),
        }
    }

    /// A number in `0.0..1.0`.
    pub fn fraction(&self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
fn splitmix(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
