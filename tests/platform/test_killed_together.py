"""A platform killed under load of publishers, senders and asynchronous callers together: what was acknowledged is there, each time.

`DAYFLY_KILLS` says how often it is killed, `DAYFLY_SEED` chooses other moments."""

import collections
import json
import os
import random
import threading
import time

from house import eventually

KILLS = int(os.environ.get("DAYFLY_KILLS", "2"))
SEED = os.environ.get("DAYFLY_SEED", "1")

# Fails for some texts always, for others now and then.
WORKS = """
import random

def handler(event, context):
    failed = []
    for record in event.get("Records", []):
        if "Sns" in record:
            fail(record["Sns"]["Message"])
        elif "bad" in record["body"] or random.random() < 0.1:
            failed.append({"itemIdentifier": record["messageId"]})
    fail(event.get("text", ""))
    return {"batchItemFailures": failed}

def fail(text):
    if "bad" in text or (text and random.random() < 0.1):
        raise ValueError(text)
"""


class Town:
    """A topic that feeds a queue that is worked on, one that nobody reads, and a function; and where what failed lies."""

    def __init__(self, platform):
        self.platform = platform
        sqs, sns, awslambda = (platform.client(name) for name in ("sqs", "sns", "lambda"))
        role = platform.role("town", "AmazonSQSFullAccess")
        self.queues = {}
        for name in ("dead", "failures", "kept", "work"):
            attributes = {"VisibilityTimeout": "3"}
            if name == "work":
                attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": self.arn("dead"), "maxReceiveCount": 2})
            if name in ("kept", "work"):
                allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
                attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            self.queues[name] = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        function = platform.function("works", WORKS, role=role, Timeout=3)
        awslambda.add_permission(FunctionName="works", StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com")
        failed = {"OnFailure": {"Destination": self.arn("failures")}}
        awslambda.put_function_event_invoke_config(FunctionName="works", MaximumRetryAttempts=1, DestinationConfig=failed)
        self.topic = sns.create_topic(Name="news")["TopicArn"]
        for name in ("kept", "work"):
            raw = {"RawMessageDelivery": "true"}
            sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self.arn(name), Attributes=raw)
        sns.subscribe(TopicArn=self.topic, Protocol="lambda", Endpoint=function)
        awslambda.create_event_source_mapping(
            EventSourceArn=self.arn("work"), FunctionName="works", FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    @staticmethod
    def arn(queue):
        return f"arn:aws:sqs:us-east-1:000000000000:{queue}"

    def url(self, queue):
        """A platform that starts again listens elsewhere."""
        return self.queues[queue].replace(self.queues[queue].split("/000000000000/")[0], self.platform.reach["endpoint"])

    def publish(self, clients, text):
        return clients["sns"].publish(TopicArn=self.topic, Message=text)["MessageId"]

    def send(self, clients, text):
        return clients["sqs"].send_message(QueueUrl=self.url("work"), MessageBody=text)["MessageId"]

    def call(self, clients, text):
        payload = json.dumps({"text": text}).encode()
        answer = clients["lambda"].invoke(FunctionName="works", InvocationType="Event", Payload=payload)
        return answer["ResponseMetadata"]["RequestId"]

    def lying(self, queue):
        """Bodies of all messages in a queue that nobody reads."""
        sqs, bodies, url = self.platform.client("sqs"), {}, self.url(queue)
        while True:
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages", [])
            if not got:
                return bodies
            bodies.update((one["MessageId"], one["Body"]) for one in got)


class Load:
    """Two of each kind, without a pause, until the platform is gone; remembers who was answered."""

    def __init__(self, town, round, dice):
        self.accepted = collections.defaultdict(dict)
        self.threads = [
            threading.Thread(target=self.run, args=(town, kind, f"{round}-{who}", random.Random(dice.random())))
            for kind in ("publish", "send", "call") for who in range(2)
        ]
        [thread.start() for thread in self.threads]

    def run(self, town, kind, name, dice):
        clients = {name: town.platform.client(name, config={"connect_timeout": 2}) for name in ("sns", "sqs", "lambda")}
        for number in range(100_000):
            text = f"{kind}-{name}-{number}{'-bad' if dice.random() < 0.1 else ''}"
            try:
                self.accepted[kind][getattr(town, kind)(clients, text)] = text
            except Exception:
                return
            time.sleep(0.02)

    def join(self):
        [thread.join(30) for thread in self.threads]
        return self.accepted


def test_nothing_acknowledged_is_lost_however_often_it_is_killed(own):
    dice = random.Random(SEED)
    platform = own("--retry-after", "0").start()
    town, accepted = Town(platform), collections.defaultdict(dict)
    for round in range(KILLS):
        load = Load(town, round, dice)
        time.sleep(0.3 + dice.random() * 1.2)
        platform.kill()
        for kind, texts in load.join().items():
            accepted[kind].update(texts)
        platform.start()
        events = {event["Id"]: event["State"] for event in platform.events()}
        for kind, texts in accepted.items():
            lost = texts.keys() - events.keys()
            assert not lost, f"{len(lost)} of kind {kind} were acknowledged and are gone after {round + 1} kills"
        assert set(events.values()) <= {"pending", "held", "done", "dead"}
    assert all(len(accepted[kind]) > 5 * KILLS for kind in ("publish", "send", "call")), "it was under load"
    check(platform, town, accepted)
    assert platform.stop() == 0


def check(platform, town, accepted):
    """All is over; what was accepted is done or lies where it belongs, once."""
    ends = {"dead", "failures", "kept"}
    eventually(lambda: not [event for event in platform.events() if is_open(event, ends)], seconds=180)
    events = platform.events()
    held = collections.Counter(place(event) for event in events if event["State"] == "held")
    lying = {name: town.lying(name) for name in ends}
    ids = {event["Id"] for event in events if event["State"] == "held"}
    assert ids == set().union(*lying.values()), f"timelines say {held}"
    published, kept = set(accepted["publish"].values()), collections.Counter(lying["kept"].values())
    assert published <= set(kept), "what was published has reached the queue that nobody reads"
    states = {event["Id"]: event["State"] for event in events}
    assert all(states[id] == "done" for id in accepted["publish"])
    assert all(states[id] == "done" or id in lying["dead"] for id in accepted["send"])
    assert not [text for id, text in accepted["send"].items() if "bad" in text and id not in lying["dead"]]
    failures = {json.loads(body)["requestContext"]["requestId"] for body in lying["failures"].values()}
    for id, text in accepted["call"].items():
        assert (states[id] == "dead") == (id in failures), f"{text} is {states[id]}"
        assert "bad" not in text or id in failures


def place(event):
    """The queue that holds it: a dead letter was handed to another one than it was sent to."""
    last = event["Timeline"][-1].get("To", "")
    return (last if last.startswith("arn:aws:sqs:") else event["Target"]).rsplit(":", 1)[1]


def is_open(event, ends):
    return event["State"] == "pending" or (event["State"] == "held" and place(event) not in ends)
