//! Where a function's code comes from: with the request, or from a bucket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::{Failure, Fault};
use registry::{Architecture, UNZIPPED_BYTES};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::Call;

use crate::constraints::Constraints;
use crate::unbuilt::refuse_unbuilt;
use crate::{CodeBucket, faults, limits};

/// The members that CreateFunction has in `Code` and UpdateFunctionCode has beside the name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CodeSource {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl CodeSource {
    /// Adds what is malformed; `within` is the member that these are in, with its dot.
    pub fn check(&self, within: &str, constraints: &mut Constraints) {
        constraints.length(&format!("{within}s3Bucket"), self.s3_bucket.as_deref(), limits::BUCKET_CHARS);
        constraints.length(&format!("{within}s3Key"), self.s3_key.as_deref(), limits::OBJECT_CHARS);
        let version = self.s3_object_version.as_deref();
        constraints.length(&format!("{within}s3ObjectVersion"), version, limits::OBJECT_CHARS);
    }

    /// Fails when something is asked for that is not built.
    pub fn refuse_unbuilt(&self, operation: &str) -> Result<(), Fault> {
        if self.rest.get("S3ObjectStorageMode").is_some_and(|mode| mode != "COPY") {
            return Err(faults::unbuilt("S3ObjectStorageMode", operation));
        }
        refuse_unbuilt(&self.rest, &["ImageUri", "SourceKMSKeyArn", "PublishTo"], operation)
    }

    /// The zip. Fails when none is named, or more than one, and as S3 fails.
    pub async fn zip(&self, call: &Call, buckets: &dyn CodeBucket) -> Result<Bytes, Failure> {
        let version = self.s3_object_version.as_deref();
        let from_bucket = self.s3_bucket.is_some() || self.s3_key.is_some() || version.is_some();
        let refused = |message: &str| Err(faults::invalid_parameter(message).into());
        let zip = match (&self.zip_file, &self.s3_bucket, &self.s3_key) {
            (Some(_), ..) if from_bucket => {
                return refused(
                    "Please do not provide other FunctionCode parameters when providing a ZipFile.",
                );
            }
            (Some(base64), ..) => STANDARD.decode(base64).map_err(faults::invalid_content)?.into(),
            (None, Some(bucket), Some(key)) => {
                buckets.fetch(call, bucket, key, version, UNZIPPED_BYTES).await.map_err(told_by_s3)?
            }
            (None, None, None) if !from_bucket => {
                return refused("Please provide a source for function code.");
            }
            (None, ..) => {
                return refused("Please provide both the S3Bucket and the S3Key of the function code.");
            }
        };
        if zip.is_empty() {
            return refused("Uploaded file must be a non-empty zip");
        }
        Ok(zip)
    }
}

/// AWS: Lambda wraps what S3 says to it.
fn told_by_s3(failure: Failure) -> Failure {
    let Failure::Fault(fault) = failure else { return failure };
    let told = format!("S3 Error Code: {}. S3 Error Message: {}", fault.code, fault.message);
    let wrapped = if fault.code == "AccessDenied" {
        faults::access_denied(format!(
            "Your access has been denied by S3, please make sure your request credentials have permission to \
             GetObject for the code's bucket and key. {told}"
        ))
    } else {
        faults::invalid_parameter(format!("Error occurred while GetObject. {told}"))
    };
    wrapped.into()
}

/// The constraints of `Architectures`.
pub fn check_architectures(asked: Option<&[String]>, constraints: &mut Constraints) {
    let Some(asked) = asked else { return };
    if asked.len() != 1 {
        let rule = "Member must have length equal to 1";
        constraints.fails("architectures", format!("[{}]", asked.join(", ")), rule);
    }
    for architecture in asked {
        let all = [Architecture::X86.name(), Architecture::Arm.name()];
        constraints.one_of("architectures", Some(architecture), &all);
    }
}

/// The one processor that code may be for is this machine's, which is also what is meant when none is named.
pub fn refuse_other_architectures(asked: Option<&[String]>, operation: &str) -> Result<(), Fault> {
    let here = Architecture::of_host().name();
    match asked.unwrap_or_default().iter().find(|architecture| *architecture != here) {
        Some(other) => {
            Err(faults::unbuilt(&format!("Architectures {other} (this machine is {here})"), operation))
        }
        None => Ok(()),
    }
}
