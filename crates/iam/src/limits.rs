//! How much there may be of what, with the source of each number.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Roles of an account. AWS: IAM quotas, "Roles per account", default.
pub const ROLES: usize = 1000;

/// Policies that are kept ready as they were read, of each kind. Ours: twenty kilobytes each at most.
pub const READY_POLICIES: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Roles that are kept ready with their policies. Ours.
pub const READY_ROLES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Assumed sessions whose keys are kept in memory; the others are found in the table. Ours.
pub const READY_SESSIONS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// How long a sandbox's credentials live. Ours; Lambda rotates its own within twelve hours.
pub const SANDBOX_SESSION: Duration = Duration::from_secs(12 * 60 * 60);

/// Sandboxes of one function that start within this time share credentials, so that there are few. Ours.
pub const SANDBOX_SHARING: Duration = Duration::from_secs(60 * 60);

/// How long an expired session is still known, so that its key is answered with "expired" and not with "unknown". Ours.
pub const EXPIRED_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Expired sessions that each new one sweeps away: more than one, so that they become fewer. Ours.
pub const SWEPT_AT_ONCE: usize = 8;

/// Rows that are read at once where all are gone through. Ours.
pub const PAGE: usize = 256;
