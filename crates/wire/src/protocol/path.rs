//! Path templates: `/2015-03-31/functions/{FunctionName}/invocations`.

use crate::uri::decoded;

/// A template, taken apart once.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Label(&'static str),
    /// `{Name+}`: one or more segments.
    Greedy(&'static str),
}

impl Pattern {
    pub fn new(template: &'static str) -> Self {
        let segment =
            |text: &'static str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
                Some(label) => match label.strip_suffix('+') {
                    Some(greedy) => Segment::Greedy(greedy),
                    None => Segment::Label(label),
                },
                None => Segment::Literal(text),
            };
        Self(template.split('/').filter(|text| !text.is_empty()).map(segment).collect())
    }

    /// The labels' decoded values; `None` when the path, percent-encoded, is not of this template.
    pub fn labels(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let mut labels = Vec::new();
        let mut at = 0;
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Literal(text) if parts.get(at) == Some(text) => at += 1,
                Segment::Literal(_) => return None,
                Segment::Label(name) => {
                    labels.push((*name, decoded(parts.get(at)?)));
                    at += 1;
                }
                Segment::Greedy(name) => {
                    let after = self.0.len() - index - 1;
                    let end = parts.len().checked_sub(after).filter(|end| *end > at)?;
                    labels.push((*name, decoded(&parts[at..end].join("/"))));
                    at = end;
                }
            }
        }
        (at == parts.len()).then_some(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &'static str, path: &str, expected: Option<&[&str]>) {
        let found = Pattern::new(template).labels(path);
        let found: Option<Vec<String>> =
            found.map(|labels| labels.into_iter().map(|(_, value)| value).collect());
        assert_eq!(
            found.as_deref(),
            expected.map(|all| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).as_deref(),
            "{path}"
        );
    }

    #[test]
    fn labels_are_found_and_decoded() {
        let invoke = "/2015-03-31/functions/{FunctionName}/invocations";
        check(invoke, "/2015-03-31/functions/f/invocations", Some(&["f"]));
        check(invoke, "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations", Some(&["arn:aws:lambda"]));
        check(invoke, "/2015-03-31/functions/f", None);
        check(invoke, "/2015-03-31/functions//invocations", None);
        check("/a/", "/a", Some(&[]));
        check("/tags/{Resource+}", "/tags/a%2Fb/c", Some(&["a/b/c"]));
        check("/tags/{Resource+}/end", "/tags/end", None);
    }
}
