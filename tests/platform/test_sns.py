"""Topics, as boto3 and the aws CLI see them, and what their subscribers get."""

import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import tempfile
import threading
import urllib.request
import uuid

import pytest

from house import eventually, fails
from test_identity import allow, assumed, make_role


def name(prefix="t", suffix=""):
    return f"{prefix}-{uuid.uuid4().hex[:10]}{suffix}"


@pytest.fixture(scope="module")
def sns(platform):
    return platform.client("sns")


def queue(platform, allowed=True, suffix="", **attributes):
    """A queue that topics may send to."""
    sqs = platform.client("sqs")
    called = name("q", suffix)
    arn = f"arn:aws:sqs:us-east-1:000000000000:{called}"
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    if allowed:
        attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if suffix:
        attributes["FifoQueue"] = "true"
    return sqs.create_queue(QueueName=called, Attributes=attributes)["QueueUrl"], arn


def received(platform, url, count=1):
    """So many messages, deleted."""
    sqs, all = platform.client("sqs"), []

    def more():
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, MessageAttributeNames=["All"])
        for message in got.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            all.append(message)
        return len(all) >= count

    eventually(more)
    assert len(all) == count
    return all


def nothing(platform, url):
    return "Messages" not in platform.client("sqs").receive_message(QueueUrl=url)


def test_a_topic_is_made_described_and_gone(sns):
    called = name()
    arn = sns.create_topic(Name=called, Attributes={"DisplayName": "d"}, Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:000000000000:{called}"
    assert sns.create_topic(Name=called)["TopicArn"] == arn, "the same again"
    fails("InvalidParameter", sns.create_topic, Name=called, Attributes={"DisplayName": "other"})
    shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    effective = json.loads(shown.pop("EffectiveDeliveryPolicy"))
    assert effective["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    policy = json.loads(shown.pop("Policy"))
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": "000000000000"}}
    assert shown == {
        "TopicArn": arn,
        "Owner": "000000000000",
        "DisplayName": "d",
        "SubscriptionsPending": "0",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsDeleted": "0",
    }
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="e")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "e"
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "x", "Value": "y"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "x", "Value": "y"}]
    pages = sns.get_paginator("list_topics").paginate()
    assert arn in [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    sns.add_permission(TopicArn=arn, Label="l", AWSAccountId=["111122223333"], ActionName=["Publish"])
    statements = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])["Statement"]
    assert statements[1]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"} and statements[1]["Action"] == "SNS:Publish"
    sns.remove_permission(TopicArn=arn, Label="l")
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert fails("NotFound", sns.get_topic_attributes, TopicArn=arn) == "Topic does not exist"
    fails("InvalidParameter", sns.create_topic, Name="a b")
    fails("InvalidParameter", sns.create_topic, Name="plain", Attributes={"FifoTopic": "true"})


