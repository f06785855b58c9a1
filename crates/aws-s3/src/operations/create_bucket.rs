//! `CreateBucket`: a name that is free, in a region.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Region};
use service::{Call, Operation};

use crate::engine::{Setting, Tag, TagScope, check_tags};
use crate::protocol::{Answer, Asked, Exchange, Node, read_tags};
use crate::{S3, faults, limits};

pub struct CreateBucket;

pub struct Input {
    bucket: String,
    constraint: Option<String>,
    tags: Vec<Tag>,
}

pub struct Output {
    bucket: String,
}

#[async_trait]
impl Operation for CreateBucket {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "CreateBucket";

    async fn permissions(_: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("s3:CreateBucket", format!("arn:aws:s3:::{}", input.bucket))])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        check_name(&input.bucket)?;
        let region = place(&call.region, input.constraint.as_deref())?;
        let (owner, bucket) = (&call.caller.account, input.bucket);
        if face.engine.buckets(owner, "", None, limits::BUCKETS).await?.next.is_some() {
            return Err(faults::too_many_buckets().into());
        }
        let new = face.engine.create_bucket(&bucket, owner, &region).await?;
        // AWS: in us-east-1 the owner may create the bucket again, everywhere else not.
        if !new && region != Region::default() {
            return Err(faults::bucket_already_owned_by_you(&bucket).into());
        }
        if new && !input.tags.is_empty() {
            let tags =
                serde_json::to_string(&input.tags).map_err(model::Internal::because("writing tags"))?;
            face.engine.set(&bucket, Setting::Tagging, Some(tags)).await?;
        }
        Ok(Output { bucket })
    }
}

/// Where the bucket is to be. AWS: the name of the region is unsaid only for us-east-1, and its endpoint takes all.
fn place(region: &Region, constraint: Option<&str>) -> Result<Region, Fault> {
    let first = Region::default();
    match constraint {
        None | Some("") if *region == first => Ok(first),
        None | Some("") => Err(faults::illegal_location_constraint("")),
        Some("us-east-1") => Err(faults::invalid_location_constraint("us-east-1")),
        Some("EU") => Ok(Region::new("eu-west-1")),
        Some(name) if !is_region(name) => Err(faults::invalid_location_constraint(name)),
        Some(name) if *region == first || region.as_str() == name => Ok(Region::new(name)),
        Some(name) => Err(faults::illegal_location_constraint(name)),
    }
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(name: &str) -> bool {
    let parts: Vec<_> = name.split('-').collect();
    let number =
        parts.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit()));
    let letters = |part: &&str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    (3..=4).contains(&parts.len()) && number && parts[..parts.len() - 1].iter().all(letters)
}

/// Source: AWS, "General purpose bucket naming rules".
fn check_name(name: &str) -> Result<(), Fault> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte != b'-' && byte != b'.');
    let valid = (3..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && ends(name.bytes().next())
        && ends(name.bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    if valid { Ok(()) } else { Err(faults::invalid_bucket_name(name)) }
}

impl Exchange for CreateBucket {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let lock = asked.header("x-amz-bucket-object-lock-enabled");
        if lock.is_some_and(|lock| lock.eq_ignore_ascii_case("true")) {
            return Err(faults::header_not_implemented("x-amz-bucket-object-lock-enabled"));
        }
        let acl = asked.header("x-amz-acl").is_some_and(|acl| acl != "private");
        if acl || asked.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-")) {
            let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            return Err(Fault::new("InvalidBucketAclWithObjectOwnership", 400, message));
        }
        let ownership = asked.header("x-amz-object-ownership");
        if ownership.is_some_and(|ownership| ownership != "BucketOwnerEnforced") {
            return Err(faults::header_not_implemented("x-amz-object-ownership"));
        }
        let (mut constraint, mut tags) = (None, Vec::new());
        if !asked.document.is_empty() {
            let document = Node::document(&asked.document, "CreateBucketConfiguration")?;
            if document.child("Bucket").is_some() || document.child("Location").is_some() {
                return Err(Fault::not_implemented("CreateBucket of a directory bucket"));
            }
            document.only(&["LocationConstraint", "Tags"])?;
            constraint = document.get("LocationConstraint").map(str::to_owned);
            tags = document.child("Tags").map_or(Ok(Vec::new()), read_tags)?;
            check_tags(&tags, TagScope::Bucket)?;
        }
        Ok(Input { bucket: asked.bucket, constraint, tags })
    }

    fn encode(output: Output) -> Answer {
        Answer::new(200)
            .header("location", &format!("/{}", output.bucket))
            .header("x-amz-bucket-arn", &format!("arn:aws:s3:::{}", output.bucket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        let long = "a".repeat(64);
        for name in ["abc", "my-bucket.1", "123", &long[..63]] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in
            ["ab", &long, "Abc", "a_b", "-ab", "ab-", "a..b", "192.168.0.1", "xn--a", "a--x-s3", "äbc"]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_bucket_is_where_the_endpoint_is() {
        let check = |region: &str, constraint| match place(&Region::new(region), constraint) {
            Ok(region) => region.to_string(),
            Err(fault) => fault.code.into_owned(),
        };
        assert_eq!(check("us-east-1", None), "us-east-1");
        assert_eq!(check("us-east-1", Some("us-east-1")), "InvalidLocationConstraint");
        assert_eq!(check("us-east-1", Some("eu-west-1")), "eu-west-1");
        assert_eq!(check("eu-west-1", Some("eu-west-1")), "eu-west-1");
        assert_eq!(check("eu-west-1", None), "IllegalLocationConstraintException");
        assert_eq!(check("eu-west-1", Some("eu-central-1")), "IllegalLocationConstraintException");
        assert_eq!(check("us-east-1", Some("moon")), "InvalidLocationConstraint");
    }
}
