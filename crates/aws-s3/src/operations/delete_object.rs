//! `DeleteObject`: an object goes; one that is not there is no fault.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{At, WriteCondition};
use crate::protocol::{Answer, Asked, Exchange};
use crate::source::Happened;
use crate::{S3, faults};

pub struct DeleteObject;

pub struct Input {
    at: At,
    condition: WriteCondition,
}

#[async_trait]
impl Operation for DeleteObject {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteObject";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:DeleteObject").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<(), Failure> {
        remove(face, call, &input.at, &input.condition).await
    }
}

/// Removes an object and says so to whoever wants to know.
pub async fn remove(face: &S3, call: &Call, at: &At, condition: &WriteCondition) -> Result<(), Failure> {
    let happened = Happened { event: "ObjectRemoved:Delete", at, object: None };
    let also = face.announce(call, &happened).await?;
    face.engine.delete(at, condition, &also).await?;
    Ok(())
}

impl Exchange for DeleteObject {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        asked.refuse_version()?;
        for name in ["x-amz-if-match-last-modified-time", "x-amz-if-match-size", "x-amz-mfa"] {
            if asked.headers.contains_key(name) {
                return Err(faults::header_not_implemented(name));
            }
        }
        let condition = asked.header("if-match").map_or(WriteCondition::None, WriteCondition::Matches);
        Ok(Input { at: asked.at(), condition })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
