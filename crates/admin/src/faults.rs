//! What callers of the admin API are told.

use model::Fault;

pub fn no_such_event(id: &str) -> Fault {
    Fault::new("ResourceNotFoundException", 404, format!("There is no event {id} in this account."))
}

pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValueException", 400, message)
}

pub fn wiping_is_for_development() -> Fault {
    let message = "An account can be wiped only on a platform that was started with --dev.";
    Fault::new("AccessDeniedException", 403, message)
}