def test_a_message_reaches_queues_as_envelope_and_raw(platform, sns):
    arn = sns.create_topic(Name=name())["TopicArn"]
    (one, one_arn), (two, two_arn), (three, three_arn) = queue(platform), queue(platform), queue(platform, allowed=False)
    subscribed = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=one_arn)["SubscriptionArn"]
    raw = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=two_arn, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=three_arn)
    assert sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=one_arn)["SubscriptionArn"] == subscribed
    shown = sns.get_subscription_attributes(SubscriptionArn=raw)["Attributes"]
    assert shown == {
        "SubscriptionArn": raw,
        "TopicArn": arn,
        "Owner": "000000000000",
        "Protocol": "sqs",
        "Endpoint": two_arn,
        "ConfirmationWasAuthenticated": "true",
        "PendingConfirmation": "false",
        "RawMessageDelivery": "true",
        "SubscriptionPrincipal": "arn:aws:iam::000000000000:root",
    }
    attributes = {"kind": {"DataType": "String", "StringValue": "s"}, "n": {"DataType": "Number", "StringValue": "5"}}
    sent = sns.publish(TopicArn=arn, Message="hällo <&>", Subject="about", MessageAttributes=attributes)
    (message,) = received(platform, one)
    envelope = json.loads(message["Body"])
    assert list(envelope) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
    ]
    assert (envelope["Type"], envelope["MessageId"], envelope["TopicArn"]) == ("Notification", sent["MessageId"], arn)
    assert (envelope["Subject"], envelope["Message"]) == ("about", "hällo <&>")
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "s"}, "n": {"Type": "Number", "Value": "5"}}
    (plain,) = received(platform, two)
    assert plain["Body"] == "hällo <&>" and plain["MessageAttributes"] == attributes
    assert nothing(platform, three), "the queue does not let the topic"
    listed = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert {one["Endpoint"] for one in listed} == {one_arn, two_arn, three_arn}
    counts = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert counts["SubscriptionsConfirmed"] == "3"
    sns.unsubscribe(SubscriptionArn=subscribed)
    assert fails("NotFound", sns.get_subscription_attributes, SubscriptionArn=subscribed) == "Subscription does not exist"
    sns.publish(TopicArn=arn, Message="after")
    assert received(platform, two)[0]["Body"] == "after" and nothing(platform, one)


@pytest.mark.parametrize("version, digest", [("1", "-sha1"), ("2", "-sha256")])
def test_messages_are_signed(platform, sns, tmp_path, version, digest):
    arn = sns.create_topic(Name=name(), Attributes={"SignatureVersion": version})["TopicArn"]
    url, queue_arn = queue(platform)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    sns.publish(TopicArn=arn, Message="signed", Subject="s")
    envelope = json.loads(received(platform, url)[0]["Body"])
    assert envelope["SignatureVersion"] == version
    signed = "".join(f"{part}\n{envelope[part]}\n" for part in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))
    certificate = urllib.request.urlopen(envelope["SigningCertURL"]).read()
    (tmp_path / "cert.pem").write_bytes(certificate)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["Signature"]))
    openssl = lambda *arguments, **options: subprocess.run(["openssl", *arguments], capture_output=True, **options)
    key = openssl("x509", "-in", tmp_path / "cert.pem", "-pubkey", "-noout")
    (tmp_path / "key.pem").write_bytes(key.stdout)
    checked = openssl("dgst", digest, "-verify", tmp_path / "key.pem", "-signature", tmp_path / "signature", input=signed.encode())
    assert checked.stdout.strip() == b"Verified OK", checked


def test_filters_choose_by_attributes_and_by_body(platform, sns):
    arn = sns.create_topic(Name=name())["TopicArn"]
    (by_attribute, one), (by_body, two) = queue(platform), queue(platform)
    raw = {"RawMessageDelivery": "true"}
    policy = {"store": ["a", {"prefix": "b"}], "price": [{"numeric": [">", 10]}], "tags": ["x"]}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=one, Attributes={**raw, "FilterPolicy": json.dumps(policy)})
    body = {"FilterPolicy": json.dumps({"a": {"b": [{"exists": True}]}}), "FilterPolicyScope": "MessageBody"}
    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=two, Attributes={**raw, **body})["SubscriptionArn"]
    text = lambda value: {"DataType": "String", "StringValue": value}
    wanted = {"store": text("bee"), "price": {"DataType": "Number", "StringValue": "11"}, "tags": {"DataType": "String.Array", "StringValue": '["x", "y"]'}}
    sns.publish(TopicArn=arn, Message="yes", MessageAttributes=wanted)
    sns.publish(TopicArn=arn, Message="no", MessageAttributes={**wanted, "price": {"DataType": "Number", "StringValue": "9"}})
    sns.publish(TopicArn=arn, Message='{"a": {"b": null}}')
    sns.publish(TopicArn=arn, Message='{"a": 1}')
    assert [message["Body"] for message in received(platform, by_attribute)] == ["yes"]
    assert [message["Body"] for message in received(platform, by_body)] == ['{"a": {"b": null}}']
    assert nothing(platform, by_attribute) and nothing(platform, by_body)
    told = fails("InvalidParameter", sns.set_subscription_attributes, SubscriptionArn=made, AttributeName="FilterPolicy", AttributeValue='{"a": "b"}')
    assert told.startswith("Invalid parameter: FilterPolicy: ")
    fails("InvalidParameter", sns.set_subscription_attributes, SubscriptionArn=made, AttributeName="Nonsense", AttributeValue="x")


