//! Every operation that is built, one line each. The rest of Lambda is known by name and says that it is not built.

mod add_layer_version_permission;
mod add_permission;
mod create_alias;
mod create_event_source_mapping;
mod create_function;
mod create_function_url_config;
mod delete_alias;
mod delete_event_source_mapping;
mod delete_function;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod delete_function_url_config;
mod delete_layer_version;
mod delete_provisioned_concurrency_config;
mod get_account_settings;
mod get_alias;
mod get_event_source_mapping;
mod get_function;
mod get_function_code_signing_config;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_recursion_config;
mod get_function_url_config;
mod get_layer_version;
mod get_layer_version_by_arn;
mod get_layer_version_policy;
mod get_policy;
mod get_provisioned_concurrency_config;
mod get_runtime_management_config;
mod invoke;
mod invoke_with_response_stream;
mod list_aliases;
mod list_event_source_mappings;
mod list_function_event_invoke_configs;
mod list_function_url_configs;
mod list_functions;
mod list_layer_versions;
mod list_layers;
mod list_provisioned_concurrency_configs;
mod list_tags;
mod list_versions_by_function;
mod not_built;
mod publish_layer_version;
mod publish_version;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod put_function_recursion_config;
mod put_provisioned_concurrency_config;
mod remove_layer_version_permission;
mod remove_permission;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_event_source_mapping;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;
mod update_function_url_config;

use service::RestOperation;

use crate::Lambda;

pub fn all() -> Vec<RestOperation<Lambda>> {
    let not_built = not_built::OPERATIONS.iter();
    let not_built = not_built.map(|(name, method, path)| RestOperation::unbuilt(name, method, path));
    built().into_iter().chain(not_built).collect()
}

fn built() -> Vec<RestOperation<Lambda>> {
    functions()
        .into_iter()
        .chain(versions())
        .chain(layers())
        .chain(urls())
        .chain(provisioned())
        .chain(calls())
        .collect()
}

/// Functions, what is said of them, and who may use them.
fn functions() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<add_permission::AddPermission>(add_permission::ROUTE),
        RestOperation::new::<create_function::CreateFunction>(create_function::ROUTE),
        RestOperation::new::<delete_function::DeleteFunction>(delete_function::ROUTE),
        RestOperation::new::<get_account_settings::GetAccountSettings>(get_account_settings::ROUTE),
        RestOperation::new::<get_function::GetFunction>(get_function::ROUTE),
        RestOperation::new::<get_function_code_signing_config::GetFunctionCodeSigningConfig>(
            get_function_code_signing_config::ROUTE,
        ),
        RestOperation::new::<get_function_configuration::GetFunctionConfiguration>(
            get_function_configuration::ROUTE,
        ),
        RestOperation::new::<get_policy::GetPolicy>(get_policy::ROUTE),
        RestOperation::new::<get_runtime_management_config::GetRuntimeManagementConfig>(
            get_runtime_management_config::ROUTE,
        ),
        RestOperation::new::<list_functions::ListFunctions>(list_functions::ROUTE),
        RestOperation::new::<list_tags::ListTags>(list_tags::ROUTE),
        RestOperation::new::<remove_permission::RemovePermission>(remove_permission::ROUTE),
        RestOperation::new::<tag_resource::TagResource>(tag_resource::ROUTE),
        RestOperation::new::<untag_resource::UntagResource>(untag_resource::ROUTE),
        RestOperation::new::<update_function_code::UpdateFunctionCode>(update_function_code::ROUTE),
        RestOperation::new::<update_function_configuration::UpdateFunctionConfiguration>(
            update_function_configuration::ROUTE,
        ),
    ]
}

/// Their versions, and the names of these.
fn versions() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<create_alias::CreateAlias>(create_alias::ROUTE),
        RestOperation::new::<delete_alias::DeleteAlias>(delete_alias::ROUTE),
        RestOperation::new::<get_alias::GetAlias>(get_alias::ROUTE),
        RestOperation::new::<list_aliases::ListAliases>(list_aliases::ROUTE),
        RestOperation::new::<list_versions_by_function::ListVersionsByFunction>(
            list_versions_by_function::ROUTE,
        ),
        RestOperation::new::<publish_version::PublishVersion>(publish_version::ROUTE),
        RestOperation::new::<update_alias::UpdateAlias>(update_alias::ROUTE),
    ]
}

