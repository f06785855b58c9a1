//! `ListBuckets`: the caller's own buckets, by name.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::BucketPage;
use crate::protocol::{Answer, Asked, Element, Exchange, canonical_id};
use crate::{S3, faults, limits};

pub struct ListBuckets;

pub struct Input {
    prefix: String,
    after: Option<String>,
    limit: usize,
    region: Option<String>,
    /// AWS: regions are told only to those who ask with any of the newer parameters.
    tells_region: bool,
}

pub struct Output {
    page: BucketPage,
    owner: String,
    input: Input,
}

#[async_trait]
impl Operation for ListBuckets {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListBuckets";

    async fn permissions(_: &S3, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("s3:ListAllMyBuckets", "*")])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        let account = &call.caller.account;
        let mut page =
            face.engine.buckets(account, &input.prefix, input.after.as_deref(), input.limit).await?;
        if let Some(region) = &input.region {
            page.buckets.retain(|(_, bucket)| bucket.region.as_str() == region);
        }
        Ok(Output { page, owner: canonical_id(account), input })
    }
}

impl Exchange for ListBuckets {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let names = ["max-buckets", "prefix", "continuation-token", "bucket-region"];
        let limit = asked.count("max-buckets", limits::BUCKETS_PAGE)?;
        if limit == 0 {
            let message = "Argument max-buckets must be an integer between 1 and 10000";
            return Err(faults::invalid_argument(message, "max-buckets", "0"));
        }
        Ok(Input {
            prefix: asked.param("prefix").unwrap_or("").to_owned(),
            after: asked.param("continuation-token").map(str::to_owned).filter(|token| !token.is_empty()),
            limit,
            region: asked.param("bucket-region").map(str::to_owned),
            tells_region: names.iter().any(|name| asked.has(name)),
        })
    }

    fn encode(output: Output) -> Answer {
        let Output { page, owner, input } = output;
        let buckets = page.buckets.iter().map(|(name, bucket)| {
            let region = input.tells_region.then_some(&bucket.region);
            Element::new("Bucket")
                .text("Name", name)
                .text("CreationDate", bucket.created.iso8601())
                .maybe("BucketRegion", region)
        });
        let result = Element::root("ListAllMyBucketsResult")
            .child(Element::new("Owner").text("ID", owner))
            .child(Element::new("Buckets").children(buckets))
            .maybe("ContinuationToken", page.next)
            .maybe("Prefix", Some(input.prefix).filter(|prefix| !prefix.is_empty()));
        Answer::xml(&result)
    }
}
