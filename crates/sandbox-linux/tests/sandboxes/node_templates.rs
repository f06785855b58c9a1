//! Starts of Node.js from templates: what is loaded in one, that all of Node.js works in its forks, what they do not share.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Function, House, failed, invoke, returned};

crate::cases![
    only_modules_of_packages_are_loaded_in_a_template,
    forks_of_node_share_nothing_that_should_be_their_own,
    all_of_node_works_in_a_fork,
    a_fork_of_node_ends_as_others_do,
    what_cannot_be_forked_of_node_is_started_anew_and_told_why,
    every_node_of_this_host_is_forked,
];

/// A function whose package has the module `library` in it.
fn with_library(library: &str, app: &str) -> Function {
    let mut function = Function { memory_mib: 1024, ..Function::node(app) };
    function.files.push(("node_modules/library/index.js", library.to_owned()));
    function
}

async fn forks(house: &House, function: &Function, number: usize) -> Vec<Value> {
    let launch = house.launch(function);
    house.plant_learned(&launch).await;
    let mut told = Vec::new();
    for _ in 0..number {
        let mut instance = house.start_as_it_comes((*launch).clone()).await;
        told.push(returned(&invoke(&mut *instance, "{}").await));
    }
    told
}

async fn only_modules_of_packages_are_loaded_in_a_template(house: &House) {
    let pid = "exports.pid = process.pid; exports.main = require.main.filename;";
    let app = "const library = require('library'), beside = require('./beside.js'), pid = process.pid;\n\
               exports.handler = async () => [library, beside, pid, require.main.filename, process.argv, process.execArgv];";
    let mut function = with_library(pid, app);
    function.files.push(("beside.js", pid.to_owned()));
    let main = "/var/runtime/bootstrap.js";
    for told in forks(house, &function, 2).await {
        let expected = json!([{"pid": 2, "main": main}, {"pid": 3, "main": main}, 3, main]);
        assert_eq!(told.as_array().unwrap()[..4], expected.as_array().unwrap()[..]);
        assert_eq!((&told[4][1], &told[5]), (&json!(main), &json!([])));
    }
}

async fn forks_of_node_share_nothing_that_should_be_their_own(house: &House) {
    const DIFFERENT: [&str; 13] = [
        "Math.random()",
        "crypto.randomUUID()",
        "crypto.randomInt(2 ** 47)",
        "crypto.randomBytes(8).toString('hex')",
        "await new Promise((done) => crypto.randomBytes(8, (_, bytes) => done(bytes.toString('hex'))))",
        "Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(8))).toString('hex')",
        "globalThis.crypto.randomUUID()",
        "crypto.generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('hex')",
        "fs.mkdtempSync('/tmp/x')",
        "process.env.AWS_SECRET_ACCESS_KEY",
        "context.logStreamName",
        "context.awsRequestId",
        "fs.readFileSync('/proc/self/uid_map', 'utf8')",
    ];
    // Drawn from in the template, so that whatever is drawn ahead is there to be shared.
    let library = "const crypto = require('crypto');\n\
        [Math.random(), crypto.randomUUID(), crypto.randomInt(9), crypto.randomBytes(8), globalThis.crypto.randomUUID()];";
    let app = format!(
        "require('library'); const crypto = require('crypto'), fs = require('fs');\n\
         const started = fs.readdirSync('/tmp');\n\
         exports.handler = async (event, context) => [started.length, process.pid, process.uptime() < 60, {}];",
        DIFFERENT.join(", ")
    );
    let told = forks(house, &with_library(library, &app), 200).await;
    for told in &told {
        assert_eq!(told.as_array().unwrap()[..3], [json!(0), json!(3), json!(true)]);
    }
    for (number, expression) in DIFFERENT.iter().enumerate() {
        let values: BTreeSet<String> = told.iter().map(|told| told[number + 3].to_string()).collect();
        assert_eq!(values.len(), told.len(), "{expression}");
    }
}

