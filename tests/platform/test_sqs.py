"""Queues, as boto3, the aws CLI and an old client that sends forms see them."""

import hashlib
import json
import re
import struct
import threading
import time
import urllib.parse
import urllib.request
import uuid

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from house import eventually, fails


def name(suffix=""):
    return f"q-{uuid.uuid4().hex[:10]}{suffix}"


@pytest.fixture(scope="module")
def sqs(platform):
    return platform.client("sqs")


def fifo(sqs, **attributes):
    return sqs.create_queue(QueueName=name(".fifo"), Attributes={"FifoQueue": "true", **attributes})["QueueUrl"]


def bodies(answer):
    return [message["Body"] for message in answer.get("Messages", [])]


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_a_queue_is_made_described_and_gone(sqs, platform):
    called = name()
    url = sqs.create_queue(QueueName=called, Attributes={"DelaySeconds": "0"}, tags={"team": "a"})["QueueUrl"]
    assert url == f"{platform.reach['endpoint']}/000000000000/{called}"
    assert sqs.create_queue(QueueName=called)["QueueUrl"] == url, "the same again"
    told = fails("QueueAlreadyExists", sqs.create_queue, QueueName=called, Attributes={"VisibilityTimeout": "5"})
    assert told == "A queue already exists with the same name and a different value for attribute VisibilityTimeout"
    assert sqs.get_queue_url(QueueName=called)["QueueUrl"] == url
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert shown.pop("CreatedTimestamp").isdigit() and shown.pop("LastModifiedTimestamp").isdigit()
    assert shown == {
        "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{called}",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert shown == {"VisibilityTimeout": "7"}
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a"}
    sqs.tag_queue(QueueUrl=url, Tags={"x": "y"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"x": "y"}
    for attributes, code in [
        ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ({"Nonsense": "1"}, "InvalidAttributeName"),
        ({"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ({"RedrivePolicy": "{}"}, "InvalidParameterValue"),
    ]:
        fails(code, sqs.set_queue_attributes, QueueUrl=url, Attributes=attributes)
    sqs.delete_queue(QueueUrl=url)
    told = fails("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=url, MessageBody="x")
    assert told == "The specified queue does not exist."
    fails("AWS.SimpleQueueService.QueueDeletedRecently", sqs.create_queue, QueueName=called)
    fails("InvalidParameterValue", sqs.create_queue, QueueName="a b")


def test_lists_of_queues_have_pages(sqs):
    prefix = name()
    made = [sqs.create_queue(QueueName=f"{prefix}-{number}")["QueueUrl"] for number in range(5)]
    assert sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"] == made
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2})
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=prefix + "-none")


def md5_of(attributes):
    """As the developer guide has it."""
    digest = hashlib.md5()
    part = lambda data: digest.update(struct.pack("!I", len(data)) + data)
    for key in sorted(attributes):
        kind = attributes[key]["DataType"]
        part(key.encode())
        part(kind.encode())
        if kind.startswith("Binary"):
            digest.update(b"\x02")
            part(attributes[key]["BinaryValue"])
        else:
            digest.update(b"\x01")
            part(attributes[key]["StringValue"].encode())
    return digest.hexdigest()


def test_a_message_comes_as_it_was_sent(sqs):
    url = sqs.create_queue(QueueName=name())["QueueUrl"]
    attributes = {
        "text": {"DataType": "String", "StringValue": "ä"},
        "count": {"DataType": "Number.int", "StringValue": "5"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="hällo <&>", MessageAttributes=attributes, MessageSystemAttributes=trace)
    assert sent["MD5OfMessageBody"] == hashlib.md5("hällo <&>".encode()).hexdigest()
    assert sent["MD5OfMessageAttributes"] == md5_of(attributes)
    assert sent["MD5OfMessageSystemAttributes"] == md5_of(trace)
    assert "SequenceNumber" not in sent
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    assert (got["MessageId"], got["Body"], got["MD5OfBody"]) == (sent["MessageId"], "hällo <&>", sent["MD5OfMessageBody"])
    assert got["MessageAttributes"] == attributes and got["MD5OfMessageAttributes"] == md5_of(attributes)
    system = got["Attributes"]
    assert system["ApproximateReceiveCount"] == "1" and system["AWSTraceHeader"] == "Root=1-2-3"
    assert system["SenderId"] == "000000000000" and system["SentTimestamp"] <= system["ApproximateFirstReceiveTimestamp"]
    assert bodies(sqs.receive_message(QueueUrl=url)) == [], "hidden"
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"], MessageAttributeNames=["te.*"])["Messages"]
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"} and list(again["MessageAttributes"]) == ["text"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1", "an old handle deletes nothing"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    fails("InvalidParameterValue", sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=1)
    fails("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense")


@pytest.mark.parametrize(
    "code, members",
    [
        ("MissingParameter", {"MessageBody": ""}),
        ("InvalidMessageContents", {"MessageBody": "\x00"}),
        ("InvalidParameterValue", {"MessageBody": "x" * 1_048_577}),
        ("InvalidParameterValue", {"MessageBody": "x", "DelaySeconds": 901}),
        ("InvalidParameterValue", {"MessageBody": "x", "MessageDeduplicationId": "d"}),
        ("InvalidParameterValue", {"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Strange", "StringValue": "s"}}}),
        ("InvalidParameterValue", {"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "s"}}}),
        ("InvalidParameterValue", {"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}}),
        ("InvalidParameterValue", {"MessageBody": "x", "MessageAttributes": {"AWS.a": {"DataType": "String", "StringValue": "s"}}}),
    ],
)
def test_bad_messages_are_refused(sqs, code, members):
    url = sqs.create_queue(QueueName=name())["QueueUrl"]
    fails(code, sqs.send_message, QueueUrl=url, **members)


def test_batches_succeed_and_fail_entry_by_entry(sqs):
    url = sqs.create_queue(QueueName=name())["QueueUrl"]
    entry = lambda key, body, **more: {"Id": key, "MessageBody": body, **more}
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[entry("a", "1"), entry("b", "\x00"), entry("c", "3", DelaySeconds=1000)])
    assert [one["Id"] for one in answer["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("b", "InvalidMessageContents", True),
        ("c", "InvalidParameterValue", True),
    ]
    prefix = "AWS.SimpleQueueService."
    fails(prefix + "EmptyBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[])
    fails(prefix + "TooManyEntriesInBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[entry(str(n), "x") for n in range(11)])
    fails(prefix + "BatchEntryIdsNotDistinct", sqs.send_message_batch, QueueUrl=url, Entries=[entry("a", "x")] * 2)
    fails(prefix + "InvalidBatchEntryId", sqs.send_message_batch, QueueUrl=url, Entries=[entry("a b", "x")])
    fails(prefix + "BatchRequestTooLong", sqs.send_message_batch, QueueUrl=url, Entries=[entry(str(n), "x" * 200_000) for n in range(6)])
    sqs.send_message_batch(QueueUrl=url, Entries=[entry(str(n), str(n)) for n in range(9)])
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(got) == 10
    handles = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(got)]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**handles[0], "VisibilityTimeout": 100}, {**handles[1], "VisibilityTimeout": 50_000}])
    assert [one["Id"] for one in changed["Successful"]] == ["0"] and [one["Id"] for one in changed["Failed"]] == ["1"]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[*handles[:9], {"Id": "x", "ReceiptHandle": "nonsense"}])
    assert len(deleted["Successful"]) == 9 and deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    fails("InvalidParameterValue", sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    fails("InvalidParameterValue", sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)


def test_a_long_poll_wakes_for_messages_delays_and_time_outs(sqs):
    url = sqs.create_queue(QueueName=name())["QueueUrl"]
    threading.Timer(0.3, lambda: sqs.send_message(QueueUrl=url, MessageBody="now")).start()
    assert bodies(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, VisibilityTimeout=1)) == ["now"]
    assert bodies(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)) == ["now"], "visible again"
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert bodies(sqs.receive_message(QueueUrl=url)) == []
    assert bodies(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)) == ["later"]


