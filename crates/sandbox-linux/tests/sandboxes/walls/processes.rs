//! Other processes, rights, and descriptors that were left open.

use serde_json::{Value, json};

use super::tries;
use crate::ends::settle;
use crate::house::{Function, House, invoke, returned};

crate::cases![
    other_processes_are_not_visible,
    no_rights_are_left,
    no_descriptors_are_left,
    instances_have_users_of_their_own,
    no_signal_gets_out,
    what_is_left_behind_ends_with_its_instance,
];

async fn other_processes_are_not_visible(house: &House) {
    let seen = tries(
        house,
        &[
            // A fork of a template came in by a process that has ended, and may not be buried yet.
            "next(seen for _ in range(1000) if len(seen := processes()) <= 2 or time.sleep(0.01))",
            "os.getpid()",
            "os.kill(1, 9)",
            "open('/proc/1/mem', 'rb').read(1)",
            "os.listdir('/proc/1/fd')",
            "open('/proc/self/cgroup').read().count('dayfly')",
        ],
    )
    .await;
    let own = seen[1].as_u64().unwrap();
    assert_eq!(seen[0], json!([1, own]));
    assert_eq!(seen[2], Value::Null, "a signal to init goes nowhere");
    assert_eq!(seen[3..5], [json!("PermissionError"), json!("PermissionError")]);
    assert_eq!(seen[5], 0, "its cgroups are the roots it sees");
}

async fn no_rights_are_left(house: &House) {
    let outcomes = tries(
        house,
        &[
            "sorted(line.split(':')[1].strip() for line in open('/proc/self/status') if line.startswith('Cap'))",
            "[line.split()[1] for line in open('/proc/self/status') if line.startswith(('NoNewPrivs', 'Seccomp:'))]",
            "os.getresuid()",
            "os.getgroups()",
            "os.setuid(0)",
            "open('/proc/self/uid_map').read().split()[0]",
            "subprocess.run(['su', '-c', 'id'], capture_output=True).returncode != 0",
        ],
    )
    .await;
    assert_eq!(outcomes[0], json!(vec!["0000000000000000"; 5]));
    assert_eq!(outcomes[1], json!(["1", "2"]));
    assert_eq!(outcomes[2..5], [json!([993, 993, 993]), json!([]), json!("OSError")]);
    assert_eq!(outcomes[5..], [json!("993"), json!(true)]);
}

async fn no_descriptors_are_left(house: &House) {
    let open = "sorted((int(fd), os.readlink('/proc/self/fd/' + fd).split(':')[0]) for fd in os.listdir('/proc/self/fd') \
                if os.path.exists('/proc/self/fd/' + fd))";
    let outcomes =
        tries(house, &[open, "subprocess.run(['ls', '/proc/self/fd'], capture_output=True).stdout.decode()"])
            .await;
    assert_eq!(outcomes[0], json!([[0, "/dev/null"], [1, "pipe"], [2, "pipe"], [3, "socket"]]));
    assert_eq!(outcomes[1], "0\n1\n2\n3\n", "the fourth is the listed directory");
}

async fn instances_have_users_of_their_own(house: &House) {
    let function =
        Function::python("def handler(e, c):\n    return open('/proc/self/uid_map').read().split()\n");
    let (one, other) = (house.once(&function, "{}").await, house.once(&function, "{}").await);
    let (one, other) = (returned(&one), returned(&other));
    assert_ne!(one[1], other[1]);
    assert!(one[1].as_str().unwrap().parse::<u32>().unwrap() > 0x7000_0000);
}

async fn no_signal_gets_out(house: &House) {
    let outcomes = tries(
        house,
        &[
            "os.kill(-1, 0)",
            "[pid for pid in range(1, 40000) if told(lambda: os.kill(pid, 0)) is None and pid not in (1, os.getpid())]",
            "os.getppid()",
            "sys(438, os.pidfd_open(1), 0, 0)", // pidfd_getfd
            "os.write(os.open('/proc/1/oom_score_adj', os.O_WRONLY), b'-1000')",
            "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000')",
            "os.setpriority(os.PRIO_PROCESS, 0, -10)",
            "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
        ],
    )
    .await;
    assert_eq!(outcomes[1], json!([]));
    assert!(
        outcomes[2] == 0 || outcomes[2] == 1,
        "its parent is its init, or not of its world: {outcomes:?}"
    );
    assert_eq!(outcomes[3], "Operation not permitted", "descriptors of others cannot be taken");
    assert_eq!(outcomes[4..], ["PermissionError"; 4].map(|name| json!(name)));
}

/// Leaves daemons and zombies behind at each call.
const LITTERER: &str = r#"#!/usr/bin/python3
import http.client, os, time
def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, '/2018-06-01/runtime/' + path, body)
    answer = connection.getresponse()
    answer.read()
    return answer.headers.get('Lambda-Runtime-Aws-Request-Id')
while True:
    id = ask('GET', 'invocation/next')
    for number in range(40):
        if os.fork() == 0:
            os.setsid()
            if number % 2 and os.fork() == 0:
                while number == 1:
                    pass
                time.sleep(1000)
            os._exit(0)
    ask('POST', 'invocation/' + id + '/response', b'1')
"#;

async fn what_is_left_behind_ends_with_its_instance(house: &House) {
    let mut instance = house.start(&Function { memory_mib: 1769, ..Function::bootstrap(LITTERER) }).await;
    for _ in 0..2 {
        assert_eq!(
            returned(&invoke(&mut *instance, "{}").await),
            1,
            "daemons and zombies are its own affair"
        );
    }
    drop(instance);
    settle(house).await;
}
