//! `CompleteMultipartUpload`: parts become one object, by reference.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{Algorithm, At, Checksum, CompletedPart, Object, WriteCondition};
use crate::protocol::{
    Answer, Asked, Element, Exchange, Node, checksum_headers, quoted, unquoted, upload_id, with_checksum,
    write_condition,
};
use crate::source::Happened;
use crate::{S3, faults, limits};

pub struct CompleteMultipartUpload;

pub struct Input {
    at: At,
    id: String,
    parts: Vec<CompletedPart>,
    condition: WriteCondition,
    checksums: Vec<(Algorithm, String)>,
    kind: Option<String>,
    size: Option<u64>,
}

pub struct Output {
    at: At,
    origin: String,
    etag: String,
    checksum: Option<Checksum>,
}

#[async_trait]
impl Operation for CompleteMultipartUpload {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "CompleteMultipartUpload";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:PutObject").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        match complete(face, call, &input).await {
            Ok(object) => Ok(output(call, input.at, &object)),
            Err(failure) => earlier(face, call, input, failure).await,
        }
    }
}

async fn complete(face: &S3, call: &Call, input: &Input) -> Result<Object, Failure> {
    let completed = face.engine.complete(&input.at, &input.id, &input.parts).await?;
    check(input, &completed.object)?;
    let happened = Happened {
        event: "ObjectCreated:CompleteMultipartUpload",
        at: &input.at,
        object: Some(&completed.object),
    };
    let also = face.announce(call, &happened).await?;
    face.engine.put_completed(&input.at, &input.id, &completed, &input.condition, also).await?;
    Ok(completed.object)
}

/// AWS: an upload that was completed, or is just now by another request, may be completed again: clients miss answers.
async fn earlier(face: &S3, call: &Call, input: Input, failure: Failure) -> Result<Output, Failure> {
    match face.engine.find(&input.at).await? {
        Some(found) if found.object.upload.as_deref() == Some(&input.id) => {
            Ok(output(call, input.at, &found.object))
        }
        _ => Err(failure),
    }
}

fn output(call: &Call, at: At, object: &Object) -> Output {
    Output { at, origin: call.origin.clone(), etag: object.etag.clone(), checksum: object.checksum.clone() }
}

fn check(input: &Input, object: &Object) -> Result<(), Fault> {
    if input.size.is_some_and(|size| size != object.size) {
        let message = format!(
            "The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {}",
            input.size.unwrap_or_default(),
            object.size
        );
        return Err(faults::invalid_request(message));
    }
    let Some(kept) = &object.checksum else { return Ok(()) };
    if input.kind.as_deref().is_some_and(|kind| kind != kept.kind.name()) {
        let message = format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            kept.kind.name()
        );
        return Err(faults::invalid_request(message));
    }
    for (algorithm, value) in &input.checksums {
        let same =
            value == &kept.value || kept.value.strip_suffix(&format!("-{}", object.parts)) == Some(value);
        if *algorithm == kept.algorithm && !same {
            return Err(faults::bad_checksum(algorithm.name()));
        }
    }
    Ok(())
}

impl Exchange for CompleteMultipartUpload {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let document = Node::document(&asked.document, "CompleteMultipartUpload")?;
        document.only(&["Part"])?;
        let parts: Vec<_> = document.all("Part").map(part).collect::<Result<_, _>>()?;
        if parts.is_empty() || parts.len() > limits::PARTS as usize {
            return Err(faults::malformed_xml());
        }
        Ok(Input {
            at: asked.at(),
            id: upload_id(&asked)?,
            parts,
            condition: write_condition(&asked)?,
            checksums: checksum_headers(&asked)?,
            kind: asked.header("x-amz-checksum-type"),
            size: asked.header("x-amz-mp-object-size").and_then(|size| size.parse().ok()),
        })
    }

    fn encode(output: Output) -> Answer {
        let Output { at, origin, etag, checksum } = output;
        let mut result = Element::root("CompleteMultipartUploadResult")
            .text("Location", format!("{origin}/{}/{}", at.bucket, crate::protocol::path_key(&at.key)))
            .text("Bucket", &at.bucket)
            .text("Key", &at.key)
            .text("ETag", quoted(&etag));
        result = with_checksum(result, checksum.as_ref());
        let result = result.maybe("ChecksumType", checksum.map(|checksum| checksum.kind.name()));
        Answer::xml(&result).header("x-amz-server-side-encryption", "AES256")
    }
}

fn part(node: &Node) -> Result<CompletedPart, Fault> {
    let number = node.required("PartNumber")?.trim().parse().map_err(|_| faults::malformed_xml())?;
    let checksums = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let value = node.get(&format!("Checksum{}", algorithm.name()))?;
        Some((algorithm, value.to_owned()))
    });
    Ok(CompletedPart { number, etag: unquoted(node.required("ETag")?), checksums: checksums.collect() })
}
