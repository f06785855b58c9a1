//! `HeadObject`: what an object is, without its bytes.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange};
use crate::reading::{ReadAsk, Reading, reading};

pub struct HeadObject;

#[async_trait]
impl Operation for HeadObject {
    type Face = S3;
    type Input = ReadAsk;
    type Output = Reading;

    const NAME: &'static str = "HeadObject";

    async fn permissions(face: &S3, _: &Call, input: &ReadAsk) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:GetObject").await?])
    }

    async fn run(face: &S3, call: &Call, input: ReadAsk) -> Result<Reading, Failure> {
        reading(face, call, &input).await
    }
}

impl Exchange for HeadObject {
    fn decode(asked: Asked) -> Result<ReadAsk, Fault> {
        ReadAsk::decode(&asked)
    }

    fn encode(reading: Reading) -> Answer {
        reading.answer()
    }
}
