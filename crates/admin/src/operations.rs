//! Every operation, one line each.

mod get_bill;
mod get_event;
mod get_fleet;
mod get_status;
mod list_events;
mod list_outbox;
mod replay_event;
mod wipe_account;

use service::{RestOperation, Route};

use crate::admin::Admin;

pub fn all() -> Vec<RestOperation<Admin>> {
    vec![
        RestOperation::new::<get_bill::GetBill>(
            Route::new("GET", "/_dayfly/v1/bill", 200).query(&[("by", "By"), ("since", "Since")]),
        ),
        RestOperation::new::<get_event::GetEvent>(Route::new("GET", "/_dayfly/v1/events/{Id}", 200)),
        RestOperation::new::<get_fleet::GetFleet>(Route::new("GET", "/_dayfly/v1/fleet", 200)),
        RestOperation::new::<get_status::GetStatus>(Route::new("GET", "/_dayfly/v1/status", 200)),
        RestOperation::new::<list_events::ListEvents>(Route::new("GET", "/_dayfly/v1/events", 200).query(&[
            ("function", "Function"),
            ("state", "State"),
            ("limit", "Limit"),
            ("after", "After"),
            ("wait", "Wait"),
            ("since", "Since"),
        ])),
        RestOperation::new::<list_outbox::ListOutbox>(
            Route::new("GET", "/_dayfly/v1/outbox", 200).query(&[("limit", "Limit")]),
        ),
        RestOperation::new::<replay_event::ReplayEvent>(
            Route::new("POST", "/_dayfly/v1/events/{Id}/replay", 202).query(&[("to", "To")]),
        ),
        RestOperation::new::<wipe_account::WipeAccount>(Route::new("DELETE", "/_dayfly/v1/account", 204)),
    ]
}
