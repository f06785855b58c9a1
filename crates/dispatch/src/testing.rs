//! Launches for tests: only what dispatch looks at says anything.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{AccountId, Arn, Cause, InvocationId, Region};
use sandbox::{Contract, Launch, LaunchKey, Limits, Package, Runtime, Work};

pub fn launch(key: &str, memory_mib: u32) -> Launch {
    let runtime = Runtime {
        name: "provided.al2023".into(),
        command: vec![],
        roots: vec![],
        environment: vec![],
        contract: Contract::PullHttp,
        guest: None,
        template: Vec::new(),
        found_version: String::new(),
    };
    Launch {
        key: LaunchKey(key.to_owned()),
        account: AccountId::default_account(),
        region: Region::default(),
        function: Arn::new("lambda", "us-east-1", "000000000000", format!("function:{key}")),
        function_name: key.to_owned(),
        version: "$LATEST".into(),
        package: Package { code: PathBuf::new(), layers: vec![] },
        runtime: Arc::new(runtime),
        handler: String::new(),
        environment: BTreeMap::new(),
        egress: sandbox::Egress::None,
        limits: Limits {
            memory_mib,
            tmp_mib: 512,
            timeout: Duration::from_secs(3),
            pids: 1024,
            descriptors: 1024,
        },
        role: Arn::new("iam", "", "000000000000", "role/r"),
        log_group: String::new(),
        keep_idle: None,
        snap_start: false,
    }
}

pub fn work() -> Work {
    let invocation = InvocationId::random();
    Work {
        invocation,
        payload: bytes::Bytes::new(),
        invoked_arn: String::new(),
        client_context: None,
        trace_id: String::new(),
        cause: Cause {
            invocation,
            event: None,
            roots: vec![],
            function: launch("f", 128).function,
            chain: vec![],
        },
    }
}
