//! `cargo xtask coverage`: which operations of each service are built, refused on purpose, or missing, as the faces
//! themselves declare it. The page is a part of the documentation, and `check` sees to it that it is true.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::files::{self, Source};
use crate::run;

const PAGE: &str = "docs/coverage.md";

/// A service: its name, where the files of its operations are, and the file that names all that AWS has besides.
struct Face(&'static str, &'static str, Option<&'static str>);

const FACES: [Face; 7] = [
    Face(
        "Lambda",
        "crates/aws-lambda/src/operations/",
        Some("crates/aws-lambda/src/operations/not_built.rs"),
    ),
    Face("S3", "crates/aws-s3/src/operations/", Some("crates/aws-s3/src/protocol/route.rs")),
    Face("SQS", "crates/aws-sqs/src/operations/", None),
    Face("SNS", "crates/aws-sns/src/operations/", None),
    Face("CloudWatch Logs", "crates/aws-logs/src/operations/", Some("crates/aws-logs/src/unbuilt.rs")),
    Face("IAM", "crates/aws-iam/src/operations/", Some("crates/aws-iam/src/operations.rs")),
    Face("STS", "crates/aws-iam/src/sts/", Some("crates/aws-iam/src/sts.rs")),
];

/// Table: of which service, what a name holds, and why such operations are not going to be built.
const REFUSED: &[(&str, &str, &str)] = &[
    ("Lambda", "CapacityProvider", "functions on EC2 instances: there are none here"),
    ("Lambda", "FunctionScalingConfig", "functions on EC2 instances: there are none here"),
    ("Lambda", "InvokeAsync", "given up by AWS for `Invoke` in 2014"),
    ("Lambda", "CodeSigningConfig", "signatures are AWS Signer's, which is not here"),
    ("S3", "Accelerate", "there is no edge network to go by"),
    ("S3", "IntelligentTiering", "there is one storage class"),
    ("S3", "Analytics", "there is one storage class"),
    ("S3", "Metadata", "tables of S3 Tables, which is not here"),
    ("S3", "SelectObjectContent", "closed by AWS to new customers in 2024"),
    ("S3", "Torrent", "given up by AWS in 2022"),
    ("S3", "RestoreObject", "nothing is archived"),
    ("S3", "Session", "directory buckets have none of what they are for on one machine"),
    ("S3", "ListDirectoryBuckets", "directory buckets have none of what they are for on one machine"),
    ("S3", "RenameObject", "directory buckets have none of what they are for on one machine"),
    (
        "S3",
        "WriteGetObjectResponse",
        "access points with functions in them are closed by AWS to new customers",
    ),
    ("CloudWatch Logs", "Anomal", "a model of AWS's own"),
    ("CloudWatch Logs", "S3Table", "tables of S3 Tables, which is not here"),
    ("CloudWatch Logs", "OpenSearch", "there is no OpenSearch here"),
    ("IAM", "SAML", "nobody signs in to a console by other identities here"),
    ("IAM", "OpenIDConnect", "nobody signs in to a console by other identities here"),
    ("IAM", "LoginProfile", "there is no password to sign in with"),
    ("IAM", "Password", "there is no password to sign in with"),
    ("IAM", "MFADevice", "there is no password to sign in with"),
    ("IAM", "SSHPublicKey", "keys of CodeCommit, which is not here"),
    ("IAM", "SigningCertificate", "of SOAP, which AWS has given up"),
    ("IAM", "ServiceSpecificCredential", "of CodeCommit and Keyspaces, which are not here"),
    ("IAM", "Organizations", "there are no organisations here"),
    ("STS", "SAML", "nobody signs in to a console by other identities here"),
];

pub fn run() -> Result<(), String> {
    let page = page(&files::rust()?);
    fs::write(run::top().join(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// Whether the page says what the faces say now.
pub fn problems(sources: &[Source]) -> Vec<String> {
    let there = fs::read_to_string(run::top().join(PAGE)).unwrap_or_default();
    let is_true = there == page(sources);
    (!is_true)
        .then(|| format!("coverage: {PAGE} is not what `cargo xtask coverage` writes"))
        .into_iter()
        .collect()
}

fn page(sources: &[Source]) -> String {
    let mut page = "# Which operations of AWS are built\n\nWritten by `cargo xtask coverage` from what the faces declare; not by \
                    hand. *Missing* ones answer `NotImplemented` by name, as do those that are refused on purpose. Members that \
                    an operation does not take answer so too: nothing is accepted and ignored.\n"
        .to_owned();
    for Face(service, folder, known) in FACES {
        let done: BTreeSet<String> =
            sources.iter().filter(|source| source.path.starts_with(folder)).filter_map(declared).collect();
        let known = sources.iter().filter(|source| known.is_some_and(|known| source.path.ends_with(known)));
        let known: BTreeSet<String> = known.flat_map(|source| names(&source.text)).collect();
        let left: BTreeSet<String> = known.difference(&done).cloned().collect();
        let (refused, missing): (Vec<_>, Vec<_>) = left.iter().partition(|name| why(service, name).is_some());
        let all = done.len() + left.len();
        let _ = write!(page, "\n## {service}: {} of {all}\n\n{}\n", done.len(), listed(done.iter()));
        if !refused.is_empty() {
            page.push_str("\nRefused on purpose:\n\n");
            for name in refused {
                let _ = writeln!(page, "- `{name}`: {}", why(service, name).unwrap_or_default());
            }
        }
        if !missing.is_empty() {
            let _ = write!(page, "\nMissing: {}\n", listed(missing.into_iter()));
        }
    }
    page
}

fn why(service: &str, name: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(of, part, _)| *of == service && name.contains(part)).map(|(_, _, why)| *why)
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ") + "."
}

/// The name of the operation that a file declares.
fn declared(source: &Source) -> Option<String> {
    let (_, after) = source.text.split_once("const NAME: &'static str = \"")?;
    Some(after.split_once('"')?.0.to_owned())
}

/// All texts of a file's table that have the form of an operation's name.
fn names(text: &str) -> impl Iterator<Item = String> {
    let table =
        text.split_once("= &[").map_or("", |(_, after)| after.split("\n];").next().unwrap_or_default());
    let quoted = table.split('"').skip(1).step_by(2);
    let is_name = |text: &&str| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    quoted.filter(is_name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_operations_are_told_from_other_texts() {
        let text = "const ALL: &[Route] = &[\n  Route(\"GET\", Bucket, \"acl\", \"GetBucketAcl\"),\n  (\"InvokeAsync\", \"POST\", \"/2014/{X}\"),\n];\n\"NotThis\"";
        assert_eq!(names(text).collect::<Vec<_>>(), ["GetBucketAcl", "InvokeAsync"]);
        assert!(why("Lambda", "InvokeAsync").is_some() && why("S3", "InvokeAsync").is_none());
    }
}
