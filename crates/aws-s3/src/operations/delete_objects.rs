//! `DeleteObjects`: many objects at once, each on its own: one that fails is told in the answer.

use async_trait::async_trait;
use futures::{StreamExt, stream};
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use super::delete_object::remove;
use crate::engine::{At, WriteCondition};
use crate::protocol::{Answer, Asked, Element, Exchange, Node, check_document, unquoted};
use crate::{S3, faults, limits};

pub struct DeleteObjects;

/// Removals at once: enough to share the store's syncs.
const AT_ONCE: usize = 64;

pub struct Input {
    bucket: String,
    objects: Vec<(At, WriteCondition)>,
    quiet: bool,
}

pub struct Output {
    ended: Vec<(At, Result<(), Fault>)>,
    quiet: bool,
}

#[async_trait]
impl Operation for DeleteObjects {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "DeleteObjects";

    // AWS: permission is a matter of each key, and a denial is told in the answer. See `one`.
    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.engine.bucket(&input.bucket).await?;
        Ok(Vec::new())
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        let removals = input.objects.into_iter().map(|(at, condition)| async move {
            let ended = one(face, call, &at, &condition).await;
            (at, ended)
        });
        let mut removals = stream::iter(removals).buffered(AT_ONCE);
        let mut ended = Vec::new();
        while let Some((at, result)) = removals.next().await {
            match result {
                Ok(()) => ended.push((at, Ok(()))),
                Err(Failure::Fault(fault)) => ended.push((at, Err(fault))),
                Err(Failure::Internal(internal)) => return Err(internal.into()),
            }
        }
        Ok(Output { ended, quiet: input.quiet })
    }
}

async fn one(face: &S3, call: &Call, at: &At, condition: &WriteCondition) -> Result<(), Failure> {
    call.authority.allow(call, &face.on_object(at, "s3:DeleteObject").await?).await?;
    remove(face, call, at, condition).await
}

impl Exchange for DeleteObjects {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, true)?;
        let document = Node::document(&asked.document, "Delete")?;
        document.only(&["Object", "Quiet"])?;
        let objects: Vec<_> =
            document.all("Object").map(|object| read(&asked.bucket, object)).collect::<Result<_, _>>()?;
        if objects.is_empty() || objects.len() > limits::DELETE_KEYS {
            return Err(faults::malformed_xml());
        }
        let quiet = document.get("Quiet").is_some_and(|quiet| quiet.trim() == "true");
        Ok(Input { bucket: asked.bucket, objects, quiet })
    }

    fn encode(output: Output) -> Answer {
        let mut result = Element::root("DeleteResult");
        for (at, ended) in &output.ended {
            match ended {
                Ok(()) if output.quiet => {}
                Ok(()) => result = result.child(Element::new("Deleted").text("Key", &at.key)),
                Err(fault) => {
                    let error = Element::new("Error").text("Key", &at.key).text("Code", &fault.code);
                    result = result.child(error.text("Message", &fault.message));
                }
            }
        }
        Answer::xml(&result)
    }
}

fn read(bucket: &str, object: &Node) -> Result<(At, WriteCondition), Fault> {
    object.only(&["Key", "VersionId", "ETag", "LastModifiedTime", "Size"])?;
    if object.child("LastModifiedTime").is_some() || object.child("Size").is_some() {
        return Err(Fault::not_implemented("DeleteObjects with LastModifiedTime or Size"));
    }
    let key = object.required("Key")?;
    if key.is_empty() {
        return Err(faults::malformed_xml());
    }
    if key.len() > limits::KEY_BYTES {
        return Err(faults::key_too_long(key.len()));
    }
    if let Some(version) = object.get("VersionId").filter(|version| !version.is_empty() && *version != "null")
    {
        return Err(faults::no_such_version(key, version));
    }
    let condition =
        object.get("ETag").map_or(WriteCondition::None, |etag| WriteCondition::Matches(unquoted(etag)));
    Ok((At::new(bucket, key), condition))
}
