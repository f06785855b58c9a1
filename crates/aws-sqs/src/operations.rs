//! Every operation, one line each.

mod add_permission;
mod cancel_message_move_task;
mod change_message_visibility;
mod change_message_visibility_batch;
mod create_queue;
mod delete_message;
mod delete_message_batch;
mod delete_queue;
mod get_queue_attributes;
mod get_queue_url;
mod handles;
mod list_dead_letter_source_queues;
mod list_message_move_tasks;
mod list_queue_tags;
mod list_queues;
mod listing;
mod purge_queue;
mod receive_message;
mod remove_permission;
mod send_message;
mod send_message_batch;
mod set_queue_attributes;
mod start_message_move_task;
mod tag_queue;
mod untag_queue;

use service::JsonOperation;

use crate::Sqs;

pub fn all() -> Vec<JsonOperation<Sqs>> {
    vec![
        JsonOperation::new::<add_permission::AddPermission>(),
        JsonOperation::new::<cancel_message_move_task::CancelMessageMoveTask>(),
        JsonOperation::new::<change_message_visibility::ChangeMessageVisibility>(),
        JsonOperation::new::<change_message_visibility_batch::ChangeMessageVisibilityBatch>(),
        JsonOperation::new::<create_queue::CreateQueue>(),
        JsonOperation::new::<delete_message::DeleteMessage>(),
        JsonOperation::new::<delete_message_batch::DeleteMessageBatch>(),
        JsonOperation::new::<delete_queue::DeleteQueue>(),
        JsonOperation::new::<get_queue_attributes::GetQueueAttributes>(),
        JsonOperation::new::<get_queue_url::GetQueueUrl>(),
        JsonOperation::new::<list_dead_letter_source_queues::ListDeadLetterSourceQueues>(),
        JsonOperation::new::<list_message_move_tasks::ListMessageMoveTasks>(),
        JsonOperation::new::<list_queue_tags::ListQueueTags>(),
        JsonOperation::new::<list_queues::ListQueues>(),
        JsonOperation::new::<purge_queue::PurgeQueue>(),
        JsonOperation::new::<receive_message::ReceiveMessage>(),
        JsonOperation::new::<remove_permission::RemovePermission>(),
        JsonOperation::new::<send_message::SendMessage>(),
        JsonOperation::new::<send_message_batch::SendMessageBatch>(),
        JsonOperation::new::<set_queue_attributes::SetQueueAttributes>(),
        JsonOperation::new::<start_message_move_task::StartMessageMoveTask>(),
        JsonOperation::new::<tag_queue::TagQueue>(),
        JsonOperation::new::<untag_queue::UntagQueue>(),
    ]
}
