//! IAM and STS as their clients see them: roles with their policies, and sessions of roles.
//! There are no users, groups, instance profiles or policies of one's own: those operations say that they are not built.

mod access;
mod attachments;
mod checks;
mod documents;
mod faults;
pub mod limits;
mod operations;
mod paging;
mod shapes;
mod simulations;
mod sts;
mod tags;

use iam::Iam;
use service::QueryFace;
use tasks::Clock;

/// What the operations of IAM share.
pub struct Roles {
    iam: Iam,
    clock: Clock,
}

/// What the operations of STS share.
pub struct Sessions {
    iam: Iam,
}

/// The service with the signing name `iam`.
pub fn iam(iam: Iam, clock: Clock) -> QueryFace<Roles> {
    QueryFace::new(
        "iam",
        "https://iam.amazonaws.com/doc/2010-05-08/",
        Roles { iam, clock },
        operations::operations(),
        operations::UNBUILT,
    )
}

/// The service with the signing name `sts`.
pub fn sts(iam: Iam) -> QueryFace<Sessions> {
    QueryFace::new(
        "sts",
        "https://sts.amazonaws.com/doc/2011-06-15/",
        Sessions { iam },
        sts::operations(),
        sts::UNBUILT,
    )
}
