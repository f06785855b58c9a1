"""From an upload over a topic and queues to functions: one tree, and nothing lost on the way."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from house import eventually

COUNTS = "import json\ndef handler(event, context):\n    print('got', len(event['Records']))\n"


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def allow(service, action, resource):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue(platform, service=None):
    called = unique("chain")
    arn = f"arn:aws:sqs:us-east-1:000000000000:{called}"
    attributes = {"Policy": allow(service, "sqs:SendMessage", arn)} if service else {}
    return platform.client("sqs").create_queue(QueueName=called, Attributes=attributes)["QueueUrl"], arn


def received(platform, url, wanted=lambda body: True):
    """The first body that is wanted; those before it are deleted too."""
    sqs = platform.client("sqs")

    def look():
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            body = json.loads(message["Body"])
            if wanted(body):
                return body

    return eventually(look)


def notify(platform, bucket, **rules):
    platform.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=rules)


def test_uploads_are_told_to_queues_and_topics(platform):
    s3, sns, bucket = platform.client("s3"), platform.client("sns"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    url, arn = queue(platform, "s3.amazonaws.com")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    created, removed = ["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        notify(platform, bucket, QueueConfigurations=[{"QueueArn": arn + "-none", "Events": created}])
    with pytest.raises(ClientError, match="Unable to validate"):
        notify(platform, bucket, TopicConfigurations=[{"TopicArn": topic, "Events": removed}])
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allow("s3.amazonaws.com", "sns:Publish", topic))
    told, told_arn = queue(platform, "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told_arn)
    rules = {
        "QueueConfigurations": [{"Id": "q", "QueueArn": arn, "Events": created, "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}}}],
        "TopicConfigurations": [{"Id": "t", "TopicArn": topic, "Events": removed}],
    }
    notify(platform, bucket, **rules)
    shown = s3.get_bucket_notification_configuration(Bucket=bucket)
    del shown["ResponseMetadata"]
    assert shown == rules
    test = received(platform, url)
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
    assert json.loads(received(platform, told)["Message"])["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="out/a", Body=b"1")
    (record,) = received(platform, url)["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"], record["s3"]["configurationId"]) == ("ObjectCreated:Put", "in/a", "q")
    s3.delete_object(Bucket=bucket, Key="in/a")
    envelope = received(platform, told)
    assert envelope["Subject"] == "Amazon S3 Notification"
    assert json.loads(envelope["Message"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"


def test_an_upload_is_one_tree_to_its_last_call(platform):
    """The upload becomes a message, which becomes two in queues and a call; a queue's message becomes a call too."""
    s3, sns, bucket = platform.client("s3"), platform.client("sns"), unique("bucket")
    role = platform.role("chained", "service-role/AWSLambdaSQSQueueExecutionRole", "AmazonSQSFullAccess")
    direct, mapped = unique("direct"), unique("mapped")
    direct_arn = platform.function(direct, COUNTS)
    platform.function(mapped, COUNTS, role=role)
    s3.create_bucket(Bucket=bucket)
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allow("s3.amazonaws.com", "sns:Publish", topic))
    (one, one_arn), (_, two_arn) = queue(platform, "sns.amazonaws.com"), queue(platform, "sns.amazonaws.com")
    for protocol, endpoint in [("sqs", one_arn), ("sqs", two_arn), ("lambda", direct_arn)]:
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    awslambda = platform.client("lambda")
    awslambda.add_permission(FunctionName=direct, StatementId="s", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic)
    id = awslambda.create_event_source_mapping(EventSourceArn=two_arn, FunctionName=mapped)["UUID"]
    rule = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    platform.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [rule]}, SkipDestinationValidation=True,
    )
    s3.put_object(Bucket=bucket, Key="photo.jpg", Body=b"1")
    assert "Records" in json.loads(received(platform, one)["Message"])

    def tree():
        (root,) = [event for event in platform.events() if event["Subject"] == f"s3://{bucket}/photo.jpg"]
        tree = json.loads(platform.dayfly("event", root["Id"], "--json").stdout)["Tree"]
        # The upload; a child for each queue and the function; a message in each queue; the batch.
        return len(tree) == 7 and all(node["Event"]["State"] == "done" for node in tree) and tree

    calls = [call for node in eventually(tree) for call in node.get("Invocations", [])]
    assert len(calls) == 2, "the function, and the one behind the queue"
    awslambda.delete_event_source_mapping(UUID=id)


def test_an_event_is_handed_over_again_and_mail_is_read(platform):
    name, other = unique("again"), unique("other")
    code = "def handler(event, context):\n    print('saw', event.get('n'))\n"
    platform.function(name, code)
    platform.function(other, code)
    asked = platform.invoke(name, {"n": 7}, InvocationType="Event")["ResponseMetadata"]["RequestId"]
    for to, seen in [((), name), (("--to", other), other)]:
        replayed = json.loads(platform.dayfly("replay", asked, *to, "--json").stdout)
        assert replayed["Target"].endswith(f":function:{seen}")
        done = lambda: json.loads(platform.dayfly("event", replayed["Id"], "--json").stdout)["Event"]
        event = eventually(lambda: (now := done())["State"] == "done" and now)
        assert event["Parents"] == [asked]
    told = lambda function: platform.dayfly("logs", function).stdout.count("saw 7")
    eventually(lambda: (told(name), told(other)) == (2, 1))
    refused = platform.dayfly("replay", "s3://nothing/like-it", check=False)
    assert refused.returncode == 1 and "There is no event" in refused.stderr

    sns, topic = platform.client("sns"), platform.client("sns").create_topic(Name=unique("mail"))["TopicArn"]
    address = f"{unique('a')}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    sns.publish(TopicArn=topic, Message="dear reader", Subject="news")
    sns.publish(PhoneNumber="+12065550100", Message="short")
    mails = lambda: [json.loads(line) for line in platform.dayfly("outbox", "--json").stdout.splitlines()]
    (mail,) = eventually(lambda: [one for one in mails() if one["To"] == address])
    assert (mail["Protocol"], mail["Subject"], mail["Body"], mail["Topic"]) == ("email", "news", "dear reader", topic)
    assert any(one["Protocol"] == "sms" and one["Body"] == "short" for one in mails())
    assert "dear reader" in platform.dayfly("outbox").stdout
