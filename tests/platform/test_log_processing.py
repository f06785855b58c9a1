"""`examples/log-processing`: what its report says is what is in the logs, however often a message comes."""

import collections
import json
import random
import re

import pytest

from house import TOP, eventually

REAL = TOP.parent / "shared/data/weblogs/access.log"
LINE = re.compile(r'^\S+ \S+ \S+ \[[^\]]*\] "\S+ \S+[^"]*" (\d{3}) (\d+|-)')


def made():
    """Lines of our own, some of them damaged."""
    dice = random.Random(1)
    for number in range(4_000):
        status, size = dice.choice(["200", "200", "304", "404", "500"]), dice.choice(["-", str(dice.randrange(10_000))])
        line = f'10.0.0.{number % 250} - - [17/May/2015:10:05:03 +0000] "GET /p{number % 9} HTTP/1.1" {status} {size} "-" "x"'
        yield line if number % 97 else line[:40]


@pytest.mark.parametrize("source", ["own", "real"])
def test_the_report_is_what_is_in_the_logs(own, source):
    if source == "real" and not REAL.exists():
        pytest.skip("the real log is not here")
    text = REAL.read_text(errors="replace") if source == "real" else "\n".join(made())
    lines = text.splitlines()
    platform = own().start()
    example = TOP / "examples/log-processing"
    deploy = lambda name, handler, *more: platform.dayfly("deploy", example, "--name", name, "--handler", f"app.{handler}", "--timeout", "60", *more)
    deploy("log-split", "split", "--memory", "512", "--on", "s3:logs")
    deploy("log-count", "count", "--on", "sqs:log-lines", "--dead-letter", "log-lost")
    deploy("log-report", "report")
    s3, sqs = platform.client("s3"), platform.client("sqs")
    s3.create_bucket(Bucket="log-parts")
    s3.put_object(Bucket="logs", Key="access.log", Body=text.encode())
    messages = -(-len(lines) // 500)
    report = lambda: json.loads(platform.dayfly("invoke", "log-report", "--json").stdout)["Result"]
    found = eventually(lambda: (now := report())["parts"] == messages and now, seconds=90, every=1)
    status, size = collections.Counter(), 0
    for line in lines:
        if read := LINE.match(line):
            status[read[1]] += 1
            size += 0 if read[2] == "-" else int(read[2])
    assert (found["lines"], found["status"], found["bytes"]) == (len(lines), dict(status), size)
    assert found["unreadable"] == len(lines) - sum(status.values())
    lost = sqs.get_queue_url(QueueName="log-lost")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=lost)
    shown = platform.dayfly("event", "s3://logs/access.log").stdout
    assert "log-split" in shown and "log-count" in shown and "all of it costs" in shown
    assert platform.stop() == 0
