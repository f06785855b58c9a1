//! Calls that are none of the guest's: answers that nobody asked for, twice, too late, without end.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    an_answer_that_nobody_asked_for_is_none,
    an_answer_without_end_does_not_outlive_the_time_limit,
    a_stream_without_end_is_cut_off,
    calls_of_others_cannot_be_answered,
];

async fn an_answer_that_nobody_asked_for_is_none(house: &House) {
    let text = "import os\ndef handler(event, context):\n    forged = b'\"forged\"'\n    if event == 'twice':\n        \
                frame = b'A' + bytes(4) + len(forged).to_bytes(4, 'big') + forged\n        os.write(3, frame * 2)\n    \
                return event\n";
    let mut instance = house.start(&Function::python(text)).await;
    assert_eq!(returned(&invoke(&mut *instance, "\"once\"").await), "once");
    assert_eq!(
        returned(&invoke(&mut *instance, "\"twice\"").await),
        "forged",
        "it may answer what it likes, once"
    );
    let next = invoke(&mut *instance, "\"next\"").await;
    assert_eq!(
        failed(&next)["errorType"],
        "Runtime.ExitError",
        "a surplus answer is not that of the next call"
    );
    assert!(!instance.is_alive());
}

async fn an_answer_without_end_does_not_outlive_the_time_limit(house: &House) {
    let text = "import os, socket\ndef handler(event, context):\n    link = socket.socket(fileno=os.dup(3))\n    \
                link.sendall(b'A' + bytes(4) + b'\\xff' * 4)\n    block = bytes(1 << 20)\n    while True:\n        \
                link.sendall(block)\n";
    let function = Function { timeout: Duration::from_secs(1), memory_mib: 1769, ..Function::python(text) };
    let mut instance = house.start(&function).await;
    let began = Instant::now();
    let ended = invoke(&mut *instance, "{}").await;
    // Which comes first, the end of what it has announced or that of its time, depends on the machine.
    let kind = failed(&ended)["errorType"].clone();
    assert!(kind == "Sandbox.Timedout" || kind == "Function.ResponseSizeTooLarge", "{kind}");
    assert!(began.elapsed() < Duration::from_secs(10), "it does not keep us from its time limit");
}

const STREAM: &str = r#"#!/usr/bin/python3
import http.client, os, socket
def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, '/2018-06-01/runtime/' + path, body)
    answer = connection.getresponse()
    return answer.headers.get('Lambda-Runtime-Aws-Request-Id'), answer.read()
def without_end():
    while True:
        yield bytes(1 << 20)
while True:
    id, _ = ask('GET', 'invocation/next')
    try:
        ask('POST', 'invocation/' + id + '/response', without_end())
    except ConnectionError:
        pass
"#;

async fn a_stream_without_end_is_cut_off(house: &House) {
    let mut instance = house.start(&Function::bootstrap(STREAM)).await;
    for _ in 0..2 {
        let ended = invoke(&mut *instance, "{}").await;
        assert_eq!(failed(&ended)["errorType"], "Function.ResponseSizeTooLarge");
    }
}

/// Answers with what came of answering for others: a made-up call, the one before, its own a second time.
const FORGER: &str = r#"#!/usr/bin/python3
import http.client, json, os, uuid
def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, '/2018-06-01/runtime/' + path, body)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, answer.headers.get('Lambda-Runtime-Aws-Request-Id'), text
past, second = str(uuid.uuid4()), None
while True:
    _, id, _ = ask('GET', 'invocation/next')
    told = [ask('POST', 'invocation/' + other + '/' + what, b'1')[0]
            for other in (past, str(uuid.uuid4()), '..%2f' + id, id + '/') for what in ('response', 'error')] + [second]
    ask('POST', 'invocation/' + id + '/response', json.dumps(told).encode())
    second = ask('POST', 'invocation/' + id + '/response', b'2')[0]
    past = id
"#;

async fn calls_of_others_cannot_be_answered(house: &House) {
    let mut instance = house.start(&Function::bootstrap(FORGER)).await;
    let refused = json!([400, 400, 400, 400, 400, 400, 404, 404]);
    for (turn, second) in [json!(null), json!(403), json!(403)].into_iter().enumerate() {
        let told = returned(&invoke(&mut *instance, "{}").await);
        assert_eq!(told.as_array().unwrap()[..8], *refused.as_array().unwrap(), "{turn}");
        // Whether it was refused before the next call was there or after.
        assert!(told[8] == second || told[8] == 400, "{turn}: {told}");
    }
}
