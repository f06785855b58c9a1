//! `ListObjects`: the older list, paged by marker.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::lists::{self, ListOf};
use crate::protocol::{Answer, Asked, Element, Exchange, listed_key};

pub struct ListObjects;

pub struct Input {
    list: ListOf,
    marker: String,
}

#[async_trait]
impl Operation for ListObjects {
    type Face = S3;
    type Input = Input;
    type Output = (Input, lists::Result);

    const NAME: &'static str = "ListObjects";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![input.list.permission(face).await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(Input, lists::Result), Failure> {
        let result = lists::list(face, &input.list).await?;
        Ok((input, result))
    }
}

impl Exchange for ListObjects {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let marker = asked.param("marker").unwrap_or("").to_owned();
        let mut list = ListOf::decode(&asked)?;
        list.ask.after = Some(marker.clone()).filter(|marker| !marker.is_empty());
        list.tells_owner = true;
        Ok(Input { list, marker })
    }

    fn encode((input, result): (Input, lists::Result)) -> Answer {
        let list = &input.list;
        let key = |key: &str| listed_key(key, list.encodes);
        // AWS: without a delimiter the last key of the page serves as the next marker and is not told again.
        let next = result.last().filter(|_| !list.ask.delimiter.is_empty()).map(key);
        let document = Element::root("ListBucketResult")
            .text("Name", &list.bucket)
            .text("Prefix", key(&list.ask.prefix))
            .text("Marker", key(&input.marker))
            .maybe("NextMarker", next)
            .text("MaxKeys", list.limit)
            .maybe("Delimiter", list.delimiter())
            .maybe("EncodingType", list.encodes.then_some("url"))
            .text("IsTruncated", result.truncated());
        Answer::xml(&result.lines(list, document))
    }
}
