"""Objects as boto3 and the aws CLI put and get them, and what of them survives a crash and a crowd."""

import base64
import collections
import concurrent.futures
import datetime
import hashlib
import itertools
import os
import socket
import threading
import urllib.error
import urllib.request
import uuid
import zlib
from unittest import mock

import botocore.auth
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from streams import streamed

MIB = 1024 * 1024


@pytest.fixture
def s3(platform):
    return platform.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"objects-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def refused(code, status):
    """That a call is refused with this code."""
    return pytest.raises(ClientError, match=rf"\({code}\)|{status}")


def test_buckets_are_made_found_and_removed(platform, s3):
    s3.create_bucket(Bucket="made-once")
    s3.create_bucket(Bucket="made-once")
    europe = platform.client("s3", region_name="eu-central-1")
    place = {"LocationConstraint": "eu-central-1"}
    europe.create_bucket(Bucket="made-there", CreateBucketConfiguration=place)
    with refused("BucketAlreadyOwnedByYou", 409):
        europe.create_bucket(Bucket="made-there", CreateBucketConfiguration=place)
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket="Made_wrong")
    assert s3.get_bucket_location(Bucket="made-there")["LocationConstraint"] == "eu-central-1"
    assert s3.get_bucket_location(Bucket="made-once")["LocationConstraint"] is None
    assert s3.head_bucket(Bucket="made-there")["BucketRegion"] == "eu-central-1"
    assert {"made-once", "made-there"} <= {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    s3.put_object(Bucket="made-once", Key="a", Body=b"")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket="made-once")
    s3.delete_object(Bucket="made-once", Key="a")
    s3.delete_bucket(Bucket="made-once")
    with refused("404", 404):
        s3.head_bucket(Bucket="made-once")
    with refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket="made-once")


def test_what_is_kept_with_an_object_comes_back(s3, bucket):
    headers = {
        "CacheControl": "no-cache", "ContentDisposition": "inline", "ContentEncoding": "gzip", "ContentLanguage": "de",
        "ContentType": "text/x", "Metadata": {"colour": "blue"},
    }
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"0123456789", Tagging="team=x", **headers)
    assert put["ETag"] == '"781e5e245d69b566979b86e28d23f2c7"' and put["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"0123456789"
    assert {name: got[name] for name in headers} == headers
    assert (got["TagCount"], got["ChecksumCRC32"], got["ServerSideEncryption"]) == (1, put["ChecksumCRC32"], "AES256")
    copy = s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    assert copy["CopyObjectResult"]["ETag"] == put["ETag"]
    assert s3.head_object(Bucket=bucket, Key="b")["Metadata"] == {"colour": "blue"}
    s3.copy_object(
        Bucket=bucket, Key="a", CopySource=f"{bucket}/a", MetadataDirective="REPLACE", Metadata={"colour": "red"}
    )
    head = s3.head_object(Bucket=bucket, Key="a")
    assert (head["Metadata"], head["ContentType"]) == ({"colour": "red"}, "binary/octet-stream")
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="a", CopySource=f"{bucket}/a")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_checked_kept_and_told(s3, bucket, algorithm):
    member = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"x", ChecksumAlgorithm=algorithm)
    assert s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")[member] == put[member]
    wrong = {member: base64.b64encode(bytes(len(base64.b64decode(put[member])))).decode()}
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="a", Body=b"x", **wrong)
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="a", Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode())
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"


def test_conditions_guard_reads_and_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfMatch='"other"')
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="a", IfNoneMatch=etag)
    with refused("PreconditionFailed", 412):
        s3.get_object(Bucket=bucket, Key="a", IfMatch='"other"')
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    with refused("304", 304):
        s3.head_object(Bucket=bucket, Key="a", IfModifiedSince=later)
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfMatch=etag)["ETag"] != etag


ODD = [
    "a", "a b", "a+b", "a%2Bb", "ü/ö", "x\ny", "tab\t", "//lead", "/lead", "trail/", "a//b", "..", "../x", "a/../b", ".", "./x",
    "😀", "q?x=1&y", "h#f", "a&b", "<x>", '"q"', "'", "*", "~", "k" * 1024, "é" * 512, "\x01", "@:;,$!()", "a\\b", "{}^`|[]", "\r",
]


def test_odd_keys_are_keys(s3, bucket):
    for key in ODD:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ODD:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode(), key
        s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key}, MetadataDirective="REPLACE")
    for operation in ("list_objects", "list_objects_v2"):
        pages = s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
        assert [line["Key"] for page in pages for line in page["Contents"]] == sorted(ODD, key=str.encode)
        pages = s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2})
        rolled = [line["Prefix"] for page in pages for line in page.get("CommonPrefixes", [])]
        assert rolled == sorted({key.split("/")[0] + "/" for key in ODD if "/" in key}, key=str.encode)
    with refused("KeyTooLongError", 400):
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")
    # Control characters cannot stand in the document that asks for it.
    plain = [key for key in ODD if key.isprintable()]
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*plain, "none"]]})
    assert [line["Key"] for line in gone["Deleted"]] == [*plain, "none"] and "Errors" not in gone
    for key in set(ODD) - set(plain):
        s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)


