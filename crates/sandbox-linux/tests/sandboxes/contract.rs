//! What a function and its callers see: answers, errors, context, environment, logs.

use std::process::Command;

use sandbox::{Answer, Start};
use serde_json::{Value, json};

use crate::house::{Function, House, failed, invoke, returned, work};

crate::cases![
    python_answers,
    python_errors_are_lambdas,
    every_python_of_this_host_answers,
    python_logs_as_lambda_does,
    node_answers,
    node_handlers_of_every_kind,
    node_errors_are_lambdas,
    bootstrap_answers,
    a_missing_or_broken_bootstrap_is_an_invalid_entrypoint,
    the_official_client_works_unchanged,
    large_payloads_pass_and_larger_ones_are_refused,
];

async fn python_answers(house: &House) {
    let function = Function::python(
        "import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    print('hello')\n    \
         return {'event': event, 'count': count, 'id': context.aws_request_id, 'memory': context.memory_limit_in_mb,\n\
         'cwd': os.getcwd(), 'left': context.get_remaining_time_in_millis(), 'arn': context.invoked_function_arn}\n",
    );
    let mut instance = house.start(&function).await;
    let first = invoke(&mut *instance, r#"{"a": [1, "ä"]}"#).await;
    assert!(matches!(first.usage.start, Start::Cold { .. }));
    let document = returned(&first);
    assert_eq!(document["event"], json!({"a": [1, "ä"]}));
    assert_eq!((&document["cwd"], &document["memory"]), (&json!("/var/task"), &json!("256")));
    assert!(document["left"].as_i64().unwrap() > 10_000);
    let second = invoke(&mut *instance, "null").await;
    assert_eq!(second.usage.start, Start::Warm);
    assert_eq!(returned(&second)["count"], 2);
    let tail = String::from_utf8(second.log_tail.to_vec()).unwrap();
    assert!(tail.starts_with("START RequestId: ") && tail.contains("\nhello\nEND RequestId: "), "{tail}");
    assert!(tail.contains("Memory Size: 256 MB\tMax Memory Used: "), "{tail}");
}

async fn python_errors_are_lambdas(house: &House) {
    let raising =
        "def inner():\n    raise ValueError('no such thing')\ndef handler(event, context):\n    inner()\n";
    let mut instance = house.start(&Function::python(raising)).await;
    let document = failed(&invoke(&mut *instance, "{}").await);
    assert_eq!(document["errorType"], "ValueError");
    assert_eq!(document["errorMessage"], "no such thing");
    assert_eq!(
        document["stackTrace"],
        json!([
            "  File \"/var/task/app.py\", line 4, in handler\n    inner()\n",
            "  File \"/var/task/app.py\", line 2, in inner\n    raise ValueError('no such thing')\n"
        ])
    );
    assert!(instance.is_alive(), "an exception does not end the instance");
    let cases = [
        (
            "app.handler",
            "import missing_thing\n",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'missing_thing'",
        ),
        (
            "other.handler",
            "",
            "Runtime.ImportModuleError",
            "Unable to import module 'other': No module named 'other'",
        ),
        ("app.other", "", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
        (
            "app",
            "",
            "Runtime.MalformedHandlerName",
            "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
        ),
        (
            "app.handler",
            "def handler(:\n",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
        ("app.handler", "raise KeyError('x')\n", "KeyError", "'x'"),
        (
            "app.handler",
            "def handler(e, c):\n    return {1, 2}\n",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
    ];
    for (handler, text, error_type, message) in cases {
        let function = Function::new("python3.12", handler, "app.py", text);
        let ended = house.once(&function, "{}").await;
        let document = failed(&ended);
        assert_eq!(
            (&document["errorType"], &document["errorMessage"]),
            (&json!(error_type), &json!(message))
        );
        let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
        assert!(tail.contains(&format!("[ERROR] {error_type}: {message}")), "{tail}");
    }
    let nested = Function::new(
        "python3.12",
        "src/deep.app.handler",
        "src/deep/app.py",
        "def handler(e, c):\n    return 7\n",
    );
    assert_eq!(returned(&house.once(&nested, "").await), 7);
}

async fn every_python_of_this_host_answers(house: &House) {
    let text = "import sys, ssl, sqlite3, ctypes\ndef handler(event, context):\n    return '%d.%d' % sys.version_info[:2]\n";
    for runtime in house.runtimes.all().filter(|runtime| runtime.name.starts_with("python")) {
        let name: &'static str = runtime.name.clone().leak();
        let ended = house.once(&Function::new(name, "app.handler", "app.py", text), "{}").await;
        assert_eq!(format!("python{}", returned(&ended).as_str().unwrap()), name);
    }
}

async fn python_logs_as_lambda_does(house: &House) {
    let text = "import logging, sys\nlogging.getLogger().setLevel('INFO')\ndef handler(event, context):\n    \
                logging.info('made %d', 3)\n    sys.stderr.write('to stderr\\n')\n    sys.stdout.write('without end')\n";
    let ended = house.once(&Function::python(text), "{}").await;
    assert_eq!(returned(&ended), Value::Null);
    let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
    let id = tail.split("START RequestId: ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(tail.contains("[INFO]\t20") && tail.contains(&format!("Z\t{id}\tmade 3\n")), "{tail}");
    assert!(tail.contains("\nto stderr\n") && tail.contains("\nwithout end\nEND "), "{tail}");
}

async fn node_answers(house: &House) {
    let function = Function::node(
        "let count = 0;\nexports.handler = async (event, context) => {\n  console.log('hello', { a: 1 });\n  \
         return { event, count: ++count, id: context.awsRequestId, left: context.getRemainingTimeInMillis() };\n};\n",
    );
    let mut instance = house.start(&function).await;
    let first = invoke(&mut *instance, r#"{"a": "ä"}"#).await;
    assert_eq!(returned(&first)["event"], json!({"a": "ä"}));
    let second = invoke(&mut *instance, "{}").await;
    assert_eq!(returned(&second)["count"], 2);
    let tail = String::from_utf8(second.log_tail.to_vec()).unwrap();
    let id = returned(&second)["id"].as_str().unwrap().to_owned();
    assert!(tail.contains(&format!("Z\t{id}\tINFO\thello {{ a: 1 }}\n")), "{tail}");
}

async fn node_handlers_of_every_kind(house: &House) {
    let cases = [
        (
            "index.handler",
            "index.js",
            "exports.handler = (event, context, done) => setTimeout(() => done(null, 1), 5);",
            json!(1),
        ),
        (
            "index.handler",
            "index.js",
            "exports.handler = (e, c) => { c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 9e6); c.succeed(2); };",
            json!(2),
        ),
        (
            "index.handler",
            "index.js",
            "exports.handler = (e, c, done) => { setTimeout(() => { global.x = 3 }, 20); done(null, 3); };",
            json!(3),
        ),
        ("index.handler", "index.js", "exports.handler = () => 'not awaited';", Value::Null),
        ("index.a.b", "index.js", "exports.a = { b: async () => 4 };", json!(4)),
        ("src/deep/index.handler", "src/deep/index.js", "exports.handler = async () => 5;", json!(5)),
        (
            "index.handler",
            "index.mjs",
            "import fs from 'fs'; export const handler = async () => typeof fs.readFileSync;",
            json!("function"),
        ),
        ("index.handler", "index.cjs", "exports.handler = async () => 6;", json!(6)),
        ("index.handler", "index.js", "exports.handler = async () => undefined;", Value::Null),
    ];
    for (handler, file, text, expected) in cases {
        let ended = house.once(&Function::new("nodejs20.x", handler, file, text), "{}").await;
        assert_eq!(returned(&ended), expected, "{text}");
    }
    let mut module = Function::node("export const handler = async () => import.meta.url;");
    module.files.push(("package.json", r#"{"type": "module"}"#.into()));
    assert_eq!(returned(&house.once(&module, "{}").await), "file:///var/task/index.js");
}

async fn node_errors_are_lambdas(house: &House) {
    let cases = [
        (
            "index.handler",
            "exports.handler = async () => { throw new TypeError('no'); };",
            "TypeError",
            "no",
            true,
        ),
        ("index.handler", "exports.handler = (e, c, done) => done('text');", "string", "text", true),
        (
            "index.handler",
            "exports.handler = (e, c, done) => { const a = {}; a.a = a; done(null, a); };",
            "Runtime.MarshalError",
            "Unable to stringify response body",
            true,
        ),
        (
            "index.handler",
            "exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); setTimeout(() => {}, 9e6); });",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
            false,
        ),
        (
            "index.handler",
            "exports.handler = (e, c, done) => { setTimeout(() => { throw new RangeError('late'); }, 1); };",
            "RangeError",
            "late",
            false,
        ),
        ("index.other", "", "Runtime.HandlerNotFound", "index.other is undefined or not exported", false),
        (
            "index.handler",
            "exports.handler = 7;",
            "Runtime.HandlerNotFound",
            "index.handler is not a function",
            false,
        ),
        ("index", "", "Runtime.MalformedHandlerName", "Bad handler: 'index'", false),
        (
            "index.handler",
            "exports.handler = (",
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: Unexpected end of input",
            false,
        ),
        ("index.handler", "throw new EvalError('init');", "EvalError", "init", false),
    ];
    for (handler, text, error_type, message, lives) in cases {
        let mut instance = house.start(&Function::new("nodejs20.x", handler, "index.js", text)).await;
        let document = failed(&invoke(&mut *instance, "{}").await);
        assert_eq!(
            (&document["errorType"], &document["errorMessage"]),
            (&json!(error_type), &json!(message))
        );
        assert_eq!(instance.is_alive(), lives, "{text}");
    }
    let missing = house.once(&Function::node("require('missing-thing');"), "{}").await;
    let document = failed(&missing);
    assert_eq!(document["errorType"], "Runtime.ImportModuleError");
    assert!(
        document["errorMessage"].as_str().unwrap().starts_with("Error: Cannot find module 'missing-thing'")
    );
    let thrown =
        house.once(&Function::node("exports.handler = async () => { throw new Error('x'); };"), "{}").await;
    assert!(failed(&thrown)["trace"][1].as_str().unwrap().contains("/var/task/index.js:1:"));
}

pub const SHELL: &str = r#"#!/bin/bash
while true; do
  exec 7<>/dev/tcp/127.0.0.1/9001
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&7
  answer=$(cat <&7); exec 7>&-
  id=$(grep -i '^lambda-runtime-aws-request-id:' <<<"$answer" | tr -d '\r' | cut -d' ' -f2)
  body='{"from":"bash"}'
  exec 7<>/dev/tcp/127.0.0.1/9001
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' "$id" ${#body} "$body" >&7
  cat <&7 >/dev/null; exec 7>&-
done
"#;

async fn bootstrap_answers(house: &House) {
    let mut instance = house.start(&Function::bootstrap(SHELL)).await;
    for _ in 0..3 {
        assert_eq!(returned(&invoke(&mut *instance, "{}").await), json!({"from": "bash"}));
    }
    let mut in_layer = Function::new("provided.al2", "x", "other", "");
    in_layer.layers = vec![house.directory(&[("bootstrap", SHELL.to_owned())])];
    assert_eq!(returned(&house.once(&in_layer, "{}").await), json!({"from": "bash"}));
}

async fn a_missing_or_broken_bootstrap_is_an_invalid_entrypoint(house: &House) {
    for (function, expected) in [
        (
            Function::new("provided.al2023", "x", "other", ""),
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        ),
        (Function::bootstrap("no program\n"), "fork/exec /var/task/bootstrap: exec format error"),
    ] {
        let document = failed(&house.once(&function, "{}").await);
        assert_eq!(document["errorType"], "Runtime.InvalidEntrypoint");
        assert!(document["errorMessage"].as_str().unwrap().ends_with(expected), "{document}");
    }
}

/// The official client from PyPI, in the function's own package.
async fn the_official_client_works_unchanged(house: &House) {
    let runtime = house.runtimes.get_or_nearest("python3.12").expect("a Python").0;
    let python = &runtime.command[0].clone();
    let package = house.directory(&[
        ("bootstrap", format!("#!/bin/sh\nexport PYTHONPATH=/var/task/site\nexec {python} -m awslambdaric \"$_HANDLER\"\n")),
        ("app.py", "def handler(event, context):\n    if event.get('fail'):\n        raise RuntimeError('as asked')\n    \
                    return {'got': event, 'id': context.aws_request_id}\n".into()),
    ]);
    // Of this version: a part of it is compiled. Without root the target folder is not ours, and other versions are found.
    let root = rustix::process::geteuid().is_root();
    let folder = if root { env!("CARGO_TARGET_TMPDIR").into() } else { std::env::temp_dir() };
    let cached = folder.join(format!("awslambdaric-{}", runtime.found_version));
    if !cached.exists() {
        let installed = Command::new(python)
            .args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "--target"])
            .args([&cached])
            .arg("awslambdaric")
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            println!("SKIPPED: awslambdaric cannot be installed here");
            let _ = std::fs::remove_dir_all(&cached);
            return;
        }
    }
    let copied = Command::new("cp").arg("-r").arg(&cached).arg(package.join("site")).status();
    assert!(copied.expect("cp runs").success());
    let mut function = Function::new("provided.al2023", "app.handler", "unused", "");
    function.memory_mib = 512;
    let root = house.runtimes.get_or_nearest("python3.12").expect("a Python").0.roots.clone();
    let mut launch = (*house.launch(&function)).clone();
    launch.package.code = package;
    // A real package would bring its interpreter; this one borrows the host's.
    let mut runtime = (*launch.runtime).clone();
    runtime.roots = root;
    launch.runtime = runtime.into();
    let mut instance = house.start_launch(launch).await;
    for number in 0..3 {
        let ended = invoke(&mut *instance, &format!(r#"{{"n": {number}}}"#)).await;
        assert_eq!(returned(&ended)["got"], json!({"n": number}));
    }
    let document = failed(&invoke(&mut *instance, r#"{"fail": true}"#).await);
    assert_eq!(
        (&document["errorType"], &document["errorMessage"]),
        (&json!("RuntimeError"), &json!("as asked"))
    );
}

async fn large_payloads_pass_and_larger_ones_are_refused(house: &House) {
    let python = Function::python("def handler(e, c):\n    return e if isinstance(e, str) else 'x' * e\n");
    let node = Function::node("exports.handler = async (e) => typeof e === 'string' ? e : 'x'.repeat(e);");
    for function in [python, node] {
        let mut instance = house.start(&function).await;
        let large = format!("\"{}\"", "a".repeat(6 * 1024 * 1024 - 2));
        let ended = instance.invoke(work(large.clone())).await.unwrap();
        assert_eq!(ended.answer, Answer::Returned(large.into()));
        let document = failed(&invoke(&mut *instance, "7000000").await);
        assert_eq!(document["errorType"], "Function.ResponseSizeTooLarge");
        assert_eq!(returned(&invoke(&mut *instance, "3").await), "xxx");
    }
}
