//! More of everything than there is room for. Each ends as Lambda would have it, and a neighbour goes on answering.

use std::time::Duration;

use serde_json::json;

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    a_fork_bomb_stays_in_its_sandbox,
    a_flood_of_files_fills_its_own_tmp,
    a_flood_of_descriptors_ends_at_the_limit,
    a_flood_of_lines_does_not_outlive_the_time_limit,
    a_flood_of_connections_is_its_own,
    memory_by_any_way_is_the_functions,
];

/// What a function comes to, while another one answers call after call.
async fn beside(house: &House, function: &Function, payload: &str) -> sandbox::Ended {
    let mut neighbour = house.start(&Function::python("def handler(e, c):\n    return e\n")).await;
    returned(&invoke(&mut *neighbour, "0").await);
    let mut instance = house.start(function).await;
    let hostile = invoke(&mut *instance, payload);
    tokio::pin!(hostile);
    for turn in 1.. {
        tokio::select! {
            ended = &mut hostile => return ended,
            () = async {
                let answer = invoke(&mut *neighbour, &turn.to_string()).await;
                assert_eq!(returned(&answer), turn);
                tokio::time::sleep(Duration::from_millis(5)).await;
            } => {}
        }
    }
    unreachable!()
}

async fn a_fork_bomb_stays_in_its_sandbox(house: &House) {
    let bomb = "import os\ndef handler(event, context):\n    while True:\n        try:\n            os.fork()\n        \
                except OSError:\n            pass\n";
    let function = Function { timeout: Duration::from_secs(2), memory_mib: 512, ..Function::python(bomb) };
    let ended = beside(house, &function, "{}").await;
    let kind = failed(&ended)["errorType"].clone();
    // Which of its limits it meets first is a matter of chance.
    assert!(kind == "Sandbox.Timedout" || kind == "Runtime.ExitError", "{kind}");
}

async fn a_flood_of_files_fills_its_own_tmp(house: &House) {
    let text = "import os\ndef handler(event, context):\n    made = 0\n    try:\n        while True:\n            \
                os.mkdir(f'/tmp/{made}') if made % 2 else open(f'/tmp/{made}', 'w').close()\n            made += 1\n    \
                except OSError as error:\n        return [made, error.errno]\n";
    let function = Function { tmp_mib: 64, memory_mib: 512, ..Function::python(text) };
    let told = returned(&beside(house, &function, "{}").await);
    assert_eq!(told[1], 28, "no space left");
    assert!((4000..=64 * 64).contains(&told[0].as_u64().unwrap()), "{told}");
}

async fn a_flood_of_descriptors_ends_at_the_limit(house: &House) {
    let text = "import os, socket, array\ndef handler(event, context):\n    held = []\n    try:\n        while True:\n            \
                held.append(os.memfd_create('x'))\n    except OSError as error:\n        made = [len(held), error.errno]\n    \
                for one in held[:100]:\n        os.close(one)\n    a, b = socket.socketpair()\n    sent = 0\n    try:\n        \
                a.setblocking(False)\n        while sent < 100000:\n            \
                a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [held[200]] * 200))])\n            \
                sent += 200\n    except OSError as error:\n        return made + [error.errno]\n    return made + [sent]\n";
    let told = returned(&beside(house, &Function::python(text), "{}").await);
    assert!((900..=1024).contains(&told[0].as_u64().unwrap()), "{told}");
    assert_eq!(told[1], 24, "too many open files");
    assert!([11, 109].iter().any(|error| told[2] == *error), "in flight there are no more: {told}");
}

async fn a_flood_of_lines_does_not_outlive_the_time_limit(house: &House) {
    let text = "import os\ndef handler(event, context):\n    block = event * 4096\n    while True:\n        os.write(1, block.encode())\n";
    let function = Function { timeout: Duration::from_secs(1), memory_mib: 1769, ..Function::python(text) };
    for line in ["\"x\\n\"", "\"x\"", "\"\\n\""] {
        let ended = beside(house, &function, line).await;
        assert_eq!(failed(&ended)["errorType"], "Sandbox.Timedout", "{line}");
        assert!(ended.log_tail.len() <= 4096);
        house.lines.take();
    }
}

async fn a_flood_of_connections_is_its_own(house: &House) {
    let text = "import os, socket\ndef handler(event, context):\n    held = []\n    try:\n        for _ in range(900):\n            \
                one = socket.create_connection(('127.0.0.1', event), 1)\n            one.sendall(b'GET / HT')\n            \
                held.append(one)\n    except OSError:\n        pass\n    return len(held) > 0\n";
    let front = crate::house::PLATFORM_PORT;
    assert_eq!(returned(&beside(house, &Function::python(text), &front.to_string()).await), json!(true));
}

async fn memory_by_any_way_is_the_functions(house: &House) {
    let ways = [
        "held = [bytes(range(256)) * 4096 for _ in range(1000)]",
        "import mmap\n    held = mmap.mmap(-1, 1 << 30)\n    for _ in range(1000):\n        held.write(b'x' * (1 << 20))",
        "import os\n    one = os.memfd_create('x')\n    for _ in range(1000):\n        os.write(one, bytes(1 << 20))",
        "import os\n    with open('/tmp/x', 'wb') as file:\n        for _ in range(1000):\n            file.write(bytes(1 << 20))",
        "import os, time\n    for _ in range(40):\n        if os.fork() == 0:\n            held = b'x' * (40 << 20)\n            time.sleep(9)\n    time.sleep(1)",
    ];
    for way in ways {
        let text = format!("def handler(event, context):\n    {way}\n    return 'had it all'\n");
        let function = Function { memory_mib: 128, tmp_mib: 2048, ..Function::python(&text) };
        let ended = beside(house, &function, "{}").await;
        let tail = String::from_utf8_lossy(&ended.log_tail).into_owned();
        // Of its children some are killed, or it is itself: which one the kernel chooses.
        if !way.contains("fork") {
            assert_eq!(failed(&ended)["errorType"], "Runtime.ExitError", "{way}");
            assert!(tail.contains("Runtime.OutOfMemory"), "{way}: {tail}");
        }
        // Who is watched is seen late.
        let most = if rustix::process::geteuid().is_root() { (128 + 17) << 20 } else { 1 << 30 };
        assert!(ended.usage.peak_memory < most, "{way}: {}", ended.usage.peak_memory);
    }
}
