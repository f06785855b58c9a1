"""Function URLs, called as browsers and curl do: by host name and by path, with and without a signature."""

import base64
import http.client
import json
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from house import TRUST, fails

ECHO = "def handler(event, context):\n    return event\n"

SAYS = """import json
def handler(event, context):
    asked = json.loads(event["body"])
    if asked == "fail": raise ValueError("no")
    return asked
"""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def request(platform, url, method="GET", path="", body=None, by_path=False, **headers):
    """One request, sent to where the platform listens, whatever names this machine knows."""
    listens = urllib.parse.urlsplit(platform.reach["endpoint"])
    asked = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(listens.hostname, listens.port, timeout=60)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    target = f"/_dayfly/url/{asked.hostname.split('.')[0]}/{path}" if by_path else f"/{path}"
    connection.request(method, target, body, headers if by_path else {"host": asked.netloc, **headers})
    answer = connection.getresponse()
    found = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return found


def opened(platform, name, code=ECHO, auth="NONE", permit=True, **config):
    """A function with a URL."""
    awslambda = platform.client("lambda")
    platform.function(name, code)
    url = awslambda.create_function_url_config(FunctionName=name, AuthType=auth, **config)["FunctionUrl"]
    if permit:
        let_in(awslambda, name, "*", auth)
    return url


def let_in(awslambda, name, principal, auth, **options):
    awslambda.add_permission(
        FunctionName=name, StatementId="by-url", Action="lambda:InvokeFunctionUrl", Principal=principal,
        FunctionUrlAuthType=auth, **options,
    )
    awslambda.add_permission(
        FunctionName=name, StatementId="runs", Action="lambda:InvokeFunction", Principal=principal,
        InvokedViaFunctionUrl=True, **options,
    )


def test_a_request_is_an_event_of_format_2(platform):
    url = opened(platform, "url-echo")
    host = urllib.parse.urlsplit(url).hostname
    assert host.endswith(".lambda-url.us-east-1.localhost")
    answer = request(
        platform, url, "POST", "a%20b/c?x=1&x=2&y=%20z", b'{"a": 1}', content_type="application/json", cookie="k=1; l=2",
        X_Own="own", user_agent="tester", authorization="Bearer somebody-else-s",
    )
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    event = answer.json()
    assert (event["version"], event["routeKey"], event["isBase64Encoded"]) == ("2.0", "$default", False)
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%20b/c", "x=1&x=2&y=%20z")
    assert event["queryStringParameters"] == {"x": "1,2", "y": " z"} and event["cookies"] == ["k=1", "l=2"]
    assert event["headers"]["x-own"] == "own" and event["headers"]["authorization"] == "Bearer somebody-else-s"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1" and event["headers"]["x-forwarded-proto"] == "http"
    assert event["body"] == '{"a": 1}'
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST", "path": "/a%20b/c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "tester",
    }
    assert context["accountId"] == "anonymous" and "authorizer" not in context
    assert (context["domainName"], context["domainPrefix"], context["apiId"]) == (host, *[host.split(".")[0]] * 2)
    assert context["requestId"] == answer.headers["x-amzn-requestid"] and context["stage"] == "$default"
    binary = request(platform, url, "PUT", body=b"\xff\x00", content_type="image/png").json()
    assert binary["isBase64Encoded"] and base64.b64decode(binary["body"]) == b"\xff\x00"
    by_path = request(platform, url, path="x/y?z=1", by_path=True).json()
    assert (by_path["rawPath"], by_path["rawQueryString"], "body" in by_path) == ("/x/y", "z=1", False)
    assert request(platform, url, path="").json()["rawPath"] == "/"