def test_a_fifo_queue_keeps_the_order_of_groups(sqs):
    url = fifo(sqs, ContentBasedDeduplication="true")
    send = lambda body, group, **more: sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)
    first = send("a1", "a")
    numbers = [int(send(body, group)["SequenceNumber"]) for body, group in [("a2", "a"), ("b1", "b"), ("a3", "a")]]
    assert numbers == sorted(numbers) and int(first["SequenceNumber"]) < numbers[0] and len(first["SequenceNumber"]) == 20
    again = send("a1", "a")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"]), "sent once"
    take = lambda most=1: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, AttributeNames=["All"]).get("Messages", [])
    (one,) = take()
    assert one["Body"] == "a1" and one["Attributes"]["MessageGroupId"] == "a"
    assert [m["Body"] for m in take(10)] == ["b1"], "the group waits for its first"
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    got = take(10)
    assert [m["Body"] for m in got] == ["a1", "a2", "a3"]
    for message in got:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    send("a1", "a", MessageDeduplicationId="other")
    assert [m["Body"] for m in take(10)] == ["a1"]
    fails("MissingParameter", sqs.send_message, QueueUrl=url, MessageBody="x")
    fails("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g", DelaySeconds=1)
    plain = fifo(sqs)
    told = fails("InvalidParameterValue", sqs.send_message, QueueUrl=plain, MessageBody="x", MessageGroupId="g")
    assert told == "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"


