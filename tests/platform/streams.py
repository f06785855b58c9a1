"""Uploads in the content encoding `aws-chunked`, made by hand: boto3 makes only some of them."""

import hashlib
import hmac
import http.client

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

EMPTY = hashlib.sha256(b"").hexdigest()
NAMES = {
    (True, False): "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    (True, True): "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    (False, True): "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
}


def streamed(reach, path, body, signed, crc, spoil=None):
    """Puts `body` in chunks, with a CRC32 in the trailer when there is one; `spoil` is what is wrong with it."""
    host, name = reach["endpoint"].removeprefix("http://"), NAMES[signed, crc is not None]
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Content-SHA256": name, "x-amz-decoded-content-length": str(len(body))}
    if crc:
        headers["x-amz-trailer"] = "x-amz-checksum-crc32"
    request = AWSRequest("PUT", f"http://{host}{path}", headers=headers)
    credentials = Credentials(reach["access_key_id"], reach["secret_access_key"])
    auth = S3SigV4Auth(credentials, "s3", "us-east-1")
    auth.payload = lambda _: name
    auth.add_auth(request)
    chunks = Chunks(credentials.secret_key, request.headers) if signed else None
    encoded = b""
    for start in range(0, len(body) + 65536, 65536):
        chunk = body[start : start + 65536]
        signature = chunks.sign("PAYLOAD", f"{EMPTY}\n{hashlib.sha256(chunk).hexdigest()}") if signed else None
        signature = "0" * 64 if spoil == "chunk" else signature
        encoded += f"{len(chunk):x}".encode() + (f";chunk-signature={signature}".encode() if signed else b"") + b"\r\n"
        encoded += chunk + b"\r\n" if chunk else b""
        if not chunk:
            break
    if crc:
        line = f"x-amz-checksum-crc32:{'AAAAAA==' if spoil == 'crc' else crc}\n"
        encoded += line.strip().encode() + b"\r\n"
        if signed:
            signature = chunks.sign("TRAILER", hashlib.sha256(line.encode()).hexdigest())
            encoded += f"x-amz-trailer-signature:{'0' * 64 if spoil == 'trailer' else signature}\r\n".encode()
    encoded += b"\r\n"
    if spoil == "cut":
        encoded = encoded[:-100_000]
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("PUT", path, body=encoded, headers=dict(request.headers.items()))
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


class Chunks:
    """The chain of signatures that begins with the request's."""

    def __init__(self, secret, headers):
        self.date = headers["X-Amz-Date"]
        self.scope = f"{self.date[:8]}/us-east-1/s3/aws4_request"
        self.previous = headers["Authorization"].split("Signature=")[1]
        self.key = f"AWS4{secret}".encode()
        for part in self.scope.split("/"):
            self.key = hmac.new(self.key, part.encode(), hashlib.sha256).digest()

    def sign(self, kind, hashes):
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.date}\n{self.scope}\n{self.previous}\n{hashes}"
        self.previous = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous
