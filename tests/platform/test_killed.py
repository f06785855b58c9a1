"""Any process of a platform killed at a random moment under load: nothing is left of it, and the next start is clean.

`DAYFLY_SEED` chooses other moments."""

import os
import pathlib
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from house import eventually, parent, status
from test_egress import cables, tables

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="without root there are no templates and no ways out to kill")

SEED = os.environ.get("DAYFLY_SEED", "1")
FUNCTIONS = {
    "py": ({"app.py": "import json\ndef handler(event, context):\n    return event\n"}, "python3.12", "app.handler", {}),
    "js": ({"index.js": "exports.handler = async (event) => event;\n"}, "nodejs20.x", "index.handler", {}),
    # Each of its calls is a cold start, and a process that ends.
    "cold": ({"app.py": "import os\ndef handler(event, context):\n    os._exit(0)\n"}, "python3.12", "app.handler", {}),
    "out": ({"app.py": "def handler(event, context):\n    return event\n"}, "python3.12", "app.handler",
            {"Tags": {"dayfly:egress": "internet"}}),
    # It is in the middle of something, and so is what it has left behind.
    "busy": ({"app.py": "import os, time\ndef handler(event, context):\n    if os.fork() == 0:\n        while True:\n            pass\n"
              "    time.sleep(1)\n"}, "python3.12", "app.handler", {}),
}


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid):
    return status(pid)[0] not in "ZX"


def namespaces(pid):
    try:
        return {os.readlink(path) for path in pathlib.Path(f"/proc/{pid}/ns").iterdir()}
    except OSError:
        return set()


def running():
    return [int(path.name) for path in pathlib.Path("/proc").glob("[0-9]*")]


def templates(platform):
    """Keepers and the programs that they keep; forks of these have another parent."""
    keepers = {pid for pid in platform.family() if parent(pid) == platform.spawner()}
    return [(parent(pid), pid) for pid in platform.family() if parent(pid) in keepers and "template." in command_line(pid)]


def mounts(process="self"):
    try:
        lines = pathlib.Path(f"/proc/{process}/mounts").read_text().splitlines()
    except OSError:
        return set()
    return {line for line in lines if not line.startswith("nsfs ")}


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where the platform would leave files."""
    place = tmp_path / "temporary"
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    monkeypatch.setenv("TMPDIR", str(place))


class Load:
    """Calls of all functions without a pause, until it is stopped; what is refused meanwhile is nobody's concern."""

    def __init__(self, platform):
        self.stopped, self.done = threading.Event(), dict.fromkeys(FUNCTIONS, 0)
        self.threads = [
            threading.Thread(target=self.call, args=(name, platform.client("lambda")))
            for name in FUNCTIONS for _ in range(2 if name in ("py", "js") else 1)
        ]
        for thread in self.threads:
            thread.start()

    def call(self, name, client):
        while not self.stopped.is_set():
            try:
                client.invoke(FunctionName=name, Payload=b"1")["Payload"].read()
                self.done[name] += 1
            except Exception:
                self.stopped.wait(0.05)

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


class Trace:
    """What a platform has made on the machine, to be looked for when it is gone."""

    def __init__(self, platform):
        self.family = platform.family()
        self.spawner = platform.spawner()
        self.namespaces = set().union(*map(namespaces, self.family)) - namespaces("self")

    def left(self, before):
        groups = [path for path, _, _ in os.walk("/sys/fs/cgroup") if f"dayfly-{self.spawner}" in path]
        held = []
        for pid in running():
            try:
                others = "dayfly-" in pathlib.Path(f"/proc/{pid}/cgroup").read_text()
            except OSError:
                continue
            # Numbers of namespaces are used again, by other platforms too.
            if not others and namespaces(pid) & self.namespaces:
                held.append(pid)
        return {
            "processes": [pid for pid in self.family if is_alive(pid)],
            # What is nobody's child, as the one that cleans up.
            "session": [pid for pid in running() if status(pid)[3] == str(self.spawner) and is_alive(pid)],
            "cgroups": groups,
            "namespaces": held,
            "mounts": mounts() - before["mounts"],
            "links": set(cables()) - before["links"],
            "tables": [name for name in tables() if name.startswith(f"dayfly-{self.spawner}")],
            "files": os.listdir(os.environ["TMPDIR"]),
        }

    def gone(self, before):
        def look():
            left = self.left(before)
            return not any(left.values()) or print(left)

        eventually(look, 60, 0.2)


