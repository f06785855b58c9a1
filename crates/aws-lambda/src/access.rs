//! What operations ask permission for, and the functions that they are about.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Arn, Failure, Internal, Permission};
use registry::{Alias, Configuration, Function};
use sandbox::Egress;
use service::Call;

use crate::engine::{self, Found};
use crate::names::{Named, Qualified};
use crate::tags::{self, Tagged};
use crate::{Lambda, faults, mappings};

/// The service principal that functions' roles have to trust.
pub const PRINCIPAL: &str = "lambda.amazonaws.com";

impl Lambda {
    /// An action on a function, there or not, with its resource policy.
    pub(crate) async fn on_function(
        &self,
        named: &Named,
        action: &'static str,
    ) -> Result<Permission, Internal> {
        self.on_resource(named, None, action).await
    }

    /// An action on what has tags.
    pub(crate) async fn on_tagged(
        &self,
        tagged: &Tagged,
        action: &'static str,
    ) -> Result<Permission, Internal> {
        match tagged {
            Tagged::Function(named) => self.on_function(named, action).await,
            Tagged::Mapping(key) => Ok(mappings::permission(action, key)),
        }
    }

    /// An action on a function as it was named, its qualifier included. AWS: a statement about the function without
    /// qualifier does not speak of calls with one.
    pub(crate) async fn on_qualified(
        &self,
        named: &Named,
        action: &'static str,
    ) -> Result<Permission, Internal> {
        self.on_resource(named, named.qualifier.as_deref(), action).await
    }

    async fn on_resource(
        &self,
        named: &Named,
        qualifier: Option<&str>,
        action: &'static str,
    ) -> Result<Permission, Internal> {
        let asked = Named { key: named.key.clone(), qualifier: qualifier.map(str::to_owned) };
        let function = self.engine.parts.registry.get(&asked.key).await?;
        let policy = function.and_then(|function| engine::document(&function, &asked));
        let (owner, resource) = (asked.key.account.clone(), asked.arn());
        Ok(Permission::new(action, resource.to_string()).owned_by(owner).with_policy(policy))
    }

    /// The function at the version that is asked for, of an alias's the first one. Fails when there is none.
    pub(crate) async fn existing(&self, named: &Named) -> Result<Found, Failure> {
        let found = self.engine.find(named, |alias| alias.version).await?;
        found.ok_or_else(|| faults::function_not_found(&named.arn()).into())
    }

    /// The function itself. Fails when there is none, and when one of its published versions or aliases is named.
    pub(crate) async fn unqualified(&self, named: &Named) -> Result<Arc<Function>, Failure> {
        let found = self.existing(named).await?;
        if named.is_latest() { Ok(found.function) } else { Err(faults::functions_only().into()) }
    }

    /// The alias that is named. Fails when there is none.
    pub(crate) async fn alias(&self, named: &Named) -> Result<Alias, Failure> {
        let function = self.engine.parts.registry.get(&named.key).await?;
        let Some(function) = function else {
            return Err(faults::function_not_found(&named.key.arn()).into());
        };
        let found = match named.qualified() {
            Qualified::Alias(name) => function.aliases.get(name).cloned(),
            Qualified::Version(_) => None,
        };
        found.ok_or_else(|| faults::alias_not_found(&named.arn()).into())
    }

    /// Fails unless a function of the caller can run under this role.
    pub(crate) async fn check_role(&self, call: &Call, role: &Arn) -> Result<(), Failure> {
        if role.account != call.caller.account.as_str() {
            return Err(faults::access_denied("Cross-account pass role is not allowed.").into());
        }
        if !self.engine.parts.roles.service_may_assume(role, PRINCIPAL).await? {
            let message = "The role defined for the function cannot be assumed by Lambda.";
            return Err(faults::invalid_parameter(message).into());
        }
        Ok(())
    }

    /// Fails unless the function, under its role, may send to its queue or topic of dead letters.
    pub(crate) async fn check_dead_letter(&self, configuration: &Configuration) -> Result<(), Failure> {
        let Some(target) = &configuration.dead_letter else { return Ok(()) };
        let (action, name, service) = match &*target.service {
            "sns" => ("sns:Publish", "Publish", "SNS"),
            _ => ("sqs:SendMessage", "SendMessage", "SQS"),
        };
        let permission = Permission::new(action, target.to_string());
        if self.engine.parts.roles.role_allows(&configuration.role, &permission).await? {
            return Ok(());
        }
        let message =
            format!("The provided execution role does not have permissions to call {name} on {service}");
        Err(faults::invalid_parameter(message).into())
    }

    /// Fails when the tags ask for a way out that there is none of here.
    pub(crate) fn check_egress(&self, tags: &BTreeMap<String, String>) -> Result<(), Failure> {
        let engine::Parts { no_egress, no_lists, .. } = &self.engine.parts;
        let obstacle = match tags::wishes(tags)?.egress {
            Egress::None => None,
            Egress::Internet => no_egress.as_ref(),
            Egress::Only(_) => no_egress.as_ref().or(no_lists.as_ref()),
        };
        obstacle.map_or(Ok(()), |reason| {
            let message = format!("This platform gives functions no such way out: {reason}.");
            Err(faults::invalid_parameter(message).into())
        })
    }

    /// Fails when this host has neither the runtime nor one that stands in.
    pub(crate) fn check_runtime(&self, name: &str) -> Result<(), Failure> {
        let found = self.engine.parts.runtimes.get(name);
        found.map(drop).map_err(|missing| faults::invalid_parameter(missing).into())
    }
}

/// To hand a role to Lambda.
pub fn pass_role(role: &Arn) -> Permission {
    Permission::new("iam:PassRole", role.to_string()).with_context("iam:PassedToService", PRINCIPAL)
}
