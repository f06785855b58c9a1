//! What callers of S3 are told: each fault with its code, status, words and members as AWS spells them.

use model::Fault;

fn on_bucket(code: &'static str, status: u16, message: &str, bucket: &str) -> Fault {
    Fault::new(code, status, message).member("BucketName", bucket)
}

pub fn no_such_bucket(bucket: &str) -> Fault {
    on_bucket("NoSuchBucket", 404, "The specified bucket does not exist", bucket)
}

pub fn bucket_already_exists(bucket: &str) -> Fault {
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                   system. Please select a different name and try again.";
    on_bucket("BucketAlreadyExists", 409, message, bucket)
}

pub fn bucket_already_owned_by_you(bucket: &str) -> Fault {
    let message = "Your previous request to create the named bucket succeeded and you already own it.";
    on_bucket("BucketAlreadyOwnedByYou", 409, message, bucket)
}

pub fn bucket_not_empty(bucket: &str) -> Fault {
    on_bucket("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", bucket)
}

pub fn invalid_bucket_name(bucket: &str) -> Fault {
    on_bucket("InvalidBucketName", 400, "The specified bucket is not valid.", bucket)
}

pub fn too_many_buckets() -> Fault {
    Fault::new("TooManyBuckets", 400, "You have attempted to create more buckets than allowed")
}

pub fn invalid_location_constraint(constraint: &str) -> Fault {
    Fault::new("InvalidLocationConstraint", 400, "The specified location-constraint is not valid")
        .member("LocationConstraint", constraint)
}

pub fn illegal_location_constraint(constraint: &str) -> Fault {
    let subject = if constraint.is_empty() || constraint == "us-east-1" { "unspecified" } else { constraint };
    let message = format!(
        "The {subject} location constraint is incompatible for the region specific endpoint this request was sent to."
    );
    Fault::new("IllegalLocationConstraintException", 400, message)
}

/// A part of a bucket's configuration that nobody has set.
pub fn not_configured(code: &'static str, message: &str, bucket: &str) -> Fault {
    on_bucket(code, 404, message, bucket)
}

pub fn no_such_key(key: &str) -> Fault {
    Fault::new("NoSuchKey", 404, "The specified key does not exist.").member("Key", key)
}

pub fn no_such_version(key: &str, version: &str) -> Fault {
    Fault::new("NoSuchVersion", 404, "The specified version does not exist.")
        .member("Key", key)
        .member("VersionId", version)
}

pub fn key_too_long(size: usize) -> Fault {
    Fault::new("KeyTooLongError", 400, "Your key is too long")
        .member("Size", size.to_string())
        .member("MaxSizeAllowed", crate::limits::KEY_BYTES.to_string())
}

pub fn metadata_too_large(size: usize) -> Fault {
    Fault::new("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size")
        .member("Size", size.to_string())
        .member("MaxSizeAllowed", crate::limits::METADATA_BYTES.to_string())
}

pub fn access_denied() -> Fault {
    Fault::new("AccessDenied", 403, "Access Denied")
}

pub fn invalid_argument(message: impl Into<String>, name: &'static str, value: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", 400, message).member("ArgumentName", name).member("ArgumentValue", value)
}

pub fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequest", 400, message)
}

/// A header asks for something that is not built.
pub fn header_not_implemented(header: &str) -> Fault {
    Fault::new("NotImplemented", 501, "A header you provided implies functionality that is not implemented")
        .member("Header", header)
}

