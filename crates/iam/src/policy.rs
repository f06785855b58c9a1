//! Policies: statements about who may do what, on which resource, under which conditions.

mod cache;
mod condition;
mod document;
mod keys;
mod network;
mod pattern;
mod principal;
mod read;

use std::fmt;

use model::Caller;

pub use cache::Policies;
pub use condition::Effect;
pub use keys::{ConditionKeys, Variables};
pub use principal::Grant;

use condition::Condition;
use pattern::{ArnPattern, Pattern};
use principal::Principals;

/// Where a policy stands, which says what it must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With a role or a session: it names no principal.
    Identity,
    /// With a bucket, a function, a queue: it names principals.
    Resource,
    /// With a role, saying who may assume it: it names principals and no resource.
    Trust,
}

/// A policy that was read and checked.
#[derive(Debug)]
pub struct Policy {
    statements: Vec<Statement>,
}

/// Why a text is no policy, in a sentence for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPolicy(pub String);

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPolicy {}

#[derive(Debug)]
struct Statement {
    effect: Effect,
    /// `None` in policies of identities, which are about those who have them.
    principals: Option<Principals>,
    actions: Listed<Pattern>,
    /// `None` in trust policies, which are about the role that has them.
    resources: Option<Listed<ArnPattern>>,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug)]
enum Listed<P> {
    Any(Vec<P>),
    NoneOf(Vec<P>),
}

/// What policies are asked.
pub struct Question<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    pub caller: &'a Caller,
    pub keys: &'a dyn ConditionKeys,
}

/// What policies say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub denied: bool,
    pub allowed: Option<Grant>,
}

impl Policy {
    /// Fails with the reason, in AWS's words, when the text is no policy of this kind.
    pub fn read(text: &str, kind: Kind) -> Result<Self, InvalidPolicy> {
        read::read(text, kind)
    }

    /// A kept policy that cannot be read denies everything: what it denied must not become allowed.
    pub fn read_kept(text: &str, kind: Kind) -> Self {
        Self::read(text, kind).unwrap_or_else(|error| {
            tracing::warn!(%error, ?kind, "a kept policy cannot be read and denies everything");
            Self { statements: vec![Statement::denying_everything()] }
        })
    }

    /// What this policy alone says.
    pub fn judge(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for statement in &self.statements {
            match (statement.effect, statement.applies(question)) {
                (_, None) => {}
                (Effect::Deny, Some(_)) => verdict.denied = true,
                (Effect::Allow, grant) => verdict.allowed = verdict.allowed.max(grant),
            }
        }
        verdict
    }

    /// How many statements of this effect are about the question.
    pub fn statements_that(&self, effect: Effect, question: &Question<'_>) -> usize {
        let of_effect = self.statements.iter().filter(|statement| statement.effect == effect);
        of_effect.filter(|statement| statement.applies(question).is_some()).count()
    }

    /// The keys that conditions look at, in lower case, some of them twice.
    pub fn condition_keys(&self) -> impl Iterator<Item = &str> {
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        conditions.map(Condition::key)
    }
}

/// What all of these say together.
pub fn judge_all<'a>(policies: impl IntoIterator<Item = &'a Policy>, question: &Question<'_>) -> Verdict {
    policies.into_iter().map(|policy| policy.judge(question)).fold(Verdict::default(), |all, one| Verdict {
        denied: all.denied || one.denied,
        allowed: all.allowed.max(one.allowed),
    })
}

impl Statement {
    fn denying_everything() -> Self {
        Self {
            effect: Effect::Deny,
            principals: None,
            actions: Listed::NoneOf(Vec::new()),
            resources: None,
            conditions: Vec::new(),
        }
    }

    fn applies(&self, question: &Question<'_>) -> Option<Grant> {
        let grant = match &self.principals {
            None => Grant::Caller,
            Some(principals) => principals.grant(question.caller)?,
        };
        let keys = question.keys;
        let on_action = self.actions.applies(self.effect, |pattern| pattern.matches(question.action, keys));
        let on_resource = || match &self.resources {
            None => true,
            Some(listed) => listed.applies(self.effect, |pattern| pattern.matches(question.resource, keys)),
        };
        let holds = || self.conditions.iter().all(|condition| condition.holds(keys, self.effect));
        (on_action && on_resource() && holds()).then_some(grant)
    }
}

impl<P> Listed<P> {
    fn applies(&self, effect: Effect, matches: impl Fn(&P) -> Option<bool>) -> bool {
        match self {
            // AWS: a resource whose variable has no value is no resource.
            Self::Any(patterns) => condition::any(patterns.iter().map(matches)) == Some(true),
            Self::NoneOf(patterns) => match condition::any(patterns.iter().map(matches)) {
                Some(found) => !found,
                None => effect == Effect::Deny,
            },
        }
    }
}
