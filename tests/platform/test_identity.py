"""Who may do what: roles, sessions, policies of buckets, and what a function may do that runs under a role."""

import json
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from house import TRUST, zipped

ACCOUNT = "000000000000"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources, **more):
    return {**allow(actions, resources, **more), "Effect": "Deny"}


def denied(sentence="", code="AccessDenied"):
    """That a call is refused so; the sentence is the whole message."""

    class Denied:
        def __enter__(self):
            self.raised = pytest.raises(ClientError)
            self.info = self.raised.__enter__()

        def __exit__(self, *what):
            self.raised.__exit__(*what)
            error = self.info.value.response["Error"]
            assert error["Code"] == code
            assert error["Message"] == sentence if sentence else True
            return True

    return Denied()


@pytest.fixture
def bucket(platform):
    name = f"identity-{uuid.uuid4().hex[:12]}"
    platform.client("s3").create_bucket(Bucket=name)
    return name


def make_role(platform, *statements, trust=None, principal=None):
    """A role with a policy of its own; gives its name and ARN."""
    name = f"role-{uuid.uuid4().hex[:12]}"
    trusted = {"Effect": "Allow", "Principal": principal or {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", **(trust or {})}
    iam = platform.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trusted))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return name, arn


def assumed(platform, arn, service="s3", caller=None, **options):
    """A client that acts as the role."""
    sts = caller or platform.client("sts")
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="test", **options)["Credentials"]
    return platform.client(
        service, key=keys["AccessKeyId"], secret=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"]
    )


def test_a_role_may_what_its_policies_say_and_is_told_what_not(platform, bucket):
    name, arn = make_role(
        platform,
        allow("s3:*Object", f"arn:aws:s3:::{bucket}/mine/*"),
        deny("s3:DeleteObject", "*"),
        allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition={"StringLike": {"s3:prefix": "mine/*"}}),
    )
    s3 = assumed(platform, arn)
    who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/test is not authorized to perform:"
    because = "because no identity-based policy allows the"
    s3.put_object(Bucket=bucket, Key="mine/a", Body=b"1")
    assert s3.list_objects_v2(Bucket=bucket, Prefix="mine/")["KeyCount"] == 1
    on = f'on resource: "arn:aws:s3:::{bucket}'
    with denied(f'{who} s3:PutObject {on}/other" {because} s3:PutObject action'):
        s3.put_object(Bucket=bucket, Key="other", Body=b"1")
    with denied(f'{who} s3:DeleteObject {on}/mine/a" with an explicit deny in an identity-based policy'):
        s3.delete_object(Bucket=bucket, Key="mine/a")
    with denied(f'{who} s3:ListBucket {on}" {because} s3:ListBucket action'):
        s3.list_objects_v2(Bucket=bucket)
    with denied(f"{who} s3:ListAllMyBuckets {because} s3:ListAllMyBuckets action"):
        s3.list_buckets()
    # Who may not list is not told whether a key is there.
    with denied("", "403"):
        s3.head_object(Bucket=bucket, Key="mine/none")
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}]})
    assert [error["Code"] for error in many["Errors"]] == ["AccessDenied"]
    functions = assumed(platform, arn, "lambda")
    with denied(f"{who} lambda:ListFunctions on resource: * {because} lambda:ListFunctions action", "AccessDeniedException"):
        functions.list_functions()


def test_a_session_is_who_it_is_and_no_more_than_its_policy(platform, bucket):
    name, arn = make_role(platform, allow("s3:*", "*"))
    who = assumed(platform, arn, "sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/test")
    role_id = platform.client("iam").get_role(RoleName=name)["Role"]["RoleId"]
    assert who["UserId"] == f"{role_id}:test"
    narrow = assumed(platform, arn, Policy=policy(allow("s3:GetObject", "*")))
    platform.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    assert narrow.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="because no session policy allows the s3:PutObject action"):
        narrow.put_object(Bucket=bucket, Key="a", Body=b"2")
    wide = assumed(platform, arn)
    platform.client("iam").delete_role_policy(RoleName=name, PolicyName="own")
    with denied():
        wide.get_object(Bucket=bucket, Key="a")
    platform.client("iam").delete_role(RoleName=name)
    with denied():
        wide.get_object(Bucket=bucket, Key="a")


def test_only_whom_a_role_trusts_assumes_it(platform):
    sts = platform.client("sts")
    _, guarded = make_role(platform, trust={"Condition": {"StringEquals": {"sts:ExternalId": "xyz"}}})
    refused = f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: {guarded}"
    with denied(refused):
        sts.assume_role(RoleArn=guarded, RoleSessionName="test")
    sts.assume_role(RoleArn=guarded, RoleSessionName="test", ExternalId="xyz")
    _, runner = make_role(platform, principal={"Service": "lambda.amazonaws.com"})
    with denied():
        sts.assume_role(RoleArn=runner, RoleSessionName="test")
    _, first = make_role(platform)
    _, second = make_role(platform, principal={"AWS": first})
    with denied():
        sts.assume_role(RoleArn=second, RoleSessionName="test")
    chained = assumed(platform, second, "sts", caller=assumed(platform, first, "sts"))
    assert ":assumed-role/" in chained.get_caller_identity()["Arn"]


