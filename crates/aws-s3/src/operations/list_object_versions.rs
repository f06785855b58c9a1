//! `ListObjectVersions`: in a bucket without versions, each object as its only one.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::Listed;
use crate::lists::{self, ListOf};
use crate::protocol::{Answer, Asked, Element, Exchange, listed_key};
use crate::{S3, faults};

pub struct ListObjectVersions;

pub struct Input {
    list: ListOf,
    marker: String,
}

#[async_trait]
impl Operation for ListObjectVersions {
    type Face = S3;
    type Input = Input;
    type Output = (Input, lists::Result);

    const NAME: &'static str = "ListObjectVersions";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.list.bucket, "s3:ListBucketVersions").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(Input, lists::Result), Failure> {
        let result = lists::list(face, &input.list).await?;
        Ok((input, result))
    }
}

impl Exchange for ListObjectVersions {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let marker = asked.param("key-marker").unwrap_or("").to_owned();
        if asked.param("version-id-marker").is_some_and(|version| !version.is_empty()) && marker.is_empty() {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(faults::invalid_argument(message, "version-id-marker", ""));
        }
        let mut list = ListOf::decode(&asked)?;
        list.ask.after = Some(marker.clone()).filter(|marker| !marker.is_empty());
        Ok(Input { list, marker })
    }

    fn encode((input, result): (Input, lists::Result)) -> Answer {
        let list = &input.list;
        let key = |key: &str| listed_key(key, list.encodes);
        let versions = result.page.lines.iter().map(|line| match line {
            Listed::Prefix(prefix) => Element::new("CommonPrefixes").text("Prefix", key(prefix)),
            Listed::Key(name, object) => {
                let version = Element::new("Version")
                    .text("Key", key(name))
                    .text("VersionId", "null")
                    .text("IsLatest", true);
                lists::described(version, object, Some(&result.owner))
            }
        });
        let document = Element::root("ListVersionsResult")
            .text("Name", &list.bucket)
            .text("Prefix", key(&list.ask.prefix))
            .text("KeyMarker", key(&input.marker))
            .text("VersionIdMarker", "")
            .maybe("NextKeyMarker", result.last().map(key))
            .maybe("NextVersionIdMarker", result.last().map(|_| "null"))
            .text("MaxKeys", list.limit)
            .maybe("Delimiter", list.delimiter())
            .maybe("EncodingType", list.encodes.then_some("url"))
            .text("IsTruncated", result.truncated())
            .children(versions);
        Answer::xml(&document)
    }
}
