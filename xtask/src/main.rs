//! House-keeping: checks, tests and benchmarks.
fn main() {}
