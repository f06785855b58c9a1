"""Answers that come in pieces: from Node.js and from any runtime of one's own, by the API and by URLs."""

import base64
import http.client
import json
import pathlib
import urllib.parse

from house import eventually, fails
from test_urls import let_in, request

STREAMS = """
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
exports.handler = awslambda.streamifyResponse(async (event, response, context) => {
  if (event.early) throw new TypeError('early');
  response.setContentType(event.type || 'text/plain');
  for (const word of event.words || []) response.write(word);
  if (event.late) throw new RangeError('late');
  if (event.exit) { await new Promise((done) => response.write('last', done)); process.exit(3); }
  if (event.waits) await new Promise((done) => setTimeout(done, 60000));
  if (event.bytes) {
    const piece = Buffer.alloc(64 * 1024, 'x');
    await pipeline(Readable.from((function* () { for (let sent = 0; sent < event.bytes; sent += piece.length) yield piece; })()), response);
    return;
  }
  response.end();
  await response.finished;
});
exports.plain = async (event) => ({ plain: event });
exports.web = awslambda.streamifyResponse(async (event, response) => {
  response = awslambda.HttpResponseStream.from(response, {
    statusCode: 201, headers: { 'content-type': 'text/html', 'x-own': 'own' }, cookies: ['a=1', 'b=2'],
  });
  response.write('<p>');
  await new Promise((done) => setTimeout(done, 20));
  response.end(event.rawPath);
});
"""


def streaming(platform, name, handler="index.handler", code=STREAMS, **settings):
    return platform.function(name, {"index.js": code}, runtime="nodejs20.x", handler=handler, **settings)


def asked(platform, name, payload=None, **options):
    """The pieces, and what the last event says."""
    answer = platform.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=json.dumps(payload or {}), **options)
    pieces, end = [], None
    for event in answer["EventStream"]:
        assert end is None, "nothing comes after the end"
        if "PayloadChunk" in event:
            pieces.append(event["PayloadChunk"]["Payload"])
        else:
            end = event["InvokeComplete"]
    return pieces, end


def test_node_handlers_write_their_answer(platform):
    streaming(platform, "streams")
    pieces, end = asked(platform, "streams", {"words": ["one ", "two ", "three"]}, LogType="Tail")
    assert b"".join(pieces) == b"one two three" and len(pieces) > 1
    assert "ErrorCode" not in end and b"REPORT RequestId" in base64.b64decode(end["LogResult"])
    assert asked(platform, "streams") == ([], {})
    whole = platform.client("lambda").invoke(FunctionName="streams", Payload=json.dumps({"words": ["a", "b"]}))
    assert whole["Payload"].read() == b"ab"
    assert platform.client("lambda").invoke_with_response_stream(
        FunctionName="streams", InvocationType="DryRun")["StatusCode"] == 204
    fails("ResourceNotFoundException", platform.client("lambda").invoke_with_response_stream, FunctionName="none")


def test_what_fails_before_or_after_the_beginning_is_told_at_the_end(platform):
    streaming(platform, "breaks", Timeout=3)
    pieces, end = asked(platform, "breaks", {"early": True})
    assert (pieces, end["ErrorCode"]) == ([], "TypeError") and json.loads(end["ErrorDetails"])["errorMessage"] == "early"
    pieces, end = asked(platform, "breaks", {"words": ["one ", "two"], "late": True})
    assert (b"".join(pieces), end["ErrorCode"]) == (b"one two", "RangeError")
    pieces, end = asked(platform, "breaks", {"words": ["one "], "exit": True})
    assert (b"".join(pieces), end["ErrorCode"]) == (b"one last", "Runtime.ExitError")
    pieces, end = asked(platform, "breaks", {"words": ["one"], "waits": True})
    assert (b"".join(pieces), end["ErrorCode"]) == (b"one", "Sandbox.Timedout")
    assert asked(platform, "breaks", {"words": ["well"]}) == ([b"well"], {}), "the next call has a fresh start"


def test_what_answers_whole_comes_as_one_piece(platform):
    streaming(platform, "whole", handler="index.plain")
    pieces, end = asked(platform, "whole", {"a": 1})
    assert [json.loads(piece) for piece in pieces] == [{"plain": {"a": 1}}] and end == {}
    platform.function("whole-python", "def handler(event, context):\n    raise ValueError('no')\n")
    pieces, end = asked(platform, "whole-python")
    assert (pieces, end["ErrorCode"]) == ([], "ValueError")


