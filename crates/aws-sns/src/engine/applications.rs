//! Platform applications and their endpoints: devices, whose messages are recorded.

use std::collections::BTreeMap;

use model::{Arn, Failure, Fault, Internal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{CommitError, Key, Record, Transaction};
use uuid::Uuid;

use super::{Engine, rows};
use crate::{faults, limits};

/// An application of a push service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub arn: Arn,
    pub attributes: BTreeMap<String, String>,
}

impl Record for Application {
    const VERSION: u32 = 1;
}

/// A device with an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub arn: Arn,
    /// `Token`, `Enabled`, `CustomUserData`.
    pub attributes: BTreeMap<String, String>,
}

impl Record for Endpoint {
    const VERSION: u32 = 1;
}

impl Application {
    /// What is told: the secrets of the push service are not.
    pub fn told(&self) -> BTreeMap<String, String> {
        let secret = |name: &str| matches!(name, "PlatformCredential" | "PlatformPrincipal");
        let told = self.attributes.iter().filter(|(name, _)| !secret(name));
        told.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// What may stand with a device.
pub fn check_user_data(attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
    let known = ["Token", "Enabled", "CustomUserData"];
    if let Some(name) = attributes.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(faults::invalid(format!("Attributes Reason: Invalid attribute name: {name}")));
    }
    let data = attributes.get("CustomUserData").map_or(0, String::len);
    if data > limits::USER_DATA_BYTES {
        let reason = "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding";
        return Err(faults::invalid(reason));
    }
    Ok(())
}

/// The application of an endpoint, and the endpoint's id: `endpoint/GCM/app/id` is of `app/GCM/app`.
fn split(endpoint: &Arn) -> Option<(Arn, String)> {
    let rest = endpoint.resource.strip_prefix("endpoint/")?;
    let (application, id) = rest.rsplit_once('/')?;
    Some((Arn { resource: format!("app/{application}"), ..endpoint.clone() }, id.to_owned()))
}

impl Engine {
    async fn row<R: Record + DeserializeOwned>(&self, key: &Key) -> Result<Option<R>, Internal> {
        self.parts.table.get(key).await?.map(|row| store::decode(&row.value)).transpose()
    }

    async fn put<R: Record>(&self, key: Key, record: &R) -> Result<(), Internal> {
        let put = Transaction::new().put(key, store::encode(record)?);
        self.parts.table.commit(put).await.map(drop).map_err(CommitError::unexpected)
    }

    /// An application that has to be there.
    pub async fn application(&self, arn: &Arn) -> Result<Application, Failure> {
        let found = self.row(&rows::application(arn)).await?;
        found.ok_or_else(|| faults::no_application().into())
    }

    pub async fn put_application(&self, application: &Application) -> Result<(), Internal> {
        self.put(rows::application(&application.arn), application).await
    }

    /// Deletes an application with its endpoints, if there is one.
    pub async fn delete_application(&self, arn: &Arn) -> Result<(), Internal> {
        let endpoints = self.parts.table.range(&rows::endpoints(arn), None, usize::MAX).await?;
        let delete = Transaction::new().remove(rows::application(arn));
        let delete = endpoints.into_iter().fold(delete, |all, entry| all.remove(entry.key));
        self.parts.table.commit(delete).await.map(drop).map_err(CommitError::unexpected)
    }

    /// An endpoint that has to be there.
    pub async fn endpoint(&self, arn: &Arn) -> Result<Endpoint, Failure> {
        let (application, id) = split(arn).ok_or_else(faults::no_endpoint)?;
        let found = self.row(&rows::endpoints(&application).text(&id)).await?;
        found.ok_or_else(|| faults::no_endpoint().into())
    }

    /// Makes an endpoint; one of the same token has to have the same attributes.
    pub async fn create_endpoint(
        &self,
        application: &Arn,
        attributes: BTreeMap<String, String>,
    ) -> Result<Arn, Failure> {
        self.application(application).await?;
        let known = self.parts.table.range(&rows::endpoints(application), None, usize::MAX).await?;
        for entry in known {
            let known: Endpoint = store::decode(&entry.row.value)?;
            if known.attributes.get("Token") != attributes.get("Token") {
                continue;
            }
            if known.attributes == attributes {
                return Ok(known.arn);
            }
            let reason = format!(
                "Token Reason: Endpoint {} already exists with the same Token, but different attributes.",
                known.arn
            );
            return Err(faults::invalid(reason).into());
        }
        let (id, app) = (Uuid::new_v4(), application.resource.trim_start_matches("app/"));
        let arn = Arn { resource: format!("endpoint/{app}/{id}"), ..application.clone() };
        self.put_endpoint(&Endpoint { arn: arn.clone(), attributes }).await?;
        Ok(arn)
    }

    pub async fn put_endpoint(&self, endpoint: &Endpoint) -> Result<(), Failure> {
        let (application, id) = split(&endpoint.arn).ok_or_else(faults::no_endpoint)?;
        Ok(self.put(rows::endpoints(&application).text(&id), endpoint).await?)
    }

    /// Deletes an endpoint, if there is one.
    pub async fn delete_endpoint(&self, arn: &Arn) -> Result<(), Internal> {
        let Some((application, id)) = split(arn) else { return Ok(()) };
        let delete = Transaction::new().remove(rows::endpoints(&application).text(&id));
        self.parts.table.commit(delete).await.map(drop).map_err(CommitError::unexpected)
    }

    /// Fails when a device cannot be sent anything.
    pub async fn check_reachable(&self, endpoint: &Arn) -> Result<(), Failure> {
        let found = self.endpoint(endpoint).await?;
        let is_off = |attributes: &BTreeMap<String, String>| {
            attributes.get("Enabled").is_some_and(|value| value.eq_ignore_ascii_case("false"))
        };
        if is_off(&found.attributes) {
            return Err(faults::endpoint_disabled().into());
        }
        let (application, _) = split(endpoint).ok_or_else(faults::no_endpoint)?;
        if is_off(&self.application(&application).await?.attributes) {
            return Err(faults::application_disabled().into());
        }
        Ok(())
    }

    /// A page of applications, or of an application's endpoints.
    pub async fn listed<R: Record + DeserializeOwned>(
        &self,
        prefix: &Key,
        after: Option<&Key>,
    ) -> Result<(Vec<R>, Option<Key>), Internal> {
        let (entries, next) = self.page(prefix, after, limits::PAGE).await?;
        let found: Result<Vec<R>, Internal> =
            entries.iter().map(|entry| store::decode(&entry.row.value)).collect();
        Ok((found?, next))
    }
}
