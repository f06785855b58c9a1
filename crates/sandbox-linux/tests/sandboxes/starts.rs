//! Starts where something is in their way: they are told from what a function does, and what can be got round is.

use std::process::Command;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sandbox::{Engine, Start, StartError};

use crate::house::{FORK, Function, House, failed, invoke, returned, work};

crate::cases![
    a_sandbox_that_cannot_be_set_up_is_an_error_of_ours,
    a_guest_that_asks_too_early_is_told_from_one_that_was_killed,
    a_spawner_with_many_descriptors_starts_what_one_with_few_does,
    a_server_that_is_short_of_descriptors_goes_on,
];

const ONE: &str = "def handler(e, c):\n    return 1\n";

async fn a_sandbox_that_cannot_be_set_up_is_an_error_of_ours(house: &House) {
    for function in [Function::python(ONE), Function::bootstrap("#!/bin/sh\nexit 1\n")] {
        let mut launch = (*house.launch(&function)).clone();
        // Too few for the numbers that its init needs: that comes out after the walls stand.
        launch.limits.descriptors = 5;
        let mut instance = house.start_as_it_comes(launch).await;
        let error = instance.invoke(work("{}")).await.expect_err("no program runs");
        let said = error.to_string();
        assert!(said.contains("setting up a sandbox") && said.contains("keeping descriptors"), "{said}");
    }
}

async fn a_guest_that_asks_too_early_is_told_from_one_that_was_killed(house: &House) {
    let cases = [
        (
            "import os, time\ndef handler(e, c):\n    os.write(3, b'R' + bytes(8))\n    time.sleep(9)\n",
            "before it had answered",
        ),
        (
            "import os, time\ndef handler(e, c):\n    os.write(3, b'Z' * 64)\n    time.sleep(9)\n",
            "no part of the contract",
        ),
        ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 9)\n", "signal: killed"),
    ];
    for (text, expected) in cases {
        let mut instance = house.start(&Function::python(text)).await;
        let document = failed(&invoke(&mut *instance, "{}").await);
        assert_eq!(document["errorType"], "Runtime.ExitError");
        assert!(document["errorMessage"].as_str().unwrap().ends_with(expected), "{document}");
        assert!(!instance.is_alive());
    }
}

/// Of this many, a function may have none.
const MANY: u64 = 1100;

async fn a_spawner_with_many_descriptors_starts_what_one_with_few_does(_: &House) {
    again("with-many-descriptors");
}

/// Opens descriptors that a spawner which is forked then has too.
pub fn hold_many_descriptors() {
    let most = getrlimit(Resource::Nofile).maximum;
    assert!(most.is_none_or(|most| most > MANY + 200), "this machine gives {most:?} descriptors");
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).expect("its own limit");
    for _ in 0..MANY {
        std::mem::forget(std::fs::File::open("/dev/null").expect("a descriptor"));
    }
}

pub async fn start_with_many_descriptors(house: &House) {
    let open =
        std::fs::read_dir(format!("/proc/{}/fd", house.spawner.pid())).expect("its descriptors").count();
    assert!(open as u64 > MANY, "{open}");
    for function in [Function::python(ONE), Function::bootstrap(crate::contract::SHELL)] {
        let mut instance = house.start(&function).await;
        let ended = invoke(&mut *instance, "{}").await;
        returned(&ended);
        assert!(matches!(ended.usage.start, Start::Cold { .. }));
    }
    if crate::modes::Mode::current() == crate::modes::Mode::Root {
        let forks = format!(
            "import sys\ndef handler(e, c):\n    return '{FORK}' if 'template' in sys.modules['__main__'].__file__ else 0\n"
        );
        house.plant(&house.launch(&Function::python(&forks))).await;
    }
}

async fn a_server_that_is_short_of_descriptors_goes_on(_: &House) {
    again("with-few-descriptors");
}

pub async fn start_with_few_descriptors(house: &House) {
    let function = Function::python(ONE);
    returned(&house.once(&function, "{}").await);
    let before = getrlimit(Resource::Nofile);
    let open = std::fs::read_dir("/proc/self/fd").expect("our descriptors").count() as u64;
    let mut kept = Vec::new();
    // Every way to run out in the middle of a start: with no room for any descriptor, for one, for two.
    for room in 0..12 {
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + room), ..before }).expect("its own limit");
        match house.engine.start(Arc::new((*house.launch(&function)).clone())).await {
            Err(StartError::Internal(_)) => {}
            Err(other) => panic!("{other:?}"),
            Ok(instance) => kept.push(instance),
        }
    }
    setrlimit(Resource::Nofile, before).expect("its own limit");
    returned(&house.once(&function, "{}").await);
}

/// Runs this program once more, as `what`.
fn again(what: &str) {
    let program = std::env::current_exe().expect("this program");
    assert!(Command::new(program).arg(what).status().expect("it runs again").success(), "{what}");
}
