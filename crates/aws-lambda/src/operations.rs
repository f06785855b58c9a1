//! Table: every operation, one line each: those that are built, and those that say by name that they are not.

mod add_permission;
mod create_function;
mod delete_function;
mod get_account_settings;
mod get_function;
mod get_function_code_signing_config;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_recursion_config;
mod get_policy;
mod get_runtime_management_config;
mod invoke;
mod list_functions;
mod list_tags;
mod list_versions_by_function;
mod remove_permission;
mod tag_resource;
mod untag_resource;
mod update_function_code;
mod update_function_configuration;

use service::{RestOperation, Route};

use crate::{Lambda, limits};

/// What AWS has and this does not. Two more are told apart by their query alone and answer with the names of those
/// whose paths they have: GetLayerVersionByArn and ListProvisionedConcurrencyConfigs.
const UNBUILT: &[(&str, &str, &str)] = &[
    ("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    ("CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"),
    ("CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases"),
    ("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"),
    ("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"),
    ("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url"),
    ("DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("DeleteDurableExecution", "DELETE", "/2025-12-01/durable-executions/{DurableExecutionArn}"),
    ("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}"),
    ("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    ("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url"),
    ("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    (
        "DeleteProvisionedConcurrencyConfig",
        "DELETE",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("DeleteResourcePolicy", "DELETE", "/2026-07-09/resource-policy/{ResourceArn}"),
    ("GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("GetDurableExecution", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"),
    ("GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history"),
    ("GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state"),
    ("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}"),
    ("GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    ("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url"),
    ("GetLayerVersion", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    ("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    (
        "GetProvisionedConcurrencyConfig",
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("GetResourcePolicy", "GET", "/2026-07-09/resource-policy/{ResourceArn}"),
    ("InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async"),
    (
        "InvokeWithResponseStream",
        "POST",
        "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
    ),
    ("ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases"),
    ("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers"),
    ("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs"),
    ("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"),
    ("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
    (
        "ListFunctionEventInvokeConfigs",
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
    ),
    ("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls"),
    (
        "ListFunctionVersionsByCapacityProvider",
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
    ),
    (
        "ListFunctionsByCodeSigningConfig",
        "GET",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
    ),
    ("ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions"),
    ("ListLayers", "GET", "/2018-10-31/layers"),
    ("PauseDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/pause"),
    ("PublishLayerVersion", "POST", "/2018-10-31/layers/{LayerName}/versions"),
    ("PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions"),
    ("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    ("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config"),
    ("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    (
        "PutProvisionedConcurrencyConfig",
        "PUT",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("PutResourcePolicy", "PUT", "/2026-07-09/resource-policy/{ResourceArn}"),
    ("PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
    (
        "RemoveLayerVersionPermission",
        "DELETE",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
    ),
    ("ResumeDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/resume"),
    (
        "SendDurableExecutionCallbackFailure",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
    ),
    (
        "SendDurableExecutionCallbackHeartbeat",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
    ),
    (
        "SendDurableExecutionCallbackSuccess",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
    ),
    ("StopDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"),
    ("UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}"),
    ("UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url"),
];

pub fn all() -> Vec<RestOperation<Lambda>> {
    let unbuilt = UNBUILT.iter().map(|(name, method, path)| RestOperation::unbuilt(name, method, path));
    built().into_iter().chain(unbuilt).collect()
}

fn built() -> Vec<RestOperation<Lambda>> {
    vec![
        RestOperation::new::<add_permission::AddPermission>(
            Route::new("POST", "/2015-03-31/functions/{FunctionName}/policy", 201)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::new::<create_function::CreateFunction>(Route::new(
            "POST",
            "/2015-03-31/functions",
            201,
        )),
        RestOperation::new::<delete_function::DeleteFunction>(
            Route::new("DELETE", "/2015-03-31/functions/{FunctionName}", 204)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::new::<get_account_settings::GetAccountSettings>(Route::new(
            "GET",
            "/2016-08-19/account-settings",
            200,
        )),
        RestOperation::new::<get_function::GetFunction>(
            Route::new("GET", "/2015-03-31/functions/{FunctionName}", 200)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::new::<get_function_code_signing_config::GetFunctionCodeSigningConfig>(Route::new(
            "GET",
            "/2020-06-30/functions/{FunctionName}/code-signing-config",
            200,
        )),
        RestOperation::new::<get_function_concurrency::GetFunctionConcurrency>(Route::new(
            "GET",
            "/2019-09-30/functions/{FunctionName}/concurrency",
            200,
        )),
        RestOperation::new::<get_function_configuration::GetFunctionConfiguration>(
            Route::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", 200)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::new::<get_function_recursion_config::GetFunctionRecursionConfig>(Route::new(
            "GET",
            "/2024-08-31/functions/{FunctionName}/recursion-config",
            200,
        )),
        RestOperation::new::<get_policy::GetPolicy>(
            Route::new("GET", "/2015-03-31/functions/{FunctionName}/policy", 200)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::new::<get_runtime_management_config::GetRuntimeManagementConfig>(
            Route::new("GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200)
                .query(&[("Qualifier", "Qualifier")]),
        ),
        RestOperation::raw::<invoke::Invoke>(
            Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", 200)
                .query(&[("Qualifier", "Qualifier")])
                .headers(&[
                    ("x-amz-invocation-type", "InvocationType"),
                    ("x-amz-log-type", "LogType"),
                    ("x-amz-client-context", "ClientContext"),
                    ("x-amz-durable-execution-name", "DurableExecutionName"),
                    ("x-amz-tenant-id", "TenantId"),
                    ("x-amzn-trace-id", "TraceId"),
                ])
                .payload("Payload")
                .limit(limits::INVOKE_BYTES, invoke::ACTION),
        ),
        RestOperation::new::<list_functions::ListFunctions>(
            Route::new("GET", "/2015-03-31/functions", 200).query(&[
                ("MasterRegion", "MasterRegion"),
                ("FunctionVersion", "FunctionVersion"),
                ("Marker", "Marker"),
                ("MaxItems", "MaxItems"),
            ]),
        ),
        RestOperation::new::<list_tags::ListTags>(Route::new("GET", "/2017-03-31/tags/{Resource}", 200)),
        RestOperation::new::<list_versions_by_function::ListVersionsByFunction>(
            Route::new("GET", "/2015-03-31/functions/{FunctionName}/versions", 200)
                .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]),
        ),
        RestOperation::new::<remove_permission::RemovePermission>(
            Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204)
                .query(&[("Qualifier", "Qualifier"), ("RevisionId", "RevisionId")]),
        ),
        RestOperation::new::<tag_resource::TagResource>(Route::new(
            "POST",
            "/2017-03-31/tags/{Resource}",
            204,
        )),
        RestOperation::new::<untag_resource::UntagResource>(
            Route::new("DELETE", "/2017-03-31/tags/{Resource}", 204).query(&[("tagKeys", "TagKeys")]),
        ),
        RestOperation::new::<update_function_code::UpdateFunctionCode>(Route::new(
            "PUT",
            "/2015-03-31/functions/{FunctionName}/code",
            200,
        )),
        RestOperation::new::<update_function_configuration::UpdateFunctionConfiguration>(Route::new(
            "PUT",
            "/2015-03-31/functions/{FunctionName}/configuration",
            200,
        )),
    ]
}
