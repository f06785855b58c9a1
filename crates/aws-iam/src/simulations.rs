//! What `SimulatePrincipalPolicy` and `SimulateCustomPolicy` share: the questions, and how they end.
//! What is left out, because members of the answer are optional: where in a document a matching statement stands.

use std::sync::Arc;

use iam::{Decision, DenialReason, Kind, NamedPolicy, Policy, Simulated, Simulation};
use model::{AccountId, Arn, Caller, Failure, Fault, Identity};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use service::Call;

use crate::checks::{Checks, Member, refuse_unbuilt};
use crate::{Roles, faults, limits, paging};

/// The members of both inputs.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Questions {
    /// Of `SimulatePrincipalPolicy` alone.
    pub policy_source_arn: Member,
    action_names: Vec<String>,
    resource_arns: Vec<String>,
    policy_input_list: Vec<String>,
    resource_policy: Option<String>,
    resource_owner: Option<String>,
    caller_arn: Option<String>,
    context_entries: Vec<ContextEntry>,
    max_items: Option<i64>,
    marker: Option<String>,
    permissions_boundary_policy_input_list: Option<IgnoredAny>,
    ordered_organization_policy_input_list: Option<IgnoredAny>,
    policy_exclusion_list: Option<IgnoredAny>,
    resource_handling_option: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContextEntry {
    context_key_name: String,
    context_key_values: Vec<String>,
    context_key_type: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answers {
    evaluation_results: Vec<Evaluation>,
    is_truncated: bool,
    marker: Option<String>,
}

/// AWS: clients read the decision on a resource here or in `ResourceSpecificResults`; both say the same.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
    resource_specific_results: Vec<OnResource>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OnResource {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "PascalCase")]
struct Matched {
    source_policy_id: String,
    source_policy_type: &'static str,
}

const CONTEXT_TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];

/// What the resource's policy is called in answers.
const RESOURCE_POLICY: &str = "ResourcePolicy";

impl Questions {
    /// `SimulateCustomPolicy` needs policies to go by.
    pub fn check_policies(&self, checks: Checks) -> Checks {
        checks.filled("policyInputList", &self.policy_input_list)
    }

    /// Fails with what `checks` has found, and with what is wrong with the members here.
    pub fn check(&self, checks: Checks, operation: &str) -> Result<(), Fault> {
        let unbuilt = [
            ("PermissionsBoundaryPolicyInputList", self.permissions_boundary_policy_input_list.is_some()),
            ("OrderedOrganizationPolicyInputList", self.ordered_organization_policy_input_list.is_some()),
            ("PolicyExclusionList", self.policy_exclusion_list.is_some()),
            ("ResourceHandlingOption", self.resource_handling_option.is_some()),
        ];
        refuse_unbuilt(operation, &unbuilt)?;
        let mut checks = checks
            .paging(self.marker.as_deref(), self.max_items)
            .filled("actionNames", &self.action_names)
            .text("resourcePolicy", self.resource_policy.as_deref(), limits::DOCUMENT)
            .text("resourceOwner", self.resource_owner.as_deref(), limits::RESOURCE_NAME)
            .text("callerArn", self.caller_arn.as_deref(), limits::RESOURCE_NAME);
        for action in &self.action_names {
            checks = checks.text("actionNames", Some(action), limits::ACTION_NAME);
        }
        for resource in &self.resource_arns {
            checks = checks.text("resourceArns", Some(resource), limits::RESOURCE_NAME);
        }
        for entry in &self.context_entries {
            checks = checks
                .text("contextEntries", Some(&entry.context_key_name), limits::CONTEXT_KEY)
                .one_of("contextKeyType", &entry.context_key_type, &CONTEXT_TYPES);
        }
        checks.done()
    }

    /// Whether there is a policy whose principals have to be matched with somebody.
    pub fn has_resource_policy(&self) -> bool {
        self.resource_policy.is_some()
    }

    /// The policies of `PolicyInputList`.
    pub fn written(&self) -> Result<Vec<NamedPolicy>, Fault> {
        let read = |(number, text): (usize, &String)| {
            policy(text, format!("PolicyInputList.{number}"), Kind::Identity)
        };
        (1..).zip(&self.policy_input_list).map(read).collect()
    }

    /// Who would ask: `CallerArn`, or else the one whose policies are simulated.
    pub fn caller_arn(&self) -> Option<&str> {
        self.caller_arn.as_deref()
    }

