//! Starts from templates: what is loaded in one, what its forks do not share, what stands against it, how it ends.

use std::collections::BTreeSet;
use std::fs;

use model::Arn;
use rustix::process::{Pid, Signal, kill_process};
use sandbox::{Launch, Start};
use serde_json::{Value, json};

use crate::bench::with_packages;
use crate::ends::{settle, settles_at};
use crate::house::{Function, House, invoke, returned};

crate::cases![
    only_installed_packages_are_loaded_in_a_template,
    forks_share_nothing_that_should_be_their_own,
    numpy_draws_other_numbers_in_each_fork,
    a_template_has_no_rights_and_no_secrets,
    what_cannot_be_forked_is_started_anew_and_told_why,
    nobody_waits_for_the_template_of_another,
    a_killed_template_is_done_without,
    forks_outlive_their_template,
    another_revision_has_another_template,
    nothing_is_left_of_forks,
    templates_can_be_switched_off,
];

const PROGRAM: &str = "/var/runtime/template.py";

/// A function whose package has the module `library` in it as an installed distribution.
fn with_library(library: &str, app: &str) -> Function {
    let mut function = Function::python(app);
    function.files.push(("library.py", library.to_owned()));
    function.files.push(("library-1.0.dist-info/RECORD", "library.py,sha256=x,1\n".to_owned()));
    function
}

/// What one instance after the other returns, once they are forks.
async fn forks(house: &House, function: &Function, number: usize) -> Vec<Value> {
    forks_of(house, &house.launch(function), number).await
}

async fn forks_of(house: &House, launch: &Launch, number: usize) -> Vec<Value> {
    let mut program = launch.clone();
    program.environment.insert("ONLY_THE_PROGRAM".into(), "1".into());
    house.until_forked(&program).await;
    // All at the same time: the kernel gives the numbers of namespaces that have ended to others.
    let (mut alive, mut told) = (Vec::new(), Vec::new());
    for _ in 0..number * 2 {
        if told.len() == number {
            break;
        }
        let mut instance = house.start_as_it_comes(launch.clone()).await;
        let answer = returned(&invoke(&mut *instance, "{}").await);
        // On a busy machine a fork may be late, and the instance one that was started from nothing.
        if answer[0] == PROGRAM {
            told.push(answer);
            alive.push(instance);
        }
    }
    assert_eq!(told.len(), number);
    told
}

/// The handler tells its program where it is asked for that alone.
fn telling(imports: &str, expression: &str) -> String {
    format!(
        "import os, sys\n{imports}\ndef handler(e, c):\n    program = sys.modules['__main__'].__file__\n    \
         return ('fork' if program.endswith('template.py') else 'no') if 'ONLY_THE_PROGRAM' in os.environ else [program, {expression}]\n"
    )
}

async fn only_installed_packages_are_loaded_in_a_template(house: &House) {
    let pid = "import os\npid = os.getpid()\n";
    let app = telling("import library, beside\npid = os.getpid()", "library.pid, beside.pid, pid");
    let mut function = with_library(pid, &app);
    function.files.push(("beside.py", pid.to_owned()));
    for told in forks(house, &function, 2).await {
        assert_eq!(told, json!([PROGRAM, 2, 3, 3]));
    }
}

async fn forks_share_nothing_that_should_be_their_own(house: &House) {
    let library = "import random, uuid, secrets, ssl, tempfile\n\
                   [random.random(), uuid.uuid1(), uuid.uuid4(), tempfile.mktemp(), ssl.RAND_bytes(1)]\n";
    let imports = "import library, random, uuid, secrets, ssl, tempfile, time\nstarted = os.listdir('/tmp')\nopen('/tmp/mine', 'w').close()";
    let function = with_library(library, &telling(imports, &format!("started, {}", OWN.join(", "))));
    let told = forks(house, &function, 100).await;
    assert!(told.iter().all(|told| told[0] == PROGRAM && told[1] == json!([])), "{told:?}");
    differ(&told, 2);
}

/// What each instance must have for itself, also where all are forks of one process.
pub const OWN: [&str; 14] = [
    "random.random()",
    "str(uuid.uuid4())",
    "str(uuid.uuid1())",
    "secrets.token_hex(8)",
    "os.urandom(8).hex()",
    "ssl.RAND_bytes(8).hex()",
    "tempfile.mktemp()",
    "time.time()",
    "os.environ['AWS_SECRET_ACCESS_KEY']",
    "os.environ['AWS_LAMBDA_LOG_STREAM_NAME']",
    "open('/proc/self/uid_map').read()",
    "[os.readlink('/proc/self/ns/' + name) for name in ('pid', 'net', 'ipc', 'uts', 'mnt', 'cgroup', 'user')]",
    "c.log_stream_name",
    "c.aws_request_id",
];

/// No two instances have told the same for any of these, which begin at `first` in what each has told.
pub fn differ(told: &[Value], first: usize) {
    for (number, expression) in OWN.iter().enumerate() {
        let values: BTreeSet<String> = told.iter().map(|told| told[first + number].to_string()).collect();
        assert_eq!(values.len(), told.len(), "{expression}");
    }
}

