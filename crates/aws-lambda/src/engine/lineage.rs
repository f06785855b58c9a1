//! Lineage of calls, and the guard against chains that come back to a function again and again.

use model::{Arn, Cause, EventId, InvocationId};
use registry::RecursiveLoop;

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
    loops: RecursiveLoop,
) -> Result<Cause, Loops> {
    // A call in between handles no event of its own: what it brings about came out of the caller's.
    let (event, roots) = match (event, cause) {
        (None, Some(cause)) => (cause.event, cause.roots.clone()),
        (event, _) => (event, roots),
    };
    let mut chain = cause.map(|cause| cause.chain.clone()).unwrap_or_default();
    let is_often = chain.iter().filter(|run| **run == function).count() >= RUNS_IN_CHAIN;
    match loops {
        RecursiveLoop::Terminate if is_often => return Err(Loops { function }),
        // It may go on for ever, which no chain is long enough for.
        RecursiveLoop::Allow if is_often => {}
        _ => chain.push(function.clone()),
    }
    Ok(Cause { invocation, event, roots, function, chain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(name: &str) -> Arn {
        Arn::new("lambda", "us-east-1", "000000000000", format!("function:{name}"))
    }

    fn run(name: &str, cause: Option<&Cause>, loops: RecursiveLoop) -> Result<Cause, Loops> {
        next(InvocationId::random(), None, vec![], arn(name), cause, loops)
    }

    #[test]
    fn a_chain_may_come_back_sixteen_times() {
        let mut cause = None;
        for turn in 1..=RUNS_IN_CHAIN {
            for name in ["f", "g"] {
                let next = run(name, cause.as_ref(), RecursiveLoop::Terminate);
                cause = Some(next.unwrap_or_else(|loops| panic!("{turn}: {loops}")));
            }
        }
        let chain = cause.as_ref().map(|cause| cause.chain.len());
        assert_eq!(chain, Some(2 * RUNS_IN_CHAIN));
        let again = |name, loops| run(name, cause.as_ref(), loops);
        assert_eq!(again("f", RecursiveLoop::Terminate), Err(Loops { function: arn("f") }));
        assert!(again("h", RecursiveLoop::Terminate).is_ok());
        let allowed = again("f", RecursiveLoop::Allow).map(|cause| cause.chain.len());
        assert_eq!(allowed, Ok(2 * RUNS_IN_CHAIN), "it grows no more");
    }
}
