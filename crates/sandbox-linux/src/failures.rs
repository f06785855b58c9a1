//! How a program ended, as Lambda tells it.

use model::InvocationId;
use sandbox::FunctionError;
use sandbox::failures::told;

use crate::plan::Exit;

/// The program ended before it answered. `command` is what was to be executed.
pub fn exited(invocation: InvocationId, exit: &Exit, command: &[String]) -> FunctionError {
    let kind = "Runtime.ExitError";
    match exit {
        Exit::Status(0) => told(invocation, kind, "Runtime exited without providing a reason"),
        Exit::Status(status) => {
            told(invocation, kind, &format!("Runtime exited with error: exit status {status}"))
        }
        Exit::Signal(signal) => {
            told(invocation, kind, &format!("Runtime exited with error: signal: {}", signal_name(*signal)))
        }
        Exit::NotExecuted(error) => {
            told(invocation, "Runtime.InvalidEntrypoint", &not_executed(*error, command))
        }
    }
}

/// The guest says what is no part of the contract, and is ended for it.
pub fn broke_the_contract(invocation: InvocationId) -> FunctionError {
    told(invocation, "Runtime.ExitError", "Runtime ended: it said what is no part of the contract")
}

/// The guest asks for work while it has some, and is ended for it.
pub fn asked_too_early(invocation: InvocationId) -> FunctionError {
    told(invocation, "Runtime.ExitError", "Runtime ended: it asked for work before it had answered")
}

fn not_executed(error: i32, command: &[String]) -> String {
    let program = command.first().map_or("", String::as_str);
    match error {
        libc::ENOENT if program.ends_with("/bootstrap") => {
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned()
        }
        libc::ENOENT => format!("fork/exec {program}: no such file or directory"),
        libc::EACCES => format!("fork/exec {program}: permission denied"),
        libc::ENOEXEC => format!("fork/exec {program}: exec format error"),
        other => format!("fork/exec {program}: {}", std::io::Error::from_raw_os_error(other)),
    }
}

/// As Go's `syscall.Signal` spells them, which Lambda's own supervisor prints.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "hangup",
        libc::SIGINT => "interrupt",
        libc::SIGQUIT => "quit",
        libc::SIGILL => "illegal instruction",
        libc::SIGTRAP => "trace/breakpoint trap",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "floating point exception",
        libc::SIGKILL => "killed",
        libc::SIGUSR1 => "user defined signal 1",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGUSR2 => "user defined signal 2",
        libc::SIGPIPE => "broken pipe",
        libc::SIGALRM => "alarm clock",
        libc::SIGTERM => "terminated",
        libc::SIGSYS => "bad system call",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_as_lambda_tells_them() {
        let id = InvocationId::from_bytes([0; 16]);
        let command = ["/var/task/bootstrap".to_owned()];
        let message = |error: FunctionError| {
            let document: serde_json::Value = serde_json::from_slice(&error.payload).unwrap();
            document["errorMessage"].as_str().unwrap().replace(&id.to_string(), "ID")
        };
        for (exit, expected) in [
            (Exit::Status(1), "RequestId: ID Error: Runtime exited with error: exit status 1"),
            (Exit::Status(0), "RequestId: ID Error: Runtime exited without providing a reason"),
            (Exit::Signal(9), "RequestId: ID Error: Runtime exited with error: signal: killed"),
            (Exit::Signal(11), "RequestId: ID Error: Runtime exited with error: signal: segmentation fault"),
            (
                Exit::NotExecuted(libc::ENOENT),
                "RequestId: ID Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
            ),
            (
                Exit::NotExecuted(libc::EACCES),
                "RequestId: ID Error: fork/exec /var/task/bootstrap: permission denied",
            ),
        ] {
            assert_eq!(message(exited(id, &exit, &command)), expected);
        }
    }
}
