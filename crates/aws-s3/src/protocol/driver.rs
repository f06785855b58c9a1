//! From a request to an answer: route, decode, ask for permission, run, encode.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use http::Method;
use model::{Failure, Fault, RequestId};
use service::{Call, Operation, Protocol, Service};
use wire::{Request, Response, empty_body};

use super::answer::Answer;
use super::asked::Asked;
use super::body::Upload;
use super::route::route;
use crate::operations::OPERATIONS;
use crate::{S3, faults};

/// An operation as this protocol spells it.
pub trait Exchange: Operation<Face = S3> {
    /// Whether the body is content and not a document.
    const STREAMS: bool = false;

    fn decode(asked: Asked) -> Result<Self::Input, Fault>;

    fn encode(output: Self::Output) -> Answer;
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// A line of the list of operations.
pub struct Entry {
    pub name: &'static str,
    streams: bool,
    answer: for<'a> fn(&'a S3, &'a Call, Asked) -> Answering<'a>,
}

pub const fn entry<O: Exchange>() -> Entry {
    Entry {
        name: O::NAME,
        streams: O::STREAMS,
        answer: |face, call, asked| {
            Box::pin(async move {
                let input = O::decode(asked)?;
                Ok(O::encode(service::permitted::<O>(face, call, input).await?))
            })
        },
    }
}

#[async_trait]
impl Service for S3 {
    fn signing_name(&self) -> &'static str {
        "s3"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestXml
    }

    // AWS: a bucket's policy may let everybody in.
    fn is_open(&self, _: &http::request::Parts) -> bool {
        true
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let head = parts.method == Method::HEAD;
        let answer = match Asked::new(parts, Upload::new(body)) {
            Ok(asked) => self.answer(&call, asked).await,
            Err(fault) => Answer::failure(&fault.into(), "a request that cannot be read", &call.request_id),
        };
        let mut response = answer.identified(&call.request_id).finish();
        if head && response.status().as_u16() >= 300 {
            *response.body_mut() = empty_body();
        }
        response
    }

    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> Response {
        Answer::failure(&Failure::Fault(fault.clone()), "a refused request", request_id)
            .identified(request_id)
            .finish()
    }
}

impl S3 {
    async fn answer(&self, call: &Call, mut asked: Asked) -> Answer {
        let name = match route(&asked) {
            Ok(name) => name,
            Err(fault) => return Answer::failure(&fault.into(), "no operation", &call.request_id),
        };
        let answered = async {
            self.check_expected_owner(&asked).await?;
            let Some(entry) = OPERATIONS.iter().find(|entry| entry.name == name) else {
                return Err(Fault::not_implemented(name).into());
            };
            if !entry.streams {
                asked.document = asked.upload.document().await?;
            }
            (entry.answer)(self, call, asked).await
        };
        answered.await.unwrap_or_else(|failure| Answer::failure(&failure, name, &call.request_id))
    }

    /// `x-amz-expected-bucket-owner`: the caller wants no other's bucket.
    async fn check_expected_owner(&self, asked: &Asked) -> Result<(), Failure> {
        let source =
            asked.header("x-amz-source-expected-bucket-owner").zip(asked.header("x-amz-copy-source"));
        let source = source.map(|(owner, source)| {
            let bucket = source.trim_start_matches('/').split(['/', '%']).next().unwrap_or("").to_owned();
            (owner, bucket)
        });
        let own = asked.header("x-amz-expected-bucket-owner").map(|owner| (owner, asked.bucket.clone()));
        for (owner, bucket) in own.into_iter().chain(source) {
            if bucket.is_empty() {
                continue;
            }
            if owner.len() != 12 || !owner.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = "The value of the expected bucket owner parameter must be an AWS account ID";
                let name = "x-amz-expected-bucket-owner";
                return Err(faults::invalid_argument(message, name, owner).into());
            }
            if self.engine.bucket(&bucket).await?.bucket.owner.as_str() != owner {
                return Err(faults::access_denied().into());
            }
        }
        Ok(())
    }
}
