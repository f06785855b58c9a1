"""SnapStart: the init of a published version runs once, when it is published."""

import concurrent.futures

import pytest
from botocore.exceptions import ClientError

from house import eventually, zipped

ON = {"ApplyOn": "PublishedVersions"}

APP = """import os, random, time, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot
once, seen = str(uuid.uuid4()), []
os.environ["MODEL"] = "loaded"
register_before_snapshot(lambda: seen.append("before"))

@register_after_restore
def after():
    seen.append(os.environ["AWS_ACCESS_KEY_ID"])

def handler(event, context):
    time.sleep(0.3)
    return {"once": once, "seen": seen, "key": os.environ["AWS_ACCESS_KEY_ID"], "random": random.random(), "pid": os.getpid(),
            "id": str(uuid.uuid4()), "stream": context.log_stream_name, "model": os.environ["MODEL"],
            "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "version": context.function_version}
"""


def publish(platform, name):
    awslambda = platform.client("lambda")
    version = awslambda.publish_version(FunctionName=name)
    assert version["SnapStart"] == {**ON, "OptimizationStatus": "On"} and version["State"] == "Pending"

    def settled():
        shown = awslambda.get_function_configuration(FunctionName=name, Qualifier=version["Version"])
        return shown["State"] != "Pending" and shown

    return eventually(settled, 60)


def test_instances_of_a_version_go_on_after_its_init(platform):
    platform.function("snap", APP, SnapStart=ON)
    assert platform.invoke("snap")["Payload"]["type"] == "on-demand", "$LATEST has no snapshot"
    assert publish(platform, "snap")["State"] == "Active"
    platform.client("lambda").create_alias(FunctionName="snap", Name="live", FunctionVersion="1")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        told = [answer["Payload"] for answer in pool.map(lambda _: platform.invoke("snap:live"), range(8))]
    assert len({one["stream"] for one in told}) > 2, "several instances"
    assert {one["once"] for one in told} == {told[0]["once"]}, "one init"
    assert len({one["random"] for one in told}) == len({one["id"] for one in told}) == len(told)
    for one in told:
        assert (one["model"], one["type"], one["version"]) == ("loaded", "snap-start", "1")
        assert one["seen"] == ["before", one["key"]] and one["key"].startswith("ASIA")
    logs = platform.client("logs")

    def lines():
        found = logs.filter_log_events(logGroupName="/aws/lambda/snap", filterPattern='"Restore Duration"')["events"]
        return [line["message"] for line in found]

    eventually(lambda: any("Billed Restore Duration" in line for line in lines()))
    assert any(line.startswith("RESTORE_REPORT Restore Duration") for line in lines())


def test_a_version_outlives_a_restart_with_its_snapshot_made_again(own):
    platform = own("--dev").start()
    platform.function("snap", APP, SnapStart=ON)
    assert publish(platform, "snap")["State"] == "Active"
    platform.stop()
    platform.start()
    first = platform.invoke("snap:1")["Payload"]
    assert first["type"] == "snap-start" and first["seen"] == ["before", first["key"]]


def test_an_init_that_fails_is_told_where_it_was_published(platform):
    platform.function("snap-fails", "raise ValueError('no model')\n", SnapStart=ON)
    shown = publish(platform, "snap-fails")
    assert (shown["State"], shown["StateReasonCode"]) == ("Failed", "FunctionError")
    assert "ValueError" in shown["StateReason"] or "no model" in shown["StateReason"]


def test_an_init_that_cannot_be_kept_is_done_in_each_instance(platform):
    threads = "import threading, time\nthreading.Thread(target=time.sleep, args=(999,), daemon=True).start()\n"
    platform.function("snap-threads", threads + APP, SnapStart=ON)
    assert publish(platform, "snap-threads")["State"] == "Active"
    answer = platform.invoke("snap-threads:1")["Payload"]
    assert answer["seen"] == ["before", answer["key"]] and answer["type"] == "snap-start"
    assert "starts threads" in platform.dayfly("ls", "--verbose").stdout


def test_runtimes_without_it_are_refused(platform):
    awslambda = platform.client("lambda")
    for runtime in ("nodejs20.x", "python3.11", "provided.al2023"):
        with pytest.raises(ClientError, match="is not supported for SnapStart enabled functions"):
            awslambda.create_function(
                FunctionName="never", Runtime=runtime, Handler="app.handler", Role=platform.role(), SnapStart=ON,
                Code={"ZipFile": zipped({"app.py": APP})},
            )