def test_a_large_file_goes_in_parts_and_comes_back(s3, bucket, tmp_path):
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(os.urandom(30 * MIB))
    parts = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_file(str(source), bucket, "large", Config=parts, ExtraArgs={"ContentType": "a/b"})
    head = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-4"') and head["ContentLength"] == 30 * MIB
    assert (head["ChecksumType"], head["ContentType"]) == ("COMPOSITE", "a/b")
    s3.download_file(bucket, "large", str(back), Config=parts)
    assert back.read_bytes() == source.read_bytes()
    across = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={8 * MIB - 3}-{8 * MIB + 2}")
    assert across["Body"].read() == source.read_bytes()[8 * MIB - 3 : 8 * MIB + 3]
    second = s3.get_object(Bucket=bucket, Key="large", PartNumber=2)
    assert (second["PartsCount"], second["ContentLength"]) == (4, 8 * MIB)
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy", Config=parts)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == source.read_bytes()
    attributes = s3.get_object_attributes(Bucket=bucket, Key="large", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (attributes["ObjectSize"], attributes["ObjectParts"]["TotalPartsCount"]) == (30 * MIB, 4)


def test_parts_are_checked_when_they_become_an_object(s3, bucket):
    of = {"Bucket": bucket, "Key": "a"}
    id = s3.create_multipart_upload(**of)["UploadId"]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**of, UploadId=id, PartNumber=number, Body=body)["ETag"]}
        for number, body in ((3, b"c"), (1, bytes(5 * MIB)), (2, b"b"))
    ]
    last, first, small = parts

    def complete(*parts):
        return s3.complete_multipart_upload(**of, UploadId=id, MultipartUpload={"Parts": list(parts)})

    with refused("InvalidPartOrder", 400):
        complete(last, first)
    with refused("InvalidPart", 400):
        complete(first, {**small, "ETag": first["ETag"]})
    with refused("EntityTooSmall", 400):
        complete(first, small, last)
    assert [part["PartNumber"] for part in s3.list_parts(**of, UploadId=id)["Parts"]] == [1, 2, 3]
    assert [upload["UploadId"] for upload in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [id]
    with refused("404", 404):
        s3.head_object(**of)
    whole = hashlib.md5(b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in (first, last))).hexdigest()
    assert complete(first, last)["ETag"] == complete(first, last)["ETag"] == f'"{whole}-2"'
    other = s3.create_multipart_upload(**of)["UploadId"]
    s3.abort_multipart_upload(**of, UploadId=other)
    with refused("NoSuchUpload", 404):
        s3.upload_part(**of, UploadId=other, PartNumber=1, Body=b"")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def fetch(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.mark.parametrize("version", [None, "s3v4"])
def test_presigned_urls_do_one_thing_until_they_end(platform, bucket, version):
    s3 = platform.client("s3", config={"signature_version": version, "request_checksum_calculation": "when_required"})

    def url(operation, lasting=60, **more):
        return s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a b/ü", **more}, ExpiresIn=lasting)

    text = {"Content-Type": "text/plain"}
    assert fetch(url("put_object", ContentType="text/plain"), "PUT", b"hello", text)[0] == 200
    status, body, headers = fetch(url("get_object"))
    assert (status, body, headers["Content-Type"]) == (200, b"hello", "text/plain")
    status, body, headers = fetch(url("get_object", ResponseContentType="a/b", ResponseContentDisposition="attachment"))
    assert (status, headers["Content-Type"], headers["Content-Disposition"]) == (200, "a/b", "attachment")
    assert fetch(url("head_object"), "HEAD")[:2] == (200, b"")
    assert fetch(url("head_object"))[0] == 403
    assert fetch(url("get_object").replace("a%20b", "a%20c"))[0] == 403
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: past.replace(tzinfo=None)),
        mock.patch.object(botocore.auth.time, "time", past.timestamp),
    ):
        ended = url("get_object")
    status, body, _ = fetch(ended)
    assert status == 403 and b"<Message>Request has expired</Message>" in body
    assert fetch(url("delete_object"), "DELETE")[0] == 204
    assert b"<Code>NoSuchKey</Code>" in fetch(url("get_object"))[1]


