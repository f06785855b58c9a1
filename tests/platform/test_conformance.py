"""Every operation that is built, asked well and badly: the raw answer keeps to AWS's model and says what AWS always says."""

import io
import json
import time
import uuid

import boto3
import pytest
from boto3.s3.transfer import TransferConfig

from exchanges import Exchange
from house import TRUST, zipped

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:told"
LAYER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:told"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/told"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/told"
MANAGED = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
CODE = {"ZipFile": zipped({"app.py": "def handler(event, context):\n    return event\n"})}
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
OPEN = {**json.loads(POLICY)["Statement"], "Principal": {"AWS": ACCOUNT}, "Resource": "arn:aws:s3:::told-objects/*"}
ETAG = 'etag: "5d41402abc4b2a76b9719d911017c592"'
XML = r'^<\?xml version="1.0" encoding="UTF-8"\?>\n<{}( xmlns="http://s3.amazonaws.com/doc/2006-03-01/")?[ />]'
DATE = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
B, K = {"Bucket": "told-objects"}, {"Bucket": "told-objects", "Key": "a b"}
NOW = int(time.time() * 1000)

# Operation, its members, and patterns of the status line, headers and body that the answer must have.
OBJECTS = [
    ("create_bucket", B, ["^200", "location: /told-objects"]),
    ("create_bucket", {"Bucket": "No_Bucket"}, ["^400", "<Code>InvalidBucketName</Code>"]),
    ("head_bucket", B, ["^200", "x-amz-bucket-region: us-east-1"]),
    ("head_bucket", {"Bucket": "told-nothing"}, ["^404"]),
    ("get_bucket_location", B, ["^200", XML.replace("{}", "LocationConstraint")]),
    ("list_buckets", {}, [XML.replace("{}", "ListAllMyBucketsResult"), "<Owner><ID>[0-9a-f]{64}</ID>"]),
    ("put_object", {**K, "Body": b"hello", "ContentType": "text/x", "Metadata": {"A": "b"}, "Tagging": "t=1"},
     ["^200", ETAG, "x-amz-server-side-encryption: AES256", "x-amz-checksum-crc32: NhCmhg==",
      "x-amz-checksum-type: FULL_OBJECT"]),
    ("put_object", {**K, "Body": b"", "ContentMD5": "x"}, ["^400", "<Code>InvalidDigest</Code>"]),
    ("put_object", {**K, "Body": b"", "IfNoneMatch": "*"}, ["^412", "<Condition>If-None-Match</Condition>"]),
    ("put_object", {**K, "Body": b"", "StorageClass": "X"}, ["^400", "<Code>InvalidStorageClass</Code>"]),
    ("put_object", {**K, "Bucket": "told-nothing"}, ["^404", "<Code>NoSuchBucket</Code>.*<BucketName>told-nothing"]),
    ("get_object", K, ["^200", ETAG, "accept-ranges: bytes", f"last-modified: {DATE}", "content-length: 5", "content-type: text/x",
                       "x-amz-meta-a: b", "x-amz-tagging-count: 1", "x-amz-server-side-encryption: AES256"]),
    ("get_object", {**K, "Range": "bytes=1-2"}, ["^206", "content-range: bytes 1-2/5", "content-length: 2"]),
    ("get_object", {**K, "Range": "bytes=9-"}, ["^416", "<ActualObjectSize>5<"]),
    ("get_object", {**K, "Key": "none"}, ["^404", "<Code>NoSuchKey</Code>.*<Key>none</Key>"]),
    ("get_object", {**K, "IfMatch": '"x"'}, ["^412", "<Condition>If-Match</Condition>"]),
    ("head_object", {**K, "ChecksumMode": "ENABLED"}, ["^200", "x-amz-checksum-crc32: NhCmhg=="]),
    ("head_object", {**K, "Key": "none"}, ["^404"]),
    ("copy_object", {**B, "Key": "c", "CopySource": "told-objects/a b"},
     [XML.replace("{}", "CopyObjectResult"), "<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag>"]),
    ("copy_object", {**K, "CopySource": "told-objects/a b"}, ["^400", "to copy an object to itself"]),
    ("list_objects", B, ["<Marker></Marker><MaxKeys>1000</MaxKeys>", "<EncodingType>url</EncodingType>", "<Key>a\\+b</Key>",
                         "<IsTruncated>false</IsTruncated>", "<Size>5</Size><Owner><ID>.*<StorageClass>STANDARD<"]),
    ("list_objects_v2", {**B, "MaxKeys": 1}, ["<NextContinuationToken>", "<KeyCount>1</KeyCount><MaxKeys>1</MaxKeys>"]),
    ("list_objects_v2", {**B, "ContinuationToken": "x"}, ["^400", "The continuation token provided is incorrect"]),
    ("list_object_versions", B, ["<VersionId>null</VersionId><IsLatest>true<", "<ChecksumAlgorithm>CRC32<"]),
    ("get_object_attributes", {**K, "ObjectAttributes": ["ETag", "Checksum", "ObjectSize", "StorageClass"]},
     ["<ETag>5d41402abc4b2a76b9719d911017c592</ETag>", "<ObjectSize>5<"]),
    ("put_object_tagging", {**K, "Tagging": {"TagSet": [{"Key": "x", "Value": "y"}]}}, ["^200"]),
    ("get_object_tagging", K, ["<TagSet><Tag><Key>x</Key><Value>y</Value></Tag></TagSet>"]),
    ("delete_object_tagging", K, ["^204"]),
    ("get_object_acl", K, ['xsi:type="CanonicalUser"', "FULL_CONTROL"]),
    ("put_object_acl", {**K, "ACL": "public-read"}, ["^400", "<Code>AccessControlListNotSupported</Code>"]),
    ("list_multipart_uploads", B, ["<MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>"]),
    ("upload_part", {**K, "UploadId": "x", "PartNumber": 1, "Body": b""}, ["^404", "<Code>NoSuchUpload</Code>"]),
    ("abort_multipart_upload", {**K, "UploadId": "x"}, ["^404", "<Code>NoSuchUpload</Code>"]),
    ("list_parts", {**K, "UploadId": "x"}, ["^404", "<Code>NoSuchUpload</Code>"]),
    ("delete_bucket", B, ["^409", "<Code>BucketNotEmpty</Code>"]),
    ("delete_objects", {**B, "Delete": {"Objects": [{"Key": "c"}, {"Key": "none"}]}}, ["<Deleted><Key>c</Key></Deleted><Deleted>"]),
    ("delete_object", K, ["^204"]),
    ("put_bucket_tagging", {**B, "Tagging": {"TagSet": [{"Key": "x", "Value": "y"}]}}, ["^204"]),
    ("get_bucket_tagging", B, ["<TagSet><Tag><Key>x</Key>"]),
    ("delete_bucket_tagging", B, ["^204"]),
    ("get_bucket_tagging", B, ["^404", "<Code>NoSuchTagSet</Code>"]),
    ("get_bucket_policy", B, ["^404", "<Code>NoSuchBucketPolicy</Code>"]),
    ("put_bucket_policy", {**B, "Policy": json.dumps({"Version": "2012-10-17", "Statement": OPEN})}, ["^204"]),
    ("get_bucket_policy", B, ["content-type: application/json", "^{"]),
    ("put_bucket_policy", {**B, "Policy": "{"}, ["^400", "<Code>MalformedPolicy</Code>"]),
    ("get_bucket_policy_status", B, ["<IsPublic>false</IsPublic>"]),
    ("delete_bucket_policy", B, ["^204"]),
    ("get_bucket_encryption", B, ["<SSEAlgorithm>AES256</SSEAlgorithm>"]),
    ("get_public_access_block", B, ["<BlockPublicAcls>true</BlockPublicAcls>"]),
    ("get_bucket_ownership_controls", B, ["BucketOwnerEnforced"]),
    ("get_bucket_acl", B, ["FULL_CONTROL"]),
    ("get_bucket_versioning", B, [XML.replace("{}", "VersioningConfiguration")]),
    ("get_bucket_notification_configuration", B, [XML.replace("{}", "NotificationConfiguration")]),
    ("get_bucket_logging", B, [XML.replace("{}", "BucketLoggingStatus")]),
    ("get_bucket_request_payment", B, ["<Payer>BucketOwner</Payer>"]),
    ("get_bucket_cors", B, ["^404", "NoSuchCORSConfiguration"]),
    ("get_bucket_lifecycle_configuration", B, ["^404", "NoSuchLifecycleConfiguration"]),
    ("get_bucket_replication", B, ["^404", "ReplicationConfigurationNotFoundError"]),
    ("get_bucket_website", B, ["^404", "NoSuchWebsiteConfiguration"]),
    ("get_object_lock_configuration", B, ["^404", "ObjectLockConfigurationNotFoundError"]),
    ("put_bucket_cors", {**B, "CORSConfiguration": {"CORSRules": []}}, ["^501", "Dayfly does not implement PutBucketCors."]),
    ("delete_bucket", B, ["^204"]),
    ("delete_bucket", B, ["^404", "<Code>NoSuchBucket</Code>"]),
]