def test_a_function_gets_records(platform, sns):
    arn = sns.create_topic(Name=name())["TopicArn"]
    called = name("f")
    function = platform.function(called, "import json\ndef handler(event, context):\n    print('got', json.dumps(event))\n")
    subscribed = sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)["SubscriptionArn"]
    platform.client("lambda").add_permission(
        FunctionName=called, StatementId="s", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=arn,
    )
    sent = sns.publish(TopicArn=arn, Message="m", MessageAttributes={"a": {"DataType": "String", "StringValue": "1"}})
    logs = platform.client("logs")

    def told():
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{called}", filterPattern="got")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return found and json.loads(found[0]["message"].split("got ", 1)[1])

    (record,) = eventually(told)["Records"]
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == ("aws:sns", "1.0", subscribed)
    inner = record["Sns"]
    assert (inner["MessageId"], inner["Message"], inner["Subject"]) == (sent["MessageId"], "m", None)
    assert inner["MessageAttributes"] == {"a": {"Type": "String", "Value": "1"}} and "SigningCertUrl" in inner
    tree = json.loads(platform.dayfly("event", sent["MessageId"], "--json").stdout)
    assert len(tree["Tree"]) == 2, "the message, and the call"


def test_fifo_topics_keep_order_and_send_once(platform, sns):
    arn = sns.create_topic(Name=name(suffix=".fifo"), Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
    url, queue_arn = queue(platform, suffix=".fifo")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    numbers = []
    for number in range(30):
        answer = sns.publish(TopicArn=arn, Message=str(number), MessageGroupId="g")
        numbers.append(answer["SequenceNumber"])
    assert numbers == sorted(numbers) and len(numbers[0]) == 20
    again = sns.publish(TopicArn=arn, Message="29", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (answer["MessageId"], answer["SequenceNumber"])
    assert [message["Body"] for message in received(platform, url, 30)] == [str(number) for number in range(30)]
    told = fails("InvalidParameter", sns.publish, TopicArn=arn, Message="x")
    assert told == "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"


def test_batches_are_published_entry_by_entry(platform, sns):
    arn = sns.create_topic(Name=name())["TopicArn"]
    url, queue_arn = queue(platform)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    attributes = {"a": {"DataType": "String", "StringValue": "1"}}
    entries = [{"Id": "1", "Message": "one", "MessageAttributes": attributes}, {"Id": "2", "Message": "two"}, {"Id": "3", "Message": "three", "Subject": "\n"}]
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["1", "2"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [("3", "InvalidParameter", True)]
    assert sorted(message["Body"] for message in received(platform, url, 2)) == ["one", "two"]
    fails("BatchEntryIdsNotDistinct", sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=[entries[0]] * 2)
    fails("TooManyEntriesInBatchRequest", sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=[{"Id": str(n), "Message": "x"} for n in range(11)])


@pytest.mark.parametrize(
    "told, members",
    [
        ("Invalid parameter: Empty message", {"Message": ""}),
        ("Invalid parameter: Message too long", {"Message": "x" * 262_145}),
        ("Invalid parameter: Subject", {"Message": "x", "Subject": "a\nb"}),
        ("Invalid parameter: Message Structure - No default entry in JSON message body", {"Message": "{}", "MessageStructure": "json"}),
        ("Invalid parameter: Message Structure - JSON message body failed to parse", {"Message": "x", "MessageStructure": "json"}),
    ],
)
def test_bad_messages_are_refused(sns, told, members):
    arn = sns.create_topic(Name=name())["TopicArn"]
    assert fails("InvalidParameter", sns.publish, TopicArn=arn, **members) == told


def test_what_cannot_be_subscribed_is_refused(sns):
    arn = sns.create_topic(Name=name())["TopicArn"]
    for protocol, endpoint in [("pigeon", "x"), ("sqs", "x"), ("lambda", "x"), ("http", "ftp://x"), ("email", "x"), ("sms", "x")]:
        fails("InvalidParameter", sns.subscribe, TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
    fails("NotFound", sns.subscribe, TopicArn=arn + "x", Protocol="email", Endpoint="a@b.c")


class Listener(http.server.BaseHTTPRequestHandler):
    """Confirms when asked, and answers what the test says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((dict(self.headers), body))
        kind = self.headers["x-amz-sns-message-type"]
        self.send_response(200 if kind == "SubscriptionConfirmation" else self.server.answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def listener():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.seen, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("allowed", [False, True])
def test_a_role_reaches_private_addresses_where_the_platform_lets_it(own, listener, allowed):
    platform = own(*(["--private-posts"] if allowed else [])).start()
    _, role = make_role(platform, allow("sns:*", "*"))
    sns = assumed(platform, role, "sns")
    arn = sns.create_topic(Name="t")["TopicArn"]
    for host in ("127.0.0.1", "localhost"):
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=f"http://{host}:{listener.server_port}/")
    if allowed:
        eventually(lambda: len(listener.seen) == 2)
    else:
        tried = eventually(lambda: [event for event in platform.events() if event["Timeline"][-1]["Step"] in ("Dead", "Failed")][1:])
        assert "is private" in json.dumps(platform.events()) and len(tried) == 1
        assert "has no address that may be posted to" in json.dumps(platform.events())
        assert not listener.seen
        # The account itself may.
        platform.client("sns").subscribe(TopicArn=arn, Protocol="http", Endpoint=f"http://localhost:{listener.server_port}/root")
        eventually(lambda: listener.seen)
    assert platform.stop() == 0


def test_an_address_is_asked_told_and_tried_again(platform, sns, listener):
    arn = sns.create_topic(Name=name())["TopicArn"]
    dead, dead_arn = queue(platform)
    address = f"http://127.0.0.1:{listener.server_port}/hook"
    policy = {"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1}}
    attributes = {"DeliveryPolicy": json.dumps(policy), "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})}
    pending = sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=address, Attributes=attributes)["SubscriptionArn"]
    assert pending == "pending confirmation"
    headers, body = eventually(lambda: listener.seen and listener.seen[0])
    asked = json.loads(body)
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation" and asked["TopicArn"] == arn
    sns.publish(TopicArn=arn, Message="too early")
    fails("InvalidParameter", sns.confirm_subscription, TopicArn=arn, Token="nonsense")
    assert b"<SubscriptionArn>" in urllib.request.urlopen(asked["SubscribeURL"]).read()
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    listener.answers[:] = [503, 200]
    sent = sns.publish(TopicArn=arn, Message="m", Subject="s")
    eventually(lambda: len(listener.seen) == 3)
    headers, body = listener.seen[2]
    assert json.loads(body)["Message"] == "m" and headers["x-amz-sns-message-id"] == sent["MessageId"]
    assert headers["x-amz-sns-subscription-arn"] == subscription["SubscriptionArn"]
    listener.answers[:] = [500, 500, 500]
    sns.publish(TopicArn=arn, Message="never")
    assert json.loads(received(platform, dead)[0]["Body"])["Message"] == "never"
    listener.answers[:] = [404]
    sns.publish(TopicArn=arn, Message="gone")
    assert json.loads(received(platform, dead)[0]["Body"])["Message"] == "gone", "not tried again"
    sns.set_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="true")
    listener.answers[:] = [200]
    seen = len(listener.seen)
    sns.publish(TopicArn=arn, Message="raw")
    headers, body = eventually(lambda: len(listener.seen) > seen and listener.seen[-1])
    assert body == "raw" and headers["x-amz-sns-rawdelivery"] == "true"
    urllib.request.urlopen(f"{platform.reach['endpoint']}/?Action=Unsubscribe&SubscriptionArn={subscription['SubscriptionArn']}")
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []


@pytest.fixture
def authorities():
    """A directory that the server can read too: two authorities, and a certificate of the first for localhost."""
    openssl = lambda *arguments: subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as made:
        place = pathlib.Path(made)
        place.chmod(0o755)
        for called in ("trusted", "other"):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={called}",
                    "-keyout", place / f"{called}.key", "-out", place / f"{called}.pem")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", place / "leaf.key", "-out", place / "leaf.csr")
        (place / "names").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", place / "leaf.csr", "-CA", place / "trusted.pem", "-CAkey", place / "trusted.key",
                "-CAcreateserial", "-days", "2", "-extfile", place / "names", "-out", place / "leaf.pem")
        yield place


def test_an_address_may_have_a_certificate(own, listener, authorities, monkeypatch):
    """Its authority is one that the system trusts; another one's is not spoken to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authorities / "leaf.pem", authorities / "leaf.key")
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    for authority, confirmed in [("trusted", True), ("other", False)]:
        monkeypatch.setenv("SSL_CERT_FILE", str(authorities / f"{authority}.pem"))
        platform = own(name=authority).start()
        sns = platform.client("sns")
        arn = sns.create_topic(Name="secure")["TopicArn"]
        listener.seen.clear()
        sns.subscribe(TopicArn=arn, Protocol="https", Endpoint=f"https://localhost:{listener.server_port}/hook")
        if confirmed:
            eventually(lambda: listener.seen and json.loads(listener.seen[0][1])["Type"] == "SubscriptionConfirmation")
        else:
            failed = lambda: [event for event in platform.events() if any(step["Step"] == "Failed" for step in event["Timeline"])]
            (event,) = eventually(failed)
            assert "certificate" in json.dumps(event).lower() and not listener.seen
        assert platform.stop() == 0


def test_the_aws_cli_works_with_topics(platform):
    aws = lambda *arguments: json.loads(platform.aws("sns", *arguments).stdout or "null")
    arn = aws("create-topic", "--name", name())["TopicArn"]
    url, queue_arn = queue(platform)
    aws("subscribe", "--topic-arn", arn, "--protocol", "sqs", "--notification-endpoint", queue_arn)
    sent = aws("publish", "--topic-arn", arn, "--message", "from the shell")
    assert json.loads(received(platform, url)[0]["Body"])["MessageId"] == sent["MessageId"]


def test_other_accounts_need_the_topic_s_word(own):
    platform = own("--access-key", "AKIAOTHER:secret:111122223333").start()
    sns, other = platform.client("sns"), platform.client("sns", key="AKIAOTHER", secret="secret")
    arn = sns.create_topic(Name="shared")["TopicArn"]
    for call, members in [
        (other.publish, {"Message": "x"}),
        (other.subscribe, {"Protocol": "email", "Endpoint": "a@b.c"}),
        (other.delete_topic, {}),
        (other.get_topic_attributes, {}),
    ]:
        fails("AuthorizationError", call, TopicArn=arn, **members)
    sns.add_permission(TopicArn=arn, Label="one", AWSAccountId=["111122223333"], ActionName=["Publish"])
    other.publish(TopicArn=arn, Message="from outside")
    fails("AuthorizationError", other.delete_topic, TopicArn=arn)
    sns.remove_permission(TopicArn=arn, Label="one")
    fails("AuthorizationError", other.publish, TopicArn=arn, Message="x")
    assert platform.stop() == 0
