//! Lineage of calls, and the guard against chains that come back to a function again and again.

use model::{Arn, Cause, EventId, InvocationId};

use crate::limits::RUNS_IN_CHAIN;

/// A chain of causes has come to the same function too often.
#[derive(Debug, PartialEq, Eq)]
pub struct Loops {
    pub function: Arn,
}

impl std::fmt::Display for Loops {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Lambda stopped a recursive loop: one chain of causes has run {} {RUNS_IN_CHAIN} times.",
            self.function
        )
    }
}

/// What a run of `function` is the cause of, itself caused by `cause`.
pub fn next(
    invocation: InvocationId,
    event: Option<EventId>,
    roots: Vec<EventId>,
    function: Arn,
    cause: Option<&Cause>,
) -> Result<Cause, Loops> {
    // A call in between handles no event of its own: what it brings about came out of the caller's.
    let (event, roots) = match (event, cause) {
        (None, Some(cause)) => (cause.event, cause.roots.clone()),
        (event, _) => (event, roots),
    };
    let mut chain = cause.map(|cause| cause.chain.clone()).unwrap_or_default();
    if chain.iter().filter(|run| **run == function).count() >= RUNS_IN_CHAIN {
        return Err(Loops { function });
    }
    chain.push(function.clone());
    Ok(Cause { invocation, event, roots, function, chain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_may_come_back_sixteen_times() {
        let arn = |name: &str| Arn::new("lambda", "us-east-1", "000000000000", format!("function:{name}"));
        let mut cause = None;
        for run in 1..=RUNS_IN_CHAIN {
            for name in ["f", "g"] {
                let next = next(InvocationId::random(), None, vec![], arn(name), cause.as_ref());
                cause = Some(next.unwrap_or_else(|loops| panic!("{run}: {loops}")));
            }
        }
        let chain = cause.as_ref().map(|cause| cause.chain.len());
        assert_eq!(chain, Some(2 * RUNS_IN_CHAIN));
        let again = |name| next(InvocationId::random(), None, vec![], arn(name), cause.as_ref());
        assert_eq!(again("f"), Err(Loops { function: arn("f") }));
        assert!(again("h").is_ok());
    }
}
