"""A platform that nobody gave any right: what holds without root and without cgroups of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import house
from house import Platform, eventually

UID = 54321


@pytest.fixture(scope="module")
def unprivileged(tmp_path_factory):
    if os.geteuid() != 0:
        yield Platform(tmp_path_factory.mktemp("unprivileged") / "data").start()
        return
    # Where somebody else can go, unlike pytest's own directories.
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    program = folder / "program"
    shutil.copy(house.BINARY, folder / "dayfly")
    program.write_text(f"#!/bin/sh\ncd /; HOME={folder} exec setpriv --reuid {UID} --regid {UID} --clear-groups {folder}/dayfly \"$@\"\n")
    program.chmod(0o755)
    folder.chmod(0o755)
    os.chown(folder, UID, UID)
    platform, binary = Platform(folder / "data"), house.BINARY
    house.BINARY = program
    try:
        platform.start()
    finally:
        house.BINARY = binary
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
