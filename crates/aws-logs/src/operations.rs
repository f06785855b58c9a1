//! Every operation that is built, one line each.

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod delete_retention_policy;
mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod list_tags_for_resource;
mod list_tags_log_group;
mod put_log_events;
mod put_retention_policy;
mod tag_log_group;
mod tag_resource;
mod untag_log_group;
mod untag_resource;

use service::JsonOperation;

use crate::Face;

pub fn all() -> Vec<JsonOperation<Face>> {
    vec![
        JsonOperation::new::<create_log_group::CreateLogGroup>(),
        JsonOperation::new::<create_log_stream::CreateLogStream>(),
        JsonOperation::new::<delete_log_group::DeleteLogGroup>(),
        JsonOperation::new::<delete_log_stream::DeleteLogStream>(),
        JsonOperation::new::<delete_retention_policy::DeleteRetentionPolicy>(),
        JsonOperation::new::<describe_log_groups::DescribeLogGroups>(),
        JsonOperation::new::<describe_log_streams::DescribeLogStreams>(),
        JsonOperation::new::<filter_log_events::FilterLogEvents>(),
        JsonOperation::new::<get_log_events::GetLogEvents>(),
        JsonOperation::new::<list_tags_for_resource::ListTagsForResource>(),
        JsonOperation::new::<list_tags_log_group::ListTagsLogGroup>(),
        JsonOperation::new::<put_log_events::PutLogEvents>(),
        JsonOperation::new::<put_retention_policy::PutRetentionPolicy>(),
        JsonOperation::new::<tag_log_group::TagLogGroup>(),
        JsonOperation::new::<tag_resource::TagResource>(),
        JsonOperation::new::<untag_log_group::UntagLogGroup>(),
        JsonOperation::new::<untag_resource::UntagResource>(),
    ]
}