def test_a_bucket_may_be_the_host(platform, bucket, monkeypatch):
    resolve = socket.getaddrinfo
    local = lambda host, *rest, **more: resolve("127.0.0.1" if host.endswith(".localhost") else host, *rest, **more)
    monkeypatch.setattr(socket, "getaddrinfo", local)
    port = platform.reach["endpoint"].rsplit(":", 1)[1]
    monkeypatch.setitem(platform.reach, "endpoint", f"http://s3.localhost:{port}")
    s3 = platform.client("s3", config={"s3": {"addressing_style": "virtual"}})
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"1"
    assert [line["Key"] for line in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a/b"})
    assert url.startswith(f"http://{bucket}.s3.localhost") and fetch(url)[:2] == (200, b"1")


@pytest.mark.parametrize("signed, trailer", [(True, False), (True, True), (False, True)])
def test_chunked_uploads_are_taken_and_checked(platform, s3, bucket, signed, trailer):
    body = os.urandom(200_000)
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode() if trailer else None
    path = f"/{bucket}/chunked"
    status, answer = streamed(platform.reach, path, body, signed, crc)
    assert status == 200, answer
    got = s3.get_object(Bucket=bucket, Key="chunked", ChecksumMode="ENABLED")
    assert got["Body"].read() == body and "ContentEncoding" not in got
    assert got.get("ChecksumCRC32") == crc
    spoilt = [("cut", "IncompleteBody")] + [("chunk", "SignatureDoesNotMatch")] * signed
    spoilt += [("crc", "BadDigest")] * trailer + [("trailer", "SignatureDoesNotMatch")] * (signed and trailer)
    for spoil, code in spoilt:
        status, answer = streamed(platform.reach, path, body + b"other", signed, crc, spoil)
        assert f"<Code>{code}</Code>" in answer, (spoil, status, answer)
    assert s3.get_object(Bucket=bucket, Key="chunked")["Body"].read() == body


def test_the_aws_cli_copies_syncs_moves_and_removes(platform, bucket, tmp_path):
    tree, back = tmp_path / "tree", tmp_path / "back"
    (tree / "sub/deep").mkdir(parents=True)
    for name, body in (("a.txt", b"a"), ("sub/b c.txt", b"b"), ("sub/deep/ü+%.txt", b"c"), ("big", os.urandom(9 * MIB))):
        (tree / name).write_bytes(body)
        # Times of objects are in whole seconds: a file of this very second would count as newer than its object.
        os.utime(tree / name, (1_700_000_000, 1_700_000_000))
    platform.aws("s3", "sync", tree, f"s3://{bucket}/t", "--only-show-errors")
    assert platform.aws("s3", "sync", tree, f"s3://{bucket}/t").stdout == ""
    platform.aws("s3", "sync", f"s3://{bucket}/t", back, "--only-show-errors")
    files = lambda top: {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
    assert files(back) == files(tree)
    platform.aws("s3", "mv", f"s3://{bucket}/t/a.txt", f"s3://{bucket}/moved")
    assert platform.aws("s3", "cp", f"s3://{bucket}/moved", "-").stdout == "a"
    platform.aws("s3", "rm", f"s3://{bucket}/t", "--recursive")
    assert platform.aws("s3", "ls", f"s3://{bucket}", "--recursive").stdout.split()[2:] == ["1", "moved"]
    platform.aws("s3", "rb", f"s3://{bucket}", "--force")


def test_a_crowd_on_one_key_leaves_one_whole_object(platform, bucket):
    bodies = [bytes([number]) * (40_000 if number % 2 else 4_000) for number in range(8)]

    def write(body):
        s3 = platform.client("s3")
        for _ in range(6):
            s3.put_object(Bucket=bucket, Key="one", Body=body)
            got = s3.get_object(Bucket=bucket, Key="one")
            assert hashlib.md5(got["Body"].read()).hexdigest() == got["ETag"].strip('"')

    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        list(crowd.map(write, bodies))
    assert platform.client("s3").get_object(Bucket=bucket, Key="one")["Body"].read() in bodies


def test_a_bucket_is_not_removed_under_an_object(platform, s3):
    for _ in range(12):
        s3.create_bucket(Bucket="contested")
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            put = both.submit(platform.client("s3").put_object, Bucket="contested", Key="a", Body=b"1")
            gone = both.submit(s3.delete_bucket, Bucket="contested")
        if put.exception() is None:
            assert gone.exception() is not None, "an acknowledged object has a bucket"
            assert s3.get_object(Bucket="contested", Key="a")["Body"].read() == b"1"
            s3.delete_object(Bucket="contested", Key="a")
            s3.delete_bucket(Bucket="contested")
        else:
            assert put.exception().response["Error"]["Code"] == "NoSuchBucket"


def test_what_was_acknowledged_before_a_crash_is_there_and_whole(own):
    platform = own().start()
    platform.client("s3").create_bucket(Bucket="crash")
    acknowledged, sent = {}, collections.defaultdict(set)
    enough = threading.Event()

    def upload(number):
        s3 = platform.client("s3")
        for turn in itertools.count():
            key, body = f"{number}-{turn % 10}", os.urandom((10, 20_000, 300_000, 3 * MIB)[turn % 4])
            digest = hashlib.md5(body).hexdigest()
            sent[key].add(digest)
            try:
                s3.put_object(Bucket="crash", Key=key, Body=body)
            except Exception:
                return
            acknowledged[key] = digest
            if turn > 12:
                enough.set()

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(30)
    platform.kill()
    for thread in threads:
        thread.join()
    platform.start()
    s3 = platform.client("s3")
    listed = {line["Key"]: line for line in s3.list_objects_v2(Bucket="crash")["Contents"]}
    assert acknowledged.keys() <= listed.keys()
    for key, line in listed.items():
        body = s3.get_object(Bucket="crash", Key=key)["Body"].read()
        assert (len(body), f'"{hashlib.md5(body).hexdigest()}"') == (line["Size"], line["ETag"])
        assert line["ETag"].strip('"') in sent[key]
