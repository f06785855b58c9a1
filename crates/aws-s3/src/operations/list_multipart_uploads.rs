//! `ListMultipartUploads`: the uploads in parts that are under way in a bucket.

use async_trait::async_trait;
use model::{AccountId, Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{ListAsk, Listed, UploadPage};
use crate::protocol::{Answer, Asked, Element, Exchange, canonical_id, initiator, listed_key};
use crate::{S3, limits};

pub struct ListMultipartUploads;

pub struct Input {
    bucket: String,
    ask: ListAsk,
    id_marker: String,
    encodes: bool,
}

pub struct Output {
    input: Input,
    owner: AccountId,
    page: UploadPage,
}

#[async_trait]
impl Operation for ListMultipartUploads {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListMultipartUploads";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:ListBucketMultipartUploads").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<Output, Failure> {
        let owner = face.engine.bucket(&input.bucket).await?.bucket.owner;
        // AWS: without a key marker, that of the upload means nothing.
        let after = Some(input.id_marker.as_str()).filter(|id| !id.is_empty() && input.ask.after.is_some());
        let page = face.engine.uploads(&input.bucket, &input.ask, after).await?;
        Ok(Output { input, owner, page })
    }
}

impl Exchange for ListMultipartUploads {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let text = |name: &str| asked.param(name).unwrap_or("").to_owned();
        let ask = ListAsk {
            prefix: text("prefix"),
            delimiter: text("delimiter"),
            after: Some(text("key-marker")).filter(|marker| !marker.is_empty()),
            limit: asked.count("max-uploads", limits::PAGE)?,
        };
        let id_marker = text("upload-id-marker");
        Ok(Input { encodes: asked.encodes()?, bucket: asked.bucket, ask, id_marker })
    }

    fn encode(output: Output) -> Answer {
        let Output { input, owner, page } = output;
        let key = |key: &str| listed_key(key, input.encodes);
        let some = |text: &str| Some(key(text)).filter(|text| !text.is_empty());
        let next = page.lines.last().filter(|_| page.truncated).map(|line| match line {
            Listed::Key(name, (id, _)) => (key(name), id.clone()),
            Listed::Prefix(prefix) => (key(prefix), String::new()),
        });
        let (next_key, next_id) = next.unzip();
        let uploads = page.lines.iter().map(|line| match line {
            Listed::Prefix(prefix) => Element::new("CommonPrefixes").text("Prefix", key(prefix)),
            Listed::Key(name, (id, upload)) => Element::new("Upload")
                .text("Key", key(name))
                .text("UploadId", id)
                .child(initiator(upload))
                .child(Element::new("Owner").text("ID", canonical_id(&owner)))
                .text("StorageClass", upload.headers.storage_class.as_deref().unwrap_or("STANDARD"))
                .text("Initiated", upload.initiated.iso8601())
                .maybe("ChecksumAlgorithm", upload.named.then(|| upload.algorithm.name()))
                .maybe("ChecksumType", upload.named.then(|| upload.kind.name())),
        });
        let result = Element::root("ListMultipartUploadsResult")
            .text("Bucket", &input.bucket)
            .text("KeyMarker", key(input.ask.after.as_deref().unwrap_or("")))
            .text("UploadIdMarker", &input.id_marker)
            .text("NextKeyMarker", next_key.unwrap_or_default())
            .maybe("Prefix", some(&input.ask.prefix))
            .maybe("Delimiter", some(&input.ask.delimiter))
            .text("NextUploadIdMarker", next_id.unwrap_or_default())
            .text("MaxUploads", input.ask.limit)
            .maybe("EncodingType", input.encodes.then_some("url"))
            .text("IsTruncated", page.truncated)
            .children(uploads);
        Answer::xml(&result)
    }
}