async fn numpy_draws_other_numbers_in_each_fork(house: &House) {
    let app = telling("import numpy", "numpy.random.rand(), numpy.random.default_rng().random()");
    let function = Function { memory_mib: 1024, ..Function::python(&app) };
    let Some(launch) = with_packages(house, &function) else { return };
    let told = forks_of(house, &launch, 30).await;
    for number in 1..=2 {
        let values: BTreeSet<String> = told.iter().map(|told| told[number].to_string()).collect();
        assert_eq!(values.len(), told.len());
    }
}

async fn a_template_has_no_rights_and_no_secrets(house: &House) {
    // As imported code would try it, in the template itself.
    let library = "import ctypes, glob, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n\
        def sys(*args):\n    result = libc.syscall(*args)\n    return ctypes.get_errno() if result < 0 else 'done'\n\
        def told(attempt):\n    try:\n        return attempt()\n    except Exception as error:\n        return type(error).__name__\n\
        secrets = sorted(name for name in os.environ if 'SECRET' in name or 'TOKEN' in name or 'ACCESS_KEY' in name)\n\
        attempts = [told(attempt) for attempt in (\n\
            lambda: sys(165, b'none', b'/tmp', b'tmpfs', 0, 0), lambda: sys(166, b'/tmp', 2), lambda: sys(161, b'/tmp'),\n\
            lambda: sys(155, b'/tmp', b'/tmp'), lambda: sys(272, 0x10000000), lambda: sys(272, 0x20000),\n\
            lambda: sys(56, 0x10000011, 0, 0, 0, 0), lambda: sys(101, 16, 1, 0, 0), lambda: sys(170, b'x', 1),\n\
            lambda: sys(310, 1, 0, 0, 0, 0, 0), lambda: sys(428, -1, b'/', 1), lambda: sys(321, 0, 0, 0),\n\
        )]\n\
        more = [told(attempt) for attempt in (\n\
            lambda: os.setuid(0), lambda: os.kill(1, 9), lambda: open('/proc/1/environ').read(),\n\
            lambda: os.listdir('/proc/1/root'), lambda: os.chown('/tmp', 0, 0),\n\
            lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),\n\
            lambda: socket.create_connection(('127.0.0.1', 4566), 1), lambda: socket.create_connection(('1.1.1.1', 80), 1),\n\
            lambda: open('/proc/self/ns/user') and libc.setns(os.open('/proc/self/ns/user', os.O_RDONLY), 0),\n\
        )]\n\
        os.closerange(4, 64)\n\
        rights = sorted(line.split(':')[1].strip() for line in open('/proc/self/status') if line.startswith('Cap'))\n";
    let app = telling("import library", "library.secrets, library.attempts, library.more, library.rights");
    for told in forks(house, &with_library(library, &app), 1).await {
        assert_eq!(told[1], json!([]), "no credentials");
        let attempts = told[2].as_array().unwrap();
        assert!(attempts.iter().all(|outcome| *outcome == libc::EPERM), "{attempts:?}");
        let more = told[3].as_array().unwrap();
        assert_eq!(more[0], "OSError", "there is no root to become");
        assert!(
            more[1] == "PermissionError" || more[1] == Value::Null,
            "a signal to the keeper goes nowhere"
        );
        assert!(
            more[2..6].iter().all(|outcome| outcome == "PermissionError" || outcome == "OSError"),
            "{more:?}"
        );
        assert_eq!(more[6..], [json!("ConnectionRefusedError"), json!("OSError"), json!(-1)], "{more:?}");
        // To enter what it is handed: CAP_SYS_CHROOT and CAP_SYS_ADMIN, within its own user namespace.
        let entering = "0000000000240000";
        assert_eq!(told[4], json!(vec![entering; 5]));
    }
}

async fn what_cannot_be_forked_is_started_anew_and_told_why(house: &House) {
    let cases = [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n",
            "starts threads",
        ),
        ("kept = open('/etc/passwd')\n", "keeps a descriptor open (/etc/passwd)"),
        ("import socket\nkept = socket.socket()\n", "keeps a descriptor open (socket:"),
        ("open('/tmp/cache', 'w').close()\n", "leaves files in /tmp"),
        ("import mmap\nkept = mmap.mmap(-1, 4096)\n", "shares memory"),
        ("import subprocess\nsubprocess.Popen(['sleep', '99'])\n", "leaves processes behind"),
        (
            "import os\nif os.getpid() == 2 and 'AWS_SESSION_TOKEN' not in os.environ:\n    os._exit(1)\n",
            "has ended",
        ),
    ];
    for (library, expected) in cases {
        let launch = house.launch(&with_library(library, &telling("import library", "1")));
        let mut reason = None;
        for _ in 0..200 {
            let mut instance = house.start_as_it_comes((*launch).clone()).await;
            let told = returned(&invoke(&mut *instance, "{}").await);
            assert_eq!(told, json!(["/var/runtime/bootstrap.py", 1]), "{library}");
            reason = house.why_slow(&launch);
            if reason.is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let reason = reason.unwrap_or_default();
        assert!(reason.contains(expected), "{library}: {reason}");
    }
}

