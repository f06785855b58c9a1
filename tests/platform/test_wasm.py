"""Functions that are WebAssembly: modules and components, built from the examples where the targets are installed."""

import io
import json
import pathlib
import shutil
import subprocess
import zipfile

import pytest

from house import TOP, eventually

UNREACHABLE, NOTHING = b"\x00", b""


def module(body):
    """The smallest module whose start is this body."""
    code = b"\x00" + body + b"\x0b"
    code = bytes([1, len(code)]) + code
    return (
        b"\0asm\1\0\0\0" + b"\x01\x04\x01\x60\x00\x00" + b"\x03\x02\x01\x00"
        + b"\x07\x0a\x01\x06_start\x00\x00" + b"\x0a" + bytes([len(code)]) + code
    )


def example(name, target, tmp_path):
    library = subprocess.run(["rustc", "--print", "target-libdir", "--target", target], capture_output=True, text=True)
    if not pathlib.Path(library.stdout.strip()).is_dir():
        pytest.skip(f"the target {target} is not installed")
    return shutil.copytree(TOP / "examples" / name, tmp_path / name, ignore=shutil.ignore_patterns("target"))


def test_a_command_is_deployed_from_rust(platform, tmp_path):
    code = example("hello-wasm", "wasm32-wasip1", tmp_path)
    assert "wasm" in platform.dayfly("deploy", code).stdout
    for number in range(3):
        answer = platform.invoke("hello-wasm", {"number": number}, LogType="Tail")
        assert answer["Payload"] == {"hello": "from hello-wasm", "event": {"number": number}}
    eventually(lambda: "an event of 13 bytes" in platform.dayfly("logs", "hello-wasm").stdout)
    assert "Nothing had to be changed" in platform.dayfly("deploy", code).stdout


def test_a_component_answers_http(platform, tmp_path):
    code = example("hello-wasm-http", "wasm32-wasip2", tmp_path)
    platform.dayfly("deploy", code)
    event = {"version": "2.0", "requestContext": {"http": {"method": "GET"}}, "rawPath": "/a", "rawQueryString": "b=c"}
    assert platform.invoke("hello-wasm-http", event)["Payload"] == {
        "statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "hello from /a?b=c", "isBase64Encoded": False,
    }
    assert platform.invoke("hello-wasm-http", {"any": 1})["Payload"]["body"] == "hello from /"
    eventually(lambda: "asked for /a?b=c" in platform.dayfly("logs", "hello-wasm-http").stdout)


def test_a_file_alone_is_deployed(platform, tmp_path):
    file = tmp_path / "nothing.wasm"
    file.write_bytes(module(NOTHING))
    assert "nothing is ready: wasm, nothing" in platform.dayfly("deploy", file).stdout
    assert platform.invoke("nothing")["Payload"] is None


def test_what_traps_is_told(platform):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.wasm", module(UNREACHABLE))
    awslambda = platform.client("lambda")
    awslambda.create_function(
        FunctionName="trap", Runtime="wasm", Handler="app", Role=platform.role(), Code={"ZipFile": packed.getvalue()}
    )
    awslambda.get_waiter("function_active_v2").wait(FunctionName="trap", WaiterConfig={"Delay": 1})
    answer = platform.invoke("trap")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert "unreachable" in answer["Payload"]["errorMessage"]


def test_what_is_no_module_is_told(platform):
    platform.function("broken-module", {"app.wasm": "no module"}, runtime="wasm", handler="app")
    answer = platform.invoke("broken-module")
    assert answer["Payload"]["errorType"] == "Runtime.InvalidEntrypoint"
    assert json.dumps(answer["Payload"]).count("cannot be run") == 1
