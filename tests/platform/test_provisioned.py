"""Provisioned concurrency: instances that are initialised before anybody calls, and stay."""

import base64
import json
import threading

from house import eventually, fails

SLOW = """import os, time
time.sleep(0.3)
BORN = time.time()
def handler(event, context):
    time.sleep(event or 0)
    return [BORN, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], context.function_version]
"""


def provisioned(platform, name, calls=2, code=SLOW, **options):
    """Version 1, of which so many are ready."""
    awslambda = platform.client("lambda")
    platform.function(name, code, **options)
    awslambda.publish_version(FunctionName=name)
    awslambda.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1", WaiterConfig={"Delay": 1})
    put = awslambda.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=calls)
    assert (put["RequestedProvisionedConcurrentExecutions"], put["Status"] in ("IN_PROGRESS", "READY")) == (calls, True)
    ready(awslambda, name, "1", calls)
    return awslambda


def ready(awslambda, name, qualifier, calls):
    def look():
        got = awslambda.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
        return got["Status"] == "READY" and got
    got = eventually(look)
    assert got["AllocatedProvisionedConcurrentExecutions"] == got["AvailableProvisionedConcurrentExecutions"] == calls


def held(platform, name):
    fleet = platform.admin("GET", "/_dayfly/v1/fleet")["Instances"]
    return [instance for instance in fleet if instance["FunctionName"] == name]


def test_calls_find_initialised_instances(platform):
    awslambda = provisioned(platform, "ready")
    assert len(held(platform, "ready")) == 2
    answers = []

    # By one client: making clients is not for several threads at once.
    def call():
        answer = awslambda.invoke(FunctionName="ready", Payload="3", Qualifier="1", LogType="Tail")
        answers.append({**answer, "Payload": json.loads(answer["Payload"].read())})
    calls = [threading.Thread(target=call) for _ in range(2)]
    [call.start() for call in calls] and [call.join() for call in calls]
    assert len(answers) == len({answer["Payload"][0] for answer in answers}) == 2, answers
    assert {answer["Payload"][1] for answer in answers} == {"provisioned-concurrency"}
    assert all("Init Duration" not in base64.b64decode(answer["LogResult"]).decode() for answer in answers)
    assert platform.invoke("ready")["Payload"][1] == "on-demand", "what is not provisioned starts as ever"
    listed = awslambda.list_provisioned_concurrency_configs(FunctionName="ready")["ProvisionedConcurrencyConfigs"]
    assert [config["FunctionArn"].rsplit(":", 1)[1] for config in listed] == ["1"]
    awslambda.delete_provisioned_concurrency_config(FunctionName="ready", Qualifier="1")
    fails("ProvisionedConcurrencyConfigNotFoundException",
          awslambda.get_provisioned_concurrency_config, FunctionName="ready", Qualifier="1")
    eventually(lambda: len(held(platform, "ready")) == 1)


def test_an_alias_takes_its_instances_along(platform):
    awslambda = provisioned(platform, "moves", calls=1)
    awslambda.delete_provisioned_concurrency_config(FunctionName="moves", Qualifier="1")
    awslambda.create_alias(FunctionName="moves", Name="live", FunctionVersion="1")
    awslambda.put_provisioned_concurrency_config(FunctionName="moves", Qualifier="live", ProvisionedConcurrentExecutions=1)
    ready(awslambda, "moves", "live", 1)
    fails("ResourceConflictException", awslambda.put_provisioned_concurrency_config,
          FunctionName="moves", Qualifier="1", ProvisionedConcurrentExecutions=1)
    awslambda.update_function_configuration(FunctionName="moves", Description="second", MemorySize=192)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName="moves", WaiterConfig={"Delay": 1})
    awslambda.publish_version(FunctionName="moves")
    awslambda.update_alias(FunctionName="moves", Name="live", FunctionVersion="2")
    ready(awslambda, "moves", "live", 1)
    assert platform.invoke("moves:live")["Payload"][1:] == ["provisioned-concurrency", "2"]


def test_what_cannot_be_held_is_told(platform):
    awslambda = provisioned(platform, "told-held", calls=1)
    put = lambda qualifier, calls=1: {
        "FunctionName": "told-held", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": calls}
    for qualifier, calls, code in [
        ("$LATEST", 1, "InvalidParameterValueException"), ("7", 1, "ResourceNotFoundException"), ("none", 1, "ResourceNotFoundException"),
        ("1", 100_000, "InvalidParameterValueException"),
    ]:
        fails(code, awslambda.put_provisioned_concurrency_config, **put(qualifier, calls))
    platform.function("breaks-held", "raise ValueError('no')\n")
    awslambda.publish_version(FunctionName="breaks-held")
    awslambda.put_provisioned_concurrency_config(FunctionName="breaks-held", Qualifier="1", ProvisionedConcurrentExecutions=1)
    def failed():
        got = awslambda.get_provisioned_concurrency_config(FunctionName="breaks-held", Qualifier="1")
        return got["Status"] == "FAILED" and got
    assert "ValueError" in eventually(failed)["StatusReason"]


def test_what_is_held_is_held_again_after_a_power_cut_and_a_crash(own):
    platform = own("--dev").start()
    provisioned(platform, "again", calls=1, Timeout=1)
    platform.kill()
    platform.start()
    awslambda = platform.client("lambda")
    ready(awslambda, "again", "1", 1)
    assert platform.invoke("again", 5, Qualifier="1")["FunctionError"] == "Unhandled", "it times out and is thrown away"
    ready(awslambda, "again", "1", 1)
    assert platform.invoke("again", Qualifier="1")["Payload"][1] == "provisioned-concurrency"
