//! What code inside cannot do: each case is a function that tries.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    the_hosts_files_are_not_there,
    nothing_outside_tmp_can_be_written,
    tmp_is_private_and_limited,
    other_processes_are_not_visible,
    there_is_no_network_but_loopback,
    forbidden_system_calls_are_refused,
    no_rights_are_left,
    no_descriptors_are_left,
    instances_have_users_of_their_own,
    processes_are_limited,
    memory_is_limited,
    an_idle_instance_is_frozen,
    the_cpu_share_follows_the_memory_size,
];

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

async fn the_hosts_files_are_not_there(house: &House) {
    let absent = [
        "open('/etc/shadow').read()",
        "open('/proc/1/environ').read() and 1/0",
        "os.listdir('/home')",
        "os.listdir('/sys')",
        "os.listdir('/work')",
        "os.listdir('/data')",
        "open('/dev/vda').read(1)",
        "open('/dev/mem').read(1)",
        "os.listdir('/root/.cargo')",
    ];
    for (attempt, outcome) in absent.iter().zip(tries(house, &absent).await) {
        assert!(outcome == "FileNotFoundError" || outcome == "PermissionError", "{attempt}: {outcome}");
    }
    let seen = [
        "sorted(os.listdir('/'))",
        "os.listdir('/root')",
        "os.listdir('/root/.pyenv/versions')",
        "sorted(os.listdir('/etc/ssl'))",
        "sorted(os.listdir('/dev'))",
        "sum(len(open(path, 'rb').read()) for path in ['/proc/kcore', '/proc/keys', '/proc/cmdline'] if os.path.exists(path))",
    ];
    let outcomes = tries(house, &seen).await;
    assert_eq!(outcomes[1], json!([".pyenv"]));
    assert_eq!(outcomes[2].as_array().unwrap().len(), 1);
    assert!(!outcomes[3].as_array().unwrap().contains(&json!("private")));
    let devices = ["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"];
    assert_eq!(outcomes[4], json!(devices));
    assert_eq!(outcomes[5], 0);
}

async fn nothing_outside_tmp_can_be_written(house: &House) {
    let places = [
        "open('/var/task/app.py', 'a')",
        "open('/var/runtime/x', 'w')",
        "open('/opt/x', 'w')",
        "open('/etc/passwd', 'a')",
        "open('/usr/bin/x', 'w')",
        "open('/x', 'w')",
        "open('/dev/x', 'w')",
        "open('/root/.pyenv/versions/x', 'w')",
        "os.mkdir('/var/x')",
        "os.chmod('/var/task/app.py', 0o777)",
        "open('/proc/sys/kernel/hostname', 'w').write('x')",
        "open('/proc/sysrq-trigger', 'w').write('x') and 1/0",
        "open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')",
    ];
    for (attempt, outcome) in places.iter().zip(tries(house, &places).await) {
        // What lies under a cover of /dev/null takes all and keeps nothing.
        let covered = attempt.contains("sysrq") && outcome == "ZeroDivisionError";
        let absent = attempt.contains("sysrq") && outcome == "FileNotFoundError";
        assert!(
            covered || absent || outcome == "OSError" || outcome == "PermissionError",
            "{attempt}: {outcome}"
        );
    }
}

async fn tmp_is_private_and_limited(house: &House) {
    let text = "import os\ndef handler(event, context):\n    before = os.listdir('/tmp')\n    try:\n        \
                with open('/tmp/file', 'wb') as file:\n            for _ in range(event):\n                \
                file.write(bytes(1 << 20))\n    except OSError as error:\n        return [before, error.errno]\n    \
                return [before, os.path.getsize('/tmp/file')]\n";
    let function = Function { memory_mib: 512, ..Function::python(text) };
    let mut instance = house.start(&function).await;
    assert_eq!(returned(&invoke(&mut *instance, "60").await), json!([[], 60 << 20]));
    assert_eq!(returned(&invoke(&mut *instance, "70").await), json!([["file"], 28]), "no space left");
    assert_eq!(
        returned(&house.once(&function, "1").await),
        json!([[], 1 << 20]),
        "another instance's is empty"
    );
}

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

async fn there_is_no_network_but_loopback(house: &House) {
    let outcomes = tries(
        house,
        &[
            "[name for _, name in socket.if_nameindex()]",
            "socket.create_connection(('1.1.1.1', 443), 1)",
            "socket.create_connection(('127.0.0.1', 22), 1)",
            "socket.getaddrinfo('localhost', 80, socket.AF_INET)[0][4]",
            "socket.getaddrinfo('example.com', 80)",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
            "socket.socket(38, socket.SOCK_SEQPACKET)",
        ],
    )
    .await;
    assert_eq!(outcomes[0], json!(["lo"]));
    assert_eq!(outcomes[1..3], [json!("OSError"), json!("ConnectionRefusedError")]);
    assert_eq!(outcomes[3], json!(["127.0.0.1", 80]));
    assert_eq!(outcomes[4], "gaierror");
    assert_eq!(outcomes[5..], ["OSError", "PermissionError", "OSError", "OSError"].map(|name| json!(name)));
}

