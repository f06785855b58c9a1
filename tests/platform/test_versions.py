"""Versions and aliases of functions as boto3 and the aws CLI know them."""

import base64
import collections
import json

import pytest
from botocore.exceptions import ClientError

from house import TRUST, eventually, zipped

TOLD = """import os
def handler(event, context):
    print("told", {code!r})
    return [{code!r}, os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.function_version, context.invoked_function_arn,
            context.log_stream_name, os.environ.get("MODE"), context.memory_limit_in_mb]
"""


def update(awslambda, name, code, **options):
    answer = awslambda.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": TOLD.format(code=code)}), **options)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return answer


def two_versions(platform, name):
    """Versions 1 (`one`) and 2 (`two`, other settings), and `three` after them."""
    awslambda = platform.client("lambda")
    arn = platform.function(name, TOLD.format(code="one"))
    assert awslambda.publish_version(FunctionName=name, Description="first")["Version"] == "1"
    awslambda.update_function_configuration(FunctionName=name, Environment={"Variables": {"MODE": "x"}}, MemorySize=192)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    published = update(awslambda, name, "two", Publish=True)
    assert (published["Version"], published["FunctionArn"]) == ("2", f"{arn}:2")
    awslambda.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="2", WaiterConfig={"Delay": 1})
    update(awslambda, name, "three")
    return awslambda, arn


def test_a_version_stays_as_it_was_published(platform):
    awslambda, arn = two_versions(platform, "versions")
    for name, qualifier, expected in [
        ("versions", "1", ["one", "1", "1", f"{arn}:1", None, "256"]),
        ("versions:1", None, ["one", "1", "1", f"{arn}:1", None, "256"]),
        (f"{arn}:2", None, ["two", "2", "2", f"{arn}:2", "x", "192"]),
        ("versions", "$LATEST", ["three", "$LATEST", "$LATEST", f"{arn}:$LATEST", "x", "192"]),
        ("versions", None, ["three", "$LATEST", "$LATEST", arn, "x", "192"]),
    ]:
        options = {"Qualifier": qualifier} if qualifier else {}
        answer = platform.invoke(name, LogType="Tail", **options)
        code, environment, version, invoked, stream, mode, memory = answer["Payload"]
        assert [code, environment, version, invoked, mode, memory] == expected
        assert answer["ExecutedVersion"] == version and f"/[{version}]" in stream
        assert f"Version: {version}\n" in base64.b64decode(answer["LogResult"]).decode()
    listed = awslambda.get_paginator("list_versions_by_function").paginate(FunctionName="versions", PaginationConfig={"PageSize": 1})
    versions = [version for page in listed for version in page["Versions"]]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]
    assert [version["Description"] for version in versions] == ["", "first", ""]
    assert awslambda.publish_version(FunctionName="versions")["Version"] == "3"
    assert awslambda.publish_version(FunctionName="versions", Description="other")["Version"] == "3", "nothing has changed"
    everything = awslambda.get_paginator("list_functions").paginate(FunctionVersion="ALL", MasterRegion="ALL")
    arns = [function["FunctionArn"] for page in everything for function in page["Functions"]]
    assert [one for one in arns if one.startswith(f"{arn}:")] == [f"{arn}:{version}" for version in ("$LATEST", 1, 2, 3)]


