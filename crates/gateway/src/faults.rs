//! Refusals at the door, by protocol: services of one kind have the same codes, and S3 has its own.

use model::{Fault, Time};
use service::Protocol;
use wire::sigv4::{Claim, Malformed};

use crate::limits::{S3_SKEW, SKEW};

/// One refusal as the families of protocols call it.
struct Codes {
    rest_xml: &'static str,
    query: &'static str,
    json: &'static str,
}

fn refusal(protocol: Protocol, codes: &Codes, message: impl Into<String>) -> Fault {
    match protocol {
        Protocol::RestXml => Fault::new(codes.rest_xml, 403, message),
        Protocol::AwsQuery => Fault::new(codes.query, 403, message),
        Protocol::RestJson => Fault::new(codes.json, 403, message),
        Protocol::AwsJson10 | Protocol::AwsJson11 => Fault::new(codes.json, 400, message),
    }
}

pub fn unknown_key(protocol: Protocol, id: &str) -> Fault {
    const CODES: Codes = Codes {
        rest_xml: "InvalidAccessKeyId",
        query: "InvalidClientTokenId",
        json: "UnrecognizedClientException",
    };
    if protocol == Protocol::RestXml {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        return refusal(protocol, &CODES, message).member("AWSAccessKeyId", id);
    }
    refusal(protocol, &CODES, "The security token included in the request is invalid.")
}

pub fn invalid_token(protocol: Protocol, id: &str) -> Fault {
    if protocol == Protocol::RestXml {
        return Fault::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
    }
    unknown_key(protocol, id)
}

pub fn expired_token(protocol: Protocol) -> Fault {
    const CODES: Codes =
        Codes { rest_xml: "ExpiredToken", query: "ExpiredToken", json: "ExpiredTokenException" };
    if protocol == Protocol::RestXml {
        return Fault::new(CODES.rest_xml, 400, "The provided token has expired.");
    }
    refusal(protocol, &CODES, "The security token included in the request is expired")
}

const SIGNATURE: Codes = Codes {
    rest_xml: "SignatureDoesNotMatch",
    query: "SignatureDoesNotMatch",
    json: "InvalidSignatureException",
};

