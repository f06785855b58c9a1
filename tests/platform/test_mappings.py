"""What functions get from queues, and where the records of asynchronous calls go."""

import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError

from house import eventually

# Writes what it gets into its log; `fail` fails, and `poison` is named as not handled.
HANDLER = """
import json
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("got", json.dumps(bodies))
    if "fail" in bodies:
        raise ValueError("asked to")
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def reader(platform):
    return platform.role("reader", "service-role/AWSLambdaSQSQueueExecutionRole", "AmazonSQSFullAccess", "AmazonSNSFullAccess", "AWSLambda_FullAccess", "AmazonS3FullAccess")


def queue(platform, called=None, **attributes):
    sqs = platform.client("sqs")
    url = sqs.create_queue(QueueName=called or unique("queue"), Attributes={"VisibilityTimeout": "30", **attributes})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def counts(platform, url):
    shown = platform.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return tuple(int(shown[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible"))


def mapped(platform, arn, function, **settings):
    awslambda = platform.client("lambda")
    made = awslambda.create_event_source_mapping(EventSourceArn=arn, FunctionName=function, **settings)
    assert made["State"] == "Creating"
    at(platform, made["UUID"], "Enabled")
    return made["UUID"]


def at(platform, id, state):
    return eventually(lambda: (now := platform.client("lambda").get_event_source_mapping(UUID=id))["State"] == state and now)


def unmapped(platform, id):
    awslambda = platform.client("lambda")
    assert awslambda.delete_event_source_mapping(UUID=id)["State"] == "Deleting"

    def gone():
        try:
            awslambda.get_event_source_mapping(UUID=id)
        except awslambda.exceptions.ResourceNotFoundException:
            return True

    eventually(gone)


def got(platform, function):
    """The batches that a function was called with."""
    logs = platform.client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern="got")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(event["message"].split("got ", 1)[1]) for event in found]


def received(platform, url):
    """One message, deleted."""
    sqs = platform.client("sqs")
    answer = eventually(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"]).get("Messages"))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=answer[0]["ReceiptHandle"])
    return answer[0]


def test_messages_reach_a_function_and_are_gone(platform, reader):
    name = unique("mapped")
    platform.function(name, HANDLER, role=reader)
    url, arn = queue(platform)
    id = mapped(platform, arn, name)
    awslambda, sqs = platform.client("lambda"), platform.client("sqs")
    shown = awslambda.get_event_source_mapping(UUID=id)
    del shown["ResponseMetadata"], shown["LastModified"]
    assert shown == {
        "UUID": id,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{id}",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": arn,
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [],
    }
    with pytest.raises(ClientError, match="mapping already exists"):
        awslambda.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
    assert [one["UUID"] for one in awslambda.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]] == [id]
    for number in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{number}")
    everything = eventually(lambda: len(all := sum(got(platform, name), [])) == 20 and all)
    assert sorted(everything) == sorted(f"m{number}" for number in range(20))
    eventually(lambda: counts(platform, url) == (0, 0))
    # Switched off it takes nothing, and goes on where it stopped.
    awslambda.update_event_source_mapping(UUID=id, Enabled=False)
    at(platform, id, "Disabled")
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    assert counts(platform, url) == (1, 0)
    awslambda.update_event_source_mapping(UUID=id, Enabled=True, BatchSize=1)
    eventually(lambda: ["kept"] in got(platform, name))
    assert at(platform, id, "Enabled")["BatchSize"] == 1
    unmapped(platform, id)


def test_failed_items_come_back_and_end_as_dead_letters(platform, reader):
    name = unique("partial")
    platform.function(name, HANDLER, role=reader, Timeout=1)
    dead, dead_arn = queue(platform)
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(platform, VisibilityTimeout="1", RedrivePolicy=redrive)
    id = mapped(platform, arn, name, FunctionResponseTypes=["ReportBatchItemFailures"])
    sqs = platform.client("sqs")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": body, "MessageBody": body} for body in ("good", "poison")])
    assert received(platform, dead)["Body"] == "poison"
    handled = sum(got(platform, name), [])
    assert handled.count("poison") == 2 and handled.count("good") == 1
    sqs.send_message(QueueUrl=url, MessageBody="fail")
    assert received(platform, dead)["Body"] == "fail"
    unmapped(platform, id)


def test_a_filter_lets_through_what_it_is_for(platform, reader):
    name = unique("filtered")
    platform.function(name, HANDLER, role=reader)
    url, arn = queue(platform)
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"size": [{"numeric": [">", 5]}]}})}]}
    id = mapped(platform, arn, name, FilterCriteria=criteria)
    sqs = platform.client("sqs")
    for body in ({"size": 3}, {"size": 7}, {"other": 1}):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    sqs.send_message(QueueUrl=url, MessageBody="no json")
    eventually(lambda: got(platform, name) == [['{"size": 7}']])
    eventually(lambda: counts(platform, url) == (0, 0))
    awslambda = platform.client("lambda")
    with pytest.raises(ClientError, match="Invalid filter pattern definition."):
        awslambda.update_event_source_mapping(UUID=id, FilterCriteria={"Filters": [{"Pattern": "[]"}]})
    unmapped(platform, id)


def test_groups_of_a_fifo_queue_reach_a_function_in_order(platform, reader):
    name = unique("ordered")
    platform.function(name, HANDLER, role=reader)
    url, arn = queue(platform, unique("queue") + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sqs = platform.client("sqs")
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=f"{'ab'[number % 2]}{number}", MessageGroupId="ab"[number % 2])
    id = mapped(platform, arn, name, BatchSize=2)
    everything = eventually(lambda: len(all := sum(got(platform, name), [])) == 12 and all)
    for group in "ab":
        numbers = [int(body[1:]) for body in everything if body[0] == group]
        assert numbers == sorted(numbers)
    unmapped(platform, id)


@pytest.mark.parametrize(
    "match, settings",
    [
        ("greater than 0 if maximum batch size is greater than 10", {"BatchSize": 11}),
        ("StartingPosition is not valid for SQS event sources", {"StartingPosition": "LATEST"}),
        ("failed to satisfy constraint", {"BatchSize": 10_001}),
        ("less than Function timeout: 40 seconds", {}),
    ],
)
def test_what_cannot_be_mapped_is_refused(platform, reader, match, settings):
    if "slow" not in [one["FunctionName"] for one in platform.client("lambda").list_functions()["Functions"]]:
        platform.function("slow", HANDLER, role=reader, Timeout=40)
    _, arn = queue(platform)
    with pytest.raises(ClientError, match=match):
        platform.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="slow", **settings)


def test_a_role_without_rights_cannot_be_mapped(platform):
    platform.function("powerless", HANDLER)
    _, arn = queue(platform)
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        platform.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="powerless")
    with pytest.raises(ClientError, match="NonExistentQueue"):
        platform.role("reads-all", "AmazonSQSFullAccess")
        platform.function("reads-all", HANDLER, role=platform.role("reads-all"))
        platform.client("lambda").create_event_source_mapping(EventSourceArn=arn + "-none", FunctionName="reads-all")


ASYNC = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("asked to")
    return {"done": event}
"""