def test_a_wrong_or_missing_token_is_told(platform, bucket):
    _, arn = make_role(platform, allow("s3:*", "*"))
    keys = platform.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    pair = {"key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"]}
    with denied("The provided token is malformed or otherwise invalid.", "InvalidToken"):
        platform.client("s3", **pair).list_objects_v2(Bucket=bucket)
    with denied("", "UnrecognizedClientException"):
        platform.client("lambda", **pair, aws_session_token="other").list_functions()
    with denied("", "InvalidAccessKeyId"):
        platform.client("s3", key="AKIANOBODY", secret="x").list_buckets()
    with denied("", "SignatureDoesNotMatch"):
        platform.client("s3", secret="x").list_buckets()


def test_a_role_is_passed_to_a_function_only_by_who_may(platform):
    runner = platform.role()
    name, arn = make_role(platform, allow("lambda:*", "*"))
    create = {
        "FunctionName": f"passed-{uuid.uuid4().hex[:8]}", "Runtime": "python3.12", "Handler": "app.handler", "Role": runner,
        "Code": {"ZipFile": zipped({"app.py": "def handler(event, context):\n    return 1\n"})},
    }
    with denied(
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/test is not authorized to perform: iam:PassRole on resource: "
        f"{runner} because no identity-based policy allows the iam:PassRole action",
        "AccessDeniedException",
    ):
        assumed(platform, arn, "lambda").create_function(**create)
    may = allow("iam:PassRole", runner, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})
    platform.client("iam").put_role_policy(RoleName=name, PolicyName="pass", PolicyDocument=policy(may))
    assumed(platform, arn, "lambda").create_function(**create)
    with pytest.raises(ClientError, match="The role defined for the function cannot be assumed by Lambda."):
        platform.client("lambda").create_function(**{**create, "Role": arn, "FunctionName": "untrusted"})


INSIDE = """
import base64, hashlib, hmac, os, time, urllib.error, urllib.parse, urllib.request

def put(path):
    expires, token = str(int(time.time()) + 60), os.environ["AWS_SESSION_TOKEN"]
    text = f"PUT\\n\\ntext/plain\\n{expires}\\nx-amz-security-token:{token}\\n{path}"
    mac = hmac.new(os.environ["AWS_SECRET_ACCESS_KEY"].encode(), text.encode(), hashlib.sha1)
    query = urllib.parse.urlencode({
        "AWSAccessKeyId": os.environ["AWS_ACCESS_KEY_ID"], "Expires": expires, "x-amz-security-token": token,
        "Signature": base64.b64encode(mac.digest()).decode(),
    })
    url = os.environ["AWS_ENDPOINT_URL"] + path + "?" + query
    request = urllib.request.Request(url, data=b"1", headers={"Content-Type": "text/plain"}, method="PUT")
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.read().decode()

def handler(event, context):
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    return {"answers": [put(path) for path in event], "keys": keys}
"""


def test_a_function_may_what_its_role_may(platform, bucket):
    name, arn = make_role(
        platform, allow("s3:PutObject", f"arn:aws:s3:::{bucket}/out/*"), principal=TRUST["Statement"][0]["Principal"]
    )
    platform.function("inside", INSIDE, role=arn)
    told = platform.invoke("inside", [f"/{bucket}/out/a", f"/{bucket}/in/a"])["Payload"]
    fine, refused = told["answers"]
    assert fine == 200
    assert (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/inside is not authorized to perform: s3:PutObject on resource: "
        f"&quot;arn:aws:s3:::{bucket}/in/a&quot; because no identity-based policy allows the s3:PutObject action"
    ) in refused
    keys = told["keys"]
    outside = platform.client(
        "s3", key=keys["AWS_ACCESS_KEY_ID"], secret=keys["AWS_SECRET_ACCESS_KEY"], aws_session_token=keys["AWS_SESSION_TOKEN"]
    )
    outside.put_object(Bucket=bucket, Key="out/b", Body=b"1")
    with denied():
        outside.get_object(Bucket=bucket, Key="out/b")


