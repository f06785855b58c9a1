"""Functions as boto3 and the aws CLI know them: made, called, changed, described, removed."""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import urllib.request

import pytest
from botocore.exceptions import ClientError

from house import zipped

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
        awslambda.publish_version(FunctionName="never")
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