async fn nobody_waits_for_the_template_of_another(house: &House) {
    let hangs = "import os, time\nif 'AWS_SESSION_TOKEN' not in os.environ:\n    os.register_at_fork(before=lambda: time.sleep(99))\n";
    let mut other = (*house.launch(&Function::bootstrap("#!/bin/sh\nexit 1\n"))).clone();
    other.function = Arn::new("lambda", "us-east-1", "000000000000", "function:other");
    // Once is enough: were the other kept waiting, it would be so each time.
    for _ in 0..5 {
        let launch = house.launch(&with_library(hangs, &telling("import library", "1")));
        let mut first = house.start_as_it_comes((*launch).clone()).await;
        returned(&invoke(&mut *first, "{}").await);
        let mut other_came_first = false;
        while house.why_slow(&launch).is_none() {
            let hanging = house.start_as_it_comes((*launch).clone());
            tokio::pin!(hanging);
            other_came_first = tokio::select! {
                biased;
                mut instance = &mut hanging => {
                    returned(&invoke(&mut *instance, "{}").await);
                    false
                }
                _ = house.start_as_it_comes(other.clone()) => true,
            };
            if other_came_first {
                returned(&invoke(&mut *hanging.await, "{}").await);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let reason = house.why_slow(&launch).unwrap_or_default();
        assert!(reason.contains("takes too long to fork"), "{reason}");
        if other_came_first {
            return;
        }
    }
    panic!("the other waited each time");
}

/// The programs of templates, by the name that they were executed with.
fn programs() -> Vec<i32> {
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_template = |pid: &i32| {
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.trim_end_matches('\0').ends_with(PROGRAM)
    };
    pids.filter(is_template).collect()
}

fn is_in(pid: i32, spawner: i32) -> bool {
    let parent = |pid: i32| -> Option<i32> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    std::iter::successors(Some(pid), |pid| parent(*pid).filter(|pid| *pid > 1)).any(|pid| pid == spawner)
}

fn kill_programs(house: &House) -> usize {
    let ours: Vec<i32> = programs().into_iter().filter(|pid| is_in(*pid, house.spawner.pid())).collect();
    ours.iter().for_each(|pid| kill_process(Pid::from_raw(*pid).unwrap(), Signal::KILL).unwrap());
    ours.len()
}

async fn a_killed_template_is_done_without(house: &House) {
    let launch = house.launch(&Function::python("def handler(e, c):\n    return 1\n"));
    house.plant(&launch).await;
    assert!(kill_programs(house) > 0);
    for _ in 0..3 {
        let mut instance = house.start_as_it_comes((*launch).clone()).await;
        let ended = invoke(&mut *instance, "{}").await;
        assert!(matches!(ended.usage.start, Start::Cold { .. }));
        assert_eq!(returned(&ended), 1);
    }
}

async fn forks_outlive_their_template(house: &House) {
    let launch = house.launch(&Function::python("def handler(e, c):\n    return 1\n"));
    house.plant(&launch).await;
    let mut fork = house.start_as_it_comes((*launch).clone()).await;
    assert_eq!(returned(&invoke(&mut *fork, "{}").await), 1);
    // Another revision: the template of this one goes.
    house.once(&Function::bootstrap("#!/bin/sh\nexit 1\n"), "{}").await;
    for _ in 0..3 {
        assert_eq!(returned(&invoke(&mut *fork, "{}").await), 1);
    }
    assert!(fork.is_alive());
}

async fn another_revision_has_another_template(house: &House) {
    for version in 1..=3 {
        let launch = house.launch(&Function::python(&format!("def handler(e, c):\n    return {version}\n")));
        house.plant(&launch).await;
        let mut fork = house.start_as_it_comes((*launch).clone()).await;
        assert_eq!(returned(&invoke(&mut *fork, "{}").await), version);
    }
}

async fn nothing_is_left_of_forks(house: &House) {
    let launch = house.launch(&Function::python("def handler(e, c):\n    return 1\n"));
    // What is kept ahead for ever is there before.
    house.plant(&launch).await;
    drop(house.start_as_it_comes((*launch).clone()).await);
    let before = settle(house).await;
    house.plant(&launch).await;
    for round in 0..60 {
        let mut fork = house.start_as_it_comes((*launch).clone()).await;
        if round % 3 > 0 {
            assert_eq!(returned(&invoke(&mut *fork, "{}").await), 1);
        }
    }
    house.forget_all();
    settles_at(house, before).await;
}

async fn templates_can_be_switched_off(house: &House) {
    let without = House::with(house.spawner.clone(), false);
    let launch = without.launch(&Function::python(&telling("", "1")));
    for _ in 0..5 {
        let mut instance = without.start_as_it_comes((*launch).clone()).await;
        let told = returned(&invoke(&mut *instance, "{}").await);
        assert_eq!(told[0], "/var/runtime/bootstrap.py");
    }
    without.close().await;
}
