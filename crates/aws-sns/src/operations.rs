//! Every operation, one line each.

mod add_permission;
mod check_if_phone_number_is_opted_out;
mod confirm_subscription;
mod create_platform_application;
mod create_platform_endpoint;
mod create_sms_sandbox_phone_number;
mod create_topic;
mod delete_endpoint;
mod delete_platform_application;
mod delete_sms_sandbox_phone_number;
mod delete_topic;
mod get_data_protection_policy;
mod get_endpoint_attributes;
mod get_platform_application_attributes;
mod get_sms_attributes;
mod get_sms_sandbox_account_status;
mod get_subscription_attributes;
mod get_topic_attributes;
mod list_endpoints_by_platform_application;
mod list_origination_numbers;
mod list_phone_numbers_opted_out;
mod list_platform_applications;
mod list_sms_sandbox_phone_numbers;
mod list_subscriptions;
mod list_subscriptions_by_topic;
mod list_tags_for_resource;
mod list_topics;
mod listing;
mod opt_in_phone_number;
mod publish;
mod publish_batch;
mod put_data_protection_policy;
mod remove_permission;
mod set_endpoint_attributes;
mod set_platform_application_attributes;
mod set_sms_attributes;
mod set_subscription_attributes;
mod set_topic_attributes;
mod subscribe;
mod tag_resource;
mod unsubscribe;
mod untag_resource;
mod verify_sms_sandbox_phone_number;

use service::QueryOperation;

use crate::Sns;

pub fn all() -> Vec<QueryOperation<Sns>> {
    vec![
        QueryOperation::new::<add_permission::AddPermission>(),
        QueryOperation::new::<check_if_phone_number_is_opted_out::CheckIfPhoneNumberIsOptedOut>(),
        QueryOperation::new::<confirm_subscription::ConfirmSubscription>(),
        QueryOperation::new::<create_platform_application::CreatePlatformApplication>(),
        QueryOperation::new::<create_platform_endpoint::CreatePlatformEndpoint>(),
        QueryOperation::new::<create_sms_sandbox_phone_number::CreateSMSSandboxPhoneNumber>(),
        QueryOperation::new::<create_topic::CreateTopic>(),
        QueryOperation::new::<delete_endpoint::DeleteEndpoint>(),
        QueryOperation::new::<delete_platform_application::DeletePlatformApplication>(),
        QueryOperation::new::<delete_sms_sandbox_phone_number::DeleteSMSSandboxPhoneNumber>(),
        QueryOperation::new::<delete_topic::DeleteTopic>(),
        QueryOperation::new::<get_data_protection_policy::GetDataProtectionPolicy>(),
        QueryOperation::new::<get_endpoint_attributes::GetEndpointAttributes>(),
        QueryOperation::new::<get_platform_application_attributes::GetPlatformApplicationAttributes>(),
        QueryOperation::new::<get_sms_attributes::GetSMSAttributes>(),
        QueryOperation::new::<get_sms_sandbox_account_status::GetSMSSandboxAccountStatus>(),
        QueryOperation::new::<get_subscription_attributes::GetSubscriptionAttributes>(),
        QueryOperation::new::<get_topic_attributes::GetTopicAttributes>(),
        QueryOperation::new::<list_endpoints_by_platform_application::ListEndpointsByPlatformApplication>(),
        QueryOperation::new::<list_origination_numbers::ListOriginationNumbers>(),
        QueryOperation::new::<list_phone_numbers_opted_out::ListPhoneNumbersOptedOut>(),
        QueryOperation::new::<list_platform_applications::ListPlatformApplications>(),
        QueryOperation::new::<list_sms_sandbox_phone_numbers::ListSMSSandboxPhoneNumbers>(),
        QueryOperation::new::<list_subscriptions::ListSubscriptions>(),
        QueryOperation::new::<list_subscriptions_by_topic::ListSubscriptionsByTopic>(),
        QueryOperation::new::<list_tags_for_resource::ListTagsForResource>(),
        QueryOperation::new::<list_topics::ListTopics>(),
        QueryOperation::new::<opt_in_phone_number::OptInPhoneNumber>(),
        QueryOperation::new::<publish::Publish>(),
        QueryOperation::new::<publish_batch::PublishBatch>(),
        QueryOperation::new::<put_data_protection_policy::PutDataProtectionPolicy>(),
        QueryOperation::new::<remove_permission::RemovePermission>(),
        QueryOperation::new::<set_endpoint_attributes::SetEndpointAttributes>(),
        QueryOperation::new::<set_platform_application_attributes::SetPlatformApplicationAttributes>(),
        QueryOperation::new::<set_sms_attributes::SetSMSAttributes>(),
        QueryOperation::new::<set_subscription_attributes::SetSubscriptionAttributes>(),
        QueryOperation::new::<set_topic_attributes::SetTopicAttributes>(),
        QueryOperation::new::<subscribe::Subscribe>(),
        QueryOperation::new::<tag_resource::TagResource>(),
        QueryOperation::new::<unsubscribe::Unsubscribe>(),
        QueryOperation::new::<untag_resource::UntagResource>(),
        QueryOperation::new::<verify_sms_sandbox_phone_number::VerifySMSSandboxPhoneNumber>(),
    ]
}