pub fn method_not_allowed(method: &str, resource: &'static str) -> Fault {
    Fault::new("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
        .member("Method", method)
        .member("ResourceType", resource)
}

pub fn malformed_xml() -> Fault {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    Fault::new("MalformedXML", 400, message)
}

pub fn malformed_policy(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicy", 400, message)
}

pub fn invalid_uri(uri: &str) -> Fault {
    Fault::new("InvalidURI", 400, "Couldn't parse the specified URI.").member("URI", uri)
}

pub fn invalid_digest(header: &str) -> Fault {
    Fault::new("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
        .member("Content-MD5", header)
}

pub fn bad_digest(expected: &str, calculated: &str) -> Fault {
    Fault::new("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
        .member("ExpectedDigest", expected)
        .member("CalculatedDigest", calculated)
}

pub fn bad_checksum(algorithm: &str) -> Fault {
    let message = format!("The {algorithm} you specified did not match the calculated checksum.");
    Fault::new("BadDigest", 400, message)
}

pub fn invalid_checksum(header: &str) -> Fault {
    invalid_request(format!("Value for {header} header is invalid."))
}

/// What comes after the content is not what was announced.
pub fn malformed_trailer() -> Fault {
    let message = "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    Fault::new("MalformedTrailerError", 400, message)
}

pub fn checksum_type_mismatch(expected: &str, actual: &str) -> Fault {
    invalid_request(format!(
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
        expected.to_lowercase(),
        actual.to_lowercase()
    ))
}

pub fn missing_content_length() -> Fault {
    Fault::new("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
}

pub fn missing_request_body() -> Fault {
    Fault::new("MissingRequestBodyError", 400, "Request Body is empty")
}

pub fn incomplete_body() -> Fault {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Fault::new("IncompleteBody", 400, message)
}

pub fn request_timeout() -> Fault {
    let message = "Your socket connection to the server was not read from or written to within the timeout \
                   period. Idle connections will be closed.";
    Fault::new("RequestTimeout", 400, message)
}

pub fn entity_too_large(proposed: u64) -> Fault {
    Fault::new("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
        .member("ProposedSize", proposed.to_string())
        .member("MaxSizeAllowed", crate::limits::PUT_BYTES.to_string())
}

pub fn document_too_large() -> Fault {
    Fault::new("MaxMessageLengthExceeded", 400, "Your request was too big.")
        .member("MaxMessageLengthBytes", crate::limits::DOCUMENT_BYTES.to_string())
}

pub fn entity_too_small(part: u32, size: u64, etag: &str) -> Fault {
    Fault::new("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size")
        .member("ProposedSize", size.to_string())
        .member("MinSizeAllowed", crate::limits::PART_BYTES_LEAST.to_string())
        .member("PartNumber", part.to_string())
        .member("ETag", etag)
}

pub fn invalid_storage_class(class: &str) -> Fault {
    Fault::new("InvalidStorageClass", 400, "The storage class you specified is not valid")
        .member("StorageClassRequested", class)
}

pub fn precondition_failed(condition: &'static str) -> Fault {
    Fault::new("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
        .member("Condition", condition)
}

/// Somebody else changed the same thing at the same moment, again and again.
pub fn conditional_request_conflict(key: &str) -> Fault {
    let message =
        "The conditional request cannot succeed due to a conflicting operation against this resource.";
    Fault::new("ConditionalRequestConflict", 409, message).member("Key", key)
}

pub fn operation_aborted() -> Fault {
    let message = "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    Fault::new("OperationAborted", 409, message)
}

pub fn slow_down() -> Fault {
    Fault::new("SlowDown", 503, "Please reduce your request rate.")
}

pub fn invalid_range(asked: &str, size: u64) -> Fault {
    Fault::new("InvalidRange", 416, "The requested range is not satisfiable")
        .member("RangeRequested", asked)
        .member("ActualObjectSize", size.to_string())
}

pub fn invalid_part_number(asked: u32, parts: u32) -> Fault {
    Fault::new("InvalidPartNumber", 416, "The requested partnumber is not satisfiable")
        .member("PartNumberRequested", asked.to_string())
        .member("ActualPartCount", parts.to_string())
}

pub fn no_such_upload(upload: &str) -> Fault {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have \
                   been aborted or completed.";
    Fault::new("NoSuchUpload", 404, message).member("UploadId", upload)
}

pub fn invalid_part(upload: &str, number: u32, etag: &str) -> Fault {
    let message = "One or more of the specified parts could not be found.  The part may not have been \
                   uploaded, or the specified entity tag may not match the part's entity tag.";
    Fault::new("InvalidPart", 400, message)
        .member("UploadId", upload)
        .member("PartNumber", number.to_string())
        .member("ETag", etag)
}

pub fn invalid_part_order(upload: &str) -> Fault {
    let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
    Fault::new("InvalidPartOrder", 400, message).member("UploadId", upload)
}

pub fn invalid_tag(message: impl Into<String>) -> Fault {
    Fault::new("InvalidTag", 400, message)
}

pub fn too_many_tags(scope: &str, most: usize) -> Fault {
    Fault::new("BadRequest", 400, format!("{scope} tags cannot be greater than {most}"))
}

pub fn invalid_copy_to_itself() -> Fault {
    invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the \
         object's metadata, storage class, website redirect location or encryption attributes.",
    )
}

pub fn copy_source_too_large() -> Fault {
    invalid_request(
        "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
    )
}

pub fn invalid_copy_source(header: &str) -> Fault {
    let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
    invalid_argument(message, "x-amz-copy-source", header)
}

pub fn internal_error() -> Fault {
    Fault::new("InternalError", 500, "We encountered an internal error. Please try again.")
}

pub fn missing_part_checksum(algorithm: &str, part: u32) -> Fault {
    invalid_request(format!(
        "The upload was created using a {} checksum. The complete request must include the checksum for each part. \
         It was missing for part {part} in the request.",
        algorithm.to_lowercase()
    ))
}

/// AWS: what it says of every bucket since April 2023, unless the owner has turned access control lists on.
pub fn no_access_control_lists() -> Fault {
    Fault::new("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
}

pub fn public_policy_blocked(bucket: &str) -> Fault {
    let message = format!(
        "User is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{bucket}\" because public \
         policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    );
    Fault::new("AccessDenied", 403, message)
}

/// Each function, queue or topic that is not there, or does not let the bucket send to it.
pub fn unable_to_validate(targets: &[&str]) -> Fault {
    let message = "Unable to validate the following destination configurations";
    let mut fault = Fault::new("InvalidArgument", 400, message);
    for (number, target) in (1..).zip(targets) {
        let kind = |kind: &str| {
            format!(
                "Permissions on the destination {kind} do not allow S3 to publish notifications from this bucket"
            )
        };
        let refused = match target.split(':').nth(2) {
            Some("sqs") => kind("queue"),
            Some("sns") => kind("topic"),
            _ => format!("Not authorized to invoke function [{target}]"),
        };
        fault.members.push((format!("ArgumentName{number}").into(), format!("{target}, null")));
        fault.members.push((format!("ArgumentValue{number}").into(), refused));
    }
    fault
}

pub fn ambiguous_configuration() -> Fault {
    let message = "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the \
                   prefixes are overlapping for the same event type.";
    Fault::new("InvalidArgument", 400, message)
}

pub fn overlapping_configurations() -> Fault {
    let message =
        "Configurations overlap. Configurations on the same bucket cannot share a common event type.";
    Fault::new("InvalidArgument", 400, message)
}
