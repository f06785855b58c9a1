//! `DeleteObjectTagging`: all tags of an object go.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange, OnObject};
use crate::source::Happened;

pub struct DeleteObjectTagging;

#[async_trait]
impl Operation for DeleteObjectTagging {
    type Face = S3;
    type Input = OnObject;
    type Output = ();

    const NAME: &'static str = "DeleteObjectTagging";

    async fn permissions(face: &S3, _: &Call, input: &OnObject) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:DeleteObjectTagging").await?])
    }

    async fn run(face: &S3, call: &Call, input: OnObject) -> Result<(), Failure> {
        let object = face.existing(call, &input.at).await?.object;
        let happened = Happened { event: "ObjectTagging:Delete", at: &input.at, object: Some(&object) };
        let also = face.announce(call, &happened).await?;
        face.engine.tag(&input.at, &[], &also).await
    }
}

impl Exchange for DeleteObjectTagging {
    fn decode(asked: Asked) -> Result<OnObject, Fault> {
        asked.refuse_version()?;
        Ok(OnObject { at: asked.at() })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
