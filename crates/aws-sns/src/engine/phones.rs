//! Text messages as far as they are recorded: settings, who has opted out, and the sandbox's numbers.

use std::collections::BTreeMap;

use model::{Arn, Failure, Internal, Time};
use serde::{Deserialize, Serialize};
use store::{CommitError, Key, Record, Transaction};

use super::{Engine, rows};
use crate::faults;

/// The attributes of an account's text messages in a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SmsSettings(pub BTreeMap<String, String>);

impl Record for SmsSettings {
    const VERSION: u32 = 1;
}

/// What is known of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    pub number: String,
    pub opted_out: bool,
    /// In the sandbox; `Some(true)` when it was verified.
    pub verified: Option<bool>,
    pub created: Time,
}

impl Record for Phone {
    const VERSION: u32 = 1;
}

/// E.164: a plus and up to fifteen digits.
pub fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl Engine {
    pub async fn sms_settings(&self, account: &str, region: &str) -> Result<SmsSettings, Internal> {
        let row = self.parts.table.get(&rows::sms(account, region)).await?;
        row.map_or_else(|| Ok(SmsSettings::default()), |row| store::decode(&row.value))
    }

    pub async fn set_sms(
        &self,
        account: &str,
        region: &str,
        set: BTreeMap<String, String>,
    ) -> Result<(), Internal> {
        let mut settings = self.sms_settings(account, region).await?;
        settings.0.extend(set);
        let put = Transaction::new().put(rows::sms(account, region), store::encode(&settings)?);
        self.parts.table.commit(put).await.map(drop).map_err(CommitError::unexpected)
    }

    pub async fn phone(&self, account: &str, region: &str, number: &str) -> Result<Option<Phone>, Internal> {
        let row = self.parts.table.get(&rows::phones(account, region).text(number)).await?;
        row.map(|row| store::decode(&row.value)).transpose()
    }

    /// Fails when a number is not in the sandbox.
    pub async fn sandboxed(&self, account: &str, region: &str, number: &str) -> Result<(), Failure> {
        let known = self.phone(account, region, number).await?;
        known.and_then(|phone| phone.verified).map(drop).ok_or_else(|| faults::no_number().into())
    }

    /// Fails when a number wants no messages.
    pub async fn check_phone(&self, of: &Arn, number: &str) -> Result<(), Failure> {
        match self.phone(&of.account, &of.region, number).await? {
            Some(phone) if phone.opted_out => Err(faults::opted_out().into()),
            _ => Ok(()),
        }
    }

    /// Changes what is known of a number, which need not be known.
    pub async fn change_phone(
        &self,
        account: &str,
        region: &str,
        number: &str,
        change: impl FnOnce(&mut Phone),
    ) -> Result<(), Failure> {
        if !is_number(number) {
            return Err(
                faults::invalid(format!("PhoneNumber Reason: {number} is not valid to publish to")).into()
            );
        }
        let known = self.phone(account, region, number).await?;
        let new = || Phone { number: number.to_owned(), created: self.now(), ..Phone::default() };
        let mut phone = known.unwrap_or_else(new);
        change(&mut phone);
        let put = Transaction::new().put(rows::phones(account, region).text(number), store::encode(&phone)?);
        self.parts.table.commit(put).await.map_err(CommitError::unexpected)?;
        Ok(())
    }

    /// A page of the numbers that are known, and where the next one begins.
    pub async fn phones(
        &self,
        account: &str,
        region: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<(Vec<Phone>, Option<Key>), Internal> {
        let (entries, next) = self.page(&rows::phones(account, region), after, limit).await?;
        let phones: Result<Vec<Phone>, Internal> =
            entries.iter().map(|entry| store::decode(&entry.row.value)).collect();
        Ok((phones?, next))
    }
}
