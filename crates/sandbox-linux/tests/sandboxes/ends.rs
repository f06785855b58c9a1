//! How calls, instances and whole servers end, and that nothing is left of them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sandbox::Start;
use sandbox_linux::Spawner;
use serde_json::json;

use crate::contract::SHELL;
use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    a_call_that_takes_too_long_times_out,
    a_program_that_exits_ends_its_call,
    an_init_that_takes_too_long_is_tried_again,
    a_runtime_that_dies_between_calls_is_started_again,
    a_flood_of_output_is_slowed_down_and_bounded,
    long_lines_are_split,
    bad_requests_to_the_runtime_api_get_its_answers,
    a_guest_that_breaks_the_contract_ends,
    nothing_is_left_after_many_cycles,
    a_killed_server_leaves_nothing,
    a_killed_spawner_leaves_nothing,
];

async fn a_call_that_takes_too_long_times_out(house: &House) {
    let sleepers = [
        Function::python("import time\ndef handler(e, c):\n    print('before')\n    time.sleep(60)\n"),
        Function::node("exports.handler = () => { console.log('before'); for (;;); };"),
    ];
    for function in sleepers {
        let function = Function { timeout: Duration::from_secs(1), ..function };
        let mut instance = house.start(&function).await;
        let ended = invoke(&mut *instance, "{}").await;
        let document = failed(&ended);
        assert_eq!(document["errorType"], "Sandbox.Timedout");
        assert!(
            document["errorMessage"].as_str().unwrap().ends_with(" Error: Task timed out after 1.00 seconds")
        );
        let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
        assert!(
            tail.contains("before") && tail.contains(" Task timed out after 1.00 seconds\nEND "),
            "{tail}"
        );
        assert!(tail.trim_end().ends_with("Status: timeout"), "{tail}");
        assert!(ended.usage.duration >= function.timeout, "{:?}", ended.usage.duration);
        assert!(!instance.is_alive());
    }
}

async fn a_program_that_exits_ends_its_call(house: &House) {
    let cases = [
        ("import sys\ndef handler(e, c):\n    sys.exit(3)\n", "Runtime exited with error: exit status 3"),
        ("import os\ndef handler(e, c):\n    os._exit(0)\n", "Runtime exited without providing a reason"),
        ("import os\ndef handler(e, c):\n    os.abort()\n", "Runtime exited with error: signal: aborted"),
        (
            "import ctypes\ndef handler(e, c):\n    ctypes.string_at(0)\n",
            "Runtime exited with error: signal: segmentation fault",
        ),
        ("import os\nos._exit(5)\n", "Runtime exited with error: exit status 5"),
    ];
    for (text, expected) in cases {
        let mut instance = house.start(&Function::python(text)).await;
        let document = failed(&invoke(&mut *instance, "{}").await);
        assert_eq!(document["errorType"], "Runtime.ExitError");
        assert!(document["errorMessage"].as_str().unwrap().ends_with(expected), "{document}");
        assert!(!instance.is_alive());
    }
}

async fn an_init_that_takes_too_long_is_tried_again(house: &House) {
    // The second try finds as little in /tmp as the first: it takes as long, and the function's own limit counts.
    let function = Function {
        timeout: Duration::from_secs(1),
        ..Function::python("import time\ntime.sleep(60)\ndef handler(e, c):\n    pass\n")
    };
    let ended = house.once(&function, "{}").await;
    assert_eq!(failed(&ended)["errorType"], "Sandbox.Timedout");
    let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
    assert!(
        tail.contains("INIT_REPORT Init Duration: 100") && tail.contains("Phase: init\tStatus: timeout"),
        "{tail}"
    );
}

async fn a_runtime_that_dies_between_calls_is_started_again(house: &House) {
    let once = SHELL.replace("while true; do", "for once in 1; do");
    let mut instance = house.start(&Function::bootstrap(&once)).await;
    for _ in 0..3 {
        assert_eq!(returned(&invoke(&mut *instance, "{}").await), json!({"from": "bash"}));
    }
}

