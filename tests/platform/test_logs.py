"""What functions say, and where it can be read: all of it, in order, and what the bill makes of it."""

import collections
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from house import BINARY, eventually

CHATTY = "def handler(event, context):\n    for number in range(event['lines']):\n        print(event['who'], number)\n"


def said(platform, name, **ask):
    """Every event of a function's log, over all pages; none while it has no group, which its first line makes."""
    pages = platform.client("logs").get_paginator("filter_log_events")
    try:
        return [event for page in pages.paginate(logGroupName=f"/aws/lambda/{name}", **ask) for event in page["events"]]
    except platform.client("logs").exceptions.ResourceNotFoundException:
        return []


def test_nothing_of_much_is_lost_and_it_is_billed_as_reported(own):
    platform = own().start()
    platform.function("chatty", CHATTY, Timeout=60)
    who = [f"w{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda name: platform.invoke("chatty", {"lines": 5000, "who": name}), who))
    events = eventually(lambda: (found := said(platform, "chatty")) and sum("REPORT" in e["message"] for e in found) == 4 and found)
    lines = collections.defaultdict(list)
    for event in events:
        first, _, rest = event["message"].strip().partition(" ")
        lines[first].append(rest)
    for name in who:
        assert lines[name] == [str(number) for number in range(5000)], f"{name}: all, in order"
    assert [e["timestamp"] for e in events] == sorted(e["timestamp"] for e in events)
    assert len({event["eventId"] for event in events}) == len(events)
    assert len(lines["START"]) == len(lines["END"]) == len(lines["REPORT"]) == 4

    reports = [re.search(r"Billed Duration: (\d+) ms\tMemory Size: (\d+) MB", e["message"]) for e in events]
    billed = [(int(found[1]), int(found[2])) for found in reports if found]
    bill = {by: json.loads(platform.dayfly("bill", "--json", "--by", by).stdout)["Total"] for by in ("function", "day")}
    for total in bill.values():
        assert total["Requests"] == 4 and total["BilledMillis"] == sum(millis for millis, _ in billed)
        assert abs(total["GbSeconds"] - sum(millis * memory for millis, memory in billed) / 1024_000) < 1e-9

    shown = platform.dayfly("logs", "chatty").stdout.splitlines()
    assert len(shown) == len(events)
    assert platform.stop() == 0
    platform.start()
    assert platform.dayfly("logs", "chatty").stdout.splitlines() == shown, "also after a restart"
    assert json.loads(platform.dayfly("bill", "--json").stdout)["Total"] == bill["function"]
    assert platform.stop() == 0 and platform.log() == ""


def test_streams_are_read_page_by_page_from_both_ends(platform):
    platform.function("paged", CHATTY)
    platform.invoke("paged", {"lines": 50, "who": "p"})
    logs, group = platform.client("logs"), {"logGroupName": "/aws/lambda/paged"}
    everything = eventually(lambda: len(found := said(platform, "paged")) == 54 and found)
    [stream] = logs.describe_log_streams(**group)["logStreams"]
    of_stream = {**group, "logStreamName": stream["logStreamName"]}
    read, token = [], {}
    while True:
        page = logs.get_log_events(**of_stream, startFromHead=True, limit=20, **token)
        read += page["events"]
        if token.get("nextToken") == page["nextForwardToken"]:
            break
        token = {"nextToken": page["nextForwardToken"]}
    assert [event["message"] for event in read] == [event["message"] for event in everything]
    last = logs.get_log_events(**of_stream, limit=3)["events"]
    assert [event["message"] for event in last] == [event["message"] for event in everything[-3:]]
    assert [e["message"].strip() for e in said(platform, "paged", filterPattern='"p 7"')] == ["p 7"]


def test_what_no_line_holds_is_still_told(platform):
    platform.function("odd", """
import os, sys
def handler(event, context):
    os.write(1, b"no end")
    os.write(2, b" of line")
    sys.stdout.write("\\n" + "y" * 2_500_000 + "\\n")
    os.write(1, bytes(range(128, 256)) + b"\\n")
""")
    platform.invoke("odd")
    events = eventually(lambda: (found := said(platform, "odd")) and "REPORT" in found[-1]["message"] and found)
    text = "".join(event["message"] for event in events)
    assert "no end of line" in text and text.count("y") >= 2_500_000
    assert max(len(event["message"].encode()) for event in events) <= 1_048_576, "AWS: the largest event"


def test_logs_of_the_command_line(platform):
    assert "Function not found" in platform.dayfly("logs", "nobody", check=False).stderr
    following = platform.dayfly("logs", "nobody", "-f", check=False)
    assert following.returncode == 1 and "Function not found" in following.stderr
    platform.function("quiet", "def handler(event, context):\n    pass\n")
    assert "has not said anything yet" in platform.dayfly("logs", "quiet").stderr
    platform.function("talker", CHATTY)
    platform.invoke("talker", {"lines": 3000, "who": "t"})
    eventually(lambda: "REPORT" in platform.dayfly("logs", "talker").stdout)
    assert platform.dayfly("logs", "talker", "--filter", "REPORT").stdout.count("\n") == 1
    for line in platform.dayfly("logs", "talker", "--json").stdout.splitlines():
        assert {"message", "timestamp", "logStreamName"} <= set(json.loads(line))
    for arguments in (["--since", "soon"], ["--filter", "{ bad"]):
        wrong = platform.dayfly("logs", "talker", *arguments, check=False)
        assert wrong.returncode == 1 and "Traceback" not in wrong.stderr and "panicked" not in wrong.stderr
    # Whoever reads no further, as `head` does, ends the command quietly.
    for follow in ([], ["-f"]):
        run = subprocess.Popen(
            [BINARY, "logs", "talker", *follow], env=platform.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        assert b"INIT_START" in run.stdout.readline()
        run.stdout.close()
        platform.invoke("talker", {"lines": 1, "who": "t"})
        assert run.wait(20) == 0 and run.stderr.read() == b""
        run.stderr.close()


def test_groups_of_others_are_not_there(platform):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        platform.client("logs").filter_log_events(logGroupName="/aws/lambda/never-made")