N = {"FunctionName": "told"}
FUNCTIONS = [
    ("create_function", {**N, "Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": CODE, "Tags": {"a": "b"}},
     ["^201", '"State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating"',
      r'"LastModified":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"', '"Version":"\\$LATEST"', '"PackageType":"Zip"']),
    ("create_function", {**N, "Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": CODE},
     ["^409", '"Type":"User","Message":"Function already exist: told"']),
    ("get_function", N, ["^200", '"RepositoryType":"S3","Location":"http', '"Tags":{"a":"b"}']),
    ("get_function", {"FunctionName": "none"}, ["^404", f'"Message":"Function not found: {FUNCTION[:-4]}none"']),
    ("get_function_configuration", {**N, "Qualifier": "7"}, ["^404", "Function not found: .*:told:7"]),
    ("list_functions", {}, ["^200", '"NextMarker":null']),
    ("list_functions", {"MaxItems": 10_001}, ["^400", "at 'maxItems' failed to satisfy constraint"]),
    ("list_versions_by_function", N, [f'"FunctionArn":"{FUNCTION}:\\$LATEST"']),
    ("update_function_configuration", {**N, "Timeout": 901}, ["^400", "x-amzn-errortype: ValidationException"]),
    ("update_function_configuration", {**N, "Timeout": 9, "RevisionId": "x"}, ["^412", "PreconditionFailedException"]),
    ("update_function_code", {"FunctionName": "none", **CODE}, ["^404"]),
    ("update_function_code", {**N, "ZipFile": b"none"}, ["^400", "Could not unzip uploaded file"]),
    ("invoke", {**N, "Payload": b"[1]"}, ["^200", "content-type: application/json", r"x-amz-executed-version: \$LATEST", "content-length: 3"]),
    ("invoke", {**N, "Payload": b"[1]", "LogType": "Tail"}, ["x-amz-log-result: [A-Za-z0-9+/=]+$"]),
    ("invoke", {**N, "InvocationType": "Event"}, ["^202", "content-length: 0"]),
    ("invoke", {**N, "InvocationType": "DryRun"}, ["^204"]),
    ("invoke", {**N, "Payload": b"{"}, ["^400", "InvalidRequestContentException", "Could not parse request body into json"]),
    ("add_permission", {**N, "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}, ["^201", '"Statement":"{']),
    ("add_permission", {**N, "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}, ["^409", "ResourceConflict"]),
    ("get_policy", N, ['"Policy":"{\\\\"Version\\\\":\\\\"2012-10-17\\\\",\\\\"Id\\\\":\\\\"default\\\\"', '"RevisionId"']),
    ("remove_permission", {**N, "StatementId": "s"}, ["^204"]),
    ("remove_permission", {**N, "StatementId": "s"}, ["^404"]),
    ("get_policy", N, ["^404", "The resource you requested does not exist."]),
    ("tag_resource", {"Resource": FUNCTION, "Tags": {"c": "d"}}, ["^204"]),
    ("list_tags", {"Resource": FUNCTION}, ['{"Tags":{"a":"b","c":"d"}}']),
    ("list_tags", {"Resource": "told"}, ["^400", "Value 'told' at 'resource' failed to satisfy constraint"]),
    ("untag_resource", {"Resource": FUNCTION, "TagKeys": ["c"]}, ["^204"]),
    ("publish_layer_version", {"LayerName": "told", "Content": CODE, "CompatibleRuntimes": ["python3.12"]},
     ["^201", '"CodeSha256":".*"CodeSize":', f'"LayerVersionArn":"{LAYER}:1"']),
    ("publish_layer_version", {"LayerName": "told", "Content": CODE, "CompatibleRuntimes": ["cobol"]}, ["^400", "Member must satisfy enum value set"]),
    ("get_layer_version", {"LayerName": "told", "VersionNumber": 1}, ["^200", '"Location":"http', '"CreatedDate":"']),
    ("get_layer_version_by_arn", {"Arn": f"{LAYER}:1"}, ["^200", f'"LayerArn":"{LAYER}"']),
    ("get_layer_version", {"LayerName": "told", "VersionNumber": 9}, ["^404", "The resource you requested does not exist."]),
    ("list_layers", {"CompatibleRuntime": "python3.12"}, ['"LatestMatchingVersion":{', '"NextMarker":null']),
    ("list_layer_versions", {"LayerName": "told"}, ['"LayerVersions":\\[{']),
    ("get_layer_version_policy", {"LayerName": "told", "VersionNumber": 1}, ["^404", "No policy is associated with the given resource."]),
    ("add_layer_version_permission", {"LayerName": "told", "VersionNumber": 1, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"},
     ["^201", '"Statement":"{', '"RevisionId":']),
    ("get_layer_version_policy", {"LayerName": "told", "VersionNumber": 1}, ["^200", '"Policy":"{']),
    ("remove_layer_version_permission", {"LayerName": "told", "VersionNumber": 1, "StatementId": "s"}, ["^204"]),
    ("update_function_configuration", {**N, "Layers": [f"{LAYER}:9"]}, ["^400", f"Layer version {LAYER}:9 does not exist."]),
    ("create_function_url_config", {**N, "AuthType": "NONE"}, ["^201", '"FunctionUrl":"http://', '"CreationTime":"', '"InvokeMode":"BUFFERED"']),
    ("create_function_url_config", {**N, "AuthType": "NONE"}, ["^409", "FunctionUrlConfig exists for this Lambda function"]),
    ("create_function_url_config", {**N, "AuthType": "X"}, ["^400", "at 'authType' failed to satisfy constraint"]),
    ("get_function_url_config", N, ["^200", f'"FunctionArn":"{FUNCTION}"', '"LastModifiedTime":"']),
    ("update_function_url_config", {**N, "Cors": {"AllowOrigins": ["*"], "MaxAge": 9}}, ["^200", '"Cors":{"AllowOrigins":\\["\\*"\\],"MaxAge":9}']),
    ("list_function_url_configs", N, ["^200", '"FunctionUrlConfigs":\\[{']),
    ("delete_function_url_config", N, ["^204"]),
    ("get_function_url_config", N, ["^404", "The resource you requested does not exist."]),
    ("invoke_with_response_stream", {"FunctionName": "none"}, ["^404", "Function not found"]),
    ("invoke_with_response_stream", {**N, "Payload": b"{"}, ["^400", "Could not parse request body into json"]),
    ("put_provisioned_concurrency_config", {**N, "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1}, ["^400", "cannot be applied to unpublished function versions"]),
    ("get_provisioned_concurrency_config", {**N, "Qualifier": "7"}, ["^404", "ResourceNotFoundException"]),
    ("list_provisioned_concurrency_configs", N, ["^200", '"ProvisionedConcurrencyConfigs":\\[\\]']),
    ("delete_provisioned_concurrency_config", {**N, "Qualifier": "7"}, ["^204"]),
    ("delete_layer_version", {"LayerName": "told", "VersionNumber": 1}, ["^204"]),
    ("get_account_settings", {}, ['"CodeSizeUnzipped":262144000', '"FunctionCount":']),
    ("get_function_concurrency", N, ["^{}$"]),
    ("get_function_code_signing_config", N, ['"FunctionName":"told"']),
    ("get_function_recursion_config", N, ['"RecursiveLoop":"Terminate"']),
    ("get_runtime_management_config", N, ['"UpdateRuntimeOn":"Auto"']),
    ("list_code_signing_configs", {}, ["^501", "Dayfly does not implement ListCodeSigningConfigs."]),
    ("delete_function", N, ["^204"]),
    ("delete_function", N, ["^404"]),
]

G, S = {"logGroupName": "/told"}, {"logGroupName": "/told", "logStreamName": "s"}
LOGS = [
    ("create_log_group", {**G, "tags": {"a": "b"}}, ["^200", "content-type: application/x-amz-json-1.1", "content-length: 0"]),
    ("create_log_group", G, ["^400", "The specified log group already exists"]),
    ("create_log_stream", S, ["^200", "content-length: 0"]),
    ("create_log_stream", {**S, "logGroupName": "/none"}, ["^400", "The specified log group does not exist."]),
    ("put_log_events", {**S, "logEvents": [{"timestamp": NOW, "message": "told"}]}, [r'"nextSequenceToken":"\d{56}"']),
    ("put_log_events", {**S, "logEvents": [{"timestamp": 1, "message": "old"}]}, ['"tooOldLogEventEndIndex":1']),
    ("put_log_events", {**S, "logEvents": [{"timestamp": NOW, "message": "b"}, {"timestamp": NOW - 1, "message": "a"}]},
     ["^400", "must be in chronological order"]),
    ("put_retention_policy", {**G, "retentionInDays": 7}, ["^200"]),
    ("put_retention_policy", {**G, "retentionInDays": 8}, ["^400", "InvalidParameterException"]),
    ("describe_log_groups", {"logGroupNamePrefix": "/told"},
     [r'"creationTime":\d{13}', f'"arn":"{GROUP}:\\*"', f'"logGroupArn":"{GROUP}"', '"retentionInDays":7', '"metricFilterCount":0']),
    ("describe_log_groups", {"nextToken": "x"}, ["^400", "The specified nextToken is invalid."]),
    ("describe_log_streams", G, [f'"arn":"{GROUP}:log-stream:s"', f'"lastEventTimestamp":{NOW}', '"uploadSequenceToken"']),
    ("get_log_events", S, [f'"timestamp":{NOW},"message":"told"', '"nextForwardToken":"f/', '"nextBackwardToken":"b/']),
    ("get_log_events", {**S, "logStreamName": "none"}, ["^400", "The specified log stream does not exist."]),
    ("filter_log_events", {**G, "filterPattern": "told"}, ['"eventId":"', '"searchedLogStreams":\\[']),
    ("list_tags_for_resource", {"resourceArn": GROUP}, ['{"tags":{"a":"b"}}']),
    ("tag_resource", {"resourceArn": GROUP, "tags": {"c": "d"}}, ["^200"]),
    ("untag_resource", {"resourceArn": GROUP, "tagKeys": ["c"]}, ["^200"]),
    ("tag_log_group", {**G, "tags": {"c": "d"}}, ["^200"]),
    ("untag_log_group", {**G, "tags": ["c"]}, ["^200"]),
    ("list_tags_log_group", G, ['{"tags":{"a":"b"}}']),
    ("delete_retention_policy", G, ["^200"]),
    ("delete_log_stream", S, ["^200"]),
    ("delete_log_group", G, ["^200"]),
    ("delete_log_group", G, ["^400", "ResourceNotFoundException"]),
    ("start_query", {"startTime": 1, "endTime": 2, "queryString": "x"}, ["^501", "Dayfly does not implement StartQuery."]),
]

R = {"RoleName": "told-once"}
ROLES = [
    ("create_role", {**R, "AssumeRolePolicyDocument": json.dumps(TRUST)},
     ["^200", "content-type: text/xml", "<RoleId>AROA[A-Z2-7]{17}</RoleId>", r"<CreateDate>[^.]*Z<", "%7B%22Version%22"]),
    ("create_role", {**R, "AssumeRolePolicyDocument": json.dumps(TRUST)}, ["^409", "Role with name told-once already exists."]),
    ("create_role", {"RoleName": "x", "AssumeRolePolicyDocument": "{"}, ["^400", "<Code>MalformedPolicyDocument</Code>"]),
    ("get_role", R, ["<MaxSessionDuration>3600<", "<RoleLastUsed></RoleLastUsed>"]),
    ("get_role", {"RoleName": "none"}, ["^404", "The role with name none cannot be found."]),
    ("list_roles", {}, ["<IsTruncated>false</IsTruncated>"]),
    ("update_role", {**R, "Description": "d"}, ["<UpdateRoleResult></UpdateRoleResult>"]),
    ("update_assume_role_policy", {**R, "PolicyDocument": json.dumps(TRUST)}, ["^200"]),
    ("put_role_policy", {**R, "PolicyName": "p", "PolicyDocument": POLICY}, ["^200"]),
    ("get_role_policy", {**R, "PolicyName": "p"}, ["<PolicyDocument>%7B"]),
    ("get_role_policy", {**R, "PolicyName": "x"}, ["^404", "The role policy with name x cannot be found."]),
    ("list_role_policies", R, ["<PolicyNames><member>p</member></PolicyNames>"]),
    ("attach_role_policy", {**R, "PolicyArn": MANAGED}, ["^200"]),
    ("list_attached_role_policies", R, [f"<PolicyArn>{MANAGED}</PolicyArn>"]),
    ("get_policy", {"PolicyArn": MANAGED}, ["<AttachmentCount>1</AttachmentCount>", "<IsAttachable>true<"]),
    ("get_policy_version", {"PolicyArn": MANAGED, "VersionId": "v1"}, ["<IsDefaultVersion>true<"]),
    ("list_policies", {"MaxItems": 1}, ["<IsTruncated>true</IsTruncated><Marker>"]),
    ("tag_role", {**R, "Tags": [{"Key": "a", "Value": "b"}]}, ["^200"]),
    ("list_role_tags", R, ["<Key>a</Key><Value>b</Value>"]),
    ("untag_role", {**R, "TagKeys": ["a"]}, ["^200"]),
    ("list_instance_profiles_for_role", R, ["<InstanceProfiles></InstanceProfiles>"]),
    ("delete_role", R, ["^409", "Cannot delete entity, must detach all policies first."]),
    ("detach_role_policy", {**R, "PolicyArn": MANAGED}, ["^200"]),
    ("delete_role_policy", {**R, "PolicyName": "p"}, ["^200"]),
    ("delete_role", R, ["^200"]),
    ("delete_role", R, ["^404"]),
    ("create_user", {"UserName": "u"}, ["^501", "Dayfly does not implement CreateUser."]),
]


@pytest.mark.parametrize("service, rows", [("s3", OBJECTS), ("lambda", FUNCTIONS), ("logs", LOGS), ("iam", ROLES)])
def test_answers_are_those_of_aws(platform, service, rows):
    platform.role("told")
    client = platform.client(service)
    for operation, members, patterns in rows:
        exchange = Exchange(client, operation, **members)
        exchange.keeps_to_the_model()
        for pattern in patterns:
            assert exchange.says(pattern), (operation, pattern, exchange.status, exchange.headers, exchange.body)
        if operation == "create_function" and not exchange.fault:
            client.get_waiter("function_active_v2").wait(FunctionName="told", WaiterConfig={"Delay": 1})


def test_an_upload_in_parts_and_a_session(platform):
    s3, parts = platform.client("s3"), {"Bucket": "told-parts", "Key": "a"}
    s3.create_bucket(Bucket="told-parts")
    rows = [
        ("create_multipart_upload", {}, "<InitiateMultipartUploadResult .*<Bucket>told-parts</Bucket><Key>a</Key><UploadId>"),
        ("upload_part", {"PartNumber": 1, "Body": b"hello"}, ETAG),
        ("list_parts", {}, "<Initiator><ID>.*<PartNumberMarker>0<.*<Part><PartNumber>1<"),
        ("complete_multipart_upload", {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}}, "^400"),
        ("complete_multipart_upload", {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": ETAG.split()[1]}]}},
         "<Location>http.*/told-parts/a</Location><Bucket>told-parts</Bucket><Key>a</Key><ETag>&quot;[0-9a-f]{32}-1&quot;"),
        ("head_object", None, 'etag: "[0-9a-f]{32}-1"'),
    ]
    upload = {}
    for operation, members, pattern in rows:
        exchange = Exchange(s3, operation, **parts, **({**upload, **members} if members is not None else {}))
        exchange.keeps_to_the_model()
        assert exchange.says(pattern), (operation, exchange.body)
        upload = upload or {"UploadId": exchange.parsed["UploadId"]}
    identity = Exchange(platform.client("sts"), "get_caller_identity")
    identity.keeps_to_the_model()
    assert identity.says(f"<UserId>{ACCOUNT}</UserId><Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:root<")


@pytest.mark.parametrize("service, operation, pattern", [
    ("s3", "list_buckets", "^403[^<]*<.xml.*\n<Error><Code>SignatureDoesNotMatch<.*<StringToSign>AWS4.*<CanonicalRequest>GET&#xA;"),
    ("lambda", "list_functions", "^403[^{]*x-amzn-errortype: InvalidSignatureException"),
    ("logs", "describe_log_groups", "^400[^{]*{.*InvalidSignatureException"),
    ("iam", "list_roles", "^403[^<]*<.*<Code>SignatureDoesNotMatch</Code>"),
])
def test_a_wrong_secret_is_told(platform, service, operation, pattern):
    exchange = Exchange(platform.client(service, secret="wrong"), operation)
    exchange.keeps_to_the_model()
    assert exchange.says(pattern), (exchange.status, exchange.headers, exchange.body)


def test_waiters_of_objects_and_roles(platform):
    s3, name = platform.client("s3"), f"waited-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    s3.get_waiter("bucket_exists").wait(Bucket=name)
    s3.put_object(Bucket=name, Key="a")
    s3.get_waiter("object_exists").wait(Bucket=name, Key="a")
    s3.delete_object(Bucket=name, Key="a")
    s3.get_waiter("object_not_exists").wait(Bucket=name, Key="a")
    s3.delete_bucket(Bucket=name)
    s3.get_waiter("bucket_not_exists").wait(Bucket=name)
    platform.role("waited")
    platform.client("iam").get_waiter("role_exists").wait(RoleName="waited")


def test_waiters_of_functions(platform):
    awslambda = platform.client("lambda")
    platform.function("waited", "def handler(event, context): pass")
    for waiter in ("function_exists", "function_active", "function_active_v2", "function_updated", "function_updated_v2"):
        awslambda.get_waiter(waiter).wait(FunctionName="waited", WaiterConfig={"Delay": 1})


@pytest.fixture
def paged(platform):
    """Something of everything that comes in pages."""
    s3, iam, logs, name = platform.client("s3"), platform.client("iam"), platform.client("logs"), f"paged-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    for number in range(4):
        s3.put_object(Bucket=name, Key=f"{number % 2}/{number}", Body=b"x")
        platform.role(f"{name}-{number}", "AmazonS3FullAccess", "AmazonSQSFullAccess")
        iam.put_role_policy(RoleName=f"{name}-0", PolicyName=f"p{number}", PolicyDocument=POLICY)
        iam.tag_role(RoleName=f"{name}-0", Tags=[{"Key": f"t{number}", "Value": ""}])
        logs.create_log_group(logGroupName=f"{name}/{number}")
        logs.create_log_stream(logGroupName=f"{name}/0", logStreamName=f"s{number}")
        events = [{"timestamp": NOW + number, "message": f"{number}"} for number in range(3)]
        logs.put_log_events(logGroupName=f"{name}/0", logStreamName=f"s{number}", logEvents=events)
        upload = s3.create_multipart_upload(Bucket=name, Key=f"u{number % 3}")["UploadId"]
    for number in (1, 2, 3):
        s3.upload_part(Bucket=name, Key="u0", UploadId=upload, PartNumber=number, Body=b"x")
    yield name, upload
    s3.abort_multipart_upload(Bucket=name, Key="u0", UploadId=upload)


def test_pages_are_parts_of_the_whole(platform, paged):
    name, upload = paged
    bucket, role = {"Bucket": name}, {"RoleName": f"{name}-0"}
    rows = [
        ("s3", "list_buckets", {"Prefix": "paged"}, "Buckets"),
        ("s3", "list_objects", bucket, "Contents"),
        ("s3", "list_objects_v2", {**bucket, "Delimiter": "/"}, "CommonPrefixes"),
        ("s3", "list_object_versions", bucket, "Versions"),
        ("s3", "list_multipart_uploads", bucket, "Uploads"),
        ("s3", "list_parts", {**bucket, "Key": "u0", "UploadId": upload}, "Parts"),
        ("lambda", "list_functions", {}, "Functions"),
        ("iam", "list_roles", {}, "Roles"),
        ("iam", "list_role_policies", role, "PolicyNames"),
        ("iam", "list_attached_role_policies", role, "AttachedPolicies"),
        ("iam", "list_role_tags", role, "Tags"),
        ("iam", "list_policies", {}, "Policies"),
        ("logs", "describe_log_groups", {"logGroupNamePrefix": name}, "logGroups"),
        ("logs", "describe_log_streams", {"logGroupName": f"{name}/0"}, "logStreams"),
        ("logs", "filter_log_events", {"logGroupName": f"{name}/0"}, "events"),
    ]
    for service, operation, members, key in rows:
        pages = platform.client(service).get_paginator(operation)
        told = lambda size: [
            line for page in pages.paginate(**members, PaginationConfig={"PageSize": size}) for line in page.get(key, [])
        ]
        one, whole = told(1), told(50)
        assert one == whole and (whole or service == "lambda"), operation


def test_boto3_s_resources_and_its_threads(platform):
    resource = boto3.resource(
        "s3", endpoint_url=platform.reach["endpoint"], region_name="us-east-1",
        aws_access_key_id=platform.reach["access_key_id"], aws_secret_access_key=platform.reach["secret_access_key"],
    )
    bucket = resource.Bucket(f"resource-{uuid.uuid4().hex[:8]}")
    bucket.create()
    bucket.wait_until_exists()
    body, parts = bytes(range(256)) * 50_000, TransferConfig(5 << 20, 8, 5 << 20)
    bucket.upload_fileobj(io.BytesIO(body), "large", Config=parts)
    back = io.BytesIO()
    bucket.download_fileobj("large", back, Config=parts)
    assert back.getvalue() == body and bucket.Object("large").content_length == len(body)
    bucket.Object("copy").copy({"Bucket": bucket.name, "Key": "large"}, Config=parts)
    bucket.put_object(Key="small", Body=b"1")
    assert [line.key for line in bucket.objects.all()] == ["copy", "large", "small"]
    assert [line.key for line in bucket.objects.filter(Prefix="l").limit(1)] == ["large"]
    assert bucket.Object("small").get()["Body"].read() == b"1" and bucket.creation_date
    assert len(bucket.objects.delete()[0]["Deleted"]) == 3
    bucket.object_versions.delete()
    bucket.delete()
    bucket.wait_until_not_exists()
