//! What operations on roles ask permission for, and the roles that have to be there.

use iam::Role;
use model::{Arn, Caller, Failure, Fault, Permission};
use service::Call;

use crate::{Roles, faults};

impl Roles {
    /// An action on a role, there or not. AWS: where it is not, it would have no path.
    pub(crate) async fn on_role(
        &self,
        call: &Call,
        name: &str,
        action: &'static str,
    ) -> Result<Permission, Failure> {
        let Some(role) = self.iam.role(&call.caller.account, name).await? else {
            return Ok(Permission::new(action, role_arn(&call.caller, "/", name)));
        };
        let permission = Permission::new(action, role.arn().to_string());
        Ok(role.tags.iter().fold(permission, |permission, tag| {
            permission.with_context(format!("aws:ResourceTag/{}", tag.key), &tag.value)
        }))
    }

    pub(crate) async fn existing(&self, call: &Call, name: &str) -> Result<Role, Failure> {
        let role = self.iam.role(&call.caller.account, name).await?;
        role.ok_or_else(|| faults::no_such_role(name).into())
    }

    /// Changes a role that has to be there.
    pub(crate) async fn change(
        &self,
        call: &Call,
        name: &str,
        change: impl Fn(&mut Role) -> Result<(), Fault>,
    ) -> Result<(), Failure> {
        let changed = self.iam.change_role(&call.caller.account, name, change).await?;
        changed.map(drop).ok_or_else(|| faults::no_such_role(name).into())
    }
}

/// Where a role of this path and name is or would be.
pub fn role_arn(caller: &Caller, path: &str, name: &str) -> String {
    Arn::new("iam", "", caller.account.as_str(), format!("role{path}{name}")).to_string()
}
