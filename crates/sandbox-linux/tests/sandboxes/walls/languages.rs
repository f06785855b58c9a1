//! The main attacks once more in Node.js and in native code, which ask for what Python's library would not.

use std::process::Command;
use std::time::Duration;

use sandbox::Launch;
use serde_json::{Value, json};

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    node_gets_nowhere,
    native_code_gets_nowhere,
    floods_of_node_end_as_their_own,
    native_code_does_not_outlive_its_limits,
];

/// Tells what came of each attempt: `refused` for an error of the system, else what was had.
const OF_NODE: &str = r#"
const fs = require('fs'), net = require('net'), os = require('os'), child = require('child_process');
const told = (attempt) => { try { return attempt() ?? 'had'; } catch (error) { return error.code ? 'refused' : String(error); } };
const connect = (to) => new Promise((resolve) => {
  const socket = net.connect(to);
  socket.setTimeout(2000, () => resolve('refused') || socket.destroy());
  socket.on('error', () => resolve('refused')).on('connect', () => resolve('had'));
});
exports.handler = async () => ({
  shadow: told(() => fs.readFileSync('/etc/shadow', 'utf8')),
  host: told(() => fs.readdirSync('/proc/1/root/')),
  environment: told(() => fs.readFileSync('/proc/1/environ', 'utf8')),
  code: told(() => fs.writeFileSync('/var/task/index.js', '')),
  system: told(() => fs.writeFileSync('/usr/bin/x', '')),
  link: told(() => { fs.symlinkSync('/proc/1/root', '/tmp/a'); fs.readdirSync('/tmp/a/'); }),
  memory: told(() => fs.readFileSync('/proc/1/mem')),
  sysctl: told(() => fs.writeFileSync('/proc/sys/kernel/core_pattern', '|/x')),
  priority: told(() => os.setPriority(0, -10)),
  user: told(() => process.setuid(0)),
  groups: told(() => process.setgroups([0])),
  su: child.spawnSync('su', ['-c', 'id']).status === 0 ? 'had' : 'refused',
  mount: child.spawnSync('mount', ['-t', 'tmpfs', 'x', '/tmp']).status === 0 ? 'had' : 'refused',
  namespace: child.spawnSync('unshare', ['-Ur', 'true']).status === 0 ? 'had' : 'refused',
  metadata: await connect({ host: '169.254.169.254', port: 80 }),
  outside: await connect({ host: '1.1.1.1', port: 443 }),
  loopback: await connect({ host: '127.0.0.1', port: 22 }),
  daemon: await connect({ path: '/run/docker.sock' }),
  abstract: await connect({ path: '\0dayfly' }),
});
"#;

async fn node_gets_nowhere(house: &House) {
    let told = returned(&house.once(&Function::node(OF_NODE), "{}").await);
    all_refused(&told);
}

fn all_refused(told: &Value) {
    let told = told.as_object().expect("what came of each attempt");
    assert!(told.len() > 15);
    for (attempt, outcome) in told {
        assert_eq!(outcome, "refused", "{attempt}");
    }
}

/// A runtime of its own in C: its argument to the handler is what it is to do.
const NATIVE: &str = r#"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static char answer[65536], id[128], body[65536];

static int ask(const char *text, size_t length) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9001), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int link = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(link, (void *)&to, sizeof to) || write(link, text, length) < 0) return -1;
    size_t had = 0;
    for (ssize_t got; (got = read(link, answer + had, sizeof answer - 1 - had)) > 0;) had += got;
    answer[had] = 0;
    close(link);
    return 0;
}

static void say(const char *name, long outcome) {
    sprintf(body + strlen(body), "%s\"%s\":\"%s\"", strlen(body) > 1 ? "," : "", name, outcome < 0 ? "refused" : "had");
}

static long reach(int family, const void *to, socklen_t length) {
    int one = socket(family, SOCK_STREAM, 0);
    return one < 0 ? -1 : connect(one, to, length);
}

