"""A platform that nobody gave any right: what holds without root and without cgroups of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

import house
from house import Platform, eventually
from test_egress import RESOLVER, VISITOR, internet  # noqa: F401
from test_killed import sweeper

UID = 54321


@pytest.fixture(scope="module")
def unprivileged(tmp_path_factory):
    yield from without_root(tmp_path_factory)


def without_root(tmp_path_factory, *flags):
    """A platform that somebody started who is not root."""
    if os.geteuid() != 0:
        yield Platform(tmp_path_factory.mktemp("unprivileged") / "data", *flags).start()
        return
    # Where somebody else can go, unlike pytest's own directories.
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    program = folder / "program"
    shutil.copy(house.BINARY, folder / "dayfly")
    program.write_text(f"#!/bin/sh\ncd /; HOME={folder} exec setpriv --reuid {UID} --regid {UID} --clear-groups {folder}/dayfly \"$@\"\n")
    program.chmod(0o755)
    folder.chmod(0o755)
    os.chown(folder, UID, UID)
    platform = Platform(folder / "data", *flags)

    def start():
        binary, house.BINARY = house.BINARY, program
        try:
            platform.start()
        finally:
            house.BINARY = binary

    platform.start_as_before = start
    start()
    yield platform
    family = platform.family()
    assert platform.stop() == 0
    eventually(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in family))
    shutil.rmtree(folder)


def test_functions_run_in_walls(unprivileged):
    unprivileged.function("walled", """
import os
def handler(event, context):
    try:
        shadow = open("/etc/shadow").read()
    except OSError as error:
        shadow = type(error).__name__
    caps = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")]
    return [os.getuid(), shadow, caps, sorted(int(pid) for pid in os.listdir("/proc") if pid.isdigit())[:1]]
""", runtime="python3.11")
    uid, shadow, caps, first = unprivileged.invoke("walled")["Payload"]
    assert uid == 993 and shadow in ("FileNotFoundError", "PermissionError") and caps == ["0" * 16] and first == [1]


def test_memory_is_limited_by_watching(unprivileged):
    code = "def handler(event, context):\n    held = b'x' * (event << 20)\n    import time\n    time.sleep(1)\n    return len(held) >> 20\n"
    unprivileged.function("hungry", code, MemorySize=128, runtime="python3.11")
    assert unprivileged.invoke("hungry", 60)["Payload"] == 60
    ended = unprivileged.invoke("hungry", 600, LogType="Tail")
    assert ended["Payload"]["errorType"] == "Runtime.ExitError"
    import base64

    assert "Runtime.OutOfMemory" in base64.b64decode(ended["LogResult"]).decode()
    assert unprivileged.invoke("hungry", 60)["Payload"] == 60


def test_nothing_runs_between_calls_and_cpu_time_is_told(unprivileged):
    unprivileged.function("stopped", """
import threading, time
turns = 0
def turn():
    global turns
    while True:
        turns += 1
        time.sleep(0.01)
threading.Thread(target=turn, daemon=True).start()
def handler(event, context):
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    return turns
""", runtime="python3.11")
    before = unprivileged.invoke("stopped")["Payload"]
    time.sleep(2)
    after = unprivileged.invoke("stopped")["Payload"]
    assert after - before < 150, "two hundred turns more when it was not stopped"


def test_doctor_says_what_is_missing(unprivileged):
    if os.geteuid() != 0:
        pytest.skip("the platform's own user is somebody else")
    folder = unprivileged.data.parent
    shown = subprocess.run([folder / "program", "doctor", "--json"], capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    findings = {finding["What"]: finding for finding in json.loads(shown.stdout)}
    assert "watched" in findings["memory limits"]["Remedy"] and "root" in findings
    egress = findings["egress"]["Found"]
    assert ("not a list of places" if shutil.which("pasta") else "pasta (of passt) is not installed") in egress


def test_a_list_of_places_is_refused_when_it_is_deployed(unprivileged, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    deployed = unprivileged.dayfly(
        "deploy", str(tmp_path), "--name", "choosy", "--runtime", "python3.11", "--egress", "api.test,93.184.216.0/24", check=False
    )
    reason = "not a list of places" if shutil.which("pasta") else "pasta (of passt) is not installed"
    assert deployed.returncode != 0 and reason in deployed.stderr, deployed
    functions = unprivileged.client("lambda").list_functions()["Functions"]
    assert "choosy" not in [function["FunctionName"] for function in functions]


def carriers():
    """Programs that carry what sandboxes send."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "comm").read_text().startswith(("pasta", "passt")) and path.stat().st_uid == UID:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def test_pasta_carries_to_the_internet_and_to_nothing_private(tmp_path_factory, internet):  # noqa: F811
    if shutil.which("pasta") is None:
        pytest.skip("pasta (of passt) is not installed")
    with contextlib.contextmanager(without_root)(tmp_path_factory, "--resolver", RESOLVER) as platform:
        arn = platform.function("visitor", VISITOR, Tags={"dayfly:egress": "internet"}, runtime="python3.11")
        page = "93.184.217.2 to 93.184.217.1"
        assert platform.invoke("visitor", "api.test")["Payload"] == page
        assert platform.invoke("visitor", "93.184.217.2")["Payload"] == page
        host = socket.create_server(("0.0.0.0", 0))
        port = host.getsockname()[1]
        for place in (
            "inner.test", "10.78.0.2", "169.254.169.254", f"93.184.217.1:{port}", f"127.0.0.1:{port}", f"169.254.0.1:{port}",
            f"198.18.0.1:{port}", "[2606:4700::1111]",
        ):
            told = platform.invoke("visitor", place)["Payload"]
            assert told.startswith("<urlopen error [Errno 1"), f"{place}: {told}"
        host.settimeout(0)
        with pytest.raises(BlockingIOError):
            host.accept()
        assert carriers()
        refused = platform.client("lambda")
        with pytest.raises(refused.exceptions.InvalidParameterValueException, match="not a list of places"):
            refused.tag_resource(Resource=arn, Tags={"dayfly:egress": "api.test"})
        platform.dayfly("rm", "visitor")
        eventually(lambda: not carriers())
        platform.function("visitor", VISITOR, Tags={"dayfly:egress": "internet"}, runtime="python3.11")
        assert platform.invoke("visitor", "api.test")["Payload"] == page
        if os.geteuid() == 0:
            # The spawner could not take it along.
            os.kill(platform.spawner(), signal.SIGKILL)
            eventually(lambda: not carriers())
            assert platform.process.wait(60) == 1
            platform.start_as_before()
    eventually(lambda: not carriers())


def test_a_carrier_that_nobody_ends_ends_by_itself(tmp_path_factory, internet):  # noqa: F811
    if shutil.which("pasta") is None:
        pytest.skip("pasta (of passt) is not installed")
    with contextlib.contextmanager(without_root)(tmp_path_factory, "--resolver", RESOLVER) as platform:
        platform.function("visitor", VISITOR, Tags={"dayfly:egress": "internet"}, runtime="python3.11")
        platform.invoke("visitor", "api.test")
        assert carriers()
        os.kill(sweeper(platform.spawner()), signal.SIGKILL)
        platform.kill()
        eventually(lambda: not carriers(), 60)
        platform.start_as_before()
        assert platform.invoke("visitor", "api.test")["Payload"] == "93.184.217.2 to 93.184.217.1"
