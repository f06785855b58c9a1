//! Starts from snapshots: the function's whole init is done once, and what of it each instance has for itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Arn;
use sandbox::{Engine, Launch, Start};
use serde_json::{Value, json};

use crate::house::{Function, House, invoke, returned};
use crate::templates::{OWN, differ};

crate::cases![
    an_init_is_done_once_for_all_instances,
    what_an_init_prints_is_told_once,
    instances_share_nothing_that_should_be_their_own,
    hooks_run_before_the_snapshot_and_in_each_instance,
    clients_made_in_the_init_use_the_credentials_of_their_instance,
    what_cannot_be_kept_is_started_anew_and_told_why,
    a_failed_hook_is_the_function_s_failure,
];

fn snapshot_of(house: &House, app: &str) -> Launch {
    let mut launch = (*house.launch(&Function { memory_mib: 512, ..Function::python(app) })).clone();
    of_snapshot(&mut launch);
    launch
}

fn of_snapshot(launch: &mut Launch) {
    launch.function = Arn::new("lambda", "us-east-1", "000000000000", "function:snapshot");
    (launch.snap_start, launch.version) = (true, "1".to_owned());
}

/// What instances return one after the other, once there is a snapshot.
async fn instances(house: &House, launch: &Launch, number: usize) -> Vec<Value> {
    house.engine.prepare(Arc::new(launch.clone())).await;
    assert_eq!(house.why_slow(launch), None);
    let mut told = Vec::new();
    for _ in 0..number {
        let mut instance = house.start_as_it_comes(launch.clone()).await;
        let ended = invoke(&mut *instance, "{}").await;
        assert!(matches!(ended.usage.start, Start::Restored { .. }), "{:?}", ended.usage.start);
        told.push(returned(&ended));
    }
    told
}

async fn an_init_is_done_once_for_all_instances(house: &House) {
    let app = "import os, time, uuid\nprint('x' * 100000)\nos.environ['SET'] = 'in the init'\nonce = str(uuid.uuid4())\nwas = os.getpid()\n\
               calls = []\ndef handler(e, c):\n    calls.append(1)\n    \
               return [once, len(calls), os.environ['SET'], os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], c.function_version, os.getpid()]\n";
    let told = instances(house, &snapshot_of(house, app), 5).await;
    assert_eq!(
        told[0].as_array().unwrap()[1..],
        [json!(1), json!("in the init"), json!("snap-start"), json!("1"), json!(3)]
    );
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    let lines = house.lines.take().join("\n");
    for line in [
        "RESTORE_START Runtime Version: python3",
        "RESTORE_REPORT Restore Duration: ",
        "\tBilled Restore Duration: ",
    ] {
        assert!(lines.contains(line), "{line}: {lines}");
    }
}

async fn what_an_init_prints_is_told_once(house: &House) {
    let app = "import logging, os, subprocess, sys\nfrom snapshot_restore_py import register_before_snapshot\n\
               print('printed in the init')\nprint('an error in the init', file=sys.stderr)\n\
               logging.getLogger().warning('logged in the init')\nos.write(1, b'written in the init\\n')\n\
               subprocess.run(['/bin/sh', '-c', 'echo a child of the init'])\n\
               register_before_snapshot(lambda: print('printed before the snapshot'))\n\
               def handler(e, c):\n    print('printed in a call')\n    return os.environ.get('DAYFLY_GUEST_TELL')\n";
    let told = instances(house, &snapshot_of(house, app), 3).await;
    assert_eq!(told, [Value::Null, Value::Null, Value::Null]);
    let lines = house.lines.take().join("\n");
    for (text, times) in [
        ("printed in the init", 1),
        ("an error in the init", 1),
        ("logged in the init", 1),
        ("written in the init", 1),
        ("a child of the init", 1),
        ("printed before the snapshot", 1),
        ("printed in a call", 3),
    ] {
        assert_eq!(lines.matches(text).count(), times, "{text}: {lines}");
    }
    let at = |text| lines.find(text).unwrap();
    assert!(
        at("RESTORE_START") < at("printed in the init") && at("printed in the init") < at("START RequestId")
    );
}

