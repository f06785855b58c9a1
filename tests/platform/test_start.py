"""Starting and stopping, and what a user sees of it."""

import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from house import BINARY


def test_it_says_where_it_listens_and_what_to_type(platform):
    welcome = "".join(platform.welcome)
    assert re.search(r"is ready \(\d+ ms\)", welcome)
    assert platform.reach["endpoint"] in welcome and platform.reach["access_key_id"] in welcome
    assert 'eval "$(dayfly env' in welcome
    assert platform.reach["secret_access_key"] not in welcome


def test_state_and_key_survive_a_restart(own):
    platform = own().start()
    platform.client("s3").create_bucket(Bucket="kept")
    platform.client("s3").put_object(Bucket="kept", Key="a", Body=b"1")
    platform.function("kept", "def handler(event, context):\n    return event\n")
    key = platform.reach["access_key_id"]
    assert platform.stop() == 0
    platform.start()
    assert platform.reach["access_key_id"] == key
    assert platform.client("s3").get_object(Bucket="kept", Key="a")["Body"].read() == b"1"
    assert platform.invoke("kept", {"x": 1})["Payload"] == {"x": 1}
    assert platform.stop() == 0
    assert platform.log() == ""


def test_two_platforms_do_not_share_a_directory(own):
    platform = own().start()
    command = [BINARY, "up", "--data", platform.data, "--listen", "127.0.0.1:0", "--console", "off"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1 and "another Dayfly" in second.stderr


def test_a_running_call_is_finished_before_the_end(own):
    platform = own().start()
    platform.function("slow", "import time\ndef handler(event, context):\n    time.sleep(2)\n    return 'done'\n")
    path = platform.data / "answer"
    code = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})"
    caller = subprocess.Popen(
        ["python3", "-c", f"""{code}
import subprocess, sys
with open({str(path)!r}, 'wb') as out:
    subprocess.run([{str(BINARY)!r}, 'invoke', 'slow'], stdout=out)"""],
        env=platform.environment(),
    )
    time.sleep(1.2)
    assert platform.stop() == 0
    caller.wait(20)
    assert path.read_text().strip() == '"done"'


def test_a_second_signal_stops_at_once(own):
    platform = own().start()
    platform.function("slow", "import time\ndef handler(event, context):\n    time.sleep(15)\n")
    caller = subprocess.Popen([BINARY, "invoke", "slow"], env=platform.environment(), stderr=subprocess.PIPE)
    time.sleep(1.5)
    began = time.monotonic()
    platform.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    platform.process.send_signal(signal.SIGINT)
    platform.process.wait(10)
    assert time.monotonic() - began < 8
    caller.wait(20)
    caller.stderr.close()


def test_without_its_spawner_it_ends_and_starts_again_clean(own):
    platform = own().start()
    platform.function("kept", "def handler(event, context):\n    return event\n")
    assert platform.invoke("kept", 1)["Payload"] == 1
    spawner = platform.spawner()
    os.kill(spawner, signal.SIGKILL)
    assert platform.process.wait(20) == 1
    platform.process.stdout.close()
    assert "start Dayfly again" in platform.log()
    platform.start()
    assert platform.invoke("kept", 2)["Payload"] == 2
    left = [str(path) for path in pathlib.Path("/sys/fs/cgroup").rglob(f"dayfly-{spawner}")]
    assert left == [], "what the killed one could not remove"
    assert platform.stop() == 0


def test_root_keys_of_other_accounts(own):
    platform = own("--access-key", "OTHER:other-secret:222222222222", "--access-key", "TEST:test").start()
    other = platform.client("sts", key="OTHER", secret="other-secret").get_caller_identity()
    assert (other["Account"], other["Arn"]) == ("222222222222", "arn:aws:iam::222222222222:root")
    assert platform.client("sts", key="TEST", secret="test").get_caller_identity()["Account"] == "000000000000"
    platform.client("s3").create_bucket(Bucket="private")
    with pytest.raises(ClientError, match="403|AccessDenied|Forbidden"):
        platform.client("s3", key="OTHER", secret="other-secret").list_objects_v2(Bucket="private")


def test_unknown_settings_are_errors(tmp_path):
    file = tmp_path / "dayfly.toml"
    file.write_text("lisen = '127.0.0.1:1'\n")
    run = subprocess.run([BINARY, "up", "--config", file], capture_output=True, text=True, timeout=20)
    assert run.returncode == 1 and "lisen" in run.stderr


def test_the_console_shows_what_runs_and_refuses_other_hosts(platform):
    console = platform.reach["console"]
    page = urllib.request.urlopen(console, timeout=10)
    assert page.status == 200 and "Dayfly" in page.read().decode()
    assert "default-src" in page.headers["content-security-policy"]
    rebound = urllib.request.Request(console, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(rebound, timeout=10)


def test_env_makes_the_aws_cli_work(platform):
    shell = f'eval "$({BINARY} env --data {platform.data})" && echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_REGION"'
    shown = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    assert shown.split() == [platform.reach["endpoint"], platform.reach["access_key_id"], "us-east-1"]
    assert "000000000000" in platform.aws("sts", "get-caller-identity").stdout


def test_what_is_typed_wins_over_the_environment(platform):
    stale = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "X", "AWS_SECRET_ACCESS_KEY": "x"}
    for command in (["env"], ["ls"]):
        run = subprocess.run([BINARY, *command, "--data", platform.data], capture_output=True, text=True, env=stale)
        assert run.returncode == 0, run.stderr
    assert platform.reach["endpoint"] in subprocess.run(
        [BINARY, "env"], capture_output=True, text=True, env={**stale, "DAYFLY_DATA": str(platform.data)}, check=True,
    ).stdout, "an earlier platform's exports do not count"
    refused = subprocess.run([BINARY, "ls"], capture_output=True, text=True, env=stale)
    assert refused.returncode == 1 and "127.0.0.1:1 cannot be reached" in refused.stderr and "refused" in refused.stderr


def test_doctor_runs_every_runtime_that_it_finds(platform):
    shown = subprocess.run([BINARY, "doctor"], capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "cgroup" in shown.stdout and "runs (" in shown.stdout


def test_the_account_can_be_wiped_for_a_test_suite(own):
    platform = own("--dev").start()
    platform.client("s3").create_bucket(Bucket="gone")
    platform.function("gone", "def handler(event, context):\n    return 1\n")
    platform.admin("DELETE", "/_dayfly/v1/account")
    assert platform.client("s3").list_buckets()["Buckets"] == []
    assert platform.client("lambda").list_functions()["Functions"] == []
    assert platform.client("iam").list_roles()["Roles"] == []