/// Each answers with something that is the same wherever it works.
const ABILITIES: &str = r#"
const crypto = require('crypto'), fs = require('fs'), http = require('http'), zlib = require('zlib');
const { promisify } = require('util');
const { Worker } = require('worker_threads');
const child_process = require('child_process');
const server = () => new Promise((done) => {
  const made = http.createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1', () => done(made));
});
const abilities = {
  timers: () => new Promise((done) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); done(n); } }, 2); }),
  files: async () => { await fs.promises.writeFile('/tmp/a', 'text'); return fs.promises.readFile('/tmp/a', 'utf8'); },
  streams: () => new Promise((done) => { let n = 0; fs.createReadStream('/var/task/index.js').on('data', (d) => { n += d.length; }).on('end', () => done(n > 0)); }),
  derived: async () => (await promisify(crypto.pbkdf2)('a', 'b', 1000, 8, 'sha256')).toString('hex'),
  many: async () => (await Promise.all(Array.from({ length: 20 }, () => promisify(crypto.scrypt)('a', 'b', 8)))).length,
  subtle: async () => Buffer.from(await globalThis.crypto.subtle.digest('SHA-256', Buffer.from('a'))).toString('hex'),
  names: async () => (await require('dns').promises.lookup('localhost', { family: 4 })).address,
  packed: async () => (await promisify(zlib.gunzip)(await promisify(zlib.gzip)(Buffer.alloc(1e6)))).length,
  fetch: async () => { const s = await server(); const r = await fetch(`http://127.0.0.1:${s.address().port}`, { method: 'POST', body: 'hi' }); const t = await r.text(); s.closeAllConnections(); s.close(); return t; },
  platform: async () => (await fetch(process.env.AWS_ENDPOINT_URL)).status,
  worker: () => new Promise((done, fail) => { const w = new Worker("require('worker_threads').parentPort.postMessage([1, Math.random() < 1])", { eval: true }); w.on('message', done); w.on('error', fail); }),
  child: async () => (await promisify(child_process.execFile)('/bin/echo', ['out'])).stdout,
  childSync: () => child_process.execSync('cat', { input: 'in' }).toString(),
  node: async () => (await promisify(child_process.execFile)(process.execPath, ['-p', '1+1'])).stdout,
  signal: () => new Promise((done) => { process.once('SIGUSR2', done); process.kill(process.pid, 'SIGUSR2'); }),
  wasm: async () => (await WebAssembly.instantiate(new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]))).instance.exports.add(2, 3),
  garbage: () => { let kept = new Map(); for (let i = 0; i < 300000; i++) { kept.set('k' + i, { a: [i] }); if (i % 100000 === 0) kept = new Map(); } return kept.size; },
  hot: () => { let x = 0; for (let i = 0; i < 2e7; i++) x = (x + i * 7) % 1000003; return x; },
  shared: () => { const shared = new Int32Array(new SharedArrayBuffer(4)); return Atomics.wait(shared, 0, 0, 5); },
  module: async () => (await import('./beside.mjs')).default,
  package: async () => (await import('pure')).default,
  intl: () => new Intl.NumberFormat('de-DE').format(1234.5),
  zone: () => [new Date(0).getHours(), process.env.TZ],
  environment: () => [Object.keys(process.env).includes('DAYFLY_GUEST_FD'), child_process.execSync('echo $AWS_LAMBDA_FUNCTION_NAME').toString()],
  streamed: async () => { process.stdout.write('to stdout\n'); console.error('to the log'); return 1; },
  described: () => [process.title === '', typeof process.memoryUsage().rss, process.release.name, Math.random.name, Math.random.length],
};
exports.handler = async () => {
  const told = {}, alive = setInterval(() => {}, 1000);
  for (const [name, ability] of Object.entries(abilities)) {
    try {
      told[name] = await ability();
    } catch (error) {
      told[name] = `failed: ${error}`;
    }
  }
  clearInterval(alive);
  return told;
};
"#;

