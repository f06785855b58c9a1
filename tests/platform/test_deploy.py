"""The short way: deploy, invoke, ls, logs, bill, rm."""

import json

from house import TOP, eventually


def directory(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_hello_in_python_and_node(platform):
    for example, said in [("hello-python", "Python"), ("hello-node", "Node")]:
        shown = platform.dayfly("deploy", TOP / "examples" / example).stdout
        assert f"{example} is ready" in shown and "made the function" in shown
        again = platform.dayfly("deploy", TOP / "examples" / example).stdout
        assert "Nothing had to be changed" in again
        result = platform.dayfly("invoke", example, '{"name": "you"}')
        answer = json.loads(result.stdout)
        assert answer["hello"] == "you" and said in answer["from"]
        assert "REPORT RequestId" in result.stderr
    assert "hello-python" in platform.dayfly("ls").stdout
    # Lines are written down a moment after they were said.
    logs = eventually(lambda: (text := platform.dayfly("logs", "hello-node").stdout).count("REPORT") and text)
    assert "START RequestId" in logs and "REPORT RequestId" in logs


def test_requirements_are_installed_reproducibly(platform, tmp_path):
    code = "import six\ndef handler(event, context):\n    return six.__version__\n"
    package = directory(tmp_path / "with-six", {"app.py": code, "requirements.txt": "six==1.16.0\n"})
    first = json.loads(platform.dayfly("deploy", package, "--json").stdout)
    assert first["Changes"] and json.loads(platform.dayfly("invoke", "with-six").stdout) == "1.16.0"
    second = json.loads(platform.dayfly("deploy", package, "--json").stdout)
    assert second["Changes"] == []


def test_settings_are_changed_only_when_named(platform, tmp_path):
    package = directory(tmp_path / "settings", {"app.py": "import os\ndef handler(e, c):\n    return [os.environ.get('MODE'), c.memory_limit_in_mb]\n"})
    platform.dayfly("deploy", package, "--memory", "256", "--env", "MODE=1=2")
    assert json.loads(platform.dayfly("invoke", "settings").stdout) == ["1=2", "256"]
    shown = platform.dayfly("deploy", package, "--timeout", "9").stdout
    assert "updated the configuration" in shown
    assert json.loads(platform.dayfly("invoke", "settings").stdout) == ["1=2", "256"]


def test_uploads_start_it_and_it_can_be_removed_without_trace(platform, tmp_path):
    package = directory(tmp_path / "on-upload", {"app.py": "def handler(e, c):\n    print('got', e['Records'][0]['s3']['object']['key'])\n"})
    platform.dayfly("deploy", package, "--on", "s3:inbox/in/*.txt", "--timeout", "20")
    platform.aws("s3", "cp", "--only-show-errors", package / "app.py", "s3://inbox/in/skipped.py")
    platform.aws("s3", "cp", "--only-show-errors", package / "app.py", "s3://inbox/in/taken.txt")
    eventually(lambda: "got in/taken.txt" in platform.dayfly("logs", "on-upload").stdout)
    assert "skipped" not in platform.dayfly("logs", "on-upload").stdout
    platform.dayfly("rm", "on-upload")
    rules = platform.client("s3").get_bucket_notification_configuration(Bucket="inbox")
    assert "LambdaFunctionConfigurations" not in rules
    assert "dayfly-on-upload" not in [role["RoleName"] for role in platform.client("iam").list_roles()["Roles"]]
    gone = platform.dayfly("invoke", "on-upload", check=False)
    assert gone.returncode == 1 and "Function not found" in gone.stderr


def test_a_function_that_would_start_itself_is_refused(platform, tmp_path):
    package = directory(tmp_path / "looping", {"app.py": "def handler(e, c):\n    pass\n"})
    refused = platform.dayfly("deploy", package, "--on", "s3:round", "--env", "TARGET=round", check=False)
    assert refused.returncode == 1 and "refused" in refused.stderr and "start it again" in refused.stderr
    role = platform.role("writer", "AmazonS3FullAccess")
    refused = platform.dayfly("deploy", package, "--on", "s3:round", "--role", role, check=False)
    assert refused.returncode == 1 and "refused" in refused.stderr
    platform.dayfly("deploy", package, "--on", "s3:round", "--role", "writer", "--force")


def test_a_source_stays_protected_through_later_deploys(platform, tmp_path):
    package = directory(tmp_path / "again", {"app.py": "def handler(e, c):\n    pass\n"})
    iam = platform.client("iam")

    def denied():
        document = iam.get_role_policy(RoleName="dayfly-again", PolicyName="dayfly-deploy")["PolicyDocument"]
        return [part["Resource"] for part in document["Statement"] if part["Effect"] == "Deny"]

    platform.dayfly("deploy", package, "--on", "s3:again-one/in/")
    platform.dayfly("deploy", package, "--on", "s3:again-two")
    platform.dayfly("deploy", package, "--memory", "256")
    assert denied() == [["arn:aws:s3:::again-one/in/*", "arn:aws:s3:::again-two/*"]]
    platform.dayfly("deploy", package, "--on", "s3:again-two", "--force")
    assert denied() == [["arn:aws:s3:::again-one/in/*"]]


def test_what_does_not_fit_is_said_before_anything_is_made(platform, tmp_path):
    package = directory(tmp_path / "odd name", {"app.py": "def handler(e, c):\n    pass\n"})
    broken = directory(tmp_path / "broken", {"index.js": "exports.handler = async () => 1\n", "package.json": "{bad"})
    missing = directory(tmp_path / "missing", {"app.py": "", "requirements.txt": "no-such-thing-at-all==9\n"})
    for arguments, why in [
        ([package], "choose one with --name"),
        ([package, "--name", "a/b"], "letters, digits"),
        ([package, "--name", "fits", "--on", "s3:No"], "a bucket's name"),
        ([package, "--name", "fits", "--on", "kinesis:stream"], "--on takes s3:"),
        ([package, "--name", "fits", "--env", "X"], "KEY=VALUE"),
        ([broken], "package.json is no JSON"),
        ([missing, "--handler", "app.x"], "No matching distribution"),
        ([tmp_path / "nowhere"], "nowhere"),
    ]:
        run = platform.dayfly("deploy", *arguments, check=False)
        assert run.returncode == 1 and why in run.stderr, run.stderr
        assert "Making the function" not in run.stderr
    assert "fits" not in platform.dayfly("ls").stdout


def test_a_bootstrap_can_always_be_executed(platform, tmp_path):
    bootstrap = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  head=$(mktemp)
  event=$(curl -sS -LD "$head" "$api/next")
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$head" | tr -d '[:space:]' | cut -d: -f2)
  forged=$(curl -s -o /dev/null -w '%{http_code}' -d 1 "$api/00000000-0000-0000-0000-000000000000/response")
  curl -sS "$api/$id/response" -d "{\\"got\\": $event, \\"forged\\": $forged}"
done
"""
    package = directory(tmp_path / "shell", {"bootstrap": bootstrap})
    platform.dayfly("deploy", package)
    assert json.loads(platform.dayfly("invoke", "shell", "7").stdout) == {"got": 7, "forged": 400}


def test_failures_are_told_apart(platform, tmp_path):
    package = directory(tmp_path / "failing", {"app.py": "def handler(e, c):\n    print('before')\n    raise ValueError('no')\n"})
    platform.dayfly("deploy", package)
    failed = platform.dayfly("invoke", "failing", check=False)
    assert failed.returncode == 1 and failed.stdout == ""
    assert "before" in failed.stderr and "ValueError: no" in failed.stderr and "app.py" in failed.stderr
    shown = json.loads(platform.dayfly("invoke", "failing", "--json", check=False).stdout)
    assert shown["FunctionError"] == "Unhandled" and shown["Result"]["errorType"] == "ValueError"
    empty = directory(tmp_path / "empty", {"notes.md": ""})
    nothing = platform.dayfly("deploy", empty, check=False)
    assert nothing.returncode == 1 and "--runtime" in nothing.stderr


def test_the_bill_follows_from_what_ran(own, tmp_path):
    platform = own().start()
    platform.function("billed", "import time\ndef handler(event, context):\n    time.sleep(event)\n", MemorySize=512)
    for seconds in [0.05, 0.1, 0.01]:
        platform.invoke("billed", seconds)
    logs = platform.client("logs")

    def reports():
        found = logs.filter_log_events(logGroupName="/aws/lambda/billed", filterPattern="REPORT")["events"]
        return found if len(found) == 3 else None

    billed = sum(int(event["message"].split("Billed Duration: ")[1].split(" ms")[0]) for event in eventually(reports))
    bill = eventually(lambda: (b := json.loads(platform.dayfly("bill", "--json").stdout))["Total"]["Requests"] == 3 and b)
    assert bill["Total"]["BilledMillis"] == billed
    expected = 3 * 0.0000002 + billed / 1000 * 0.5 * 0.0000166667
    assert abs(bill["Total"]["Cost"]["Dollars"] - expected) < 1e-12
    shown = platform.dayfly("bill").stdout
    assert "billed" in shown and "always" in shown
    platform.stop()
    platform.start()
    assert json.loads(platform.dayfly("bill", "--json").stdout)["Total"] == bill["Total"], "recomputed from the ledger"


def test_instances_wait_as_long_as_the_function_says(platform, tmp_path):
    (tmp_path / "app.py").write_text("calls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return calls\n")
    ask = ["deploy", tmp_path, "--name", "unkept", "--keep-idle", "0"]
    platform.dayfly(*ask)
    assert [platform.invoke("unkept")["Payload"] for _ in range(3)] == [1, 1, 1]
    assert "Nothing had to be changed" in platform.dayfly(*ask).stdout
    assert "set the keep-idle to 60" in platform.dayfly(*ask[:-1], "60").stdout
    assert [platform.invoke("unkept")["Payload"] for _ in range(3)] == [1, 2, 3]
    assert platform.dayfly(*ask[:-1], "90000", check=False).returncode != 0


def test_queues_and_topics_start_what_is_deployed(platform, tmp_path):
    code = tmp_path / "listener"
    code.mkdir()
    (code / "app.py").write_text(
        "def handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        text = record['body'] if 'body' in record else record['Sns']['Message']\n"
        "        print('heard', text)\n"
        "        if text == 'bad':\n"
        "            raise ValueError('bad')\n"
    )
    wanted = ("deploy", code, "--on", "sqs:heard", "--on", "sns:news", "--dead-letter", "lost", "--timeout", "1", "--json")
    changes = json.loads(platform.dayfly(*wanted).stdout)["Changes"]
    assert "sqs:heard starts it" in changes and "sns:news starts it" in changes and "made the queue lost" in changes
    assert json.loads(platform.dayfly(*wanted).stdout)["Changes"] == [], "again, nothing is to be done"
    sqs, sns = platform.client("sqs"), platform.client("sns")
    url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(shown["RedrivePolicy"])["maxReceiveCount"] == 3 and shown["VisibilityTimeout"] == "30"
    sqs.send_message(QueueUrl=url, MessageBody="from a queue")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.publish(TopicArn=topic, Message="from a topic")
    sns.publish(TopicArn=topic, Message="bad")
    eventually(lambda: all(f"heard from a {kind}" in platform.dayfly("logs", "listener").stdout for kind in ("queue", "topic")))
    lost = sqs.get_queue_url(QueueName="lost")["QueueUrl"]
    letters = eventually(lambda: sqs.receive_message(QueueUrl=lost, WaitTimeSeconds=5, MessageAttributeNames=["All"]).get("Messages"))
    assert letters[0]["MessageAttributes"]["ErrorMessage"]["StringValue"] == "bad"
    gone = json.loads(platform.dayfly("rm", "listener", "--json").stdout)
    assert sorted(gone["Queues"]) == ["heard", "news"]
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