async fn a_flood_of_output_is_slowed_down_and_bounded(house: &House) {
    let text = "import os\ndef handler(e, c):\n    for _ in range(600):\n        os.write(1, b'x' * 49999 + b'\\n')\n    return 1\n";
    house.lines.take();
    let ended = house.once(&Function { memory_mib: 1769, ..Function::python(text) }, "{}").await;
    assert_eq!(returned(&ended), 1);
    let whole = house.lines.take().iter().filter(|line| line.len() == 49_999).count();
    assert_eq!(whole, 600, "every line arrives");
    assert!(ended.log_tail.len() <= 4096);
}

async fn long_lines_are_split(house: &House) {
    house.lines.take();
    let ended = house.once(&Function::python("def handler(e, c):\n    print('x' * 600000)\n"), "{}").await;
    assert_eq!(returned(&ended), serde_json::Value::Null);
    let lengths: Vec<usize> =
        house.lines.take().iter().filter(|line| line.starts_with("xx")).map(String::len).collect();
    assert_eq!(lengths, [262_144, 262_144, 600_000 - 2 * 262_144]);
}

/// Asks the Runtime API for what it must not have, and answers with what it was told.
const IMPERTINENT: &str = r#"#!/usr/bin/python3
import http.client, json, os, socket
def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, '/2018-06-01/runtime/' + path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    try:
        kind = json.loads(text).get('errorType')
    except Exception:
        kind = None
    return [answer.status, kind], answer
def raw(text):
    connection = socket.create_connection(('127.0.0.1', 9001))
    try:
        connection.sendall(text)
        return connection.recv(100).split(b'\r\n')[0].decode()
    except ConnectionError:
        return 'hung up'
_, call = ask('GET', 'invocation/next')
id = call.headers['Lambda-Runtime-Aws-Request-Id']
told = [
    ask('POST', 'invocation/other/response', b'1')[0],
    ask('POST', 'invocation/other/error', b'{}')[0],
    ask('GET', 'invocation/next')[0],
    ask('POST', 'init/error', b'{}')[0],
    ask('DELETE', 'invocation/next')[0],
    ask('GET', 'nothing')[0],
    ask('GET', '../../2020-01-01/extension/event/next')[0][0] in (404, 501),
    # Whoever is still sending when the answer comes may see the connection end first.
    raw(b'GET / HTTP/1.1\r\n' + b'a: ' + b'x' * 4000000 + b'\r\n\r\n') in (
        'HTTP/1.1 431 Request Header Fields Too Large', 'hung up'),
    raw(b'\x00\x01\x02 nonsense\r\n\r\n'),
    call.headers['Lambda-Runtime-Deadline-Ms'].isdigit(),
    call.headers['Lambda-Runtime-Invoked-Function-Arn'],
    call.headers['Lambda-Runtime-Trace-Id'],
]
def chunks():
    yield json.dumps(told).encode()
print(ask('POST', 'invocation/' + id + '/response', chunks())[0], flush=True)
_, call = ask('GET', 'invocation/next')
id = call.headers['Lambda-Runtime-Aws-Request-Id']
print(ask('POST', 'invocation/' + id + '/response', b'x' * 7000000)[0], flush=True)
ask('GET', 'invocation/next')
"#;

async fn bad_requests_to_the_runtime_api_get_its_answers(house: &House) {
    house.lines.take();
    let mut instance = house.start(&Function::bootstrap(IMPERTINENT)).await;
    let ended = invoke(&mut *instance, "{}").await;
    println!("{}", String::from_utf8_lossy(&ended.log_tail));
    let told = returned(&ended);
    assert_eq!(
        told,
        json!([
            [400, "InvalidRequestID"],
            [400, "InvalidRequestID"],
            [403, "InvalidStateTransition"],
            [403, "InvalidStateTransition"],
            [405, "MethodNotAllowed"],
            [404, "NotFound"],
            true,
            true,
            "HTTP/1.1 400 Bad Request",
            true,
            "arn:aws:lambda:us-east-1:000000000000:function:test",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
        ])
    );
    let document = failed(&invoke(&mut *instance, "{}").await);
    assert_eq!(document["errorType"], "Function.ResponseSizeTooLarge");
}