def test_another_account_needs_both_policies(own):
    platform = own("--dev", "--access-key", "OTHER:other-secret:222222222222").start()
    other = {"key": "OTHER", "secret": "other-secret"}
    s3, theirs = platform.client("s3"), platform.client("s3", **other)
    s3.create_bucket(Bucket="shared")
    s3.put_object(Bucket="shared", Key="a", Body=b"1")
    with denied("Access Denied"):
        theirs.get_object(Bucket="shared", Key="a")
    with denied("", "BucketAlreadyExists"):
        theirs.create_bucket(Bucket="shared")
    principal = {"AWS": "arn:aws:iam::222222222222:root"}
    objects = "arn:aws:s3:::shared/*"
    s3.put_bucket_policy(Bucket="shared", Policy=policy(allow(["s3:GetObject", "s3:PutObject"], objects, Principal=principal)))
    assert theirs.get_object(Bucket="shared", Key="a")["Body"].read() == b"1"
    with denied("Access Denied"):
        theirs.delete_object(Bucket="shared", Key="a")
    iam = platform.client("iam", **other)
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "sts:AssumeRole"})
    arn = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sts = platform.client("sts", **other)
    with denied("Access Denied"):
        assumed(platform, arn, caller=sts).get_object(Bucket="shared", Key="a")
    iam.put_role_policy(RoleName="theirs", PolicyName="own", PolicyDocument=policy(allow("s3:*", "*")))
    assert assumed(platform, arn, caller=sts).get_object(Bucket="shared", Key="a")["Body"].read() == b"1"
    with denied("Access Denied"):
        theirs.get_bucket_policy(Bucket="shared")
    with denied():
        s3.get_object(Bucket="shared", Key="a", ExpectedBucketOwner="222222222222")
    locked = deny("s3:*", ["arn:aws:s3:::shared", objects], Principal="*")
    s3.put_bucket_policy(Bucket="shared", Policy=policy(locked))
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        s3.get_object(Bucket="shared", Key="a")
    s3.delete_bucket_policy(Bucket="shared")
    assert s3.get_object(Bucket="shared", Key="a")["Body"].read() == b"1"


def fetch(platform, path, method="GET"):
    request = urllib.request.Request(platform.reach["endpoint"] + path, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_everybody_gets_in_only_by_a_public_policy_that_is_not_blocked(platform, bucket):
    s3 = platform.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"open")
    status, body = fetch(platform, f"/{bucket}/a")
    assert status == 403 and "<Code>AccessDenied</Code><Message>Access Denied</Message>" in body
    open_to_all = policy(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal="*"))
    with pytest.raises(ClientError, match="public policies are prevented by the BlockPublicPolicy setting"):
        s3.put_bucket_policy(Bucket=bucket, Policy=open_to_all)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=open_to_all)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    assert fetch(platform, f"/{bucket}/a") == (200, "open")
    assert fetch(platform, f"/{bucket}/a", "HEAD") == (200, "")
    assert fetch(platform, f"/{bucket}/b")[0] == 403, "who may not list is not told what is not there"
    assert fetch(platform, f"/{bucket}")[0] == 403
    assert fetch(platform, f"/{bucket}/a", "DELETE")[0] == 403
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert fetch(platform, f"/{bucket}/a")[0] == 403
    _, arn = make_role(platform)
    assert assumed(platform, arn).get_object(Bucket=bucket, Key="a")["Body"].read() == b"open", "its own account may"


@pytest.mark.parametrize(
    "statement, message",
    [
        (allow("s3:GetObject", "{}/*", Principal={"AWS": "bob"}), "Invalid principal in policy"),
        (allow("s3:GetObject", "{}x/*", Principal="*"), "Policy has invalid resource"),
        (allow("lambda:*", "{}/*", Principal="*"), "Policy has invalid action"),
        (allow("s3:GetObject", "{}", Principal="*"), "Action does not apply to any resource(s) in statement"),
        (allow("s3:GetObject", "{}/*"), "Missing required field Principal"),
    ],
)
def test_what_is_no_policy_of_the_bucket_is_refused(platform, bucket, statement, message):
    statement = {**statement, "Resource": statement["Resource"].replace("{}", f"arn:aws:s3:::{bucket}")}
    with denied(message, "MalformedPolicy"):
        platform.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(statement))


def test_what_a_role_may_can_be_asked_and_deploy_asks(platform, bucket, tmp_path):
    iam = platform.client("iam")
    name, arn = make_role(
        platform, allow("s3:*", f"arn:aws:s3:::{bucket}/*"), principal=TRUST["Statement"][0]["Principal"]
    )

    def ask(action, key):
        asked = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=[action], ResourceArns=[f"arn:aws:s3:::{bucket}/{key}"]
        )
        return asked["EvaluationResults"][0]["EvalDecision"]

    assert ask("s3:PutObject", "in/a") == "allowed" and ask("lambda:InvokeFunction", "in/a") == "implicitDeny"
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject", "sqs:SendMessage"], PaginationConfig={"PageSize": 2}
    )
    assert [result["EvalActionName"] for page in pages for result in page["EvaluationResults"]] == [
        "s3:GetObject", "s3:PutObject", "sqs:SendMessage",
    ]
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    deploy = ("deploy", "--name", "asks", "--role", arn, "--on", f"s3:{bucket}/in/", tmp_path)
    refused = platform.dayfly(*deploy, check=False)
    assert refused.returncode != 0 and "lets the function write into" in refused.stderr, refused
    keep_out = policy(deny("s3:PutObject", f"arn:aws:s3:::{bucket}/in/*"))
    iam.put_role_policy(RoleName=name, PolicyName="keep-out", PolicyDocument=keep_out)
    assert ask("s3:PutObject", "in/a") == "explicitDeny"