    /// A page of the answers to every action on every resource.
    pub fn ask(
        &self,
        call: &Call,
        caller: &Caller,
        tags: &[iam::Tag],
        identity: &[NamedPolicy],
    ) -> Result<Answers, Fault> {
        let resource_policy = self.resource_policy.as_deref();
        let resource_policy = resource_policy
            .map(|text| policy(text, RESOURCE_POLICY.to_owned(), Kind::Resource))
            .transpose()?;
        let context = self.context_entries.iter().flat_map(|entry| {
            entry.context_key_values.iter().map(|value| (entry.context_key_name.clone(), value.clone()))
        });
        let context: Vec<_> = context.collect();
        let simulation = Simulation {
            caller,
            tags,
            identity,
            resource: resource_policy.as_ref(),
            context: &context,
            time: call.time,
        };
        let owner = self.owner()?;
        let everything = ["*".to_owned()];
        let resources = if self.resource_arns.is_empty() { &everything[..] } else { &self.resource_arns };
        let mut pairs = Vec::new();
        for action in &self.action_names {
            check_action(action)?;
            for resource in resources {
                pairs.push((
                    action,
                    resource,
                    account_of(resource, owner.as_ref().unwrap_or(&caller.account))?,
                ));
            }
        }
        let begin = self
            .marker
            .as_deref()
            .map_or(Ok(0), |marker| marker.parse())
            .map_err(|_| faults::invalid_marker())?;
        let end = pairs.len().min(begin + paging::size(self.max_items));
        let asked = pairs.get(begin..end).unwrap_or_default().iter();
        let results = asked.map(|(action, resource, account)| {
            Evaluation::new(action, resource, simulation.ask(action, resource, account))
        });
        let is_truncated = end < pairs.len();
        let evaluation_results = results.collect();
        Ok(Answers { evaluation_results, is_truncated, marker: is_truncated.then(|| end.to_string()) })
    }

    /// An account's id, or the ARN of its root.
    fn owner(&self) -> Result<Option<AccountId>, Fault> {
        let Some(text) = self.resource_owner.as_deref() else { return Ok(None) };
        let of_root = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
        let account = of_root.unwrap_or(text).parse();
        account.map(Some).map_err(|_| faults::invalid_input(format!("Invalid resource owner: {text}")))
    }
}

impl Roles {
    /// A session of a role, as policies see it. The role may be one that is not there.
    pub(crate) async fn session_of(&self, arn: &Arn) -> Result<Caller, Failure> {
        let name = arn.resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
        let (Some(name), Ok(account)) = (name, arn.account.parse::<AccountId>()) else {
            return Err(faults::unclear_entity(&arn.to_string()).into());
        };
        let known = self.iam.role(&account, name).await?;
        let identity = Identity::Session {
            role: arn.clone(),
            role_name: name.to_owned(),
            role_id: known.map(|role| role.id).unwrap_or_default(),
            session_name: "simulation".to_owned(),
            policy: None,
        };
        Ok(Caller { account, identity })
    }
}

/// The ARN of a user, a group or a role, or AWS's refusal.
pub fn entity(text: &str) -> Result<Arn, Fault> {
    let arn = text.parse::<Arn>().ok().filter(|arn| arn.service == "iam");
    let arn = arn.ok_or_else(|| faults::unclear_entity(text))?;
    let (kind, path) = arn.resource.split_once('/').unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    match kind {
        "role" if !name.is_empty() => Ok(arn),
        // There are none of these.
        "user" => Err(faults::no_such_user(name)),
        "group" => Err(faults::no_such_group(name)),
        _ => Err(faults::unclear_entity(text)),
    }
}

fn policy(text: &str, id: String, kind: Kind) -> Result<NamedPolicy, Fault> {
    let read = Policy::read(text, kind).map_err(|invalid| faults::invalid_input(invalid.0))?;
    Ok(NamedPolicy { id, policy: Arc::new(read) })
}

fn check_action(action: &str) -> Result<(), Fault> {
    let named = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match action.split_once(':') {
        Some((vendor, name)) if named(vendor) && named(name) => Ok(()),
        _ => Err(faults::invalid_input(format!("Invalid action name: {action}"))),
    }
}

/// Whose a resource is: its ARN says it, or else it is `otherwise`.
fn account_of(resource: &str, otherwise: &AccountId) -> Result<AccountId, Fault> {
    if resource == "*" {
        return Ok(otherwise.clone());
    }
    let arn: Arn =
        resource.parse().map_err(|_| faults::invalid_input(format!("Invalid resource ARN: {resource}")))?;
    Ok(arn.account.parse().unwrap_or_else(|_| otherwise.clone()))
}

impl Evaluation {
    fn new(action: &str, resource: &str, simulated: Simulated) -> Self {
        let decision = match simulated.decision {
            Decision::Allowed => "allowed",
            Decision::Denied(DenialReason::Explicit(_)) => "explicitDeny",
            Decision::Denied(DenialReason::NothingAllows(_)) => "implicitDeny",
        };
        let matched = simulated.matched.into_iter().map(|id| Matched {
            source_policy_type: if id == RESOURCE_POLICY { "Resource Policy" } else { "IAM Policy" },
            source_policy_id: id,
        });
        let matched: Vec<Matched> = matched.collect();
        let on_resource = OnResource {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: decision,
            matched_statements: matched.clone(),
            missing_context_values: simulated.missing.clone(),
        };
        Self {
            eval_action_name: action.to_owned(),
            eval_resource_name: resource.to_owned(),
            eval_decision: decision,
            matched_statements: matched,
            missing_context_values: simulated.missing,
            resource_specific_results: if resource == "*" { Vec::new() } else { vec![on_resource] },
        }
    }
}