def machine():
    return {"mounts": mounts(), "links": set(cables())}


def under_load(platform, dice):
    """Until everything is there that can be killed, and some moments longer."""
    load = Load(platform)
    eventually(lambda: len(templates(platform)) >= 2 and cables() and all(load.done[name] > 2 for name in ("py", "js", "cold", "out")), 60)
    time.sleep(dice.uniform(0, 0.3))
    return load


def deploy(platform):
    role = platform.role()
    with ThreadPoolExecutor() as pool:
        made = [pool.submit(platform.function, name, *of, role, **more) for name, (*of, more) in FUNCTIONS.items()]
    for one in made:
        one.result()


def answers(platform):
    for name in ("py", "js", "out"):
        assert platform.invoke(name, name)["Payload"] == name


@pytest.mark.parametrize("victim", ["server", "spawner", "family"])
def test_nothing_is_left_and_the_next_start_is_clean(own, victim):
    dice = random.Random(f"{SEED} {victim}")
    before = machine()
    platform = own().start()
    deploy(platform)
    load = under_load(platform, dice)
    trace = Trace(platform)
    if victim == "family":
        platform.kill()
    else:
        os.kill(platform.process.pid if victim == "server" else trace.spawner, signal.SIGKILL)
        code = platform.process.wait(60)
        assert code == (-signal.SIGKILL if victim == "server" else 1)
        assert ("the process that makes sandboxes has ended" in platform.log()) == (victim == "spawner")
    load.stop()
    trace.gone(before)
    platform.start()
    answers(platform)
    trace = Trace(platform)
    assert platform.stop() == 0
    trace.gone(before)


def sweeper(spawner):
    """The one that cleans up, which is nobody's child, but of the spawner's session."""
    [found] = [pid for pid in running() if status(pid)[3] == str(spawner) and "dayfly-sweeper" in command_line(pid)]
    return found


def test_what_nobody_was_left_to_remove_the_next_start_removes(own):
    dice = random.Random(f"{SEED} everybody")
    before = machine()
    platform = own().start()
    deploy(platform)
    load = under_load(platform, dice)
    trace = Trace(platform)
    os.kill(sweeper(trace.spawner), signal.SIGKILL)
    platform.kill()
    load.stop()
    eventually(lambda: not any(map(is_alive, trace.family)), 60)
    left = trace.left(before)
    assert left["cgroups"] or left["tables"], "there is nothing to be removed"
    # They went with the processes; the next platform may use their numbers.
    assert not left["namespaces"]
    trace.namespaces = set()
    platform.start()
    trace.gone(before)
    answers(platform)
    trace = Trace(platform)
    assert platform.stop() == 0
    trace.gone(before)


def test_a_killed_template_costs_its_forks_and_nothing_else(own):
    dice = random.Random(f"{SEED} template")
    before = machine()
    platform = own().start()
    server = pathlib.Path(f"/proc/{platform.process.pid}/fd")
    platform.function("first", "def handler(event, context):\n    return event\n")
    platform.invoke("first", 1)
    platform.dayfly("rm", "first")
    descriptors, own_mounts = len(list(server.iterdir())), mounts(platform.process.pid)
    deploy(platform)
    load = under_load(platform, dice)
    for turn, (keeper, program) in enumerate(dice.sample(templates(platform), 2)):
        os.kill((keeper, program)[turn], signal.SIGKILL)
        time.sleep(dice.uniform(0, 0.2))
    load.stop()
    answers(platform)
    trace = Trace(platform)
    for name in FUNCTIONS:
        platform.dayfly("rm", name)
    # Of the sandboxes nothing is left with a server that goes on.
    eventually(lambda: len(list(server.iterdir())) <= descriptors + 2, 60)
    assert mounts(platform.process.pid) == own_mounts
    eventually(lambda: not templates(platform), 60)
    assert platform.stop() == 0
    trace.gone(before)
