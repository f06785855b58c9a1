//! What code inside cannot do: each case is a function that tries. By what it is after.

mod calls;
mod files;
mod floods;
mod kernel;
mod languages;
mod neighbours;
mod network;
mod processes;
mod resources;
mod spawner;

use serde_json::Value;

use crate::Case;
use crate::house::{Function, House, returned};

pub fn all() -> impl Iterator<Item = &'static Case> {
    let cases = [
        files::CASES,
        processes::CASES,
        kernel::CASES,
        languages::CASES,
        network::CASES,
        neighbours::CASES,
        calls::CASES,
        floods::CASES,
        resources::CASES,
        spawner::CASES,
    ];
    cases.into_iter().flatten()
}

/// Python that tries each expression and tells what came of it: its value, or the name of the exception.
async fn tries(house: &House, attempts: &[&str]) -> Vec<Value> {
    let list = attempts.iter().map(|attempt| format!("lambda: {attempt}")).collect::<Vec<_>>().join(",\n ");
    let text = format!(
        "import os, glob, socket, ctypes, subprocess, time\nlibc = ctypes.CDLL(None, use_errno=True)\n\
         def sys(*args):\n    libc.syscall(*args)\n    return os.strerror(ctypes.get_errno())\n\
         def processes():\n    return sorted(int(name) for name in os.listdir('/proc') if name.isdigit())\n\
         def told(attempt):\n    try:\n        return attempt()\n    except Exception as error:\n        \
         return type(error).__name__\n\
         attempts = [\n {list}\n]\ndef handler(event, context):\n    return [told(attempt) for attempt in attempts]\n"
    );
    match returned(&house.once(&Function::python(&text), "{}").await) {
        Value::Array(outcomes) => outcomes,
        other => panic!("{other}"),
    }
}

async fn all_come_to(house: &House, attempts: &[&str], expected: Value) {
    for (attempt, outcome) in attempts.iter().zip(tries(house, attempts).await) {
        assert_eq!(outcome, expected, "{attempt}");
    }
}
