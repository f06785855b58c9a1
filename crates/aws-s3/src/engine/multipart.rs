//! Uploads in parts: begun, listed, aborted.

use model::{AccountId, Failure, Internal};
use store::{CommitError, Expected, Revision, Transaction, decode, encode};

use super::checksum::{Algorithm, ChecksumKind};
use super::listing::{ListAsk, Listed, Page};
use super::objects::At;
use super::receive::new_id;
use super::rows::{ContentHeaders, Tag, Upload};
use super::{Engine, keys};
use crate::{faults, limits};

/// An upload that is about to begin.
#[derive(Debug, Clone)]
pub struct NewUpload {
    pub account: AccountId,
    pub initiator: Option<String>,
    pub headers: ContentHeaders,
    pub tags: Vec<Tag>,
    /// What the client named, and the kind it named or the algorithm's default.
    pub checksum: Option<(Algorithm, ChecksumKind)>,
}

/// A page of the uploads of a bucket, each with its key and id.
pub type UploadPage = Page<(String, Upload)>;

impl Engine {
    /// Begins an upload and gives its id. Ids of one key sort by when they were begun.
    pub async fn begin_upload(&self, at: &At, new: NewUpload) -> Result<String, Failure> {
        let id = format!("{:012x}{}", self.clock.now().as_millis().max(0), new_id());
        let (algorithm, kind) = new.checksum.unwrap_or((Algorithm::Crc64nvme, ChecksumKind::FullObject));
        let upload = Upload {
            initiated: self.now(),
            account: new.account,
            initiator: new.initiator,
            headers: new.headers,
            tags: new.tags,
            algorithm,
            kind,
            named: new.checksum.is_some(),
        };
        let row = encode(&upload)?;
        for _ in 0..limits::ATTEMPTS {
            let guard = self.bucket(&at.bucket).await?.guard()?;
            let begin = guard.put(keys::upload(&at.bucket, &at.key, &id), row.clone());
            match self.table.commit(begin).await {
                Ok(_) => return Ok(id),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::operation_aborted().into())
    }

    /// An upload that is under way.
    pub async fn upload(&self, at: &At, id: &str) -> Result<(Upload, Revision), Failure> {
        let row = self.table.get(&keys::upload(&at.bucket, &at.key, id)).await?;
        let row = row.ok_or_else(|| faults::no_such_upload(id))?;
        Ok((decode(&row.value)?, row.revision))
    }

    /// Ends an upload and gives its parts up. From the first commit on no part can come any more.
    pub async fn abort_upload(&self, at: &At, id: &str) -> Result<(), Failure> {
        let key = keys::upload(&at.bucket, &at.key, id);
        let end = Transaction::new()
            .expect(key.clone(), Expected::Present)
            .remove(key)
            .put(keys::ended_upload(id), bytes::Bytes::new());
        match self.table.commit(end).await {
            Ok(_) => Ok(self.clear_upload(id).await?),
            Err(CommitError::Conflict(_)) => Err(faults::no_such_upload(id).into()),
            Err(CommitError::Internal(internal)) => Err(internal.into()),
        }
    }

    /// A page of a bucket's uploads, by key and then by when they began. With `after_upload`, those of the key `after`
    /// that began after it come too.
    pub async fn uploads(
        &self,
        bucket: &str,
        ask: &ListAsk,
        after_upload: Option<&str>,
    ) -> Result<UploadPage, Internal> {
        let range = keys::uploads(bucket).text_starting_with(&ask.prefix);
        let entries = self.table.range(&range, None, usize::MAX).await?;
        let mut page = Page { lines: Vec::new(), truncated: false };
        for entry in entries {
            let mut parts =
                entry.key.parts().map_err(Internal::because("reading an upload's key"))?.into_iter().rev();
            let (Some(store::KeyPart::Text(id)), Some(store::KeyPart::Text(key))) =
                (parts.next(), parts.next())
            else {
                return Err(Internal::new("reading an upload's key"));
            };
            let rest = &key[ask.prefix.len()..];
            let rolled = (!ask.delimiter.is_empty()).then(|| rest.find(&ask.delimiter)).flatten();
            let line = match rolled {
                Some(end) => Listed::Prefix(key[..ask.prefix.len() + end + ask.delimiter.len()].to_owned()),
                None => Listed::Key(key, (id, decode::<Upload>(&entry.row.value)?)),
            };
            if passed(&line, ask.after.as_deref(), after_upload) || repeats(&page, &line) {
                continue;
            }
            if page.lines.len() == ask.limit {
                page.truncated = true;
                break;
            }
            page.lines.push(line);
        }
        Ok(page)
    }
}

/// Whether a line was on an earlier page.
fn passed(line: &Listed<(String, Upload)>, after: Option<&str>, after_upload: Option<&str>) -> bool {
    let Some(after) = after else { return false };
    match (line, after_upload) {
        (Listed::Key(key, (id, _)), Some(upload)) if key == after => id.as_str() <= upload,
        _ => line.name() <= after,
    }
}

fn repeats(page: &UploadPage, line: &Listed<(String, Upload)>) -> bool {
    match (page.lines.last(), line) {
        (Some(Listed::Prefix(last)), Listed::Prefix(prefix)) => last == prefix,
        _ => false,
    }
}
