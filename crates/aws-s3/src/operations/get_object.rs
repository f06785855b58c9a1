//! `GetObject`: an object, or a range or part of it, as a stream.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::ContentReader;
use crate::protocol::{Answer, Asked, Exchange, streamed};
use crate::reading::{ReadAsk, Reading, reading};

pub struct GetObject;

/// How often a reader that lost the object to a writer begins again.
const TRIES: usize = 4;

#[async_trait]
impl Operation for GetObject {
    type Face = S3;
    type Input = ReadAsk;
    type Output = (Reading, ContentReader);

    const NAME: &'static str = "GetObject";

    async fn permissions(face: &S3, _: &Call, input: &ReadAsk) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:GetObject").await?])
    }

    async fn run(face: &S3, call: &Call, input: ReadAsk) -> Result<(Reading, ContentReader), Failure> {
        let mut tries = 0;
        loop {
            let found = reading(face, call, &input).await?;
            tries += 1;
            match face.engine.read(&found.object.content, found.span).await {
                Ok(reader) => return Ok((found, reader)),
                // The object was replaced between the look at its row and the look at its content.
                Err(_) if tries < TRIES => {}
                Err(internal) => return Err(internal.into()),
            }
        }
    }
}

impl Exchange for GetObject {
    fn decode(asked: Asked) -> Result<ReadAsk, Fault> {
        ReadAsk::decode(&asked)
    }

    fn encode((reading, reader): (Reading, ContentReader)) -> Answer {
        reading.answer().body(streamed(reader))
    }
}