async fn a_guest_that_breaks_the_contract_ends(house: &House) {
    let text =
        "import os\ndef handler(e, c):\n    os.write(3, b'Z' * 64)\n    import time\n    time.sleep(9)\n";
    let mut instance = house.start(&Function::python(text)).await;
    assert_eq!(failed(&invoke(&mut *instance, "{}").await)["errorType"], "Runtime.ExitError");
    assert!(!instance.is_alive());
}

/// What could leak: descriptors here and in the spawner, processes, cgroups, mounts.
fn left(spawner: i32) -> (usize, usize, usize, usize, usize) {
    let count = |path: String| fs::read_dir(path).map_or(0, Iterator::count);
    let groups: usize = groups(spawner).iter().map(|path| count_directories(path)).sum();
    // Namespaces that others give a name meanwhile, as `ip netns` does, are mounts too.
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let mounts = mounts.lines().filter(|line| !line.starts_with("nsfs ")).count();
    let children = fs::read_to_string(format!("/proc/{spawner}/task/{spawner}/children")).unwrap_or_default();
    (
        count("/proc/self/fd".into()),
        count(format!("/proc/{spawner}/fd")),
        children.split_whitespace().count(),
        groups,
        mounts,
    )
}

fn count_directories(path: &std::path::Path) -> usize {
    fs::read_dir(path).map_or(0, |entries| entries.flatten().filter(|entry| entry.path().is_dir()).count())
}

/// The groups of a spawner in every hierarchy.
fn groups(spawner: i32) -> Vec<std::path::PathBuf> {
    let name = format!("dayfly-{spawner}");
    let mut found = Vec::new();
    let mut waiting = vec![std::path::PathBuf::from("/sys/fs/cgroup")];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.file_name().is_some_and(|file| file == name.as_str()) {
                found.push(path);
            } else if path.is_dir() && !entry.path().is_symlink() {
                waiting.push(path);
            }
        }
    }
    found
}

async fn nothing_is_left_after_many_cycles(house: &House) {
    let function = Function::bootstrap("#!/bin/sh\nexit 1\n");
    let long = Function::bootstrap("#!/bin/sh\nsleep 1000 & sleep 1000\n");
    house.once(&function, "{}").await;
    let before = settle(house).await;
    for round in 0..300 {
        if round % 3 == 0 {
            drop(house.start(&long).await);
        } else {
            house.once(&function, "{}").await;
        }
    }
    settles_at(house, before).await;
}

/// What is kept ahead is given up one after the other, networks after groups.
pub async fn settles_at(house: &House, before: (usize, usize, usize, usize, usize)) {
    let mut found = settle(house).await;
    for _ in 0..500 {
        // What earlier cases had wanted ahead may have been forgotten meanwhile.
        let (ours, spawners, children, groups, mounts) = before;
        let most = [ours, spawners, children, groups, mounts];
        if [found.0, found.1, found.2, found.3, found.4].iter().zip(most).all(|(found, most)| *found <= most)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        found = left(house.spawner.pid());
    }
    panic!("{found:?} is left, before it was {before:?}");
}

/// What there is once the spawner has no sandbox any more but those that wait for a program, and of prepared parts only
/// what it keeps for ever, all of that made: two of a kind, which is a group in each hierarchy, and networks after the
/// groups. One that waits is a process with a group in each hierarchy.
pub async fn settle(house: &House) -> (usize, usize, usize, usize, usize) {
    house.forget_all();
    let spawner = house.spawner.pid();
    let kept = |waiting| (2 + waiting) * groups(spawner).len();
    let (mut seen, mut alike) = (left(spawner), 0);
    for _ in 0..4000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let found = left(spawner);
        alike = if found == seen && found.3 == kept(found.2) { alike + 1 } else { 0 };
        if alike == 40 {
            return found;
        }
        seen = found;
    }
    panic!("sandboxes are left: {:?}", left(spawner));
}