/// Their calls, how many there may be, and what brings them about.
fn calls() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<create_event_source_mapping::CreateEventSourceMapping>(
            create_event_source_mapping::ROUTE,
        ),
        RestOperation::new::<delete_event_source_mapping::DeleteEventSourceMapping>(
            delete_event_source_mapping::ROUTE,
        ),
        RestOperation::new::<delete_function_concurrency::DeleteFunctionConcurrency>(
            delete_function_concurrency::ROUTE,
        ),
        RestOperation::new::<delete_function_event_invoke_config::DeleteFunctionEventInvokeConfig>(
            delete_function_event_invoke_config::ROUTE,
        ),
        RestOperation::new::<get_event_source_mapping::GetEventSourceMapping>(
            get_event_source_mapping::ROUTE,
        ),
        RestOperation::new::<get_function_concurrency::GetFunctionConcurrency>(
            get_function_concurrency::ROUTE,
        ),
        RestOperation::new::<get_function_event_invoke_config::GetFunctionEventInvokeConfig>(
            get_function_event_invoke_config::ROUTE,
        ),
        RestOperation::new::<get_function_recursion_config::GetFunctionRecursionConfig>(
            get_function_recursion_config::ROUTE,
        ),
        RestOperation::raw::<invoke::Invoke>(invoke::ROUTE),
        RestOperation::raw::<invoke_with_response_stream::InvokeWithResponseStream>(
            invoke_with_response_stream::ROUTE,
        ),
        RestOperation::new::<list_event_source_mappings::ListEventSourceMappings>(
            list_event_source_mappings::ROUTE,
        ),
        RestOperation::new::<list_function_event_invoke_configs::ListFunctionEventInvokeConfigs>(
            list_function_event_invoke_configs::ROUTE,
        ),
        RestOperation::new::<put_function_concurrency::PutFunctionConcurrency>(
            put_function_concurrency::ROUTE,
        ),
        RestOperation::new::<put_function_event_invoke_config::PutFunctionEventInvokeConfig>(
            put_function_event_invoke_config::ROUTE,
        ),
        RestOperation::new::<put_function_recursion_config::PutFunctionRecursionConfig>(
            put_function_recursion_config::ROUTE,
        ),
        RestOperation::new::<update_event_source_mapping::UpdateEventSourceMapping>(
            update_event_source_mapping::ROUTE,
        ),
        RestOperation::new::<update_function_event_invoke_config::UpdateFunctionEventInvokeConfig>(
            update_function_event_invoke_config::ROUTE,
        ),
    ]
}

/// Packages that functions share.
fn layers() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<add_layer_version_permission::AddLayerVersionPermission>(
            add_layer_version_permission::ROUTE,
        ),
        RestOperation::new::<delete_layer_version::DeleteLayerVersion>(delete_layer_version::ROUTE),
        RestOperation::new::<get_layer_version::GetLayerVersion>(get_layer_version::ROUTE),
        RestOperation::new::<get_layer_version_by_arn::GetLayerVersionByArn>(get_layer_version_by_arn::ROUTE),
        RestOperation::new::<get_layer_version_policy::GetLayerVersionPolicy>(
            get_layer_version_policy::ROUTE,
        ),
        RestOperation::new::<list_layer_versions::ListLayerVersions>(list_layer_versions::ROUTE),
        RestOperation::new::<list_layers::ListLayers>(list_layers::ROUTE),
        RestOperation::new::<publish_layer_version::PublishLayerVersion>(publish_layer_version::ROUTE),
        RestOperation::new::<remove_layer_version_permission::RemoveLayerVersionPermission>(
            remove_layer_version_permission::ROUTE,
        ),
    ]
}

/// Addresses at which functions are called by plain HTTP.
fn urls() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<create_function_url_config::CreateFunctionUrlConfig>(
            create_function_url_config::ROUTE,
        ),
        RestOperation::new::<delete_function_url_config::DeleteFunctionUrlConfig>(
            delete_function_url_config::ROUTE,
        ),
        RestOperation::new::<get_function_url_config::GetFunctionUrlConfig>(get_function_url_config::ROUTE),
        RestOperation::new::<list_function_url_configs::ListFunctionUrlConfigs>(
            list_function_url_configs::ROUTE,
        ),
        RestOperation::new::<update_function_url_config::UpdateFunctionUrlConfig>(
            update_function_url_config::ROUTE,
        ),
    ]
}

/// Instances that are held initialised. The list comes before the one that is told apart from it by its query alone.
fn provisioned() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<list_provisioned_concurrency_configs::ListProvisionedConcurrencyConfigs>(
            list_provisioned_concurrency_configs::ROUTE,
        ),
        RestOperation::new::<delete_provisioned_concurrency_config::DeleteProvisionedConcurrencyConfig>(
            delete_provisioned_concurrency_config::ROUTE,
        ),
        RestOperation::new::<get_provisioned_concurrency_config::GetProvisionedConcurrencyConfig>(
            get_provisioned_concurrency_config::ROUTE,
        ),
        RestOperation::new::<put_provisioned_concurrency_config::PutProvisionedConcurrencyConfig>(
            put_provisioned_concurrency_config::ROUTE,
        ),
    ]
}
