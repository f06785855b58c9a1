"""Functions as boto3 and the aws CLI know them: made, called, changed, described, removed."""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import threading
import urllib.request

import pytest
from botocore.exceptions import ClientError

from house import eventually, zipped

ECHO = "def handler(event, context):\n    print('saw', event)\n    return event\n"


def test_a_function_s_life_with_boto3(platform):
    awslambda = platform.client("lambda")
    code = zipped({"app.py": ECHO})
    made = awslambda.create_function(
        FunctionName="life", Runtime="python3.12", Role=platform.role(), Handler="app.handler",
        Code={"ZipFile": code}, Timeout=7, MemorySize=192, Environment={"Variables": {"MODE": "1"}}, Tags={"team": "x"},
    )
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:life"
    awslambda.get_waiter("function_active_v2").wait(FunctionName="life")
    there = awslambda.get_function(FunctionName="life")
    assert there["Configuration"]["State"] == "Active" and there["Tags"] == {"team": "x"}
    assert urllib.request.urlopen(there["Code"]["Location"]).read() == code
    assert platform.invoke("life", {"x": [1, "ü"]})["Payload"] == {"x": [1, "ü"]}

    awslambda.update_function_code(FunctionName="life", ZipFile=zipped({"app.py": "def handler(e, c):\n    return 'new'\n"}))
    awslambda.get_waiter("function_updated_v2").wait(FunctionName="life")
    assert platform.invoke("life")["Payload"] == "new"
    awslambda.update_function_configuration(FunctionName="life", MemorySize=256, Description="d")
    awslambda.get_waiter("function_updated_v2").wait(FunctionName="life")
    assert awslambda.get_function_configuration(FunctionName="life")["MemorySize"] == 256
    assert "life" in [function["FunctionName"] for function in awslambda.list_functions()["Functions"]]
    awslambda.delete_function(FunctionName="life")
    with pytest.raises(awslambda.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:lambda"):
        awslambda.get_function(FunctionName="life")


def test_a_function_s_life_with_the_aws_cli(platform, tmp_path):
    (tmp_path / "code.zip").write_bytes(zipped({"app.py": ECHO}))
    role = platform.role()
    platform.aws(
        "lambda", "create-function", "--function-name", "cli", "--runtime", "python3.12", "--role", role,
        "--handler", "app.handler", "--zip-file", f"fileb://{tmp_path}/code.zip",
    )
    platform.aws("lambda", "wait", "function-active-v2", "--function-name", "cli")
    out = tmp_path / "out.json"
    shown = platform.aws(
        "lambda", "invoke", "--function-name", "cli", "--payload", '{"a": 1}', "--log-type", "Tail", out,
    )
    assert json.loads(out.read_text()) == {"a": 1}
    tail = base64.b64decode(json.loads(shown.stdout)["LogResult"]).decode()
    assert "saw {'a': 1}" in tail and "REPORT RequestId:" in tail
    platform.aws("lambda", "delete-function", "--function-name", "cli")


def test_code_from_a_bucket(platform):
    s3, awslambda = platform.client("s3"), platform.client("lambda")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="a/b.zip", Body=zipped({"app.py": ECHO}))
    awslambda.create_function(
        FunctionName="from-bucket", Runtime="python3.12", Role=platform.role(), Handler="app.handler",
        Code={"S3Bucket": "code", "S3Key": "a/b.zip"},
    )
    awslambda.get_waiter("function_active_v2").wait(FunctionName="from-bucket")
    assert platform.invoke("from-bucket", 5)["Payload"] == 5
    with pytest.raises(ClientError, match="NoSuchKey|does not exist"):
        awslambda.update_function_code(FunctionName="from-bucket", S3Bucket="code", S3Key="missing")


