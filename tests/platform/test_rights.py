"""Which rights the server has once it is up: none, whoever has started it."""

import json
import os
import pathlib
import subprocess

import pytest

from house import BINARY

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")

# `UID_SERVER` of the sandboxes' limits.
OWN = 0x7100_0000 - 1


def status(pid):
    """Of each thread, the lines that tell its rights."""
    told = []
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        lines = dict(line.split(":", 1) for line in (thread / "status").read_text().splitlines())
        told.append({name: lines[name].split() for name in ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs")})
    return told


def without_rights(uid, gid):
    none = ["0" * 16]
    return {
        "Uid": [str(uid)] * 4, "Gid": [str(gid)] * 4, "Groups": [],
        "CapEff": none, "CapPrm": none, "CapBnd": none, "NoNewPrivs": ["1"],
    }


def owners(directory):
    return {path.lstat().st_uid for path in [directory, *directory.rglob("*")]}


def works(platform, number):
    platform.function(f"works-{number}", "def handler(event, context):\n    return event\n")
    for turn in range(3):
        # A start, a call to a frozen instance, and one to a fork or another start.
        assert platform.invoke(f"works-{number}", turn)["Payload"] == turn
    s3 = platform.client("s3")
    s3.create_bucket(Bucket=f"works-{number}")
    s3.put_object(Bucket=f"works-{number}", Key="a", Body=b"x" * 1_000_000)
    assert platform.dayfly("ls").returncode == 0


def test_the_server_is_nobody_and_all_that_is_kept_is_its_own(own):
    platform = own().start()
    works(platform, 1)
    threads = status(platform.process.pid)
    assert len(threads) > 2
    assert all(thread == without_rights(OWN, OWN) for thread in threads)
    assert owners(platform.data) == {OWN}
    assert platform.stop() == 0
    platform.start()
    works(platform, 2)
    assert platform.invoke("works-1", 4)["Payload"] == 4
    assert owners(platform.data) == {OWN}
    assert platform.stop() == 0
    assert platform.log() == ""


def test_it_reaches_its_directory_below_one_that_is_closed_and_nothing_else_there(own, tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "beside").write_text("not for the server")
    platform = own().start()
    works(platform, 1)
    below = pathlib.Path(f"/proc/{platform.process.pid}/root/{platform.data}")
    assert (below / "store").is_dir() and not below.with_name("beside").exists()
    assert platform.stop() == 0


def test_whom_it_becomes_can_be_said_and_is_else_the_directory_s_owner(own):
    platform = own("--user", "4321").start()
    works(platform, 1)
    assert status(platform.process.pid)[0] == without_rights(4321, 4321)
    assert platform.stop() == 0
    platform.flags = ()
    platform.start()
    assert status(platform.process.pid)[0] == without_rights(4321, 4321)
    assert platform.stop() == 0
    platform.flags = ("--user", "root")
    platform.start()
    assert status(platform.process.pid)[0]["Uid"] == ["0"] * 4
    works(platform, 2)
    assert 0 in owners(platform.data)
    assert platform.stop() == 0
    platform.flags = ("--user", "daemon")
    platform.start()
    works(platform, 3)
    uid = int(subprocess.check_output(["id", "-u", "daemon"]))
    assert owners(platform.data) == {uid}, "what root has left is given away too"
    assert platform.stop() == 0


def test_a_port_of_root_s_is_taken_before(own):
    platform = own()
    for port in range(811, 900):
        platform.listen = f"127.0.0.1:{port}"
        try:
            platform.start()
            break
        except AssertionError as error:
            assert "in use" in str(error)
    assert status(platform.process.pid)[0]["Uid"] == [str(OWN)] * 4
    assert json.loads((platform.data / "running.json").read_text())["endpoint"].endswith(f":{port}")
    works(platform, 1)
    assert platform.stop() == 0


@pytest.mark.parametrize("user", ["nobody-of-this-name", str(OWN + 5)])
def test_a_user_that_cannot_be_is_refused(tmp_path, user):
    run = subprocess.run(
        [BINARY, "up", "--data", tmp_path / "data", "--user", user], capture_output=True, text=True, timeout=20
    )
    assert run.returncode == 1 and user in run.stderr
