//! Launches for tests: only what dispatch looks at says anything.

use model::{Cause, InvocationId};
use sandbox::{Launch, Limits, Runtime, Work};

pub fn launch(key: &str, memory_mib: u32) -> Launch {
    let limits = Limits { memory_mib, ..Limits::default() };
    Launch { limits, ..Launch::of(key, Runtime::default()) }
}

pub fn work() -> Work {
    let invocation = InvocationId::random();
    Work {
        invocation,
        payload: bytes::Bytes::new(),
        invoked_arn: String::new(),
        client_context: None,
        trace_id: String::new(),
        sink: None,
        cause: Cause {
            invocation,
            event: None,
            roots: vec![],
            function: launch("f", 128).function,
            chain: vec![],
        },
    }
}
