"""Counts what is in access logs: split into a queue, counted part by part by many at once, and summed up in a report."""

import collections
import json
import os
import re
from urllib.parse import unquote_plus

import boto3

s3, sqs = boto3.client("s3"), boto3.client("sqs")
PARTS = os.environ.get("PARTS", "log-parts")
QUEUE = os.environ.get("QUEUE", "log-lines")
LINES = 500
LINE = re.compile(r'^(\S+) \S+ \S+ \[[^\]]*\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)')


def split(event, context):
    """An uploaded log becomes messages of some hundred lines."""
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sent = 0
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(errors="replace").splitlines()
        for start in range(0, len(lines), LINES):
            sqs.send_message(QueueUrl=url, MessageBody="\n".join(lines[start : start + LINES]))
            sent += 1
        print(f"{key}: {len(lines)} lines")
    return {"messages": sent}


def count(event, context):
    """Each message becomes a part of the report, under its own name: a message that comes twice is counted once."""
    for record in event["Records"]:
        counts = {"lines": 0, "unreadable": 0, "bytes": 0, "status": collections.Counter(), "path": collections.Counter()}
        for line in record["body"].splitlines():
            counts["lines"] += 1
            found = LINE.match(line)
            if not found:
                counts["unreadable"] += 1
                continue
            _, _, path, status, size = found.groups()
            counts["status"][status] += 1
            counts["path"][path] += 1
            counts["bytes"] += 0 if size == "-" else int(size)
        s3.put_object(Bucket=PARTS, Key=f"{record['messageId']}.json", Body=json.dumps(counts))


def report(event, context):
    """The sum of all parts."""
    total = {"parts": 0, "lines": 0, "unreadable": 0, "bytes": 0}
    status, paths = collections.Counter(), collections.Counter()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=PARTS):
        for part in page.get("Contents", []):
            counts = json.loads(s3.get_object(Bucket=PARTS, Key=part["Key"])["Body"].read())
            total["parts"] += 1
            for name in ("lines", "unreadable", "bytes"):
                total[name] += counts[name]
            status.update(counts["status"])
            paths.update(counts["path"])
    return {**total, "status": dict(status), "top": paths.most_common(5)}
