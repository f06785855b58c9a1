//! `AbortMultipartUpload`: an upload ends, and its parts go.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::At;
use crate::protocol::{Answer, Asked, Exchange, upload_id};

pub struct AbortMultipartUpload;

pub struct Input {
    at: At,
    id: String,
}

#[async_trait]
impl Operation for AbortMultipartUpload {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "AbortMultipartUpload";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:AbortMultipartUpload").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(), Failure> {
        face.engine.abort_upload(&input.at, &input.id).await
    }
}

impl Exchange for AbortMultipartUpload {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        Ok(Input { at: asked.at(), id: upload_id(&asked)? })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
