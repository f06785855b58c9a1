//! What an operation asks for before it runs: one action on one resource.

/// One question to the decision engine: may the caller do `action` on `resource`?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// As in `s3:GetObject`.
    pub action: &'static str,
    /// The ARN of the resource, or `*` where the action knows none.
    pub resource: String,
    /// The account that owns the resource; `None` where that is the caller's own.
    pub resource_account: Option<crate::AccountId>,
    /// The resource's own policy (bucket policy, function policy), a JSON document, where it has one.
    pub resource_policy: Option<String>,
    /// Further condition keys of this request, such as `("s3:prefix", "logs/")`. The global ones are added by the gateway.
    pub context: Vec<(String, String)>,
}

impl Permission {
    pub fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self {
            action,
            resource: resource.into(),
            resource_account: None,
            resource_policy: None,
            context: Vec::new(),
        }
    }

    #[must_use]
    pub fn owned_by(mut self, account: crate::AccountId) -> Self {
        self.resource_account = Some(account);
        self
    }

    #[must_use]
    pub fn with_policy(mut self, policy: Option<String>) -> Self {
        self.resource_policy = policy;
        self
    }

    #[must_use]
    pub fn with_context(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.push((key.into(), value.into()));
        self
    }
}
