//! `GetObjectAttributes`: what is asked for of an object's entity tag, checksum, parts, storage class and size.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{At, Object, Piece};
use crate::protocol::{Answer, Asked, Element, Exchange, with_checksum};
use crate::{S3, faults, limits};

pub struct GetObjectAttributes;

const ATTRIBUTES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

pub struct Input {
    at: At,
    attributes: Vec<String>,
    marker: u32,
    limit: usize,
}

pub struct Output {
    input: Input,
    object: Object,
    pieces: Vec<Piece>,
}

#[async_trait]
impl Operation for GetObjectAttributes {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetObjectAttributes";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let attributes = face.on_object(&input.at, "s3:GetObjectAttributes").await?;
        Ok(vec![face.on_object(&input.at, "s3:GetObject").await?, attributes])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        let object = face.existing(call, &input.at).await?.object;
        let pieces = if object.parts > 0 { face.engine.pieces(&object.content).await? } else { Vec::new() };
        Ok(Output { input, object, pieces })
    }
}

impl Exchange for GetObjectAttributes {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        asked.refuse_version()?;
        let header = asked.header("x-amz-object-attributes").unwrap_or_default();
        let attributes: Vec<String> =
            header.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        if attributes.is_empty() || attributes.iter().any(|name| !ATTRIBUTES.contains(&name.as_str())) {
            let message = "Invalid attribute name specified.";
            return Err(faults::invalid_argument(message, "x-amz-object-attributes", header));
        }
        let number = |name: &'static str, otherwise: u32| match asked.header(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| faults::invalid_argument("Invalid number", name, text)),
        };
        let limit = number("x-amz-max-parts", limits::PAGE as u32)? as usize;
        let marker = number("x-amz-part-number-marker", 0)?;
        Ok(Input { at: asked.at(), attributes, marker, limit: limit.min(limits::PAGE) })
    }

    fn encode(output: Output) -> Answer {
        let Output { input, object, pieces } = output;
        let asked = |name: &str| input.attributes.iter().any(|other| other == name);
        let mut result = Element::root("GetObjectAttributesResponse");
        // AWS: here, and only here, the entity tag has no quotes.
        result = result.maybe("ETag", asked("ETag").then_some(&object.etag));
        if let Some(checksum) = object.checksum.as_ref().filter(|_| asked("Checksum")) {
            let element = with_checksum(Element::new("Checksum"), Some(checksum));
            result = result.child(element.text("ChecksumType", checksum.kind.name()));
        }
        if object.parts > 0 && asked("ObjectParts") {
            result = result.child(parts(&input, &object, &pieces));
        }
        let class = object.headers.storage_class.as_deref().unwrap_or("STANDARD");
        let result = result
            .maybe("StorageClass", asked("StorageClass").then_some(class))
            .maybe("ObjectSize", asked("ObjectSize").then_some(object.size));
        Answer::xml(&result).header("last-modified", &object.modified.http_date())
    }
}

fn parts(input: &Input, object: &Object, pieces: &[Piece]) -> Element {
    let after: Vec<_> = pieces.iter().filter(|piece| piece.part > input.marker).collect();
    let page = &after[..after.len().min(input.limit)];
    let element = Element::new("ObjectParts").text("PartsCount", object.parts);
    // AWS: parts are told only where their checksums were kept for the composite one.
    let composite = object.checksum.as_ref().is_some_and(|checksum| checksum.value.contains('-'));
    if !composite {
        return element;
    }
    let told = page.iter().map(|piece| {
        let part = Element::new("Part").text("PartNumber", piece.part).text("Size", piece.length);
        with_checksum(part, piece.checksum.as_ref())
    });
    element
        .text("PartNumberMarker", input.marker)
        .text("NextPartNumberMarker", page.last().map_or(0, |piece| piece.part))
        .text("MaxParts", input.limit)
        .text("IsTruncated", page.len() < after.len())
        .children(told)
}