def test_records_go_to_destinations(platform, reader):
    name = unique("recorded")
    function = platform.function(name, ASYNC, role=reader)
    (good, good_arn), (bad, bad_arn) = queue(platform), queue(platform)
    awslambda = platform.client("lambda")
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        awslambda.get_function_event_invoke_config(FunctionName=name)
    with pytest.raises(ClientError, match="You must specify at least one of"):
        awslambda.put_function_event_invoke_config(FunctionName=name)
    destinations = {"OnSuccess": {"Destination": good_arn}, "OnFailure": {"Destination": bad_arn}}
    put = awslambda.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=destinations)
    assert put["FunctionArn"] == f"{function}:$LATEST" and put["DestinationConfig"] == destinations
    assert "MaximumEventAgeInSeconds" not in put
    awslambda.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    (listed,) = awslambda.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert (listed["MaximumRetryAttempts"], listed["MaximumEventAgeInSeconds"]) == (0, 60)

    asked = awslambda.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')
    record = json.loads(received(platform, good)["Body"])
    assert record["requestContext"] == {
        "requestId": asked["ResponseMetadata"]["RequestId"],
        "functionArn": f"{function}:$LATEST",
        "condition": "Success",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == {"n": 1} and record["responsePayload"] == {"done": {"n": 1}}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"} and record["version"] == "1.0"

    awslambda.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"fail": true}')
    record = json.loads(received(platform, bad)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == "asked to"

    # No calls at all: what is asked for asynchronously is over at once.
    awslambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as throttled:
        awslambda.invoke(FunctionName=name, Payload=b"{}")
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    awslambda.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 2}')
    record = json.loads(received(platform, bad)["Body"])
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency" and "responsePayload" not in record
    awslambda.delete_function_concurrency(FunctionName=name)
    awslambda.delete_function_event_invoke_config(FunctionName=name)


