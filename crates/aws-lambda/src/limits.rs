//! Every limit of the Lambda face: its name, its number, and where the number comes from.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes of a request that carries code: a zip of 50 MiB in base64. AWS tells this number in its fault.
pub const REQUEST_BYTES: usize = 69_905_067;

/// Bytes of a synchronous call's request. AWS: "Lambda quotas", 6 MB, told in the fault as this number.
pub const INVOKE_BYTES: usize = 6_291_456;

/// Bytes of an asynchronous call's event. AWS: "Lambda quotas", 1 MB.
pub const EVENT_BYTES: usize = delivery::EVENT_PAYLOAD_BYTES;

/// Bytes of `X-Amz-Client-Context` in base64. AWS: API reference, `Invoke`.
pub const CLIENT_CONTEXT_BYTES: usize = 3_583;

/// Characters of a function's name alone, and in all spellings. AWS: API reference, `CreateFunction`.
pub const NAME_CHARS: usize = 64;
pub const FUNCTION_NAME_CHARS: RangeInclusive<usize> = 1..=140;

/// Characters of a qualifier. AWS: API reference, `Invoke`.
pub const QUALIFIER_CHARS: RangeInclusive<usize> = 1..=128;

/// Characters of an alias, and of a version that it leads to; the part of its calls that a second version gets.
/// AWS: API reference, `CreateAlias`.
pub const ALIAS_CHARS: RangeInclusive<usize> = 1..=128;
pub const VERSION_CHARS: RangeInclusive<usize> = 1..=1_024;
pub const WEIGHT: RangeInclusive<f64> = 0.0..=1.0;

/// AWS: "Lambda quotas": memory in MB, time limit in seconds, `/tmp` in MB.
pub const MEMORY_MIB: RangeInclusive<i64> = 128..=10_240;
pub const TIMEOUT_SECONDS: RangeInclusive<i64> = 1..=900;
pub const TMP_MIB: RangeInclusive<i64> = 512..=10_240;

/// What a function has that says nothing else. AWS: API reference, `CreateFunction`.
pub const DEFAULT_MEMORY_MIB: u32 = 128;
pub const DEFAULT_TIMEOUT_SECONDS: u32 = 3;
pub const DEFAULT_TMP_MIB: u32 = 512;

/// Characters of a handler, a description, a role and a log group. AWS: API reference, `CreateFunction`.
pub const HANDLER_CHARS: RangeInclusive<usize> = 0..=128;
pub const DESCRIPTION_CHARS: RangeInclusive<usize> = 0..=256;
pub const ROLE_CHARS: RangeInclusive<usize> = 0..=10_000;
pub const LOG_GROUP_CHARS: RangeInclusive<usize> = 1..=512;

/// Characters of a bucket, and of an object's key and version. AWS: API reference, `FunctionCode`.
pub const BUCKET_CHARS: RangeInclusive<usize> = 3..=63;
pub const OBJECT_CHARS: RangeInclusive<usize> = 1..=1_024;

/// Bytes of all environment variables as JSON. AWS: "Lambda quotas", 4 KB.
pub const ENVIRONMENT_BYTES: usize = 4_096;

/// Processes with threads, and open files, of one instance. AWS: "Lambda quotas".
pub const PIDS: u32 = 1_024;
pub const DESCRIPTORS: u32 = 1_024;

/// Layers of a function; characters of a layer's name, of what names one, of its license; runtimes and architectures that it
/// is for; layers on a page. AWS: "Lambda quotas"; API reference, `PublishLayerVersion` and `ListLayers`.
pub const LAYERS: usize = 5;
pub const LAYER_NAME_CHARS: RangeInclusive<usize> = 1..=140;
pub const LAYER_ARN_CHARS: RangeInclusive<usize> = 1..=2_048;
pub const LICENSE_CHARS: RangeInclusive<usize> = 0..=512;
pub const LAYER_RUNTIMES: usize = 15;
pub const LAYER_ARCHITECTURES: usize = 2;
pub const LAYER_ITEMS: RangeInclusive<i64> = 1..=50;

/// Bytes of code of an account and region. AWS: "Lambda quotas", 75 GB.
pub const CODE_STORAGE_BYTES: u64 = 75 * 1024 * 1024 * 1024;

/// Bytes of a function's resource policy. AWS: "Lambda quotas", 20 KB.
pub const POLICY_BYTES: usize = 20_480;