def test_an_alias_splits_calls_and_events(platform):
    awslambda, arn = two_versions(platform, "split")
    made = awslambda.create_alias(
        FunctionName="split", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    assert made["AliasArn"] == f"{arn}:live"
    answers = [platform.invoke("split", Qualifier="live") for _ in range(60)]
    seen = collections.Counter(answer["ExecutedVersion"] for answer in answers)
    assert set(seen) == {"1", "2"} and min(seen.values()) > 9, seen
    for answer in answers:
        assert answer["Payload"][1:4] == [answer["ExecutedVersion"]] * 2 + [f"{arn}:live"]
    with pytest.raises(awslambda.exceptions.ResourceConflictException, match=r"the following aliases reference it: \[live\]"):
        awslambda.delete_function(FunctionName="split", Qualifier="2")
    with pytest.raises(awslambda.exceptions.PreconditionFailedException, match="does not match the latest Revision Id"):
        awslambda.update_alias(FunctionName="split", Name="live", FunctionVersion="2", RevisionId="stale")
    moved = awslambda.update_alias(
        FunctionName="split", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}},
        RevisionId=made["RevisionId"],
    )
    assert "RoutingConfig" not in moved
    assert {platform.invoke("split:live")["ExecutedVersion"] for _ in range(10)} == {"2"}

    event = awslambda.invoke(FunctionName="split:live", InvocationType="Event", Payload=b"1")
    assert event["StatusCode"] == 202
    logs = platform.client("logs")

    def told():
        lines = logs.filter_log_events(logGroupName="/aws/lambda/split", filterPattern='"told"')["events"]
        return [line for line in lines if "two" in line["message"] and "[2]" in line["logStreamName"]]

    eventually(lambda: len(told()) > 10)
    awslambda.delete_function(FunctionName="split", Qualifier="1")
    with pytest.raises(awslambda.exceptions.ResourceNotFoundException, match=f"Function not found: {arn}:1"):
        platform.invoke("split:1")
    awslambda.delete_function(FunctionName="split")
    with pytest.raises(awslambda.exceptions.ResourceNotFoundException):
        platform.invoke("split:live")


def test_a_policy_of_an_alias_is_the_alias_s_own(platform):
    awslambda, arn = two_versions(platform, "shared")
    awslambda.create_alias(FunctionName="shared", Name="open", FunctionVersion="1")
    iam = platform.client("iam")
    iam.create_role(RoleName="guest", AssumeRolePolicyDocument=json.dumps(TRUST).replace(
        '"Service": "lambda.amazonaws.com"', '"AWS": "arn:aws:iam::000000000000:root"'))
    role = iam.get_role(RoleName="guest")["Role"]["Arn"]
    given = platform.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    guest = platform.client(
        "lambda", key=given["AccessKeyId"], secret=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
    )
    awslambda.add_permission(
        FunctionName="shared", Qualifier="open", StatementId="guest", Action="lambda:InvokeFunction", Principal=role,
    )
    policy = json.loads(awslambda.get_policy(FunctionName="shared", Qualifier="open")["Policy"])
    assert policy["Statement"][0]["Resource"] == f"{arn}:open"
    answer = guest.invoke(FunctionName="shared", Qualifier="open")
    assert json.loads(answer["Payload"].read())[0] == "one"
    for qualifier in ("1", "2", "$LATEST"):
        with pytest.raises(ClientError, match="AccessDenied"):
            guest.invoke(FunctionName="shared", Qualifier=qualifier)
    awslambda.remove_permission(FunctionName="shared", Qualifier="open", StatementId="guest")
    with pytest.raises(ClientError, match="AccessDenied"):
        guest.invoke(FunctionName="shared", Qualifier="open")


def test_versions_and_aliases_with_the_aws_cli(platform, tmp_path):
    platform.function("cli-versions", TOLD.format(code="one"))
    published = json.loads(platform.aws("lambda", "publish-version", "--function-name", "cli-versions").stdout)
    assert published["Version"] == "1"
    platform.aws("lambda", "wait", "published-version-active", "--function-name", "cli-versions", "--qualifier", "1")
    platform.aws(
        "lambda", "create-alias", "--function-name", "cli-versions", "--name", "live", "--function-version", "1",
    )
    out = tmp_path / "out.json"
    shown = platform.aws("lambda", "invoke", "--function-name", "cli-versions:live", out)
    assert json.loads(shown.stdout)["ExecutedVersion"] == "1" and json.loads(out.read_text())[0] == "one"
    listed = json.loads(platform.aws("lambda", "list-aliases", "--function-name", "cli-versions").stdout)
    assert [alias["Name"] for alias in listed["Aliases"]] == ["live"]
    platform.aws("lambda", "delete-alias", "--function-name", "cli-versions", "--name", "live")
    platform.aws("lambda", "delete-function", "--function-name", "cli-versions", "--qualifier", "1")
    platform.aws("lambda", "delete-function", "--function-name", "cli-versions")


def test_versions_and_aliases_outlive_a_power_cut(own):
    platform = own().start()
    awslambda, arn = two_versions(platform, "kept")
    awslambda.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    platform.kill()
    platform.start()
    assert platform.invoke("kept:live")["Payload"][:2] == ["one", "1"]
    assert platform.invoke("kept:2")["Payload"][:2] == ["two", "2"]
