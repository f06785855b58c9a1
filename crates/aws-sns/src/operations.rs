//! Every operation that is built, one line each, and the names of the rest.

mod add_permission;
mod confirm_subscription;
mod create_topic;
mod delete_topic;
mod get_data_protection_policy;
mod get_subscription_attributes;
mod get_topic_attributes;
mod list_subscriptions;
mod list_subscriptions_by_topic;
mod list_tags_for_resource;
mod list_topics;
mod listing;
mod publish;
mod publish_batch;
mod put_data_protection_policy;
mod remove_permission;
mod set_subscription_attributes;
mod set_topic_attributes;
mod subscribe;
mod tag_resource;
mod unsubscribe;
mod untag_resource;

use service::QueryOperation;

use crate::Sns;

pub fn all() -> Vec<QueryOperation<Sns>> {
    vec![
        QueryOperation::new::<add_permission::AddPermission>(),
        QueryOperation::new::<confirm_subscription::ConfirmSubscription>(),
        QueryOperation::new::<create_topic::CreateTopic>(),
        QueryOperation::new::<delete_topic::DeleteTopic>(),
        QueryOperation::new::<get_data_protection_policy::GetDataProtectionPolicy>(),
        QueryOperation::new::<get_subscription_attributes::GetSubscriptionAttributes>(),
        QueryOperation::new::<get_topic_attributes::GetTopicAttributes>(),
        QueryOperation::new::<list_subscriptions::ListSubscriptions>(),
        QueryOperation::new::<list_subscriptions_by_topic::ListSubscriptionsByTopic>(),
        QueryOperation::new::<list_tags_for_resource::ListTagsForResource>(),
        QueryOperation::new::<list_topics::ListTopics>(),
        QueryOperation::new::<publish::Publish>(),
        QueryOperation::new::<publish_batch::PublishBatch>(),
        QueryOperation::new::<put_data_protection_policy::PutDataProtectionPolicy>(),
        QueryOperation::new::<remove_permission::RemovePermission>(),
        QueryOperation::new::<set_subscription_attributes::SetSubscriptionAttributes>(),
        QueryOperation::new::<set_topic_attributes::SetTopicAttributes>(),
        QueryOperation::new::<subscribe::Subscribe>(),
        QueryOperation::new::<tag_resource::TagResource>(),
        QueryOperation::new::<unsubscribe::Unsubscribe>(),
        QueryOperation::new::<untag_resource::UntagResource>(),
    ]
}

/// Mobile push and settings of text messages.
pub const UNBUILT: [&str; 21] = [
    "CheckIfPhoneNumberIsOptedOut",
    "CreatePlatformApplication",
    "CreatePlatformEndpoint",
    "CreateSMSSandboxPhoneNumber",
    "DeleteEndpoint",
    "DeletePlatformApplication",
    "DeleteSMSSandboxPhoneNumber",
    "GetEndpointAttributes",
    "GetPlatformApplicationAttributes",
    "GetSMSAttributes",
    "GetSMSSandboxAccountStatus",
    "ListEndpointsByPlatformApplication",
    "ListOriginationNumbers",
    "ListPhoneNumbersOptedOut",
    "ListPlatformApplications",
    "ListSMSSandboxPhoneNumbers",
    "OptInPhoneNumber",
    "SetEndpointAttributes",
    "SetPlatformApplicationAttributes",
    "SetSMSAttributes",
    "VerifySMSSandboxPhoneNumber",
];
