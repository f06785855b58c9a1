"""What functions reach outside, told by a flag or a tag, on an internet behind an interface of this machine."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess

import pytest

from house import BINARY, TOP, eventually

RESOLVER = "93.184.217.2:53"

VISITOR = """
import urllib.request
def handler(event, context):
    try:
        return urllib.request.urlopen(f"http://{event}/", timeout=5).read().decode()
    except OSError as error:
        return str(error)
"""


@pytest.fixture
def internet():
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for left in ("link del dayflyweb", "netns del dayfly-web"):
        subprocess.run(["ip", *left.split()], stderr=subprocess.DEVNULL)
    for command in (
        "netns add dayfly-web",
        "link add dayflyweb type veth peer name in netns dayfly-web",
        "addr add 93.184.217.1/24 dev dayflyweb",
        "link set dayflyweb up",
        "-n dayfly-web link set lo up",
        "-n dayfly-web addr add 93.184.217.2/24 dev in",
        "-n dayfly-web addr add 10.78.0.2/32 dev in",
        "-n dayfly-web link set in up",
        "route add 10.78.0.2 dev dayflyweb",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    script = TOP / "crates/sandbox-linux/tests/sandboxes/internet.py"
    names = ["api.test=93.184.217.2", "inner.test=10.78.0.2"]
    server = subprocess.Popen(
        ["ip", "netns", "exec", "dayfly-web", "python3", script, *names],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert server.stdout.readline() == "ready\n"
    yield
    server.stdin.close()
    server.wait()
    # A namespace takes its interfaces along only some time after it has gone.
    subprocess.run(["ip", "link", "del", "dayflyweb"], check=True)
    subprocess.run(["ip", "netns", "del", "dayfly-web"], check=True)


def deploy(platform, tmp_path, *flags):
    code = tmp_path / "visitor"
    code.mkdir(exist_ok=True)
    (code / "app.py").write_text(VISITOR)
    return platform.dayfly("deploy", code, "--runtime", "python3.12", "--handler", "app.handler", *flags)


def tables():
    """The names of all tables of nf_tables for both versions of the internet protocol."""
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    link.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 1, 0x301, 1, 0, 1, 0, 0))
    heard, names = link.recv(1 << 16), []
    while heard:
        length, kind = struct.unpack("=IH", heard[:6])
        if kind == 10 << 8:
            size = struct.unpack("=H", heard[20:22])[0]
            names.append(heard[24 : 20 + size - 1].decode())
        heard = heard[(length + 3) & ~3 :]
    return sorted(names)


def forwarding():
    names = pathlib.Path("/proc/sys/net/ipv4/conf").glob("*/forwarding")
    return {path.parent.name: path.read_text().strip() for path in names if not path.parent.name.startswith("dfy")}


def cables():
    return [name for name in os.listdir("/sys/class/net") if name.startswith("dfy")]


def test_a_function_reaches_what_its_egress_names(own, tmp_path, internet):
    platform = own("--resolver", RESOLVER).start()
    page = "93.184.217.2 to 93.184.217.1"
    told = deploy(platform, tmp_path).stdout
    assert "egress" not in told
    answer = platform.invoke("visitor", "api.test", LogType="Tail")
    assert "name resolution" in answer["Payload"]
    logs = eventually(lambda: "REPORT" in (text := platform.dayfly("logs", "visitor").stdout) and text)
    assert logs.count("Egress of this function is none: it may not reach api.test.") == 1
    for egress, reached in [
        ("internet", {"api.test", "93.184.217.2"}),
        ("api.test:80", {"api.test", "93.184.217.2"}),
        ("other.test", set()),
        ("93.184.217.0/24", {"93.184.217.2"}),
        ("none", set()),
    ]:
        assert f"set the egress to {egress}" in deploy(platform, tmp_path, "--egress", egress).stdout
        for place in ("api.test", "93.184.217.2", "inner.test", "10.78.0.2"):
            outcome = platform.invoke("visitor", place)["Payload"]
            assert (outcome == page) == (place in reached), f"{egress}: {place}: {outcome}"
    assert "Nothing had to be changed" in deploy(platform, tmp_path, "--egress", "none").stdout
    assert platform.stop() == 0
    assert platform.log() == ""


def test_any_client_sets_it_by_a_tag(own, internet):
    platform = own("--resolver", RESOLVER).start()
    awslambda, page = platform.client("lambda"), "93.184.217.2 to 93.184.217.1"
    arn = platform.function("visitor", VISITOR, Tags={"dayfly:egress": "internet"})
    assert platform.invoke("visitor", "api.test")["Payload"] == page
    awslambda.untag_resource(Resource=arn, TagKeys=["dayfly:egress"])
    assert "name resolution" in platform.invoke("visitor", "api.test")["Payload"]
    awslambda.tag_resource(Resource=arn, Tags={"dayfly:egress": "api.test"})
    assert platform.invoke("visitor", "api.test")["Payload"] == page
    for value, said in [
        ("every/where", "neither a host's name"),
        ("", "it is empty"),
        ("169.254.169.254", "is private"),
        ("api.test:99999", "no port from 1 to 65535"),
    ]:
        with pytest.raises(awslambda.exceptions.InvalidParameterValueException, match=said):
            awslambda.tag_resource(Resource=arn, Tags={"dayfly:egress": value})
        with pytest.raises(awslambda.exceptions.InvalidParameterValueException, match=said):
            platform.function("other", VISITOR, Tags={"dayfly:egress": value})
    # A tag that is none of ours changes nothing.
    revision = awslambda.get_function_configuration(FunctionName="visitor")["RevisionId"]
    awslambda.tag_resource(Resource=arn, Tags={"team": "a"})
    assert awslambda.get_function_configuration(FunctionName="visitor")["RevisionId"] == revision


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_nothing_is_left_on_the_machine(own, internet, end):
    # What another test's platform, which was killed, has left goes at the next start.
    assert own(name="first").start().stop() == 0
    before = forwarding(), tables()
    spawners = [table.split("-")[1] for table in before[1] if table.startswith("dayfly-")]
    assert all(os.path.exists(f"/proc/{pid}") for pid in spawners), "only those of platforms that live"
    platform = own("--resolver", RESOLVER).start()
    assert (forwarding(), tables()) == before, "nothing is made before it is wanted"
    platform.function("visitor", VISITOR, Tags={"dayfly:egress": "internet"})
    platform.invoke("visitor", "api.test")
    spawner = next(name for name in tables() if name not in before[1]).split("-")[1]
    assert f"dayfly-{spawner}-dayflyweb" in tables()
    assert forwarding()["dayflyweb"] == "1"
    assert cables()
    if end == "stop":
        assert platform.stop() == 0
    else:
        platform.kill()
        # What was killed cannot clean up; the next start does.
        assert own("--resolver", RESOLVER, name="next").start().stop() == 0
    # The spawner sees the end of its server, and cleans up after it.
    eventually(lambda: (forwarding(), tables(), cables()) == (*before, []))


def test_doctor_tells(own):
    found = subprocess.run([BINARY, "doctor", "--json"], capture_output=True, text=True, timeout=300)
    egress = next(one for one in json.loads(found.stdout) if one["What"] == "egress")
    assert egress["Ok"] == (os.geteuid() == 0 or shutil.which("pasta") is not None)
