//! Starts where something is in their way: they are told from what a function does, and what can be got round is.

use std::process::Command;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sandbox::{Engine, Start, StartError};
use serde_json::json;

use crate::house::{FORK, Function, House, failed, invoke, returned, work};

crate::cases![
    a_sandbox_that_stands_becomes_what_is_asked_for,
    a_sandbox_that_cannot_be_set_up_is_an_error_of_ours,
    a_guest_that_asks_too_early_is_told_from_one_that_was_killed,
    a_spawner_with_many_descriptors_starts_what_one_with_few_does,
    a_server_that_is_short_of_descriptors_goes_on,
];

const ONE: &str = "def handler(e, c):\n    return 1\n";

/// Tells what a function finds of its own.
const FOUND: &str = "import os, resource\ndef handler(e, c):\n    tmp = os.statvfs('/tmp')\n    \
                     return [tmp.f_blocks * tmp.f_frsize >> 20, sorted(os.listdir('/opt')), sorted(os.listdir('/var/task')),\n            \
                     os.environ.get('MINE'), resource.getrlimit(resource.RLIMIT_NOFILE)[1], os.listdir('/tmp')]\n";

/// Functions in turn, so that each finds sandboxes that were made ahead when another was the last.
async fn a_sandbox_that_stands_becomes_what_is_asked_for(house: &House) {
    let layer = |name| house.directory(&[(name, String::new())]);
    let (one, other) = (layer("one"), layer("other"));
    let cases = [
        (64, 900, vec![], "first", json!([])),
        (32, 1000, vec![one.clone()], "second", json!(["one"])),
        (128, 800, vec![one, other], "third", json!(["one", "other"])),
    ];
    for _ in 0..3 {
        for (tmp_mib, descriptors, layers, mine, opt) in cases.clone() {
            let mut function = Function { tmp_mib, layers, ..Function::python(FOUND) };
            function.environment.insert("MINE".to_owned(), mine.to_owned());
            let mut launch = (*house.launch(&function)).clone();
            launch.limits.descriptors = descriptors;
            let mut instance = house.start_as_it_comes(launch).await;
            let found = returned(&invoke(&mut *instance, "{}").await);
            assert_eq!(found, json!([tmp_mib, opt, ["app.py"], mine, descriptors, []]));
        }
    }
}

async fn a_sandbox_that_cannot_be_set_up_is_an_error_of_ours(house: &House) {
    for function in [Function::python(ONE), Function::bootstrap(crate::contract::SHELL)] {
        returned(&house.once(&function, "{}").await);
        let mut launch = (*house.launch(&function)).clone();
        // A file, not a directory: that comes out after the walls stand.
        launch.package.code.push(function.files[0].0);
        let mut instance = house.start_as_it_comes(launch).await;
        let error = instance.invoke(work("{}")).await.expect_err("no program runs");
        let said = error.to_string();
        assert!(said.contains("setting up a sandbox") && said.contains("entering its directory"), "{said}");
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
