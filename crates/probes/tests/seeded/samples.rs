//! Bytes as they should come: what is spoiled then.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub type Samples = Vec<Vec<u8>>;

fn texts<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Samples {
    texts.into_iter().map(|text| text.as_ref().to_vec()).collect()
}

/// Path, query, headers.
pub fn signatures() -> Samples {
    let scope = "AKIDEXAMPLE/20261123/us-east-1/s3/aws4_request";
    let hash = "f0".repeat(32);
    texts([
        format!(
            "/b/k%20k\na=1&b=2\nauthorization:AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={hash}\nx-amz-date:20261123T153320Z\nhost: localhost"
        ),
        format!(
            "/b/k\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date=20261123T153320Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={hash}\nhost:localhost",
            scope.replace('/', "%2F")
        ),
        format!(
            "/\nAWSAccessKeyId=AKIDEXAMPLE&Signature={hash}&Expires=1795448060\nx-amz-security-token:token"
        ),
    ])
}

/// Length, size of the pieces, whether it is signed; then the body.
pub fn chunks() -> Samples {
    let signature = "0".repeat(64);
    texts([
        b"\x05\x03\x005\r\nhello\r\n0\r\n\r\n".to_vec(),
        b"\x05\x03\x002\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n".to_vec(),
        format!(
            "\x05\x07\x015;chunk-signature={signature}\r\nhello\r\n0;chunk-signature={signature}\r\n\r\n"
        )
        .into_bytes(),
    ])
}

/// Path, query, body.
pub fn inputs() -> Samples {
    texts([
        "/functions/resize/tags/a/b\nLimit=3&Names.member.1=a&Names.member.2=b&Force=true\n{\"Small\":7,\"Within\":{\"Name\":\"x\"}}",
        "/functions/%C3%A9/tags/x\nTags.member.1.Key=a&Tags.member.1.Value=b&Environment.entry.1.key=A&Environment.entry.1.value=B&Share=0.5\n{\"Tags\":[{\"Key\":\"a\"}],\"Kind\":\"Zip\"}",
        "/functions/x/tags/y\nWithin.Within.Name=deep&Kind=Image\n{\"Environment\":{\"A\":\"B\"},\"Share\":1e3,\"Force\":false}",
    ])
}

pub fn forms() -> Samples {
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let iam = "Version=2010-05-08";
    texts([
        format!("Action=CreateRole&{iam}&RoleName=a&AssumeRolePolicyDocument={policy}\nAction=GetRole&{iam}&RoleName=a"),
        format!("Action=CreateRole&{iam}&RoleName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&AssumeRolePolicyDocument={policy}\nAction=PutRolePolicy&{iam}&RoleName=a&PolicyName=p&PolicyDocument={policy}\nAction=ListRoles&{iam}&MaxItems=1&Marker=x"),
        "Action=GetCallerIdentity&Version=2011-06-15\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fa&RoleSessionName=s&DurationSeconds=900".to_owned(),
    ])
}

/// The first byte says for which operation.
pub fn documents() -> Samples {
    texts([
        "\x03<NotificationConfiguration><QueueConfiguration><Id>a</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>",
        "\x05{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket/*\"}}\n\x07<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        "\x08<Delete><Object><Key>key</Key></Object><Quiet>true</Quiet></Delete>\n\x0b<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part></CompleteMultipartUpload>",
        "\x00<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>\n\x04<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
    ])
}

/// The pattern, then messages.
pub fn patterns() -> Samples {
    texts([
        "ERROR -debug ?warn ?info\nERROR in debug\nan info",
        "{ $.a.b[0] = \"x*\" && ($.n > 3.5 || $.gone NOT EXISTS) }\n{\"a\":{\"b\":[\"xy\"]},\"n\":4}",
        "[ip, user=root*, code>=400, ...]\n127.0.0.1 root 404 \"GET /\" x",
        "%a[0-9]+b%\na12b",
    ])
}

pub fn policies() -> Samples {
    texts([
        r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["000000000000","*"]},"Action":["s3:Get*","s3:Put?"],"Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"StringLike":{"s3:prefix":["a","b"]},"ForAllValues:IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#,
        r#"{"Statement":{"Effect":"Deny","NotPrincipal":"*","NotAction":"*","NotResource":["*"],"Condition":{"Bool":{"aws:SecureTransport":"false"},"NumericLessThanIfExists":{"s3:max-keys":10},"Null":{"aws:x":true}}}}"#,
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    ])
}

pub fn packages() -> Samples {
    let zipped = |files: &[(&str, &str, u32)]| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, mode) in files {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).expect("a file");
            zip.write_all(content.as_bytes()).expect("its content");
        }
        zip.finish().expect("a zip").into_inner()
    };
    let mut linked = ZipWriter::new(Cursor::new(Vec::new()));
    linked.add_symlink("out", "../../..", SimpleFileOptions::default()).expect("a link");
    linked.start_file("out/file", SimpleFileOptions::default()).expect("a file behind it");
    vec![
        zipped(&[("app.py", "def handler(e, c):\n    return e\n", 0o644), ("lib/mod.py", "x = 1\n", 0o644)]),
        zipped(&[("bootstrap", "#!/bin/sh\n", 0o755), ("a/b/c/d", "", 0o4777), ("../out", "x", 0o644)]),
        linked.finish().expect("a zip").into_inner(),
    ]
}

/// What one connection sends, and then the next.
pub fn runtime_api() -> Samples {
    let path = "/2018-06-01/runtime";
    let next = format!("GET {path}/invocation/next HTTP/1.1\r\nhost: x\r\n\r\n");
    let post = |to: &str, more: &str, body: &str| {
        format!("POST {path}/{to} HTTP/1.1\r\nhost: x\r\n{more}content-length: {}\r\n\r\n{body}", body.len())
    };
    let error = r#"{"errorMessage":"x","errorType":"y","stackTrace":[]}"#;
    let kind = "lambda-runtime-function-error-type: Runtime.Bad\r\n";
    texts([
        format!("{next}~~{next}~~{}", post("invocation/id/response", "", "{}")),
        format!("{next}~~{next}~~{}~~{next}", post("invocation/id/error", kind, error)),
        post("init/error", kind, error),
        format!(
            "{next}~~{next}~~POST {path}/invocation/id/response HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
        ),
    ])
}

pub fn spawner() -> Samples {
    let plan = r#"{"id":1,"command":["/bin/true"],"environment":[["A","B"]],"roots":["/python"],"code":"/code","layers":["/layer"],"guest":"/guest","tmp_mib":1,"memory_mib":128,"pids":1,"descriptors":9,"ports":[],"egress":"None","framed":true}"#;
    texts([
        format!(r#"{{"Start":{plan}}}"#),
        format!(r#"{{"Template":{{"plan":{plan},"seed":{{"modules":["boto3"],"model":{plan}}}}}}}"#),
        format!(r#"{{"Sprout":{{"template":3,"plan":{plan}}}}}"#),
        r#"{"End":{"id":7}}"#.to_owned(),
        r#"{"Permit":{"id":1,"sandbox":2,"address":"1.2.3.4","ports":[443,null],"seconds":60}}"#.to_owned(),
        r#"{"Confine":{"data":"/data","roots":["/usr"]}}"#.to_owned(),
    ])
}