def test_the_same_attempt_gets_the_same_messages(sqs):
    url = fifo(sqs, ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    ask = lambda: sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="once", AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert ask() == ask()


def test_what_is_received_too_often_is_a_dead_letter_and_can_be_moved_back(sqs):
    dead = sqs.create_queue(QueueName=name("-dead"))["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 2})
    url = sqs.create_queue(QueueName=name(), Attributes={"VisibilityTimeout": "0", "RedrivePolicy": policy})["QueueUrl"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sent = sqs.send_message(QueueUrl=url, MessageBody="bad")
    for _ in range(2):
        assert bodies(sqs.receive_message(QueueUrl=url)) == ["bad"]
    assert bodies(sqs.receive_message(QueueUrl=url)) == []
    (got,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert got["MessageId"] == sent["MessageId"] and got["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(sqs, url)
    assert got["Attributes"]["ApproximateReceiveCount"] == "3"
    handle = sqs.start_message_move_task(SourceArn=arn_of(sqs, dead))["TaskHandle"]
    listed = lambda: sqs.list_message_move_tasks(SourceArn=arn_of(sqs, dead))["Results"][0]
    assert eventually(lambda: (task := listed())["Status"] == "COMPLETED" and task)["ApproximateNumberOfMessagesMoved"] == 1
    assert bodies(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)) == ["bad"]
    fails("ResourceNotFoundException", sqs.cancel_message_move_task, TaskHandle=handle)
    fails("InvalidParameterValue", sqs.start_message_move_task, SourceArn=arn_of(sqs, url))
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})})
    fails("InvalidParameterValue", sqs.create_queue, QueueName=name(), Attributes={"RedrivePolicy": policy})


def test_a_purge_leaves_nothing_and_comes_but_once_a_minute(sqs):
    url = sqs.create_queue(QueueName=name())["QueueUrl"]
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert [counts[f"ApproximateNumberOfMessages{kind}"] for kind in ("", "NotVisible", "Delayed")] == ["0", "0", "0"]
    fails("AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, QueueUrl=url)


def test_other_accounts_need_the_queue_s_word(own):
    platform = own("--access-key", "AKIAOTHER:secret:111122223333").start()
    sqs, other = platform.client("sqs"), platform.client("sqs", key="AKIAOTHER", secret="secret")
    url = sqs.create_queue(QueueName="shared")["QueueUrl"]
    told = fails("AccessDenied", other.send_message, QueueUrl=url, MessageBody="x")
    assert "sqs:sendmessage" in told.lower()
    sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    other.send_message(QueueUrl=url, MessageBody="from outside")
    fails("AccessDenied", other.receive_message, QueueUrl=url)
    fails("InvalidParameterValue", sqs.add_permission, QueueUrl=url, Label="one", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["SenderId"])["Messages"]
    assert got["Attributes"]["SenderId"] == "111122223333"
    sqs.remove_permission(QueueUrl=url, Label="one")
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    fails("AccessDenied", other.send_message, QueueUrl=url, MessageBody="x")
    assert platform.stop() == 0


def form(platform, path, **members):
    """What a client of before 2023 sends, and what it gets."""
    body = urllib.parse.urlencode({"Version": "2012-11-05", **members})
    url = platform.reach["endpoint"] + path
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    key = Credentials(platform.reach["access_key_id"], platform.reach["secret_access_key"])
    SigV4Auth(key, "sqs", "us-east-1").add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), dict(request.headers))) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as failed:
        return failed.code, failed.read().decode()