def resident(platform):
    """What the server holds, in MiB."""
    status = pathlib.Path(f"/proc/{platform.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10


def test_two_hundred_megabytes_pass_through_little_memory(own):
    platform = own("--dev").start()
    streaming(platform, "large", Timeout=120)
    asked(platform, "large", {"words": ["warm"]})
    before, size = resident(platform), 200 << 20
    answer = platform.client("lambda").invoke_with_response_stream(FunctionName="large", Payload=json.dumps({"bytes": size}))
    got, end = 0, None
    for event in answer["EventStream"]:
        if "PayloadChunk" in event:
            got += len(event["PayloadChunk"]["Payload"])
        else:
            end = event["InvokeComplete"]
    assert (got, end) == (size, {})
    assert resident(platform) - before < 40
    pieces, end = asked(platform, "large", {"bytes": size + (64 << 10)})
    assert end["ErrorCode"] == "Function.ResponseSizeTooLarge"
    whole = platform.invoke("large", {"bytes": 7 << 20})
    assert (whole["FunctionError"], whole["Payload"]["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")
    assert asked(platform, "large", {"words": ["well"]}) == ([b"well"], {})


OWN = '''#!/usr/bin/perl
use strict; use IO::Socket::INET;
my $api = $ENV{AWS_LAMBDA_RUNTIME_API};
sub ask { my $s = IO::Socket::INET->new(PeerAddr => $api) or die; print $s @_; $s->flush; return $s; }
while (1) {
  my $s = ask("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: $api\\r\\nConnection: close\\r\\n\\r\\n");
  my ($id, $body) = ("", "");
  while (my $line = <$s>) { last if $line eq "\\r\\n"; $id = $1 if $line =~ /^lambda-runtime-aws-request-id: (\\S+)/i; }
  { local $/; $body = <$s>; }
  my $p = ask("POST /2018-06-01/runtime/invocation/$id/response HTTP/1.1\\r\\nHost: $api\\r\\nConnection: close\\r\\n",
    "Content-Type: text/own\\r\\nLambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n",
    "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n");
  for my $word ("one ", "two ", "three") { printf $p "%x\\r\\n%s\\r\\n", length $word, $word; $p->flush; select(undef, undef, undef, 0.02); }
  if ($body =~ /cut/) { close $p; next; }
  print $p "0\\r\\n";
  print $p "Lambda-Runtime-Function-Error-Type: Own.Error\\r\\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJPd24uRXJyb3IiLCJlcnJvck1lc3NhZ2UiOiJubyJ9\\r\\n"
    if $body =~ /fail/;
  print $p "\\r\\n"; $p->flush; { local $/; my $rest = <$p>; }
}
'''


def test_any_runtime_may_answer_in_pieces(platform):
    platform.function("own-streams", {"bootstrap": OWN}, runtime="provided.al2023", handler="x")
    pieces, end = asked(platform, "own-streams")
    assert (b"".join(pieces), len(pieces), end) == (b"one two three", 3, {})
    pieces, end = asked(platform, "own-streams", {"fail": True})
    assert (b"".join(pieces), end["ErrorCode"]) == (b"one two three", "Own.Error")
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "no"
    pieces, end = asked(platform, "own-streams", {"cut": True})
    assert (b"".join(pieces), end["ErrorCode"]) == (b"one two three", "Runtime.TruncatedResponse")
    whole = platform.client("lambda").invoke(FunctionName="own-streams", Payload=b"{}")
    assert whole["Payload"].read() == b"one two three"
    failed = platform.invoke("own-streams", {"fail": True})
    assert failed["Payload"] == {"errorType": "Own.Error", "errorMessage": "no"}


def opened(platform, name, handler, mode="RESPONSE_STREAM"):
    awslambda = platform.client("lambda")
    streaming(platform, name, handler=handler)
    made = awslambda.create_function_url_config(FunctionName=name, AuthType="NONE", InvokeMode=mode)
    assert made["InvokeMode"] == mode
    let_in(awslambda, name, "*", "NONE")
    return made["FunctionUrl"]


def test_urls_pass_answers_on_with_status_headers_and_cookies(platform):
    url = opened(platform, "url-web", "index.web")
    answer = request(platform, url, path="a/b")
    assert (answer.status, answer.body) == (201, b"<p>/a/b")
    assert (answer.headers["content-type"], answer.headers["x-own"]) == ("text/html", "own")
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"] and answer.headers["transfer-encoding"] == "chunked"
    plain = request(platform, opened(platform, "url-plain", "index.handler"))
    assert (plain.status, plain.body) == (200, b"") and plain.headers["content-type"] == "text/plain"
    inferred = request(platform, opened(platform, "url-whole", "index.plain"))
    assert inferred.status == 200 and inferred.json()["plain"]["version"] == "2.0"
    platform.client("lambda").put_function_concurrency(FunctionName="url-web", ReservedConcurrentExecutions=0)
    assert request(platform, url).status == 429


BEFORE = """
exports.handler = awslambda.streamifyResponse(async (event, response) => {
  response.write('first');
  if (event.rawPath === '/breaks') { await new Promise((done) => setTimeout(done, 50)); throw new Error('no'); }
  await new Promise((done) => setTimeout(done, 600));
  response.end('second');
});
"""


def test_the_first_piece_is_there_before_the_last(platform):
    awslambda = platform.client("lambda")
    streaming(platform, "url-early", code=BEFORE)
    url = awslambda.create_function_url_config(FunctionName="url-early", AuthType="NONE", InvokeMode="RESPONSE_STREAM")["FunctionUrl"]
    let_in(awslambda, "url-early", "*", "NONE")
    listens, host = urllib.parse.urlsplit(platform.reach["endpoint"]), urllib.parse.urlsplit(url).netloc
    connection = http.client.HTTPConnection(listens.hostname, listens.port, timeout=60)
    connection.request("GET", "/", headers={"host": host})
    answer = connection.getresponse()
    assert answer.read1(100) == b"first", "the second one is not waited for"
    assert answer.read() == b"second"
    connection.request("GET", "/breaks", headers={"host": host})
    answer = connection.getresponse()
    try:
        assert answer.read() is None, "it is not taken for whole"
    except http.client.IncompleteRead as cut:
        assert cut.partial == b"first"


def test_who_leaves_does_not_stop_a_function(platform):
    code = """
exports.handler = awslambda.streamifyResponse(async (event, response) => {
  for (let sent = 0; sent < 64; sent += 1) {
    if (!response.write(Buffer.alloc(256 * 1024, 'x'))) await new Promise((done) => response.once('drain', done));
  }
  response.end();
  console.log('all was sent');
});
"""
    streaming(platform, "left", code=code)
    answer = platform.client("lambda").invoke_with_response_stream(FunctionName="left", Payload=b"{}")
    next(iter(answer["EventStream"]))
    answer["EventStream"].close()
    logs = platform.client("logs")

    def told():
        try:
            return logs.filter_log_events(logGroupName="/aws/lambda/left", filterPattern='"all was sent"')["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None  # Nothing was printed yet.

    eventually(told)