def test_what_failed_can_go_to_a_bucket(platform):
    name, bucket = unique("failing"), unique("records")
    role = platform.role("writes", "AmazonS3FullAccess")
    platform.function(name, ASYNC, role=role)
    s3, awslambda = platform.client("s3"), platform.client("lambda")
    s3.create_bucket(Bucket=bucket)
    arn = {"Destination": f"arn:aws:s3:::{bucket}"}

    def put(**sides):
        return awslambda.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=sides)

    with pytest.raises(ClientError, match="is invalid"):
        put(OnSuccess=arn)
    with pytest.raises(ClientError, match="not implemented|NotImplemented"):
        put(OnFailure={"Destination": "arn:aws:events:us-east-1:000000000000:event-bus/default"})
    assert put(OnFailure=arn)["DestinationConfig"]["OnFailure"] == arn
    asked = awslambda.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"fail": true}')
    (entry,) = eventually(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))
    id = asked["ResponseMetadata"]["RequestId"]
    assert re.fullmatch(rf"aws/lambda/async/{name}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-{id}", entry["Key"])
    record = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
    assert record["requestContext"]["requestId"] == id and record["responsePayload"]["errorMessage"] == "asked to"
    awslambda.delete_function_event_invoke_config(FunctionName=name)


def test_dead_letters_carry_what_happened(platform, reader):
    url, arn = queue(platform)
    name = unique("deadly")
    platform.function(name, ASYNC, role=reader, DeadLetterConfig={"TargetArn": arn})
    awslambda = platform.client("lambda")
    assert awslambda.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": arn}
    awslambda.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    asked = awslambda.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"fail": 1}')
    letter = received(platform, url)
    assert json.loads(letter["Body"]) == {"fail": 1}
    values = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert values == {"RequestID": asked["ResponseMetadata"]["RequestId"], "ErrorCode": "200", "ErrorMessage": "asked to"}
    assert letter["MessageAttributes"]["ErrorCode"]["DataType"] == "Number"
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage on SQS"):
        platform.function(unique("mute"), ASYNC, DeadLetterConfig={"TargetArn": arn})


def test_concurrency_can_be_reserved(platform):
    name = unique("reserved")
    platform.function(name, ASYNC)
    awslambda = platform.client("lambda")
    assert awslambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)["ReservedConcurrentExecutions"] == 7
    assert awslambda.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    assert awslambda.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 7
    limit = awslambda.get_account_settings()["AccountLimit"]
    assert limit["UnreservedConcurrentExecutions"] <= limit["ConcurrentExecutions"] - 7
    with pytest.raises(ClientError, match="below its minimum value of"):
        awslambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=950)
    awslambda.delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in awslambda.get_function_concurrency(FunctionName=name)


# Sends a message as a signed form, with nothing but the standard library.
SENDER = """
import datetime, hashlib, hmac, os, urllib.parse, urllib.request

def send(url, text):
    form = {"Action": "SendMessage", "Version": "2012-11-05", "QueueUrl": url, "MessageBody": text}
    body = urllib.parse.urlencode(form).encode()
    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": urllib.parse.urlsplit(endpoint).netloc,
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    signed = ";".join(headers)
    canonical = ["POST", "/", "", *[f"{name}:{value}" for name, value in headers.items()], "", signed]
    canonical = "\\n".join([*canonical, hashlib.sha256(body).hexdigest()]).encode()
    scope = f"{now[:8]}/{region}/sqs/aws4_request"
    text = "\\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical).hexdigest()])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={key.hex()}"
    urllib.request.urlopen(urllib.request.Request(endpoint + "/", body, headers)).read()
"""