def test_old_clients_send_forms(platform):
    called = name()
    members = {"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "5", "Tag.1.Key": "k", "Tag.1.Value": "v"}
    status, xml = form(platform, "/", Action="CreateQueue", QueueName=called, **members)
    path = f"/000000000000/{called}"
    assert status == 200 and f"{path}</QueueUrl></CreateQueueResult>" in xml, xml
    assert "http://queue.amazonaws.com/doc/2012-11-05/" in xml and "<RequestId>" in xml
    attribute = {"MessageAttribute.1.Name": "a", "MessageAttribute.1.Value.DataType": "String", "MessageAttribute.1.Value.StringValue": "1"}
    _, xml = form(platform, path, Action="SendMessage", MessageBody="a<b", **attribute)
    assert f"<MD5OfMessageBody>{hashlib.md5(b'a<b').hexdigest()}</MD5OfMessageBody>" in xml
    assert f"<MD5OfMessageAttributes>{md5_of({'a': {'DataType': 'String', 'StringValue': '1'}})}<" in xml
    batch = {f"SendMessageBatchRequestEntry.{n}.{key}": value for n in (1, 2) for key, value in (("Id", f"i{n}"), ("MessageBody", f"m{n}"))}
    _, xml = form(platform, path, Action="SendMessageBatch", **batch)
    assert xml.count("<SendMessageBatchResultEntry>") == 2
    _, xml = form(platform, path, Action="ReceiveMessage", MaxNumberOfMessages="10", **{"AttributeName.1": "All", "MessageAttributeName.1": "All"})
    assert xml.count("<Message>") == 3 and "<Body>a&lt;b</Body>" in xml
    assert "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>" in xml
    assert re.search(r"<MessageAttribute><Name>a</Name><Value>.*<StringValue>1</StringValue>.*</Value></MessageAttribute>", xml)
    handle = re.search("<ReceiptHandle>(.*?)</ReceiptHandle>", xml)[1]
    status, xml = form(platform, path, Action="DeleteMessage", ReceiptHandle=handle)
    assert status == 200 and "<DeleteMessageResponse" in xml and "Result>" not in xml
    _, xml = form(platform, path, Action="GetQueueAttributes", **{"AttributeName.1": "VisibilityTimeout"})
    assert "<Attribute><Name>VisibilityTimeout</Name><Value>5</Value></Attribute>" in xml
    status, xml = form(platform, "/000000000000/none-such", Action="SendMessage", MessageBody="x")
    assert status == 400 and "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in xml and "<Type>Sender</Type>" in xml
    status, xml = form(platform, path, Action="ReceiveMessage", MaxNumberOfMessages="11")
    assert status == 400 and "<Code>InvalidParameterValue</Code>" in xml


def test_the_aws_cli_works_with_queues(platform):
    def aws(*arguments):
        told = platform.aws("sqs", "--endpoint-url", platform.reach["endpoint"], *arguments).stdout
        return json.loads(told) if told.strip() else None

    url = aws("create-queue", "--queue-name", name())["QueueUrl"]
    aws("send-message", "--queue-url", url, "--message-body", "from the shell")
    (got,) = aws("receive-message", "--queue-url", url)["Messages"]
    assert got["Body"] == "from the shell"
    aws("delete-message", "--queue-url", url, "--receipt-handle", got["ReceiptHandle"])
    assert aws("receive-message", "--queue-url", url) is None


def test_no_acknowledged_message_is_lost_in_a_power_cut(own):
    platform = own().start()
    url = platform.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
    sent, done, unsure, lock = set(), set(), set(), threading.Lock()
    for round in range(3):
        sqs = platform.client("sqs")
        until = time.monotonic() + 1.5

        def produce(who):
            for number in range(100_000):
                body = f"{round}-{who}-{number}"
                try:
                    sqs.send_message(QueueUrl=url, MessageBody=body)
                except Exception:
                    return
                with lock:
                    sent.add(body)

        def consume():
            while True:
                try:
                    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=5, VisibilityTimeout=1).get("Messages", []):
                        # Whoever is cut off while it deletes does not know whether it has.
                        unsure.add(message["Body"])
                        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                        unsure.remove(message["Body"])
                        with lock:
                            done.add(message["Body"])
                except Exception:
                    return

        crowd = [threading.Thread(target=produce, args=(who,)) for who in range(3)] + [threading.Thread(target=consume)]
        [one.start() for one in crowd]
        time.sleep(max(0, until - time.monotonic()))
        platform.kill()
        [one.join() for one in crowd]
        platform.start()
        url = platform.client("sqs").get_queue_url(QueueName="kept")["QueueUrl"]
    sqs, left = platform.client("sqs"), set()
    quiet = 0
    while quiet < 2:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, VisibilityTimeout=300).get("Messages", [])
        left |= {message["Body"] for message in got}
        quiet = 0 if got else quiet + 1
    assert len(sent) > 50 and done
    assert sent <= done | unsure | left and len(unsure) <= 3, f"lost: {sent - done - left} of {len(sent)}"
    assert not left & done, "what was deleted stays so"
    assert platform.stop() == 0