/// `canonical` is the canonical request that the string to sign is of.
pub fn wrong_signature(protocol: Protocol, claim: &Claim, string_to_sign: &str, canonical: &[u8]) -> Fault {
    if protocol == Protocol::RestXml {
        return wrong_s3_signature(&claim.access_key_id, string_to_sign, &claim.signature)
            .member("CanonicalRequest", String::from_utf8_lossy(canonical))
            .member("CanonicalRequestBytes", listed(canonical));
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    refusal(protocol, &SIGNATURE, message)
}

/// A signature of S3 that this key does not make of this request.
pub fn wrong_s3_signature(access_key_id: &str, string_to_sign: &str, signature: &str) -> Fault {
    let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    refusal(Protocol::RestXml, &SIGNATURE, message)
        .member("AWSAccessKeyId", access_key_id)
        .member("StringToSign", string_to_sign)
        .member("SignatureProvided", signature)
        .member("StringToSignBytes", listed(string_to_sign.as_bytes()))
}

/// Bytes as S3 tells them: `41 57 53`.
fn listed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The request's time is too far from ours.
pub fn skewed(protocol: Protocol, claim: &Claim, now: Time) -> Fault {
    if protocol == Protocol::RestXml {
        let message = "The difference between the request time and the current time is too large.";
        return Fault::new("RequestTimeTooSkewed", 403, message)
            .member("RequestTime", claim.amz_date.clone())
            .member("ServerTime", now.iso8601_seconds())
            .member("MaxAllowedSkewMilliseconds", S3_SKEW.as_millis().to_string());
    }
    let (asked, ours) = (&claim.amz_date, now.amz_date());
    let message = if claim.time < now {
        format!(
            "Signature expired: {asked} is now earlier than {} ({ours} - 5 min.)",
            (now - SKEW).amz_date()
        )
    } else {
        format!(
            "Signature not yet current: {asked} is still later than {} ({ours} + 5 min.)",
            (now + SKEW).amz_date()
        )
    };
    refusal(protocol, &SIGNATURE, message)
}

/// A presigned URL whose time is over.
pub fn presigned_expired(
    protocol: Protocol,
    claim: &Claim,
    ends: Time,
    lasting_seconds: u64,
    now: Time,
) -> Fault {
    if protocol != Protocol::RestXml {
        return skewed(protocol, claim, now);
    }
    url_expired(ends, now).member("X-Amz-Expires", lasting_seconds.to_string())
}

/// The time of a presigned URL of S3 is over.
pub fn url_expired(ends: Time, now: Time) -> Fault {
    Fault::new("AccessDenied", 403, "Request has expired")
        .member("Expires", ends.iso8601_seconds())
        .member("ServerTime", now.iso8601_seconds())
}

/// A presigned URL of S3 whose claim cannot be read.
pub fn malformed_url(message: String) -> Fault {
    Fault::new("AccessDenied", 403, message)
}

/// The claim cannot be read, or contradicts itself.
pub fn malformed(protocol: Protocol, malformed: &Malformed) -> Fault {
    let message = &malformed.message;
    match (protocol, malformed.in_query) {
        (Protocol::RestXml, true) => Fault::new("AuthorizationQueryParametersError", 400, message),
        // The header of version 2, as the regions answer it that know version 4 only.
        (Protocol::RestXml, false) if message.starts_with("Unsupported AWS 'algorithm': 'AWS'") => {
            let message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
            Fault::new("InvalidRequest", 400, message)
        }
        (Protocol::RestXml, false) if message.starts_with("Unsupported") => {
            Fault::new("InvalidArgument", 400, "Unsupported Authorization Type")
        }
        (Protocol::RestXml, false) => Fault::new(
            "AuthorizationHeaderMalformed",
            400,
            format!("The authorization header is malformed; {message}"),
        ),
        (Protocol::AwsQuery, _) => Fault::new("IncompleteSignature", 400, message),
        (Protocol::RestJson, _) => Fault::new("IncompleteSignatureException", 403, message),
        (Protocol::AwsJson10 | Protocol::AwsJson11, _) => {
            Fault::new("IncompleteSignatureException", 400, message)
        }
    }
}

/// AWS: S3 wants every `x-amz-` header signed.
pub fn headers_not_signed(names: &str) -> Fault {
    let message = "There were headers present in the request which were not signed";
    Fault::new("AccessDenied", 403, message).member("HeadersNotSigned", names)
}

pub fn missing_signature(protocol: Protocol) -> Fault {
    match protocol {
        Protocol::RestXml => Fault::new("AccessDenied", 403, "Access Denied"),
        Protocol::AwsQuery => {
            Fault::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
        }
        Protocol::RestJson => {
            Fault::new("MissingAuthenticationTokenException", 403, "Missing Authentication Token")
        }
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            Fault::new("MissingAuthenticationTokenException", 400, "Missing Authentication Token")
        }
    }
}

/// The decision engine said no; the sentence is its own.
pub fn denied(protocol: Protocol, sentence: String) -> Fault {
    const CODES: Codes =
        Codes { rest_xml: "AccessDenied", query: "AccessDenied", json: "AccessDeniedException" };
    refusal(protocol, &CODES, sentence)
}

pub fn body_too_large(protocol: Protocol, limit: usize) -> Fault {
    let message = format!("Request must be smaller than {limit} bytes");
    match protocol {
        Protocol::RestXml => Fault::new("EntityTooLarge", 400, message),
        Protocol::RestJson => {
            Fault::new("RequestEntityTooLargeException", 413, message).member("Type", "User")
        }
        Protocol::AwsQuery | Protocol::AwsJson10 | Protocol::AwsJson11 => {
            Fault::new("RequestEntityTooLarge", 413, message)
        }
    }
}

pub fn missing_payload_hash() -> Fault {
    Fault::new("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256")
}

pub fn unknown_payload_hash(value: &str) -> Fault {
    let message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";
    Fault::new("InvalidArgument", 400, message)
        .member("ArgumentName", "x-amz-content-sha256")
        .member("ArgumentValue", value)
}

pub fn missing_decoded_length() -> Fault {
    Fault::new("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
}

pub fn request_timeout() -> Fault {
    let message = "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    Fault::new("RequestTimeout", 400, message)
}

/// The signature is for a service that is not built.
pub fn unknown_service(name: &str) -> Fault {
    Fault::new("NotImplemented", 501, format!("Dayfly does not implement the service {name}."))
}

pub fn internal() -> Fault {
    Fault::new("InternalError", 500, "We encountered an internal error. Please try again.")
}