def test_a_chain_over_a_queue_is_one_tree_and_stops(own):
    """A function that sends into the queue that it is called for: stopped after 16 turns, and told as one tree."""
    platform = own().start()
    reader = platform.role("reader", "service-role/AWSLambdaSQSQueueExecutionRole", "AmazonSQSFullAccess")
    url, arn = queue(platform)
    name = unique("loop")
    code = SENDER + f"""
def handler(event, context):
    print("got", "[]")
    send("{url}", "again")
"""
    platform.function(name, code, role=reader)
    id = mapped(platform, arn, name)
    sent = platform.client("sqs").send_message(QueueUrl=url, MessageBody="first")
    eventually(lambda: len(got(platform, name)) == 16)
    tree = json.loads(platform.dayfly("event", sent["MessageId"], "--json").stdout)
    assert len(tree["Tree"]) >= 32, "each message, and each batch"
    unmapped(platform, id)
    assert platform.stop() == 0 and "a recursive loop was stopped" in platform.log()


def test_mappings_have_tags_keys_metrics_and_pollers(platform, reader):
    name, (_, arn) = unique("tagged"), queue(platform)
    platform.function(name, HANDLER, role=reader)
    awslambda = platform.client("lambda")
    key = "arn:aws:kms:us-east-1:000000000000:key/1"
    filters = {"Filters": [{"Pattern": '{"body": ["x"]}'}]}
    made = awslambda.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=name, Tags={"team": "a", "old": "1"}, KMSKeyArn=key, FilterCriteria=filters,
        MetricsConfig={"Metrics": ["EventCount"]}, ProvisionedPollerConfig={"MinimumPollers": 3},
    )
    assert made["ProvisionedPollerConfig"] == {"MinimumPollers": 3, "MaximumPollers": 200}
    assert made["MetricsConfig"] == {"Metrics": ["EventCount"]} and made["KMSKeyArn"] == key
    assert made["FilterCriteria"] == filters
    (listed,) = awslambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert "FilterCriteria" not in listed and listed["KMSKeyArn"] == key, "encrypted filters are not for lists"
    resource = made["EventSourceMappingArn"]
    awslambda.tag_resource(Resource=resource, Tags={"team": "b", "more": "2"})
    awslambda.untag_resource(Resource=resource, TagKeys=["old"])
    assert awslambda.list_tags(Resource=resource)["Tags"] == {"team": "b", "more": "2"}
    eventually(lambda: awslambda.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled")
    updated = awslambda.update_event_source_mapping(UUID=made["UUID"], KMSKeyArn="", MetricsConfig={"Metrics": []}, ProvisionedPollerConfig={})
    assert not {"KMSKeyArn", "MetricsConfig", "ProvisionedPollerConfig"} & updated.keys()
    for settings in ({"MinimumPollers": 1, "MaximumPollers": 5}, {"MinimumPollers": 9, "MaximumPollers": 5}):
        with pytest.raises(ClientError, match="MinimumPollers"):
            awslambda.create_event_source_mapping(EventSourceArn=queue(platform)[1], FunctionName=name, ProvisionedPollerConfig=settings)
    with pytest.raises(ClientError, match="ErrorCount is not supported"):
        awslambda.create_event_source_mapping(EventSourceArn=queue(platform)[1], FunctionName=name, MetricsConfig={"Metrics": ["ErrorCount"]})
    eventually(lambda: awslambda.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled")
    awslambda.delete_event_source_mapping(UUID=made["UUID"])
    eventually(lambda: not awslambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        awslambda.list_tags(Resource=resource)


def test_a_queue_of_another_account_gives_where_its_policy_says_so(own):
    platform = own("--access-key", "AKIAOTHER:secret:111111111111").start()
    other = platform.client("sqs", key="AKIAOTHER", secret="secret")
    url = other.create_queue(QueueName="theirs")["QueueUrl"]
    role = platform.role("reader", "service-role/AWSLambdaSQSQueueExecutionRole")
    platform.function("ours", HANDLER, role=role)
    awslambda, arn = platform.client("lambda"), "arn:aws:sqs:us-east-1:111111111111:theirs"
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        awslambda.create_event_source_mapping(EventSourceArn=arn, FunctionName="ours")
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    allow = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": actions, "Resource": arn}
    other.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    awslambda.create_event_source_mapping(EventSourceArn=arn, FunctionName="ours")
    other.send_message(QueueUrl=url, MessageBody="from abroad")
    assert eventually(lambda: got(platform, "ours")) == [["from abroad"]]
    with pytest.raises(ClientError, match="same region"):
        awslambda.create_event_source_mapping(EventSourceArn=arn.replace("us-east-1", "eu-west-1"), FunctionName="ours")
    assert platform.stop() == 0
