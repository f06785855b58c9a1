//! Processes, memory and CPU: as much as the function's size gives.

use std::time::Duration;

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    processes_are_limited,
    memory_is_limited,
    an_idle_instance_is_frozen,
    the_cpu_share_follows_the_memory_size,
];

async fn processes_are_limited(house: &House) {
    let text = "import os, time\ndef handler(event, context):\n    made = 0\n    try:\n        while True:\n            \
                pid = os.fork()\n            if pid == 0:\n                time.sleep(30)\n                os._exit(0)\n            \
                made += 1\n    except OSError as error:\n        return [made, type(error).__name__]\n";
    let mut launch = (*house.launch(&Function { memory_mib: 512, ..Function::python(text) })).clone();
    launch.limits.pids = 40;
    // Each for itself, also where all have one user.
    let mut full = Vec::new();
    for _ in 0..2 {
        let mut instance = house.start_launch(launch.clone()).await;
        let outcome = returned(&invoke(&mut *instance, "{}").await);
        assert!((30..=40).contains(&outcome[0].as_u64().unwrap()), "{outcome}");
        assert_eq!(outcome[1], "BlockingIOError");
        full.push(instance);
    }
}

async fn memory_is_limited(house: &House) {
    let text =
        "def handler(event, context):\n    held = bytearray(event << 20)\n    return len(held) >> 20\n";
    let function = Function { memory_mib: 128, ..Function::python(text) };
    let mut instance = house.start(&function).await;
    let fits = invoke(&mut *instance, "80").await;
    assert_eq!(returned(&fits), 80);
    // What is watched may be over before it is seen.
    let least = if rustix::process::geteuid().is_root() { 80 << 20 } else { 1 << 20 };
    assert!((least..150 << 20).contains(&fits.usage.peak_memory), "{}", fits.usage.peak_memory);
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
    // More than its share it never gets; less, where others want the CPU too.
    let mut told = Vec::new();
    for _ in 0..20 {
        let (small, large) = (used(177).await, used(884).await);
        assert!(small < 0.2 && large < 0.75, "{small} {large}");
        if large > small * 2.0 {
            return;
        }
        told.push((small, large));
    }
    panic!("both had as much: {told:?}");
}