/// Characters of a statement's id, an action, and a principal. AWS: API reference, `AddPermission`.
pub const STATEMENT_ID_CHARS: RangeInclusive<usize> = 1..=100;
pub const ACTION_CHARS: RangeInclusive<usize> = 0..=10_000;
pub const PRINCIPAL_CHARS: RangeInclusive<usize> = 0..=2_048;
pub const EVENT_SOURCE_TOKEN_CHARS: RangeInclusive<usize> = 0..=256;

/// Tags of a function, and the characters of their keys and values. AWS: "Using tags on Lambda functions".
pub const TAGS: usize = 50;
pub const TAG_KEY_CHARS: RangeInclusive<usize> = 1..=128;
pub const TAG_VALUE_CHARS: usize = 256;

/// Functions on one page, whatever is asked for. AWS: API reference, `ListFunctions`.
pub const PAGE: usize = 50;
pub const MAX_ITEMS: RangeInclusive<i64> = 1..=10_000;

/// Runs of one function in one chain of causes. AWS: "Use Lambda recursive loop detection", about 16.
pub const RUNS_IN_CHAIN: usize = 16;

/// What a function URL says of other origins, and URLs on a page. AWS: API reference, `Cors` and `ListFunctionUrlConfigs`.
pub const CORS_ITEMS: usize = 100;
pub const ORIGIN_CHARS: RangeInclusive<usize> = 1..=253;
pub const CORS_HEADER_CHARS: RangeInclusive<usize> = 0..=1_024;
pub const CORS_AGE_SECONDS: RangeInclusive<i64> = 0..=86_400;
pub const URL_ITEMS: RangeInclusive<i64> = 1..=50;

/// Of what goes ahead of a streamed answer: status, headers and cookies, in bytes. Ours.
pub const PRELUDE_BYTES: usize = 64 * 1024;

/// How long a link to a function's code is good. AWS: API reference, `GetFunction`, 10 minutes.
pub const CODE_LINK: Duration = Duration::from_secs(10 * 60);

/// What may be said of asynchronous calls: tries after the first, seconds, characters of a destination, entries of a list.
/// AWS: API reference, `PutFunctionEventInvokeConfig` and `ListFunctionEventInvokeConfigs`.
pub const RETRY_ATTEMPTS: RangeInclusive<i64> = 0..=2;
pub const EVENT_AGE_SECONDS: RangeInclusive<i64> = 60..=21_600;
pub const DESTINATION_CHARS: RangeInclusive<usize> = 0..=350;
pub const EVENT_INVOKE_ITEMS: RangeInclusive<i64> = 1..=50;

/// Event source mappings. AWS: API reference, `CreateEventSourceMapping`; developer guide, "Using Lambda with Amazon SQS".
pub const BATCH_SIZE: RangeInclusive<i64> = 1..=10_000;
pub const DEFAULT_BATCH: u32 = 10;
pub const FIFO_BATCH: u32 = 10;
pub const WINDOW_SECONDS: RangeInclusive<i64> = 0..=300;
pub const PATTERN_CHARS: RangeInclusive<usize> = 0..=4_096;
pub const FILTERS: usize = 10;
pub const MAXIMUM_CONCURRENCY: RangeInclusive<i64> = 2..=1_000;
pub const MINIMUM_POLLERS: RangeInclusive<i64> = 1..=200;
pub const MAXIMUM_POLLERS: RangeInclusive<i64> = 1..=10_000;
/// AWS: API reference, `ProvisionedPollerConfig`, of queues.
pub const LEAST_POLLERS_OF_QUEUES: u32 = 2;
pub const DEFAULT_MINIMUM_POLLERS: u32 = 2;
pub const DEFAULT_MAXIMUM_POLLERS: u32 = 200;
/// AWS: API reference, `CreateEventSourceMapping`.
pub const KMS_KEY_CHARS: RangeInclusive<usize> = 0..=10_000;
pub const CALLS_OF_A_POLLER: usize = 10;
pub const BATCHES_AT_FIRST: usize = 5;
pub const BATCHES_AT_ONCE: usize = 1_250;
pub const MAPPINGS_PAGE: usize = 100;

/// Characters of the reason that goes with a dead letter. AWS: "Adding a dead-letter queue", the first 1 KB.
pub const ERROR_MESSAGE_CHARS: usize = 1_024;

/// Configurations of provisioned concurrency on a page. AWS: API reference, `ListProvisionedConcurrencyConfigs`.
pub const PROVISIONED_ITEMS: RangeInclusive<i64> = 1..=50;

/// Calls at once that always stay for functions without reserved concurrency. AWS: "Configuring reserved concurrency".
pub const UNRESERVED_CONCURRENCY: usize = 100;
