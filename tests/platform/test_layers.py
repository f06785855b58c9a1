"""Layers as boto3 knows them: laid under functions of every runtime, kept, shared and bounded."""

import io
import json
import zipfile

import pytest

from house import TRUST, fails, zipped

LISTS = "import os\ndef handler(event, context):\n    return [open(name).read() for name in event]\n"


def publish(platform, name, files, **options):
    awslambda = platform.client("lambda")
    made = awslambda.publish_layer_version(LayerName=name, Content={"ZipFile": zipped(files)}, **options)
    return made["LayerVersionArn"]


def relaid(platform, name, layers):
    awslambda = platform.client("lambda")
    awslambda.update_function_configuration(FunctionName=name, Layers=layers)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def test_later_layers_lie_on_top_and_outlive_their_versions(platform):
    awslambda = platform.client("lambda")
    low = publish(platform, "low", {"who.txt": "low", "shared/a.txt": "low"})
    high = publish(platform, "high", {"who.txt": "high", "shared/b.txt": "high"})
    platform.function("laid", LISTS, Layers=[low, high])
    names = ["/opt/who.txt", "/opt/shared/a.txt", "/opt/shared/b.txt"]
    assert platform.invoke("laid", names)["Payload"] == ["high", "low", "high"]
    relaid(platform, "laid", [high, low])
    assert platform.invoke("laid", names)["Payload"] == ["low", "low", "high"]
    shown = awslambda.get_function_configuration(FunctionName="laid")["Layers"]
    assert [layer["Arn"] for layer in shown] == [high, low] and all(layer["CodeSize"] > 0 for layer in shown)
    version = awslambda.publish_version(FunctionName="laid")["Version"]
    for name in ("low", "high"):
        awslambda.delete_layer_version(LayerName=name, VersionNumber=1)
    assert "does not exist" in fails(
        "InvalidParameterValueException", awslambda.update_function_configuration, FunctionName="laid", Layers=[low]
    )
    relaid(platform, "laid", [])
    assert "errorMessage" in platform.invoke("laid", names)["Payload"]
    assert platform.invoke("laid", names, Qualifier=version)["Payload"] == ["low", "low", "high"]


TOOL = "#!/bin/sh\necho from a tool\n"

IMPORTS = """import json, subprocess, sys, mine, theirs
def handler(event, context):
    tool = subprocess.run(["tool"], capture_output=True, text=True).stdout.strip()
    return [mine.NAME, theirs.NAME, tool, sys.path]
"""


@pytest.mark.parametrize("snap", ["None", "PublishedVersions"])
def test_python_finds_modules_and_tools_of_layers(platform, snap):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        tool = zipfile.ZipInfo("bin/tool")
        tool.external_attr = 0o100755 << 16
        archive.writestr(tool, TOOL)
        archive.writestr("python/mine.py", "NAME = 'mine'\n")
        archive.writestr("python/lib/python3.12/site-packages/theirs.py", "NAME = 'theirs'\n")
    awslambda, name = platform.client("lambda"), f"imports-{snap}"
    layer = awslambda.publish_layer_version(LayerName=name, Content={"ZipFile": packed.getvalue()})
    platform.function(name, IMPORTS, Layers=[layer["LayerVersionArn"]], SnapStart={"ApplyOn": snap})
    version = awslambda.publish_version(FunctionName=name)["Version"]
    awslambda.get_waiter("published_version_active").wait(FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 1})
    # The first start teaches what a template loads; a later one may be a fork of it.
    for qualifier in ("$LATEST", version, version):
        found = platform.invoke(name, Qualifier=qualifier)["Payload"]
        assert found[:3] == ["mine", "theirs", "from a tool"], found
        assert found[3][:3] == ["/var/task", "/opt/python/lib/python3.12/site-packages", "/opt/python"]


def test_node_finds_modules_of_layers(platform):
    layer = publish(platform, "node-modules", {
        "nodejs/node_modules/mine/index.js": "exports.name = 'mine';\n",
        "nodejs/node20/node_modules/theirs/index.js": "exports.name = 'theirs';\n",
    })
    code = "exports.handler = async () => [require('mine').name, require('theirs').name];\n"
    platform.function("node-layers", {"index.js": code}, runtime="nodejs20.x", handler="index.handler", Layers=[layer])
    assert platform.invoke("node-layers")["Payload"] == ["mine", "theirs"]


