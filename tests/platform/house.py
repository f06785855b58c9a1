"""A platform of the tests' own, started and ended as a user would, and functions made of a few lines."""

import io
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request
import zipfile

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("DAYFLY_BINARY", TOP / "target/debug/dayfly"))

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


class Platform:
    """`dayfly up` on a data directory."""

    def __init__(self, data, *flags):
        self.data, self.flags, self.process = pathlib.Path(data), flags, None
        self.listen = "127.0.0.1:0"

    def start(self):
        command = [BINARY, "up", "--data", self.data, "--listen", self.listen, "--console", "127.0.0.1:0"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DAYFLY_"))}
        # A process group of its own, so that the whole family can be killed at once.
        self.process = subprocess.Popen(
            [*map(str, command), *self.flags],
            stdout=subprocess.PIPE,
            stderr=open(self.data.parent / f"{self.data.name}.log", "ab"),
            text=True,
            env={**environment, "DAYFLY_LOG": os.environ.get("DAYFLY_LOG", "warn")},
        )
        self.welcome = []
        for line in self.process.stdout:
            self.welcome.append(line)
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"dayfly did not start: {self.log()}")
        self.reach = json.loads((self.data / "running.json").read_text())
        return self

    def log(self):
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def kill(self):
        """The whole family at once, as a power cut would."""
        family = self.family()
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(30)
        self.process.stdout.close()

    def family(self):
        """The server, its spawner, and everything below them."""
        children = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue
            parent = int(text.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
        found, look = [], [self.process.pid]
        while look:
            pid = look.pop()
            found.append(pid)
            look += children.get(pid, [])
        return found

    def spawner(self):
        """The process that makes sandboxes."""
        return next(pid for pid in self.family() if parent(pid) == self.process.pid)

    def environment(self):
        """Variables as `eval "$(dayfly env)"` sets them."""
        shown = subprocess.run([BINARY, "env", "--data", self.data, "--json"], capture_output=True, text=True, check=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DAYFLY_"))}
        return {**clean, **json.loads(shown.stdout), "DAYFLY_DATA": str(self.data)}

    def client(self, service, **options):
        config = Config(retries={"max_attempts": 1}, read_timeout=60, **options.pop("config", {}))
        return boto3.client(
            service,
            endpoint_url=self.reach["endpoint"],
            region_name=options.pop("region_name", "us-east-1"),
            aws_access_key_id=options.pop("key", self.reach["access_key_id"]),
            aws_secret_access_key=options.pop("secret", self.reach["secret_access_key"]),
            config=config,
            **options,
        )

    def dayfly(self, *arguments, check=True, cwd=None, **options):
        """One of dayfly's own commands."""
        run = subprocess.run(
            [BINARY, *map(str, arguments)],
            capture_output=True, text=True, env=self.environment(), cwd=cwd, timeout=300, **options,
        )
        if check and run.returncode != 0:
            raise AssertionError(f"dayfly {arguments}: {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run

    def aws(self, *arguments, check=True):
        """The aws CLI."""
        cli = pathlib.Path(os.sys.executable).with_name("aws")
        run = subprocess.run(
            [os.sys.executable, cli, *map(str, arguments)],
            capture_output=True, text=True, env=self.environment(), timeout=120,
        )
        if check and run.returncode != 0:
            raise AssertionError(f"aws {arguments}: {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run

    def admin(self, method, path):
        """A signed call of what AWS has no API for."""
        url = self.reach["endpoint"] + path
        request = AWSRequest(method, url)
        key = Credentials(self.reach["access_key_id"], self.reach["secret_access_key"])
        SigV4Auth(key, "dayfly", "us-east-1").add_auth(request)
        answer = urllib.request.urlopen(
            urllib.request.Request(url, method=method, headers=dict(request.headers)), timeout=60
        )
        return json.loads(answer.read() or b"null")

    def role(self, name="runner", *policies):
        """A role that Lambda may assume, with these managed policies."""
        iam = self.client("iam")
        try:
            arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        except iam.exceptions.EntityAlreadyExistsException:
            arn = iam.get_role(RoleName=name)["Role"]["Arn"]
        for policy in ("service-role/AWSLambdaBasicExecutionRole", *policies):
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return arn

    def function(self, name, code, runtime="python3.12", handler="app.handler", role=None, **settings):
        """A function that can be called when this returns; `code` is a text or files by name."""
        awslambda = self.client("lambda")
        files = {"app.py": code} if isinstance(code, str) else code
        awslambda.create_function(
            FunctionName=name, Runtime=runtime, Handler=handler, Role=role or self.role(),
            Code={"ZipFile": zipped(files)}, **{"Timeout": 20, "MemorySize": 256, **settings},
        )
        awslambda.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return awslambda.get_function_configuration(FunctionName=name)["FunctionArn"]

    def invoke(self, name, payload=None, **options):
        """The answer, its payload read."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload), **options)
        answer["Payload"] = json.loads(answer["Payload"].read() or b"null")
        return answer

    def events(self, *arguments):
        """All events as `dayfly events` tells them."""
        shown = self.dayfly("events", "--limit", "100000", "--json", *arguments).stdout
        return [json.loads(line) for line in shown.splitlines()]


def status(pid):
    """State, parent, group and session, as they follow the name in `/proc/PID/stat`."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:4]
    except OSError:
        return ["X", "0", "0", "0"]


def parent(pid):
    return int(status(pid)[1])


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16 if name == "bootstrap" else 0o100644 << 16
            archive.writestr(entry, text)
    return packed.getvalue()


def fails(code, call, **members):
    """The words of the fault with this code that the call gets."""
    with pytest.raises(ClientError) as failed:
        call(**members)
    error = failed.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def eventually(look, seconds=30, every=0.1):
    """What `look` gives once it is something; fails when it stays nothing."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"still {found!r} after {seconds} s"
        time.sleep(every)