async fn instances_share_nothing_that_should_be_their_own(house: &House) {
    let app = format!(
        "import os, random, uuid, secrets, ssl, tempfile, time\n\
         [random.random(), uuid.uuid1(), uuid.uuid4(), tempfile.mktemp(), ssl.RAND_bytes(1), secrets.token_hex(1)]\n\
         def handler(e, c):\n    at = os.listdir('/tmp')\n    open('/tmp/mine', 'w').close()\n    return [at, {}]\n",
        OWN.join(", ")
    );
    let told = instances(house, &snapshot_of(house, &app), 60).await;
    assert!(told.iter().all(|told| told[0] == json!([])), "{told:?}");
    differ(&told, 1);
}

async fn hooks_run_before_the_snapshot_and_in_each_instance(house: &House) {
    let app = "import os\nfrom snapshot_restore_py import register_after_restore, register_before_snapshot\nlog = []\n\
               stream = lambda: os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n\
               register_before_snapshot(lambda *a, **k: log.append(['before', a, k, stream()]), 1, two=2)\n\
               @register_before_snapshot\ndef second():\n    log.append('first of all')\n\
               @register_after_restore\ndef after():\n    log.append(['after', stream()])\n\
               register_after_restore(lambda: log.append('last'))\n\
               def handler(e, c):\n    return [log, stream()]\n";
    for told in instances(house, &snapshot_of(house, app), 3).await {
        let before = json!(["before", [1], { "two": 2 }, "[1]snapshot"]);
        assert_eq!(told[0], json!(["first of all", before, ["after", told[1]], "last"]));
    }
}

async fn clients_made_in_the_init_use_the_credentials_of_their_instance(house: &House) {
    let app = "import os\ntry:\n    import boto3\n    client = boto3.client('s3')\nexcept ImportError:\n    client = None\n\
               def handler(e, c):\n    if client is None:\n        return None\n    \
               used = client._request_signer._credentials.get_frozen_credentials()\n    \
               return [used.access_key, used.secret_key, os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY']]\n";
    let function = Function { memory_mib: 1024, ..Function::python(app) };
    let Some(launch) = crate::bench::with_packages(house, &function) else { return };
    let mut launch = (*launch).clone();
    of_snapshot(&mut launch);
    let told = instances(house, &launch, 4).await;
    let secrets: BTreeSet<String> = told.iter().map(|told| told[1].to_string()).collect();
    assert_eq!(secrets.len(), told.len());
    assert!(told.iter().all(|told| told[0] == told[2] && told[1] == told[3]), "{told:?}");
}

async fn what_cannot_be_kept_is_started_anew_and_told_why(house: &House) {
    for (init, expected) in [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n",
            "starts threads",
        ),
        ("import socket\nkept = socket.socket()\n", "keeps a descriptor open (socket:"),
        ("open('/tmp/cache', 'w').close()\n", "leaves files in /tmp"),
        (
            "import os\nif os.environ['AWS_ACCESS_KEY_ID'] == 'snapshot':\n    raise ValueError('no network')\n",
            "has ended",
        ),
    ] {
        let app = format!(
            "{init}import os\ndef handler(e, c):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
        );
        let launch = snapshot_of(house, &app);
        house.engine.prepare(Arc::new(launch.clone())).await;
        let reason = house.why_slow(&launch).unwrap_or_default();
        assert!(reason.contains(expected), "{init}: {reason}");
        let mut instance = house.start_as_it_comes(launch).await;
        let ended = invoke(&mut *instance, "{}").await;
        assert_eq!(
            (returned(&ended), matches!(ended.usage.start, Start::Cold { .. })),
            (json!("snap-start"), true)
        );
    }
}

async fn a_failed_hook_is_the_function_s_failure(house: &House) {
    for hook in ["before_snapshot", "after_restore"] {
        let app = format!(
            "import snapshot_restore_py\n@snapshot_restore_py.register_{hook}\ndef hook():\n    raise ValueError('{hook}')\n\
             def handler(e, c):\n    return 1\n"
        );
        let launch = snapshot_of(house, &app);
        house.engine.prepare(Arc::new(launch.clone())).await;
        let mut instance = house.start_as_it_comes(launch).await;
        let error = instance.ready().await.unwrap().unwrap_or_else(|| panic!("{hook} did not fail"));
        assert_eq!(error.error_type, "ValueError");
        assert!(String::from_utf8_lossy(&error.payload).contains(hook));
        assert!(!instance.is_alive());
    }
}