def test_results_become_answers(platform):
    url = opened(platform, "url-says", SAYS)
    ask = lambda result: request(platform, url, "POST", body=json.dumps(result), content_type="application/json")
    full = ask({
        "statusCode": 201, "headers": {"Content-Type": "text/plain", "X-Own": "own"}, "cookies": ["a=1; Secure", "b=2"], "body": "héllo",
    })
    assert (full.status, full.headers["content-type"], full.headers["x-own"]) == (201, "text/plain", "own")
    assert full.headers.get_all("set-cookie") == ["a=1; Secure", "b=2"] and full.body == "héllo".encode()
    binary = {"statusCode": 200, "body": base64.b64encode(bytes(range(256))).decode(), "isBase64Encoded": True}
    assert ask(binary).body == bytes(range(256))
    assert (ask("text").body, ask({"a": 1}).json(), ask([1]).json()) == (b"text", {"a": 1}, [1])
    for wrong in ("fail", {"statusCode": "many"}, {"statusCode": 200, "body": {"a": 1}}):
        answer = ask(wrong)
        assert (answer.status, answer.body) == (502, b"Internal Server Error"), wrong
    assert request(platform, url, "POST", body=b" " * (6 * 1024 * 1024 + 1), content_type="text/plain").status == 413


def test_nobody_is_let_in_without_both_permissions(platform):
    awslambda, url = platform.client("lambda"), opened(platform, "url-closed", permit=False)
    assert request(platform, url).status == 403
    by_url = {"FunctionName": "url-closed", "Action": "lambda:InvokeFunctionUrl", "Principal": "*"}
    awslambda.add_permission(**by_url, StatementId="iam", FunctionUrlAuthType="AWS_IAM")
    runs = {"FunctionName": "url-closed", "StatementId": "runs", "Action": "lambda:InvokeFunction", "Principal": "*"}
    added = awslambda.add_permission(**runs, InvokedViaFunctionUrl=True)
    assert json.loads(added["Statement"])["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert request(platform, url).status == 403
    added = awslambda.add_permission(**by_url, StatementId="none", FunctionUrlAuthType="NONE")
    assert json.loads(added["Statement"])["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    assert request(platform, url).status == 200
    awslambda.remove_permission(FunctionName="url-closed", StatementId="runs")
    answer = request(platform, url)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert answer.json()["Message"].startswith("Forbidden.")


def signed(platform, url, key, body=b"", method="GET"):
    """By the SDK's own signer."""
    asked = AWSRequest(method, url, data=body, headers={"host": urllib.parse.urlsplit(url).netloc})
    SigV4Auth(key, "lambda", "us-east-1").add_auth(asked)
    return request(platform, url, method, body=body or None, **dict(asked.headers))


def test_who_signs_is_let_in_as_iam_says(platform):
    url = opened(platform, "url-iam", auth="AWS_IAM", permit=False)
    assert request(platform, url).status == 403
    root = Credentials(platform.reach["access_key_id"], platform.reach["secret_access_key"])
    event = signed(platform, url, root).json()
    who = event["requestContext"]["authorizer"]["iam"]
    assert (who["accessKey"], who["userArn"]) == (root.access_key, "arn:aws:iam::000000000000:root")
    assert event["requestContext"]["accountId"] == "000000000000"
    wrong = signed(platform, url, Credentials(root.access_key, "wrong"))
    assert (wrong.status, wrong.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")

    iam = platform.client("iam")
    trust = json.dumps(TRUST).replace('"Service": "lambda.amazonaws.com"', '"AWS": "arn:aws:iam::000000000000:root"')
    role = iam.create_role(RoleName="url-caller", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    given = platform.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert signed(platform, url, session).status == 403
    let_in(platform.client("lambda"), "url-iam", role, "AWS_IAM")
    who = signed(platform, url, session, b"x", "POST").json()["requestContext"]["authorizer"]["iam"]
    assert who["userArn"].endswith(":assumed-role/url-caller/session") and who["callerId"].endswith(":session")


def test_pages_of_other_origins(platform):
    cors = {"AllowOrigins": ["http://a.example"], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-own"], "MaxAge": 60,
            "ExposeHeaders": ["x-told"], "AllowCredentials": True}
    url = opened(platform, "url-cors", Cors=cors)
    asks = {"origin": "http://a.example", "access_control_request_method": "PUT"}
    answer = request(platform, url, "OPTIONS", **asks)
    told = {name[15:]: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert (answer.status, answer.body) == (200, b"")
    assert told == {
        "allow-origin": "http://a.example", "allow-methods": "GET,PUT", "allow-headers": "x-own", "max-age": "60",
        "allow-credentials": "true",
    }
    other = request(platform, url, "OPTIONS", **{**asks, "origin": "http://b.example"})
    assert other.status == 200 and "access-control-allow-origin" not in other.headers
    answer = request(platform, url, origin="http://a.example")
    assert answer.headers["access-control-allow-origin"] == "http://a.example"
    assert answer.headers["access-control-expose-headers"] == "x-told"
    platform.client("lambda").update_function_url_config(FunctionName="url-cors", Cors={})
    assert request(platform, url, "OPTIONS", **asks).status == 200
    plain = opened(platform, "url-no-cors")
    assert request(platform, plain, "OPTIONS", **asks).json()["requestContext"]["http"]["method"] == "OPTIONS"


def test_urls_are_made_shown_changed_and_removed(platform):
    awslambda, url = platform.client("lambda"), opened(platform, "url-life")
    fails("ResourceConflictException", awslambda.create_function_url_config, FunctionName="url-life", AuthType="NONE")
    fails("ValidationException", awslambda.create_function_url_config, FunctionName="url-life", AuthType="NONE", Qualifier="1")
    fails("ResourceNotFoundException", awslambda.create_function_url_config, FunctionName="url-life", AuthType="NONE", Qualifier="none")
    awslambda.publish_version(FunctionName="url-life")
    awslambda.create_alias(FunctionName="url-life", Name="live", FunctionVersion="1")
    alias = awslambda.create_function_url_config(FunctionName="url-life", AuthType="NONE", Qualifier="live")
    assert alias["FunctionArn"].endswith(":url-life:live") and alias["FunctionUrl"] != url
    let_in(awslambda, "url-life", "*", "NONE", Qualifier="live")
    assert request(platform, alias["FunctionUrl"]).status == 200
    listed = awslambda.list_function_url_configs(FunctionName="url-life")["FunctionUrlConfigs"]
    assert [config["FunctionUrl"] for config in listed] == [url, alias["FunctionUrl"]]
    shown = awslambda.get_function_url_config(FunctionName="url-life")
    assert (shown["AuthType"], shown["InvokeMode"], shown["FunctionUrl"]) == ("NONE", "BUFFERED", url)
    changed = awslambda.update_function_url_config(FunctionName="url-life", AuthType="AWS_IAM")
    assert changed["AuthType"] == "AWS_IAM" and request(platform, url).status == 403
    awslambda.delete_alias(FunctionName="url-life", Name="live")
    awslambda.delete_function_url_config(FunctionName="url-life")
    for gone in (url, alias["FunctionUrl"]):
        assert request(platform, gone).status == 404
    fails("ResourceNotFoundException", awslambda.get_function_url_config, FunctionName="url-life")
    fails("ResourceNotFoundException", awslambda.delete_function_url_config, FunctionName="url-life")


def test_a_stopped_function_s_url_says_429(platform):
    url = opened(platform, "url-stopped")
    platform.client("lambda").put_function_concurrency(FunctionName="url-stopped", ReservedConcurrentExecutions=0)
    answer = request(platform, url)
    assert (answer.status, answer.json()["Reason"]) == (429, "ReservedFunctionConcurrentInvocationLimitExceeded")


def test_deploy_gives_a_url_and_ls_shows_it(platform, tmp_path):
    folder = tmp_path / "deployed-url"
    folder.mkdir()
    (folder / "app.py").write_text(ECHO)
    said = json.loads(platform.dayfly("deploy", folder, "--url", "--json").stdout)
    assert request(platform, said["Url"]).status == 200
    again = json.loads(platform.dayfly("deploy", folder, "--url", "--json").stdout)
    assert again["Url"] == said["Url"] and again["Changes"] == []
    assert said["Url"] in platform.dayfly("ls").stdout


def test_urls_outlive_a_power_cut(own):
    platform = own().start()
    url = opened(platform, "url-kept")
    platform.kill()
    platform.start()
    assert request(platform, url).status == 200
    platform.client("lambda").delete_function(FunctionName="url-kept")
    assert request(platform, url).status == 404
