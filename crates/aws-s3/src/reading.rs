//! What `GetObject` and `HeadObject` share: which bytes of which object, under which conditions, told how.

use model::{Failure, Fault, Identity};
use service::Call;

use crate::engine::{AskedRange, At, Checksum, Content, Object, Piece, ReadConditions, Span, Verdict};
use crate::protocol::{Answer, Asked, object_headers, quoted, read_conditions};
use crate::{S3, faults};

/// Headers of the answer that a signed request may set.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-content-type", "content-type"),
    ("response-content-language", "content-language"),
    ("response-expires", "expires"),
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
];

/// What is asked for.
pub struct ReadAsk {
    pub at: At,
    range: Option<(String, AskedRange)>,
    part: Option<u32>,
    conditions: ReadConditions,
    overrides: Vec<(&'static str, String)>,
    tells_checksum: bool,
}

/// What is answered.
pub struct Reading {
    pub object: Object,
    pub span: Span,
    partial: bool,
    parts: Option<u32>,
    checksum: Option<Checksum>,
    overrides: Vec<(&'static str, String)>,
}

impl ReadAsk {
    pub fn decode(asked: &Asked) -> Result<Self, Fault> {
        asked.refuse_version()?;
        let part = match asked.param("partNumber") {
            None => None,
            Some(text) => {
                Some(text.parse().ok().filter(|part| (1..=crate::limits::PARTS).contains(part)).ok_or_else(
                    || {
                        let message = "Part number must be an integer between 1 and 10000, inclusive";
                        faults::invalid_argument(message, "partNumber", text)
                    },
                )?)
            }
        };
        let range = asked.header("range").and_then(|range| Some((range.clone(), AskedRange::parse(&range)?)));
        if part.is_some() && range.is_some() {
            return Err(faults::invalid_request(
                "Cannot specify both Range header and partNumber query parameter",
            ));
        }
        let overrides = OVERRIDES
            .iter()
            .filter_map(|(param, header)| asked.param(param).map(|value| (*header, value.to_owned())))
            .collect();
        let mode = asked.header("x-amz-checksum-mode");
        Ok(Self {
            at: asked.at(),
            range,
            part,
            conditions: read_conditions(asked),
            overrides,
            tells_checksum: mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED")),
        })
    }
}

/// Finds the object and the bytes of it, or the fault that says why not.
pub async fn reading(face: &S3, call: &Call, ask: &ReadAsk) -> Result<Reading, Failure> {
    if !ask.overrides.is_empty() && call.caller.identity == Identity::Anonymous {
        let message = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(faults::invalid_request(message).into());
    }
    let object = face.existing(call, &ask.at).await?.object;
    match ask.conditions.judge(&object) {
        Verdict::Proceed => {}
        Verdict::NotModified(_) => return Err(not_modified(&object).into()),
        Verdict::Failed(condition) => return Err(faults::precondition_failed(condition).into()),
    }
    let whole = Span { start: 0, end: object.size };
    let mut reading = Reading {
        span: whole,
        partial: false,
        parts: None,
        checksum: None,
        overrides: ask.overrides.clone(),
        object,
    };
    let mut checksum = reading.object.checksum.clone();
    if let Some((range, asked)) = &ask.range {
        reading.span = asked.within(reading.object.size, range)?;
        reading.partial = true;
        checksum = checksum.filter(|_| reading.span == whole);
    }
    if let Some(number) = ask.part {
        let piece;
        (reading.span, piece) = part(face, &reading.object, number).await?;
        (reading.partial, reading.parts) = (true, Some(reading.object.parts).filter(|parts| *parts > 0));
        checksum = piece.map_or(checksum, |piece| piece.checksum);
    }
    reading.checksum = checksum.filter(|_| ask.tells_checksum);
    Ok(reading)
}

/// The bytes of a part. An object that was not uploaded in parts is its own first part.
async fn part(face: &S3, object: &Object, number: u32) -> Result<(Span, Option<Piece>), Failure> {
    if let Content::One(_) = object.content {
        let whole = Span { start: 0, end: object.size };
        let other = faults::invalid_part_number(number, 1);
        return if number == 1 { Ok((whole, None)) } else { Err(other.into()) };
    }
    let mut start = 0;
    let pieces = face.engine.pieces(&object.content).await?;
    // AWS: the n-th part of the object, whatever number it was uploaded with.
    for (place, piece) in pieces.into_iter().enumerate() {
        if place + 1 == number as usize {
            return Ok((Span { start, end: start + piece.length }, Some(piece)));
        }
        start += piece.length;
    }
    Err(faults::invalid_part_number(number, object.parts).into())
}

fn not_modified(object: &Object) -> Fault {
    Fault::new("NotModified", 304, "Not Modified")
        .header("etag", quoted(&object.etag))
        .header("last-modified", object.modified.http_date())
}

impl Reading {
    /// The answer without its body.
    pub fn answer(&self) -> Answer {
        let mut headers = object_headers(&self.object, self.checksum.as_ref());
        headers.retain(|(name, _)| !self.overrides.iter().any(|(other, _)| other == name));
        let answer = Answer::new(if self.partial { 206 } else { 200 })
            .headers(&headers)
            .header("content-length", &self.span.length().to_string());
        let answer = self.overrides.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        let parts = self.parts.map(|parts| parts.to_string());
        let answer = answer.maybe("x-amz-mp-parts-count", parts.as_deref());
        if !self.partial || self.object.size == 0 {
            return answer;
        }
        let Span { start, end } = self.span;
        answer.header("content-range", &format!("bytes {start}-{}/{}", end - 1, self.object.size))
    }
}
