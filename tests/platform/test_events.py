"""Events: what was accepted is done, dead or pending, whatever happens to the platform."""

import collections
import json
import random
import threading
import time

import pytest

from house import eventually

COUNTS = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("told to fail")
    return event
"""


def test_an_event_is_accepted_tried_again_and_dead_in_the_end(platform):
    platform.function("fails", COUNTS)
    awslambda = platform.client("lambda")
    answer = awslambda.invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"fail": true}')
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
    id = answer["ResponseMetadata"]["RequestId"]

    def dead():
        event = json.loads(platform.dayfly("event", id, "--json").stdout)["Event"]
        return event if event["State"] == "dead" else None

    event = eventually(dead)
    steps = [step["Step"] for step in event["Timeline"]]
    assert steps == ["Received"] + ["Started", "Failed"] * 3 + ["Dead"]
    failures = [step for step in event["Timeline"] if step["Step"] == "Failed"]
    assert all(step["ErrorType"] == "ValueError" and "told to fail" in step["Message"] for step in failures)
    shown = platform.dayfly("event", id).stdout
    assert "ValueError" in shown and "dead" in shown and id in shown


def test_an_upload_calls_the_function_with_aws_s_record(platform):
    arn = platform.function("uploaded", "import json\ndef handler(event, context):\n    print(json.dumps(event))\n")
    s3 = platform.client("s3")
    s3.create_bucket(Bucket="uploads")
    rules = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(s3.exceptions.ClientError, match="Unable to validate the following destination configurations"):
        s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration=rules)
    platform.client("lambda").add_permission(
        FunctionName="uploaded", StatementId="s3", Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::uploads",
    )
    s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration=rules)
    s3.put_object(Bucket="uploads", Key="a b/ü+.txt", Body=b"12345")
    logs = platform.client("logs")

    def told():
        try:
            found = logs.filter_log_events(logGroupName="/aws/lambda/uploaded", filterPattern="Records")
        except logs.exceptions.ResourceNotFoundException:
            return None
        return [json.loads(event["message"]) for event in found["events"]]

    (record,) = eventually(told)[0]["Records"]
    assert record["eventName"] == "ObjectCreated:Put" and record["eventSource"] == "aws:s3"
    assert record["s3"]["bucket"]["name"] == "uploads"
    assert record["s3"]["object"]["key"] == "a+b/%C3%BC%2B.txt"
    assert record["s3"]["object"]["size"] == 5


def test_follow_shows_an_event_s_way_as_it_goes(platform):
    platform.function("followed", COUNTS)
    lines, process = [], None
    import subprocess

    from house import BINARY

    process = subprocess.Popen(
        [BINARY, "events", "--follow", "--function", "followed"],
        stdout=subprocess.PIPE, text=True, env=platform.environment(),
    )
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    time.sleep(0.5)
    platform.client("lambda").invoke(FunctionName="followed", InvocationType="Event", Payload=b"{}")
    eventually(lambda: any("done" in line for line in lines))
    process.kill()
    process.wait()
    reader.join(5)
    process.stdout.close()
    assert any("received" in line for line in lines)


@pytest.mark.parametrize("seed", range(4))
def test_kill_under_load_loses_no_event(own, seed):
    """Uploads and calls while the whole family is killed at random: accepted = done + dead + pending, each time."""
    dice = random.Random(seed)
    platform = own("--retry-after", "0,0").start()
    arn = platform.function("works", COUNTS, Timeout=5)
    s3 = platform.client("s3")
    s3.create_bucket(Bucket="under-load")
    platform.client("lambda").add_permission(
        FunctionName="works", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
    )
    rules = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="under-load", NotificationConfiguration=rules)

    called, uploaded = set(), set()
    for round in range(3):
        stop = threading.Event()

        def call(number):
            client = platform.client("lambda", config={"connect_timeout": 2})
            while not stop.is_set():
                payload = json.dumps({"fail": dice.random() < 0.2}).encode()
                try:
                    answer = client.invoke(FunctionName="works", InvocationType="Event", Payload=payload)
                except Exception:
                    return
                called.add(answer["ResponseMetadata"]["RequestId"])

        def upload(number):
            client = platform.client("s3", config={"connect_timeout": 2})
            for index in range(10_000):
                if stop.is_set():
                    return
                key = f"{round}/{number}/{index}"
                try:
                    client.put_object(Bucket="under-load", Key=key, Body=b"x" * dice.choice([1, 100_000]))
                except Exception:
                    return
                uploaded.add(key)

        threads = [threading.Thread(target=work, args=(n,)) for work in (call, upload) for n in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + dice.random() * 1.2)
        platform.kill()
        stop.set()
        for thread in threads:
            thread.join(30)
        platform.start()

    def settled():
        states = collections.Counter(event["State"] for event in platform.events())
        return states if not states["pending"] else None

    eventually(settled, seconds=120)
    events = platform.events()
    ids, subjects = {event["Id"] for event in events}, {event["Subject"] for event in events}
    assert called <= ids, f"{len(called - ids)} calls were accepted and are gone"
    assert {f"s3://under-load/{key}" for key in uploaded} <= subjects
    kept = {entry["Key"] for page in s3_pages(platform) for entry in page.get("Contents", [])}
    assert uploaded <= kept, "an acknowledged upload is there"
    states = collections.Counter(event["State"] for event in events)
    assert sum(states.values()) == states["done"] + states["dead"] == len(events)
    # An object that is there, acknowledged or not, was announced in the same commit.
    assert {f"s3://under-load/{key}" for key in kept} <= subjects
    assert platform.invoke("works", {"x": 1})["Payload"] == {"x": 1}


def s3_pages(platform):
    return platform.client("s3").get_paginator("list_objects_v2").paginate(Bucket="under-load")

