"""What code inside a function can and cannot do, as seen through the platform."""

import json
import os
import pathlib
import time

from house import eventually

PROBE = """
import ctypes, json, os, socket, subprocess, urllib.request

LIBC = ctypes.CDLL(None, use_errno=True)
# Numbers of x86_64.
SYSTEM_CALLS = [
    ("ptrace", 101, (16, 1, 0, 0)), ("mount", 165, (b"none", b"/tmp", b"tmpfs", 0, 0)), ("unshare", 272, (0x10000000,)),
    ("clone of a user namespace", 56, (0x10000000 | 17, 0, 0, 0, 0)), ("setns", 308, (0, 0)), ("keyctl", 250, (0, -3, 0)),
    ("bpf", 321, (0, 0, 0)), ("perf_event_open", 298, (0, 0, -1, -1, 0)), ("io_uring_setup", 425, (1, b"x" * 120)),
    ("process_vm_readv", 310, (1, 0, 0, 0, 0, 0)), ("open_by_handle_at", 304, (0, 0, 0)), ("fsopen", 430, (b"tmpfs", 0)),
    ("mknod", 133, (b"/tmp/node", 0o060666, 0x801)), ("chroot", 161, (b"/tmp",)), ("userfaultfd", 323, (0,)),
    ("sethostname", 170, (b"x", 1)), ("settimeofday", 164, (0, 0)), ("of x32", 0x40000000 + 39, ()),
]
SOCKETS = {"raw": (socket.AF_INET, socket.SOCK_RAW, 1), "packet": (17, socket.SOCK_RAW, 0), "vsock": (40, 1, 0), "alg": (38, 5, 0)}

def syscall(number, *arguments):
    return "done" if LIBC.syscall(number, *arguments) >= 0 else os.strerror(ctypes.get_errno())

def attempt(what):
    try:
        return what()
    except BaseException as error:
        return type(error).__name__

def read(path):
    return open(path).read()

def connect(host, port):
    with socket.create_connection((host, port), 2):
        return "connected"

def handler(event, context):
    return {
        "shadow": attempt(lambda: read("/etc/shadow")),
        "host data": attempt(lambda: read(event["secret"])),
        "host root": sorted(os.listdir("/")),
        "write code": attempt(lambda: open("/var/task/x", "w").write("x")),
        "write root": attempt(lambda: open("/x", "w").write("x")),
        "processes": [int(name) for name in os.listdir("/proc") if name.isdigit()],
        "uid": os.getuid(),
        "loopback of the host": attempt(lambda: connect("127.0.0.1", event["port"])),
        "outside": attempt(lambda: connect("1.1.1.1", 53)),
        "metadata": attempt(lambda: connect("169.254.169.254", 80)),
        "mount": attempt(lambda: subprocess.run(["mount", "-t", "tmpfs", "x", "/tmp"], capture_output=True).returncode),
        "namespace": attempt(lambda: subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode),
        "init": attempt(lambda: read("/proc/1/cmdline").strip(chr(0))),
        "init's environment": attempt(lambda: read("/proc/1/environ")),
        "init's files": attempt(lambda: os.listdir("/proc/1/root")),
        "system calls": {name: syscall(number, *arguments) for name, number, arguments in SYSTEM_CALLS},
        "sockets": {name: attempt(lambda: str(socket.socket(*kind))) for name, kind in SOCKETS.items()},
        "kernel log": attempt(lambda: read("/proc/kmsg")),
        "symbols": attempt(lambda: read("/proc/kallsyms")),
        "core pattern": attempt(lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/x")),
        "environment": [name for name in os.environ if "SECRET_OF_HOST" in name],
    }
"""


def test_a_function_does_not_get_out(platform):
    platform.function("probe", PROBE, Timeout=30)
    secret = platform.data / "root-key.json"
    port = int(platform.reach["console"].rsplit(":", 1)[1])
    found = platform.invoke("probe", {"secret": str(secret), "port": port})["Payload"]
    assert found["shadow"] in ("FileNotFoundError", "PermissionError")
    assert found["host data"] in ("FileNotFoundError", "PermissionError")
    assert "root" not in found["host root"] or platform.reach["secret_access_key"] not in json.dumps(found)
    assert found["write code"] == found["write root"] == "OSError"
    assert len(found["processes"]) <= 3 and found["uid"] != 0
    assert found["loopback of the host"] == "ConnectionRefusedError"
    assert found["outside"] == found["metadata"] == "OSError"
    assert found["mount"] != 0 and found["namespace"] != 0 and found["environment"] == []
    assert found["init"] == "dayfly-spawner", "the server's own command line may hold keys"
    assert found["init's environment"] == found["init's files"] == "PermissionError"
    assert {name for name, came in found["system calls"].items() if came == "done"} == set()
    assert set(found["sockets"].values()) <= {"PermissionError", "OSError"}
    assert found["kernel log"] in ("PermissionError", "OSError") and found["symbols"] == ""
    assert found["core pattern"] in ("PermissionError", "OSError")


def test_a_function_reaches_the_platform_with_its_role_only(platform):
    role = platform.role("narrow")
    iam = platform.client("iam")
    iam.put_role_policy(
        RoleName="narrow", PolicyName="own",
        PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::narrow/own/*"}],
        }),
    )
    platform.client("s3").create_bucket(Bucket="narrow")
    code = """
import os, sys
sys.path.append("/var/task/lib")
import urllib.request, urllib.error, hashlib, hmac, datetime

def signed(method, path, body=b""):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    host = os.environ["AWS_ENDPOINT_URL"].split("//")[1]
    hash = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": hash, "x-amz-date": now, "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
    names = ";".join(sorted(headers))
    canonical = "\\n".join([method, path, "", *[f"{n}:{headers[n]}" for n in sorted(headers)], "", names, hash])
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    text = "\\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + path, data=body or None, method=method, headers=headers)
    try:
        return urllib.request.urlopen(request).status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()

def handler(event, context):
    return [signed("PUT", "/narrow/own/a", b"1"), signed("PUT", "/narrow/other", b"1")]
"""
    platform.function("narrow", code, role=role)
    (own, _), (other, why) = platform.invoke("narrow")["Payload"]
    assert own == 200
    assert other == 403 and "assumed-role/narrow/narrow is not authorized to perform: s3:PutObject" in why


def test_nothing_runs_between_calls(platform):
    platform.function("frozen", """
import threading, time
turns = 0
def turn():
    global turns
    while True:
        turns += 1
        time.sleep(0.01)
threading.Thread(target=turn, daemon=True).start()
def handler(event, context):
    return turns
""")
    before = platform.invoke("frozen")["Payload"]
    time.sleep(1)
    assert platform.invoke("frozen")["Payload"] - before < 20, "about a hundred turns when it was not frozen"


def test_nothing_is_left_behind(own):
    platform = own().start()
    platform.function("left", "def handler(event, context):\n    return 1\n")
    platform.invoke("left")
    family = platform.family()
    assert len(family) >= 3
    assert groups(family)
    assert platform.stop() == 0
    eventually(lambda: not groups(family) and not any(pathlib.Path(f"/proc/{pid}").exists() for pid in family))


def groups(family):
    """The cgroups of a platform, named after its spawner."""
    names = {f"dayfly-{pid}" for pid in family}
    return [f"{path}/{name}" for path, below, _ in os.walk("/sys/fs/cgroup") for name in below if name in names]
