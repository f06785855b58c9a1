//! What a function and its callers see: answers, errors, context, environment, logs.

use sandbox::Start;
use serde_json::json;

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![python_answers, bootstrap_answers];

async fn python_answers(house: &House) {
    let function = Function::python(
        "import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    print('hello')\n    \
         return {'event': event, 'count': count, 'id': context.aws_request_id, 'cwd': os.getcwd(), 'uid': os.getuid()}\n",
    );
    let mut instance = house.start(&function).await;
    let first = invoke(&mut *instance, r#"{"a": [1, "ä"]}"#).await;
    println!("{first:?}");
    assert!(matches!(first.usage.start, Start::Cold { .. }));
    let document = returned(&first);
    assert_eq!(document["event"], json!({"a": [1, "ä"]}));
    assert_eq!(document["cwd"], "/var/task");
    let second = invoke(&mut *instance, "null").await;
    assert_eq!(second.usage.start, Start::Warm);
    assert_eq!(returned(&second)["count"], 2);
    let tail = String::from_utf8(second.log_tail.to_vec()).unwrap();
    println!("{tail}");
    assert!(tail.starts_with("START RequestId: ") && tail.contains("\nhello\nEND RequestId: "));
}

const SHELL: &str = r#"#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  exec 7<>/dev/tcp/127.0.0.1/9001
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&7
  answer=$(cat <&7); exec 7>&-
  id=$(grep -i '^lambda-runtime-aws-request-id:' <<<"$answer" | tr -d '\r' | cut -d' ' -f2)
  exec 7<>/dev/tcp/127.0.0.1/9001
  body='{"from":"bash"}'
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' "$id" ${#body} "$body" >&7
  cat <&7 >/dev/null; exec 7>&-
done
"#;

async fn bootstrap_answers(house: &House) {
    let mut instance = house.start(&Function::bootstrap(SHELL)).await;
    for _ in 0..3 {
        assert_eq!(returned(&invoke(&mut *instance, "{}").await), json!({"from": "bash"}));
    }
    let missing = house.once(&Function::new("provided.al2023", "x", "other", ""), "{}").await;
    assert_eq!(failed(&missing)["errorType"], "Runtime.InvalidEntrypoint");
}
