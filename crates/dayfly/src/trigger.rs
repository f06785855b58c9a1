//! What starts a function, as it is typed: `s3:BUCKET[/PREFIX][*SUFFIX]`, `sqs:QUEUE`, `sns:TOPIC`.

use std::fmt;
use std::ops::RangeInclusive;

use crate::failed::Failed;

/// AWS: characters of a bucket's name. S3 user guide, "Bucket naming rules".
const BUCKET_LENGTH: RangeInclusive<usize> = 3..=63;

/// AWS: characters of a queue's name, and of a topic's. API references, `CreateQueue` and `CreateTopic`.
const QUEUE_LENGTH: RangeInclusive<usize> = 1..=80;
const TOPIC_LENGTH: RangeInclusive<usize> = 1..=256;

/// What starts a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    Objects(S3Trigger),
    /// By its name.
    Queue(String),
    /// By its name.
    Topic(String),
}

impl Trigger {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is no source that can start a function.
    pub fn parse(text: &str) -> Result<Self, Failed> {
        match text.split_once(':') {
            Some(("sqs", name)) => Ok(Self::Queue(named("queue", name, QUEUE_LENGTH)?)),
            Some(("sns", name)) => Ok(Self::Topic(named("topic", name, TOPIC_LENGTH)?)),
            _ => S3Trigger::parse(text).map(Self::Objects),
        }
    }

    /// What the function must not write to, as a policy names it.
    pub fn source_arn(&self) -> String {
        match self {
            Self::Objects(objects) => objects.objects_arn(),
            Self::Queue(name) => format!("arn:aws:sqs:*:*:{name}"),
            Self::Topic(name) => format!("arn:aws:sns:*:*:{name}"),
        }
    }
}

/// The name of a queue, as it is typed.
pub fn queue_named(name: &str) -> Result<String, Failed> {
    named("queue", name, QUEUE_LENGTH)
}

fn named(kind: &str, name: &str, length: RangeInclusive<usize>) -> Result<String, Failed> {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if plain.is_empty() || !length.contains(&name.len()) || !plain.bytes().all(fits) {
        return Err(Failed::new(format!(
            "a {kind}'s name has 1 to {} letters, digits, - and _; {name:?} is not one",
            length.end()
        )));
    }
    Ok(name.to_owned())
}

impl fmt::Display for Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(objects) => objects.fmt(formatter),
            Self::Queue(name) => write!(formatter, "sqs:{name}"),
            Self::Topic(name) => write!(formatter, "sns:{name}"),
        }
    }
}

/// Objects that come into a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Trigger {
    pub bucket: String,
    pub prefix: String,
    pub suffix: String,
}

impl S3Trigger {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is no source that can start a function.
    pub fn parse(text: &str) -> Result<Self, Failed> {
        let wrong = || {
            Failed::new(format!(
                "--on takes s3:BUCKET[/PREFIX][*SUFFIX], as in s3:photos/in/*.jpg, sqs:QUEUE or sns:TOPIC; not {text:?}"
            ))
        };
        let rest = text.strip_prefix("s3://").or_else(|| text.strip_prefix("s3:")).ok_or_else(wrong)?;
        let (start, suffix) = rest.split_once('*').unwrap_or((rest, ""));
        let (bucket, prefix) = start.split_once('/').unwrap_or((start, ""));
        if bucket.is_empty() || suffix.contains('*') {
            return Err(wrong());
        }
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if !BUCKET_LENGTH.contains(&bucket.len()) || !bucket.bytes().all(fits) {
            return Err(Failed::new(format!(
                "a bucket's name has {} to {} small letters, digits, - and . in it; {bucket:?} is not one",
                BUCKET_LENGTH.start(),
                BUCKET_LENGTH.end()
            )));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned(), suffix: suffix.to_owned() })
    }

    /// The objects that start the function, as a policy names them.
    pub fn objects_arn(&self) -> String {
        format!("arn:aws:s3:::{}/{}*{}", self.bucket, self.prefix, self.suffix)
    }

    /// An object that starts the function.
    pub fn example_arn(&self) -> String {
        format!("arn:aws:s3:::{}/{}x{}", self.bucket, self.prefix, self.suffix)
    }

    /// Whether a variable with this value makes the function write where it is started from: it names the bucket, or a
    /// place in it that new objects of this trigger may be in.
    pub fn is_named_by(&self, value: &str) -> bool {
        let place =
            value.strip_prefix("s3://").or_else(|| value.strip_prefix("arn:aws:s3:::")).unwrap_or(value);
        let (bucket, key) = place.split_once('/').unwrap_or((place, ""));
        let key = key.trim_end_matches('*');
        bucket == self.bucket
            && if key.is_empty() { self.prefix.is_empty() } else { overlap(key, &self.prefix) }
    }
}

/// Whether some key may begin with both.
fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl fmt::Display for S3Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3:{}/{}*{}", self.bucket, self.prefix, self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_typed() {
        for (text, bucket, prefix, suffix) in [
            ("s3:photos", "photos", "", ""),
            ("s3:photos/", "photos", "", ""),
            ("s3://photos/in/", "photos", "in/", ""),
            ("s3:photos/*.jpg", "photos", "", ".jpg"),
            ("s3:photos*.jpg", "photos", "", ".jpg"),
            ("s3:photos/in/*.jpg", "photos", "in/", ".jpg"),
        ] {
            let trigger = S3Trigger::parse(text).unwrap();
            assert_eq!(
                (&*trigger.bucket, &*trigger.prefix, &*trigger.suffix),
                (bucket, prefix, suffix),
                "{text}"
            );
        }
        for text in ["photos", "s3:", "s3:/a", "sqs:queue", "s3:abc/*b*c", "s3:ab", "s3:Photos/in"] {
            assert!(S3Trigger::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queues_and_topics_are_named() {
        assert_eq!(Trigger::parse("sqs:jobs").unwrap(), Trigger::Queue("jobs".to_owned()));
        assert_eq!(Trigger::parse("sqs:jobs.fifo").unwrap().to_string(), "sqs:jobs.fifo");
        assert_eq!(Trigger::parse("sns:news").unwrap().source_arn(), "arn:aws:sns:*:*:news");
        assert!(matches!(Trigger::parse("s3:photos").unwrap(), Trigger::Objects(_)));
        for text in ["sqs:", "sqs:a b", "sns:a.b", "kinesis:stream"] {
            assert!(Trigger::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_that_names_the_own_source_is_found() {
        for (source, value, expected) in [
            ("s3:photos", "photos", true),
            ("s3:photos", "s3://photos/out", true),
            ("s3:photos/in/", "photos", false),
            ("s3:photos/in/", "s3://photos/out/", false),
            ("s3:photos/in/", "s3://photos/in/small/", true),
            ("s3:photos", "thumbnails", false),
            ("s3:photos", "256", false),
        ] {
            assert_eq!(S3Trigger::parse(source).unwrap().is_named_by(value), expected, "{source} {value}");
        }
    }
}
