//! The policies that AWS manages and examples attach to the roles of functions, one file each.
//! Source: AWS managed policy reference. `ReadOnlyAccess` is cut down to the services that are built or planned here.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::Value;

use crate::policy::{Kind, Policy};

/// A policy that can be attached and not changed.
#[derive(Debug)]
pub struct ManagedPolicy {
    pub arn: String,
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    pub description: String,
    /// The JSON document.
    pub document: String,
    pub(crate) policy: Arc<Policy>,
}

/// What a file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    description: String,
    document: Value,
}

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../managed/", $name, ".json")))),*]
    };
}

const FILES: &[(&str, &str)] = files! {
    "AWSLambdaBasicExecutionRole"
    "AWSLambdaDynamoDBExecutionRole"
    "AWSLambdaKinesisExecutionRole"
    "AWSLambdaRole"
    "AWSLambdaSQSQueueExecutionRole"
    "AWSLambdaVPCAccessExecutionRole"
    "AWSLambda_FullAccess"
    "AWSLambda_ReadOnlyAccess"
    "AWSXRayDaemonWriteAccess"
    "AdministratorAccess"
    "AmazonDynamoDBFullAccess"
    "AmazonS3FullAccess"
    "AmazonS3ReadOnlyAccess"
    "AmazonSNSFullAccess"
    "AmazonSQSFullAccess"
    "CloudWatchLambdaInsightsExecutionRolePolicy"
    "CloudWatchLogsFullAccess"
    "PowerUserAccess"
    "ReadOnlyAccess"
};

static BY_ARN: LazyLock<BTreeMap<String, ManagedPolicy>> = LazyLock::new(|| {
    FILES.iter().map(|(name, text)| read(name, text)).map(|policy| (policy.arn.clone(), policy)).collect()
});

/// All of them, in the order of their ARNs.
pub fn managed_policies() -> impl Iterator<Item = &'static ManagedPolicy> {
    BY_ARN.values()
}

/// The one with this ARN.
pub fn managed_policy(arn: &str) -> Option<&'static ManagedPolicy> {
    BY_ARN.get(arn)
}

fn read(name: &str, text: &str) -> ManagedPolicy {
    // The files are part of the program, and a test reads every one of them.
    let file: File = serde_json::from_str(text).expect("a managed policy's file is in order");
    let document = file.document.to_string();
    let policy = Arc::new(Policy::read_kept(&document, Kind::Identity));
    ManagedPolicy {
        arn: format!("arn:aws:iam::aws:policy{}{name}", file.path),
        name: name.to_owned(),
        path: file.path,
        description: file.description,
        document,
        policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_policy() {
        assert_eq!(managed_policies().count(), FILES.len());
        for managed in managed_policies() {
            assert_eq!(Policy::read(&managed.document, Kind::Identity).err(), None, "{}", managed.arn);
            assert!(managed.path.starts_with('/') && managed.path.ends_with('/'), "{}", managed.arn);
        }
        let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        assert!(managed_policy(basic).is_some());
    }
}