async fn forbidden_system_calls_are_refused(house: &House) {
    let calls = [
        "sys(165, b'none', b'/tmp', b'tmpfs', 0, 0)", // mount
        "sys(166, b'/tmp', 0)",                       // umount2
        "sys(272, 0x10000000)",                       // unshare(CLONE_NEWUSER)
        "sys(308, 3, 0)",                             // setns
        "sys(101, 0, 0, 0, 0)",                       // ptrace(TRACEME)
        "sys(56, 0x10000011, 0, 0, 0, 0)",            // clone(CLONE_NEWUSER)
        "sys(250, 0, 0, 0, 0, 0)",                    // keyctl
        "sys(321, 0, 0, 0)",                          // bpf
        "sys(298, 0, 0, 0, 0, 0)",                    // perf_event_open
        "sys(323, 0)",                                // userfaultfd
        "sys(310, 1, 0, 0, 0, 0, 0)",                 // process_vm_readv
        "sys(304, 3, 0, 0)",                          // open_by_handle_at
        "sys(161, b'/tmp')",                          // chroot
        "sys(169, 0, 0, 0, 0)",                       // reboot
        "sys(170, b'x', 1)",                          // sethostname
        "sys(175, 0, 0, 0)",                          // init_module
        "sys(428, -1, b'/', 1)",                      // open_tree
        "sys(135, 0x0040000)",                        // personality(ADDR_NO_RANDOMIZE)
        "sys(133, b'/tmp/node', 0o20666, 0x103) and os.strerror(ctypes.get_errno())", // mknod
    ];
    all_come_to(house, &calls, json!("Operation not permitted")).await;
    let absent = ["sys(425, 1, 0)", "sys(435, 0, 0)", "sys(0x40000000 + 39)", "sys(9999)"];
    all_come_to(house, &absent, json!("Function not implemented")).await;
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

async fn processes_are_limited(house: &House) {
    let text = "import os, time\ndef handler(event, context):\n    made = 0\n    try:\n        while True:\n            \
                pid = os.fork()\n            if pid == 0:\n                time.sleep(30)\n                os._exit(0)\n            \
                made += 1\n    except OSError as error:\n        return [made, type(error).__name__]\n";
    let mut launch = (*house.launch(&Function { memory_mib: 512, ..Function::python(text) })).clone();
    launch.limits.pids = 40;
    let mut instance = house.start_launch(launch).await;
    let outcome = returned(&invoke(&mut *instance, "{}").await);
    assert!((30..=40).contains(&outcome[0].as_u64().unwrap()), "{outcome}");
    assert_eq!(outcome[1], "BlockingIOError");
}

async fn memory_is_limited(house: &House) {
    let text =
        "def handler(event, context):\n    held = bytearray(event << 20)\n    return len(held) >> 20\n";
    let function = Function { memory_mib: 128, ..Function::python(text) };
    let mut instance = house.start(&function).await;
    let fits = invoke(&mut *instance, "80").await;
    assert_eq!(returned(&fits), 80);
    assert!((80 << 20..150 << 20).contains(&fits.usage.peak_memory), "{}", fits.usage.peak_memory);
    let ended = invoke(&mut *instance, "400").await;
    let document = failed(&ended);
    assert_eq!(document["errorType"], "Runtime.ExitError");
    assert!(
        document["errorMessage"].as_str().unwrap().ends_with("Runtime exited with error: signal: killed")
    );
    let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
    assert!(tail.contains("Status: error\tError Type: Runtime.OutOfMemory"), "{tail}");
    assert!(!instance.is_alive());
}

async fn an_idle_instance_is_frozen(house: &House) {
    let text = "import threading, time\ncount = 0\ndef spin():\n    global count\n    while True:\n        count += 1\n        \
                time.sleep(0.001)\nthreading.Thread(target=spin, daemon=True).start()\ndef handler(event, context):\n    \
                before = count\n    time.sleep(event)\n    return [before, count]\n";
    let mut instance = house.start(&Function::python(text)).await;
    let first = returned(&invoke(&mut *instance, "0.1").await);
    assert!(first[1].as_u64().unwrap() > first[0].as_u64().unwrap() + 10, "it runs during a call: {first}");
    // Nothing can be awaited here: that nothing happens shows only in time that passes.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = returned(&invoke(&mut *instance, "0").await);
    let idle = second[0].as_u64().unwrap() - first[1].as_u64().unwrap();
    assert!(idle < 20, "it ran {idle} times while it was idle");
}

async fn the_cpu_share_follows_the_memory_size(house: &House) {
    let text = "import time\ndef handler(event, context):\n    end = time.monotonic() + 0.5\n    \
                while time.monotonic() < end:\n        pass\n    return time.process_time()\n";
    let used = |memory_mib| async move {
        let mut instance = house.start(&Function { memory_mib, ..Function::python(text) }).await;
        let ended = invoke(&mut *instance, "{}").await;
        returned(&ended);
        let warm = invoke(&mut *instance, "{}").await;
        warm.usage.cpu.as_secs_f64() / warm.usage.duration.as_secs_f64()
    };
    let (small, large) = (used(177).await, used(884).await);
    println!("177 MB: {small:.2} CPU, 884 MB: {large:.2} CPU");
    assert!(small < 0.2 && large > small * 2.0 && large < 0.75);
}
