//! The host's files, those of the sandbox, and `/tmp`.

use serde_json::json;

use super::tries;
use crate::house::{Function, House, invoke, returned};

crate::cases![
    the_hosts_files_are_not_there,
    nothing_outside_tmp_can_be_written,
    tmp_is_private_and_limited,
    links_lead_nowhere,
];

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
    // Where the runtime itself lies there.
    if outcomes[1] != "FileNotFoundError" {
        assert_eq!(outcomes[1], json!([".pyenv"]));
        assert_eq!(outcomes[2].as_array().unwrap().len(), 1);
    }
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
        let absent =
            (attempt.contains("sysrq") || attempt.contains("/root")) && outcome == "FileNotFoundError";
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

async fn links_lead_nowhere(house: &House) {
    let ways = [
        "open('/proc/1/root/etc/shadow').read()",
        "open('/proc/1/cwd/etc/shadow').read()",
        "os.symlink('/proc/1/root', '/tmp/a') or os.listdir('/tmp/a/')",
        "os.symlink('../../../../../etc/shadow', '/tmp/b') or open('/tmp/b').read()",
        "os.symlink('/proc/self/fd/0', '/tmp/c') or os.listdir('/tmp/c/..')",
        "os.link('/etc/passwd', '/tmp/d')",
        "os.link('/var/task/app.py', '/tmp/e')",
        "os.open('..', os.O_RDONLY, dir_fd=os.open('/', os.O_RDONLY)) and os.listdir('/../../home')",
        "[os.fchdir(os.open('/proc/self/cwd/../..', os.O_RDONLY)), os.listdir('home')]",
    ];
    for (attempt, outcome) in ways.iter().zip(tries(house, &ways).await) {
        let refused = ["FileNotFoundError", "PermissionError", "NotADirectoryError", "OSError"];
        assert!(refused.iter().any(|name| outcome == *name), "{attempt}: {outcome}");
    }
}