def test_errors_are_lambda_s(platform):
    platform.function("errs", """
import os, sys, time
def handler(event, context):
    if event == "raise":
        inner()
    if event == "exit":
        os._exit(3)
    if event == "slow":
        time.sleep(10)
    if event == "memory":
        return len(bytearray(10**9))
    return "fine"
def inner():
    raise KeyError("lost")
""", Timeout=2, MemorySize=128)
    answer = platform.invoke("errs", "raise", LogType="Tail")
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "KeyError" and answer["Payload"]["errorMessage"] == "'lost'"
    assert any("inner()" in frame for frame in answer["Payload"]["stackTrace"])
    assert "[ERROR] KeyError" in base64.b64decode(answer["LogResult"]).decode()
    exit = platform.invoke("errs", "exit")["Payload"]
    assert exit["errorType"] == "Runtime.ExitError" and "exit status 3" in exit["errorMessage"]
    slow = platform.invoke("errs", "slow")["Payload"]
    assert "Task timed out after 2.00 seconds" in slow["errorMessage"]
    memory = platform.invoke("errs", "memory")["Payload"]
    assert memory["errorType"] == "Runtime.ExitError" and "signal: killed" in memory["errorMessage"]
    assert platform.invoke("errs", "else")["Payload"] == "fine", "the next call has a fresh instance"


def test_functions_that_misbehave_hurt_themselves_only(platform):
    platform.function("rogue", """
import os, signal, subprocess, sys, threading, time

def handler(event, context):
    return globals()[event](context)

def threads(_):
    try:
        for count in range(5000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        return count < 2000

def flood(_):
    try:
        with open("/tmp/flood", "wb") as file:
            while True:
                file.write(b"x" * 1_000_000)
    except OSError as error:
        os.remove("/tmp/flood")
        return error.strerror

def child(_):
    subprocess.Popen(["sleep", "1000"])
    return "left it"

def init(_):
    os.kill(1, signal.SIGKILL)
    return "init lives"

def descriptors(_):
    os.closerange(0, 100)

def segfault(_):
    os.kill(os.getpid(), signal.SIGSEGV)

def stop(_):
    os.kill(os.getpid(), signal.SIGSTOP)

def nothing(_):
    os._exit(0)

def surrogate(_):
    raise ValueError("half a pair: " + chr(0xD800))

def mute(_):
    sys.stdout.close()
    raise ValueError("unheard")

def unserialisable(_):
    return object()

def fine(_):
    return "fine"
""", Timeout=3, MemorySize=1024)
    for what, expected in [
        ("flood", "No space left on device"), ("child", "left it"), ("init", "init lives"), ("threads", True),
        ("descriptors", "Runtime.ExitError"), ("segfault", "Runtime.ExitError"), ("stop", "Sandbox.Timedout"),
        ("nothing", "Runtime.ExitError"), ("surrogate", "ValueError"), ("mute", "ValueError"), ("unserialisable", "Runtime.MarshalError"),
    ]:
        payload = platform.invoke("rogue", what)["Payload"]
        came = payload["errorType"] if isinstance(payload, dict) else payload
        assert came == expected, f"{what}: {payload}"
        assert platform.invoke("rogue", "fine")["Payload"] == "fine", f"after {what}"


