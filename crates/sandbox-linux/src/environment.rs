//! The variables that a function finds. Source: AWS Lambda developer guide, "Defined runtime environment variables".

use std::collections::BTreeMap;

use sandbox::{Contract, Credentials, Launch};

use crate::limits;

/// Where the Runtime API answers inside.
pub const RUNTIME_API_PORT: u16 = 9001;
/// Where the platform's own endpoint answers inside.
pub const PLATFORM_PORT: u16 = 4566;

/// When the credentials beside it end, as botocore reads it.
const CREDENTIALS_END: &str = "AWS_CREDENTIAL_EXPIRATION";

const SYSTEM: [(&str, &str); 7] = [
    // The locale that AWS names, en_US.UTF-8, is seldom installed on a host; this one always works.
    ("LANG", "C.UTF-8"),
    ("TZ", ":UTC"),
    ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
    ("LD_LIBRARY_PATH", "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"),
    ("LAMBDA_TASK_ROOT", "/var/task"),
    ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
    ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
];

/// All variables of an instance.
pub fn of(launch: &Launch, credentials: &Credentials, log_stream: &str) -> Vec<(String, String)> {
    let mut all = shared(launch);
    let mut set = |name: &str, value: &str| drop(all.insert(name.to_owned(), value.to_owned()));
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream);
    set("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
    set("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
    set("AWS_SESSION_TOKEN", &credentials.session_token);
    if launch.snap_start {
        set(CREDENTIALS_END, &credentials.expires.iso8601());
    }
    if launch.runtime.contract == Contract::PullFramed {
        set("DAYFLY_GUEST_FD", &crate::inside::FRAMES.to_string());
    }
    all.into_iter().collect()
}

/// The variables of a template, which is nobody's instance.
pub fn of_template(launch: &Launch) -> Vec<(String, String)> {
    let mut all = shared(launch);
    if launch.snap_start {
        all.extend(of_snapshot(launch));
    }
    // A thread of OpenBLAS would keep the template from being forked. With one CPU or less there is none to gain by it.
    if u64::from(launch.limits.memory_mib) <= limits::MIB_PER_VCPU {
        all.entry("OPENBLAS_NUM_THREADS".to_owned()).or_insert_with(|| "1".to_owned());
    }
    all.into_iter().collect()
}

/// What a function's init finds beside them where it runs once for all instances. It is nobody's: SDKs that read when
/// credentials end, as boto3 does, read those of the instance before they first use any.
fn of_snapshot(launch: &Launch) -> impl Iterator<Item = (String, String)> {
    let stream = format!("[{}]snapshot", launch.version);
    let all = [
        ("AWS_ACCESS_KEY_ID", "snapshot"),
        ("AWS_SECRET_ACCESS_KEY", "snapshot"),
        ("AWS_SESSION_TOKEN", "snapshot"),
        (CREDENTIALS_END, "1970-01-01T00:00:00Z"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &stream),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter()
}

/// What all instances of a launch have: the system's and the runtime's, over them the function's own, over all the
/// ones that AWS reserves.
fn shared(launch: &Launch) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| drop(all.insert(name.to_owned(), value.to_owned()));
    SYSTEM.iter().for_each(|(name, value)| set(name, value));
    set("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{PLATFORM_PORT}"));
    launch.runtime.environment.iter().for_each(|(name, value)| set(name, value));
    launch.environment.iter().for_each(|(name, value)| set(name, value));
    let initialization = match (launch.snap_start, launch.provisioned) {
        (true, _) => "snap-start",
        (false, true) => "provisioned-concurrency",
        (false, false) => "on-demand",
    };
    set("AWS_LAMBDA_INITIALIZATION_TYPE", initialization);
    set("_HANDLER", &launch.handler);
    set("AWS_LAMBDA_RUNTIME_API", &format!("127.0.0.1:{RUNTIME_API_PORT}"));
    set("AWS_LAMBDA_FUNCTION_NAME", &launch.function_name);
    set("AWS_LAMBDA_FUNCTION_VERSION", &launch.version);
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &launch.limits.memory_mib.to_string());
    set("AWS_LAMBDA_LOG_GROUP_NAME", &launch.log_group);
    set("AWS_REGION", launch.region.as_str());
    set("AWS_DEFAULT_REGION", launch.region.as_str());
    // AWS: not defined for the runtimes that are an operating system only.
    if !launch.runtime.name.starts_with("provided") {
        set("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{}", launch.runtime.name));
    }
    all
}