async fn a_killed_server_leaves_nothing(_: &House) {
    let Outcome { spawner, processes, groups_before, .. } = kill_a_server(Victim::Server);
    assert_eq!(groups_before > 0, crate::modes::Mode::current().has_groups());
    assert!(processes.iter().all(|pid| !is_alive(*pid)), "{processes:?}");
    without_groups(spawner).await;
}

async fn without_groups(spawner: i32) {
    for _ in 0..4000 {
        if groups(spawner).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("groups are left: {:?}", groups(spawner));
}

async fn a_killed_spawner_leaves_nothing(house: &House) {
    let Outcome { spawner, processes, .. } = kill_a_server(Victim::Spawner);
    assert!(processes.iter().all(|pid| !is_alive(*pid)), "{processes:?}");
    without_groups(spawner).await;
    let again = house.once(&Function::python("def handler(e, c):\n    return 1\n"), "{}").await;
    assert!(matches!(again.usage.start, Start::Cold { .. }), "others are not harmed");
}

enum Victim {
    Server,
    Spawner,
}

struct Outcome {
    spawner: i32,
    processes: Vec<i32>,
    groups_before: usize,
}

/// Starts this program as a server with a frozen, a working and an idle sandbox, kills one of its two processes with
/// SIGKILL and waits for the end of all of them.
fn kill_a_server(victim: Victim) -> Outcome {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("as-a-server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs again");
    let mut told = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let spawner: i32 = told.trim().parse().expect("the spawner's id");
    let processes = three_sandboxes(spawner);
    let groups_before = groups(spawner).len();
    let watch = |pid: i32| pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
    let spawner_process = watch(spawner);
    let watched: Vec<_> = processes.iter().map(|pid| watch(*pid)).collect();
    match victim {
        Victim::Server => server.kill().unwrap(),
        Victim::Spawner => pidfd_send_signal(&spawner_process, Signal::KILL).unwrap(),
    }
    for process in watched.iter().chain([&spawner_process]) {
        await_end(process);
    }
    // Where only the spawner died, the server goes when its input ends.
    let _ = server.stdin.take().map(|mut input| input.write_all(b"\n"));
    let _ = server.wait();
    Outcome { spawner, processes, groups_before }
}

/// The processes of three sandboxes, two each, once all are there.
fn three_sandboxes(spawner: i32) -> Vec<i32> {
    let until = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let processes = descendants(spawner);
        if processes.len() >= 6 {
            return processes;
        }
        assert!(std::time::Instant::now() < until, "three sandboxes with two processes each: {processes:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn await_end(process: &rustix::fd::OwnedFd) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut waiting = [PollFd::new(process, PollFlags::IN)];
    let ended = poll(&mut waiting, Some(&Timespec { tv_sec: 10, tv_nsec: 0 })).unwrap();
    assert_eq!(ended, 1, "a process is left");
}

fn descendants(pid: i32) -> Vec<i32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children: Vec<i32> = children.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    children.iter().flat_map(|child| [vec![*child], descendants(*child)].concat()).collect()
}

fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The other side of `kill_a_server`.
pub async fn be_a_server(spawner: Spawner) -> ExitCode {
    let pid = spawner.pid();
    let house = House::new(spawner);
    let _idle = house.start(&Function::bootstrap("#!/bin/sh\nsleep 1000\n")).await;
    let _working = house.start(&Function::bootstrap("#!/bin/sh\nwhile true; do :; done\n")).await;
    // The last revision: its template is not retired.
    let mut frozen = house.start(&Function::python("def handler(e, c):\n    return 1\n")).await;
    returned(&invoke(&mut *frozen, "{}").await);
    println!("{pid}");
    let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
    ExitCode::SUCCESS
}
