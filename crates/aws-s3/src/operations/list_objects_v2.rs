//! `ListObjectsV2`: the list, paged by an opaque token.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::lists::{self, ListOf};
use crate::protocol::{Answer, Asked, Element, Exchange, listed_key};
use crate::{S3, faults};

pub struct ListObjectsV2;

pub struct Input {
    list: ListOf,
    start_after: Option<String>,
    token: Option<String>,
}

#[async_trait]
impl Operation for ListObjectsV2 {
    type Face = S3;
    type Input = Input;
    type Output = (Input, lists::Result);

    const NAME: &'static str = "ListObjectsV2";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![input.list.permission(face).await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(Input, lists::Result), Failure> {
        let result = lists::list(face, &input.list).await?;
        Ok((input, result))
    }
}

/// Tokens begin so: what is not one of ours is told from what is.
const TOKEN: &str = "1";

fn token_of(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{TOKEN}{last}"))
}

fn read_token(token: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let last = text.as_deref().and_then(|text| text.strip_prefix(TOKEN)).map(str::to_owned);
    last.ok_or_else(|| {
        faults::invalid_argument("The continuation token provided is incorrect", "continuation-token", token)
    })
}

impl Exchange for ListObjectsV2 {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let mut list = ListOf::decode(&asked)?;
        let own = |name: &str| asked.param(name).map(str::to_owned);
        let (start_after, token) = (own("start-after"), own("continuation-token"));
        list.ask.after = match token.as_deref() {
            Some(token) => Some(read_token(token)?),
            None => start_after.clone().filter(|after| !after.is_empty()),
        };
        list.tells_owner = asked.param("fetch-owner") == Some("true");
        Ok(Input { list, start_after, token })
    }

    fn encode((input, result): (Input, lists::Result)) -> Answer {
        let list = &input.list;
        let key = |key: &str| listed_key(key, list.encodes);
        let document = Element::root("ListBucketResult")
            .text("Name", &list.bucket)
            .text("Prefix", key(&list.ask.prefix))
            .maybe("ContinuationToken", input.token.as_deref())
            .maybe("NextContinuationToken", result.last().map(token_of))
            .maybe("StartAfter", input.start_after.as_deref().map(key))
            .text("KeyCount", result.count())
            .text("MaxKeys", list.limit)
            .maybe("Delimiter", list.delimiter())
            .maybe("EncodingType", list.encodes.then_some("url"))
            .text("IsTruncated", result.truncated());
        Answer::xml(&result.lines(list, document))
    }
}
