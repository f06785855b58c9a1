//! What `CopyObject` and `UploadPartCopy` share: the source, found under its conditions.

use model::{Failure, Fault};
use percent_encoding::percent_decode_str;
use service::Call;

use crate::engine::{At, Found, ReadConditions, Verdict};
use crate::protocol::{Asked, copy_source_conditions};
use crate::{S3, faults};

pub struct CopySource {
    pub at: At,
    conditions: ReadConditions,
}

impl CopySource {
    /// From `x-amz-copy-source`: `bucket/key`, percent-encoded, a slash before it or not.
    pub fn decode(asked: &Asked) -> Result<Self, Fault> {
        let header = asked.header("x-amz-copy-source").unwrap_or_default();
        let (path, query) = header.split_once('?').unwrap_or((&header, ""));
        if !matches!(query, "" | "versionId=null") {
            return Err(faults::invalid_argument(
                "Invalid version id specified",
                "x-amz-copy-source",
                header,
            ));
        }
        if path.starts_with("arn:") || path.starts_with("/arn:") {
            return Err(Fault::not_implemented("copying through an access point"));
        }
        let path =
            percent_decode_str(path).decode_utf8().map_err(|_| faults::invalid_copy_source(&header))?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        match path.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
                Ok(Self { at: At::new(bucket, key), conditions: copy_source_conditions(asked) })
            }
            _ => Err(faults::invalid_copy_source(&header)),
        }
    }

    pub async fn find(&self, face: &S3, call: &Call) -> Result<Found, Failure> {
        let found = face.existing(call, &self.at).await?;
        match self.conditions.judge(&found.object) {
            Verdict::Proceed => Ok(found),
            Verdict::NotModified("If-None-Match") => {
                Err(faults::precondition_failed("x-amz-copy-source-If-None-Match").into())
            }
            Verdict::NotModified(_) => {
                Err(faults::precondition_failed("x-amz-copy-source-If-Modified-Since").into())
            }
            Verdict::Failed("If-Match") => {
                Err(faults::precondition_failed("x-amz-copy-source-If-Match").into())
            }
            Verdict::Failed(_) => {
                Err(faults::precondition_failed("x-amz-copy-source-If-Unmodified-Since").into())
            }
        }
    }
}