def test_payloads_have_lambda_s_limits(platform):
    platform.function("sized", "def handler(event, context):\n    return 'x' * event if isinstance(event, int) else len(event)\n")
    awslambda = platform.client("lambda")
    most = 6 * 1024 * 1024
    fits = awslambda.invoke(FunctionName="sized", Payload=b'"' + b"x" * (most - 2) + b'"')
    assert json.loads(fits["Payload"].read()) == most - 2
    for kind, size in [("RequestResponse", most + 1), ("Event", 1024 * 1024 + 1)]:
        with pytest.raises(ClientError, match="RequestEntityTooLargeException"):
            awslambda.invoke(FunctionName="sized", InvocationType=kind, Payload=b'"' + b"x" * (size - 2) + b'"')
    assert len(platform.invoke("sized", most - 2)["Payload"]) == most - 2
    assert platform.invoke("sized", most + 1000)["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"
    for payload in (b"{", b"no json", b"\xff"):
        with pytest.raises(ClientError, match="InvalidRequestContentException"):
            awslambda.invoke(FunctionName="sized", Payload=payload)
    client = {"custom": {"k": "v"}}
    platform.function("told", "def handler(event, context):\n    return context.client_context.custom\n")
    encoded = base64.b64encode(json.dumps(client).encode()).decode()
    assert platform.invoke("told", ClientContext=encoded)["Payload"] == {"k": "v"}


def test_an_update_never_hits_the_calls_that_run(platform):
    awslambda = platform.client("lambda")
    codes = [zipped({"app.py": f"def handler(event, context):\n    return {number}\n"}) for number in range(2)]
    platform.function("moving", "def handler(event, context):\n    return 0\n")
    stop, came = threading.Event(), []

    def call():
        while not stop.is_set():
            came.append(platform.invoke("moving")["Payload"])

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    for number in range(16):
        awslambda.update_function_code(FunctionName="moving", ZipFile=codes[number % 2])
        awslambda.get_waiter("function_updated_v2").wait(FunctionName="moving", WaiterConfig={"Delay": 0.05})
    stop.set()
    for caller in callers:
        caller.join()
    assert len(came) >= 3 and [answer for answer in came if answer not in (0, 1)] == []
    assert platform.log() == "", "no call found its code gone"


def test_over_the_limit_calls_are_throttled_and_events_wait(own):
    platform = own("--concurrency", "1").start()
    platform.function("slow", "import time\ndef handler(event, context):\n    time.sleep(event)\n")
    running = threading.Thread(target=platform.invoke, args=("slow", 2))
    running.start()
    awslambda = platform.client("lambda")
    eventually(lambda: any(instance["State"] == "busy" for instance in json.loads(platform.dayfly("ls", "--json").stdout)["Instances"]))
    with pytest.raises(ClientError) as refused:
        awslambda.invoke(FunctionName="slow", Payload=b"0")
    answer = refused.value.response
    assert answer["Error"]["Code"] == "TooManyRequestsException" and answer["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429 and answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
    for _ in range(3):
        assert awslambda.invoke(FunctionName="slow", InvocationType="Event", Payload=b"0")["StatusCode"] == 202
    running.join()
    eventually(lambda: [event["State"] for event in platform.events()] == ["done"] * 3)


def test_handlers_may_be_anywhere_and_of_any_shape(platform):
    node = "nodejs20.x"
    for runtime, handler, files, expected in [
        ("python3.12", "package.module.handler", {"package/__init__.py": "", "package/module.py": "def handler(e, c):\n    return 'in a package'\n"}, "in a package"),
        ("python3.12", "src/app.handler", {"src/app.py": "def handler(e, c):\n    return 'in a folder'\n"}, "in a folder"),
        (node, "src/app.a.b", {"src/app.js": "exports.a = { b: async () => 'deep' }\n"}, "deep"),
        (node, "index.handler", {"index.js": "exports.handler = (e, c, done) => setTimeout(() => done(null, 'called back'), 5)\n"}, "called back"),
        (node, "index.handler", {"index.cjs": "exports.handler = async () => 'common'\n"}, "common"),
        (node, "index.handler", {"index.js": "export const handler = async () => 'module'\n", "package.json": '{"type": "module"}'}, "module"),
        (node, "index.handler", {"index.mjs": "await 1; export const handler = async () => 'awaited'\n"}, "awaited"),
        (node, "index.handler", {"index.mjs": "export const handler = async () => { const e = new Error('of itself'); e.self = e; throw e }\n"}, "Error"),
        (node, "index.handler", {"index.mjs": "export const handler = async () => { throw 'text' }\n"}, "string"),
        (node, "index.handler", {"index.mjs": "export const handler = async () => { Promise.reject(new Error('x')); await new Promise(r => setTimeout(r, 50)) }\n"}, "Runtime.UnhandledPromiseRejection"),
        (node, "index.handler", {"index.mjs": "export const handler = async () => {\n"}, "Runtime.UserCodeSyntaxError"),
        ("python3.12", "app", {"app.py": ""}, "Runtime.MalformedHandlerName"),
    ]:
        platform.function("shape", files, runtime=runtime, handler=handler)
        payload = platform.invoke("shape")["Payload"]
        assert (payload["errorType"] if isinstance(payload, dict) else payload) == expected, f"{handler} {files}: {payload}"
        platform.client("lambda").delete_function(FunctionName="shape")


def test_init_errors_and_bad_handlers(platform):
    platform.function("broken", "import nothing_like_it\n")
    broken = platform.invoke("broken")["Payload"]
    assert broken["errorType"] == "Runtime.ImportModuleError" and "nothing_like_it" in broken["errorMessage"]
    platform.function("unfound", "x = 1\n", handler="app.missing")
    assert platform.invoke("unfound")["Payload"]["errorType"] == "Runtime.HandlerNotFound"


def test_node_functions(platform):
    code = {"index.mjs": "export const handler = async (event, context) => ({ got: event, id: context.awsRequestId });\n"}
    platform.function("node", code, runtime="nodejs20.x", handler="index.handler")
    answer = platform.invoke("node", {"k": 1})
    assert answer["Payload"]["got"] == {"k": 1}
    assert answer["Payload"]["id"] == answer["ResponseMetadata"]["RequestId"]


def test_warm_instances_are_reused_and_a_private_tmp_is_kept(platform):
    platform.function("warm", """
import os
def handler(event, context):
    with open("/tmp/count", "a") as file:
        file.write("x")
    return [os.path.getsize("/tmp/count"), os.listdir("/tmp")]
""")
    assert [platform.invoke("warm")["Payload"][0] for _ in range(3)] == [1, 2, 3]
    assert platform.invoke("warm")["Payload"][1] == ["count"]


def test_invalid_input_gets_aws_s_faults(platform):
    awslambda, role = platform.client("lambda"), platform.role()
    good = dict(FunctionName="never", Runtime="python3.12", Role=role, Handler="app.handler", Code={"ZipFile": zipped({"app.py": ECHO})})
    for change, error in [
        ({"MemorySize": 20000}, "less than or equal to 10240"),
        ({"Runtime": "cobol"}, "enum value set"),
        ({"Role": "arn:aws:iam::000000000000:role/missing"}, "cannot be assumed by Lambda"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"FunctionName": "no spaces please"}, "failed to satisfy constraint"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys"),
        ({"Environment": {"Variables": {"BIG": "x" * 5000}}}, "4KB"),
    ]:
        with pytest.raises(ClientError, match=error):
            awslambda.create_function(**{**good, **change})
    with pytest.raises(ClientError, match="NotImplemented"):
        awslambda.list_code_signing_configs()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        awslambda.invoke(FunctionName="never")


def test_the_official_runtime_client_as_a_custom_runtime(platform, tmp_path):
    # Sandboxes of provided.* see the system's own interpreter, not the one of these tests.
    interpreter = "/usr/bin/python3"
    if not pathlib.Path(interpreter).exists():
        pytest.skip(f"{interpreter} is not here")
    version = subprocess.run([interpreter, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
    platform_of_wheels = ["--python-version", ".".join(version.split(".")[:2]), "--only-binary=:all:"]
    subprocess.run([*pip, *platform_of_wheels, "--target", tmp_path, "awslambdaric"], check=True)
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    files["app.py"] = ECHO
    files["bootstrap"] = f"#!/bin/sh\nexport PYTHONPATH=/var/task\nexec {interpreter} -m awslambdaric $_HANDLER\n"
    platform.function("ric", files, runtime="provided.al2023", handler="app.handler")
    assert platform.invoke("ric", {"a": 1})["Payload"] == {"a": 1}
    assert platform.invoke("ric", {"a": 2})["Payload"] == {"a": 2}


def test_all_forms_of_a_name(platform):
    arn = platform.function("named", ECHO)
    for name in ["named", "named:$LATEST", arn, f"{arn}:$LATEST", "000000000000:function:named", "function:named"]:
        assert platform.invoke(name, 1)["ExecutedVersion"] == "$LATEST", name
    awslambda = platform.client("lambda")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        awslambda.invoke(FunctionName="named:7")
    assert awslambda.invoke(FunctionName="named", InvocationType="DryRun")["StatusCode"] == 204
