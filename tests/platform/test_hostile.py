"""Hostile functions and clients, as seen through the platform: each gets its answer, and a neighbour goes on answering."""

import io
import json
import os
import pathlib
import socket
import threading
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

from house import Platform, eventually

NEIGHBOUR = "def handler(event, context):\n    return event\n"
LENDER = """
import os
def handler(event, context):
    return {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("hostile") / "data").start()
    platform.function("neighbour", NEIGHBOUR)
    yield platform
    assert platform.invoke("neighbour", "still")["Payload"] == "still"
    assert platform.stop() == 0


def answers(platform, count=3):
    for turn in range(count):
        assert platform.invoke("neighbour", turn)["Payload"] == turn


def address(platform):
    host, port = platform.reach["endpoint"].removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def test_links_and_ways_out_in_a_package_are_refused(hostile):
    role = hostile.role()
    for name, mode, text in [
        ("link", 0o120777, "/etc/shadow"), ("app.py", 0o120777, "../../root-key.json"), ("dev", 0o020666, ""),
        ("../../../evil.py", 0o100644, ""), ("/etc/evil", 0o100644, ""), ("a\\..\\..\\evil", 0o100644, ""),
    ]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, mode << 16
            archive.writestr(entry, text)
        with pytest.raises(ClientError) as refused:
            hostile.client("lambda").create_function(
                FunctionName="linked", Runtime="python3.12", Handler="app.handler", Role=role,
                Code={"ZipFile": packed.getvalue()},
            )
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException", name
    assert not pathlib.Path("/etc/evil").exists() and not list(hostile.data.parent.rglob("evil*"))


def test_one_role_does_not_become_another(hostile):
    """Keys and tokens of two functions, in every wrong combination, and one that has been changed."""
    keys = {}
    for name in ("lender-one", "lender-two"):
        hostile.function(name, LENDER, role=hostile.role(f"{name}-role"))
        keys[name] = hostile.invoke(name)["Payload"]
    one, two = keys["lender-one"], keys["lender-two"]

    def whoami(id, secret, token):
        client = hostile.client("sts", key=id, secret=secret, **({"aws_session_token": token} if token else {}))
        return client.get_caller_identity()["Arn"]

    parts = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert "assumed-role/lender-one-role/" in whoami(*(one[part] for part in parts))
    id, secret, token = (one[part] for part in parts)
    other_id, other_secret, other_token = (two[part] for part in parts)
    changed = token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]
    for wrong in [
        (id, secret, other_token), (id, other_secret, token), (other_id, secret, other_token), (other_id, secret, token),
        (id, secret, None), (id, secret, changed), (id, secret, token * 2), (hostile.reach["access_key_id"], secret, token),
    ]:
        with pytest.raises(ClientError) as refused:
            whoami(*wrong)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    for service, call in (("iam", "list_roles"), ("lambda", "list_functions"), ("s3", "list_buckets")):
        client = hostile.client(service, key=id, secret=secret, aws_session_token=token)
        with pytest.raises(ClientError, match="not authorized|AccessDenied"):
            getattr(client, call)()
    answers(hostile)


def test_heads_without_end_and_slow_clients_hold_nobody_up(hostile):
    held = []
    for number in range(400):
        one = socket.create_connection(address(hostile), 5)
        # One says nothing, one a little, one is about to speak HTTP/2.
        one.sendall([b"", b"GET / HTTP/1.1\r\nA: ", b"PRI * HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1"][number % 4])
        held.append(one)
    answers(hostile)
    for one in held[1::4]:
        one.sendall(b"x")
    answers(hostile)
    with socket.create_connection(address(hostile), 5) as one:
        try:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 10_000_000 + b"\r\n\r\n")
            told = one.recv(100)
        except ConnectionError:
            told = b""
    assert not told or b" 431 " in told or b" 400 " in told
    answers(hostile)
    for one in held:
        one.close()
    server = pathlib.Path(f"/proc/{hostile.process.pid}/fd")
    eventually(lambda: len(list(server.iterdir())) < 200)


HOGS = {
    "memory": ("held = []\n    while True:\n        held.append(bytes(range(256)) * 4096)", {"Runtime.ExitError"}),
    "processes": ("import os\n    while True:\n        try:\n            os.fork()\n        except OSError:\n            pass", None),
    "lines": ("import os\n    while True:\n        os.write(1, b'x\\n' * 2000)", {"Sandbox.Timedout"}),
    "connections": (
        "import socket, os, time\n    held = []\n    where = os.environ['AWS_ENDPOINT_URL'].split('//')[1].split(':')\n    try:\n"
        "        while True:\n            held.append(socket.create_connection((where[0], int(where[1])), 1))\n"
        "            held[-1].sendall(b'GET / HT')\n    except OSError:\n        time.sleep(60)",
        {"Sandbox.Timedout"},
    ),
    "an answer": ("return 'x' * 50_000_000", {"Function.ResponseSizeTooLarge"}),
    "CPU": ("while True:\n        pass", {"Sandbox.Timedout"}),
}


@pytest.mark.parametrize("kind", HOGS)
def test_a_hog_ends_and_its_neighbour_answers(hostile, kind):
    work, expected = HOGS[kind]
    name = f"hog-{kind.replace(' ', '-')}"
    hostile.function(name, f"def handler(event, context):\n    {work}\n", Timeout=3, MemorySize=512)
    ends = []
    hog = threading.Thread(target=lambda: ends.append(hostile.invoke(name)))
    hog.start()
    while hog.is_alive():
        answers(hostile, 1)
        time.sleep(0.05)
    assert ends[0]["FunctionError"] == "Unhandled"
    kinds = expected or {"Sandbox.Timedout", "Runtime.ExitError"}
    assert ends[0]["Payload"]["errorType"] in kinds, json.dumps(ends[0]["Payload"])[:300]
    server = pathlib.Path(f"/proc/{hostile.process.pid}/fd")
    eventually(lambda: len(list(server.iterdir())) < 300)
    assert os.path.exists(f"/proc/{hostile.process.pid}")