static void try_all(void) {
    struct sockaddr_in metadata = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = inet_addr("169.254.169.254")};
    struct sockaddr_un named = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
    char stack[4096];
    strcpy(body, "{");
    say("shadow", open("/etc/shadow", O_RDONLY));
    say("disk", open("/dev/vda", O_RDONLY));
    say("memory of init", open("/proc/1/mem", O_RDWR));
    say("root of init", open("/proc/1/root/etc", O_RDONLY));
    say("code", open("/var/task/bootstrap", O_RDWR));
    say("mount", mount("x", "/tmp", "tmpfs", 0, ""));
    say("unmount", umount2("/proc", MNT_DETACH));
    say("namespace", unshare(CLONE_NEWUSER));
    say("clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    say("clone3", syscall(435, stack, 88));
    say("setns", setns(3, 0));
    say("chroot", chroot("/tmp"));
    say("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
    say("attach", ptrace(PTRACE_ATTACH, 1, 0, 0));
    say("bpf", syscall(321, 0, 0, 0));
    say("perf", syscall(298, 0, 0, -1, -1, 0));
    say("io_uring", syscall(425, 1, stack));
    say("keyring", syscall(250, 0, -3, 0));
    say("userfaultfd", syscall(323, 0));
    say("handle", syscall(304, 3, stack, 0));
    say("kexec", syscall(246, 0, 0, 0, 0));
    say("module", syscall(175, stack, 0, ""));
    say("reboot", syscall(169, 0xfee1dead, 672274793, 0x89abcdef, 0));
    say("setuid", setuid(0));
    say("raw socket", socket(AF_INET, SOCK_RAW, 1));
    say("packet socket", socket(17, SOCK_RAW, 0));
    say("netlink", socket(16, SOCK_RAW, 12));
    say("vsock", socket(40, SOCK_STREAM, 0));
    say("metadata", reach(AF_INET, &metadata, sizeof metadata));
    say("docker", reach(AF_UNIX, &named, sizeof named));
    say("personality", syscall(135, 0x0040000));
    say("x32", syscall(0x40000000 + 39));
    strcat(body, "}");
}

static __attribute__((noinline)) void deep(void) {
    volatile char big[1 << 30];
    for (long at = (1 << 30) - 1; at > 0; at -= 4096) big[at] = 1;
}

static void misbehave(const char *how) {
    if (strstr(how, "memory")) for (;;) memset(mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 1 << 20);
    if (strstr(how, "stack")) deep();
    if (strstr(how, "fork")) for (;;) fork();
    if (strstr(how, "signals")) { sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0); for (;;) pause(); }
    if (strstr(how, "trap")) __builtin_trap();
    if (strstr(how, "abi")) __asm__ volatile("int $0x80" : : "a"(20));
}

int main(void) {
    for (;;) {
        const char *next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        if (ask(next, strlen(next))) return 1;
        char *found = strcasestr(answer, "lambda-runtime-aws-request-id: ");
        if (!found || sscanf(found + 31, "%127[0-9a-f-]", id) != 1) return 2;
        misbehave(strstr(answer, "\r\n\r\n"));
        try_all();
        static char text[131072];
        int length = sprintf(text, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                             "Content-Length: %zu\r\n\r\n%s", id, strlen(body), body);
        ask(text, length);
    }
}
"#;

/// Its code, compiled by the C compiler that builds this crate; nothing where there is none.
fn native(house: &House, timeout: Duration) -> Option<Launch> {
    let folder = house.directory(&[("native.c", NATIVE.to_owned())]);
    let program = folder.join("bootstrap");
    let built =
        Command::new("cc").arg("-O1").arg("-w").arg(folder.join("native.c")).arg("-o").arg(&program).status();
    if !built.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no C compiler here");
        return None;
    }
    let mut launch = (*house.launch(&Function { timeout, ..Function::bootstrap("") })).clone();
    launch.package.code = folder;
    Some(launch)
}

async fn native_code_gets_nowhere(house: &House) {
    let Some(launch) = native(house, Duration::from_secs(20)) else { return };
    let mut instance = house.start_launch(launch).await;
    for _ in 0..2 {
        all_refused(&returned(&invoke(&mut *instance, "{}").await));
    }
}

async fn floods_of_node_end_as_their_own(house: &House) {
    let either = vec!["Sandbox.Timedout", "Runtime.ExitError"];
    // What ends by itself has time for it.
    let floods = [
        ("const held = []; for (;;) held.push(Buffer.alloc(1 << 20, 1));", 20, vec!["Runtime.ExitError"]),
        ("return 'x'.repeat(50e6);", 20, vec!["Function.ResponseSizeTooLarge"]),
        ("for (;;) {}", 1, vec!["Sandbox.Timedout"]),
        ("for (;;) require('fs').writeSync(1, 'x\\n'.repeat(2000));", 1, vec!["Sandbox.Timedout"]),
        ("for (;;) require('child_process').spawn('sleep', ['99']).on('error', () => {});", 1, either),
    ];
    for (text, seconds, expected) in floods {
        let text = format!("exports.handler = async () => {{ {text} }};");
        let timeout = Duration::from_secs(seconds);
        let function = Function { timeout, memory_mib: 256, ..Function::node(&text) };
        let kind = failed(&house.once(&function, "{}").await)["errorType"].clone();
        assert!(expected.iter().any(|expected| kind == *expected), "{text}: {kind}");
        house.lines.take();
    }
}

async fn native_code_does_not_outlive_its_limits(house: &House) {
    for (how, seconds, expected) in [
        ("memory", 20, json!(["Runtime.ExitError"])),
        ("stack", 20, json!(["Runtime.ExitError"])),
        ("fork", 1, json!(["Sandbox.Timedout", "Runtime.ExitError"])),
        ("signals", 1, json!(["Sandbox.Timedout"])),
        ("trap", 20, json!(["Runtime.ExitError"])),
        // System calls of another machine's numbering end the program.
        ("abi", 20, json!(["Runtime.ExitError"])),
    ] {
        let Some(launch) = native(house, Duration::from_secs(seconds)) else { return };
        let mut instance = house.start_launch(launch).await;
        let kind = failed(&invoke(&mut *instance, &json!(how).to_string()).await)["errorType"].clone();
        assert!(expected.as_array().unwrap().contains(&kind), "{how}: {kind}");
    }
}
