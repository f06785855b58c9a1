//! What starts a function, as it is typed: `s3:BUCKET[/PREFIX][*SUFFIX]`.

use std::fmt;
use std::ops::RangeInclusive;

use crate::failed::Failed;

/// AWS: characters of a bucket's name. S3 user guide, "Bucket naming rules".
const BUCKET_LENGTH: RangeInclusive<usize> = 3..=63;

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
                "--on takes s3:BUCKET[/PREFIX][*SUFFIX], as in s3:photos/in/*.jpg; not {text:?}"
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