async fn all_of_node_works_in_a_fork(house: &House) {
    let mut function = Function { timeout: Duration::from_secs(60), ..with_library("", ABILITIES) };
    function.files.push(("beside.mjs", "export default 'an ES module';".into()));
    function
        .files
        .push(("node_modules/pure/package.json", r#"{"type": "module", "main": "index.js"}"#.into()));
    function.files.push(("node_modules/pure/index.js", "export default 'a package of ES modules';".into()));
    let anew = returned(&house.once(&function, "{}").await);
    let failures: Vec<_> = anew.as_object().unwrap().iter().filter(|(_, told)| is_failure(told)).collect();
    assert!(failures.is_empty(), "{failures:?}");
    for told in forks(house, &function, 3).await {
        assert_eq!(told, anew);
    }
}

fn is_failure(told: &Value) -> bool {
    told.as_str().is_some_and(|told| told.starts_with("failed: "))
}

async fn a_fork_of_node_ends_as_others_do(house: &House) {
    let cases = [
        ("process.exit(3)", "exit status 3"),
        ("process.exitCode = 4; process.exit()", "exit status 4"),
        ("process.abort()", "signal: aborted"),
        ("process.kill(process.pid, 'SIGKILL')", "signal: killed"),
        ("process.on('exit', () => console.log('heard')); process.exit(5)", "exit status 5"),
    ];
    for (text, expected) in cases {
        let app = format!("exports.handler = async () => {{ {text}; }};");
        let launch = house.launch(&with_library("", &app));
        house.plant(&launch).await;
        let mut instance = house.start_as_it_comes((*launch).clone()).await;
        let ended = invoke(&mut *instance, "{}").await;
        let document = failed(&ended);
        assert_eq!(document["errorType"], "Runtime.ExitError");
        assert!(document["errorMessage"].as_str().unwrap().ends_with(expected), "{text}: {document}");
        let tail = String::from_utf8_lossy(&ended.log_tail).into_owned();
        assert_eq!(tail.contains("heard"), text.contains("heard"), "{tail}");
    }
}

async fn what_cannot_be_forked_of_node_is_started_anew_and_told_why(house: &House) {
    let cases = [
        (
            "new (require('worker_threads').Worker)('setInterval(() => {}, 999)', { eval: true }).unref();",
            "starts threads",
        ),
        ("require('fs').promises.stat('/');", "starts threads"),
        ("require('fs').openSync('/etc/passwd');", "keeps a descriptor open (/etc/passwd)"),
        ("require('net').createServer().listen(8080).unref();", "keeps a descriptor open ("),
        ("require('fs').writeFileSync('/tmp/cache', '');", "leaves files in /tmp"),
        (
            "require('child_process').spawn('sleep', ['99'], { stdio: 'ignore' }).unref();",
            "leaves processes behind",
        ),
        ("if (process.pid === 2 && !process.env.AWS_SESSION_TOKEN) process.exit(1);", "has ended"),
    ];
    for (library, expected) in cases {
        let function =
            with_library(library, "require('library'); exports.handler = async () => process.pid;");
        assert_reason(house, function, expected).await;
    }
    let mut function = with_library("", "require('library'); exports.handler = async () => process.pid;");
    function.environment.insert("NODE_OPTIONS".into(), "--no-warnings".into());
    assert_reason(house, function, "its environment sets NODE_OPTIONS").await;
}

async fn assert_reason(house: &House, function: Function, expected: &str) {
    let launch = house.launch(&function);
    let mut reason = None;
    for _ in 0..300 {
        let mut instance = house.start_as_it_comes((*launch).clone()).await;
        assert_eq!(returned(&invoke(&mut *instance, "{}").await), 2, "{expected}");
        reason = house.why_slow(&launch);
        if reason.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let reason = reason.unwrap_or_default();
    assert!(reason.contains(expected), "{expected}: {reason}");
}

async fn every_node_of_this_host_is_forked(house: &House) {
    let app = "require('library'); exports.handler = async () => [process.version, process.pid];";
    for runtime in house.runtimes.all().filter(|runtime| runtime.name.starts_with("nodejs")) {
        let function = Function { runtime: runtime.name.clone().leak(), ..with_library("", app) };
        if runtime.template.is_empty() {
            println!("{} is not forked", runtime.name);
            continue;
        }
        let version = format!("v{}", runtime.found_version);
        assert_eq!(forks(house, &function, 2).await, [json!([version, 3]), json!([version, 3])]);
    }
}