def test_a_runtime_may_come_in_a_layer(platform):
    bootstrap = (
        '#!/bin/sh\nbase="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"\nwhile true; do\n'
        '  id=$(curl -sS -o /tmp/event -D - "$base/invocation/next" | grep -i aws-request-id | tr -d "\\r" | cut -d" " -f2)\n'
        '  curl -sS -o /dev/null -X POST "$base/invocation/$id/response" -d "\\"$(cat /opt/word.txt)\\""\ndone\n'
    )
    layer = publish(platform, "own-runtime", {"bootstrap": bootstrap, "word.txt": "from a layer"})
    platform.function("layered-runtime", {"x.txt": "x"}, runtime="provided.al2023", handler="x", Layers=[layer])
    assert platform.invoke("layered-runtime")["Payload"] == "from a layer"


def zeros(mebibytes):
    """A small zip of so many."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", LISTS)
        archive.writestr("zeros", b"\0" * (mebibytes << 20))
    return packed.getvalue()


def test_code_and_layers_have_one_limit(platform):
    awslambda, role = platform.client("lambda"), platform.role()
    layers = [
        awslambda.publish_layer_version(LayerName=f"large-{number}", Content={"ZipFile": zeros(60)})["LayerVersionArn"]
        for number in range(5)
    ]
    create = {"FunctionName": "large", "Runtime": "python3.12", "Handler": "app.handler", "Role": role}
    refused = "InvalidParameterValueException"
    said = fails(refused, awslambda.create_function, **create, Code={"ZipFile": zeros(0)}, Layers=layers)
    assert said == "Layers consume more than the available size of 262144000 bytes"
    said = fails(refused, awslambda.create_function, **create, Code={"ZipFile": zeros(20)}, Layers=layers[:4])
    assert said.startswith("Function code combined with layers exceeds the maximum allowed size of 262144000 bytes.")
    platform.function("large", LISTS, Layers=layers[:4])
    said = fails(refused, awslambda.update_function_code, FunctionName="large", ZipFile=zeros(20))
    assert said.startswith("Function code combined with layers exceeds")


def test_who_may_not_have_a_layer_may_not_lay_it_under_a_function(platform):
    layer = publish(platform, "lent", {"who.txt": "lent"})
    platform.function("borrows", LISTS)
    iam, account = platform.client("iam"), "arn:aws:iam::000000000000:root"
    trust = json.dumps(TRUST).replace('"Service": "lambda.amazonaws.com"', f'"AWS": "{account}"')
    role = iam.create_role(RoleName="borrower", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:UpdateFunctionConfiguration", "Resource": "*"}]}
    iam.put_role_policy(RoleName="borrower", PolicyName="may", PolicyDocument=json.dumps(may))
    given = platform.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    borrower = platform.client(
        "lambda", key=given["AccessKeyId"], secret=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
    )
    lay = {"FunctionName": "borrows", "Layers": [layer]}
    assert "lambda:GetLayerVersion" in fails("AccessDeniedException", borrower.update_function_configuration, **lay)
    owner = platform.client("lambda")
    owner.add_layer_version_permission(
        LayerName="lent", VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal="*",
    )
    policy = json.loads(owner.get_layer_version_policy(LayerName="lent", VersionNumber=1)["Policy"])
    assert policy["Statement"][0]["Resource"] == layer
    borrower.update_function_configuration(**lay)
    owner.get_waiter("function_updated_v2").wait(FunctionName="borrows", WaiterConfig={"Delay": 1})
    assert platform.invoke("borrows", ["/opt/who.txt"])["Payload"] == ["lent"]
    owner.remove_layer_version_permission(LayerName="lent", VersionNumber=1, StatementId="s")
    fails("AccessDeniedException", borrower.get_layer_version_by_arn, Arn=layer)


def test_layers_outlive_a_power_cut(own):
    platform = own().start()
    layer = publish(platform, "kept", {"who.txt": "kept"})
    platform.function("keeps", LISTS, Layers=[layer])
    platform.kill()
    platform.start()
    assert platform.invoke("keeps", ["/opt/who.txt"])["Payload"] == ["kept"]
    assert publish(platform, "kept", {"who.txt": "more"}).endswith(":2")
    listed = platform.client("lambda").list_layers()["Layers"]
    assert [layer["LatestMatchingVersion"]["Version"] for layer in listed] == [2]
