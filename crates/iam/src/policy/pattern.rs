//! Patterns of policies: wildcards and policy variables, over plain texts and over ARNs.
//! Source: IAM user guide, "IAM policy elements: Variables and tags" and "Resource".

use std::borrow::Cow;

use super::keys::Variables;

/// What characters with a meaning a pattern may have.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    /// `*` is any text, `?` any one character.
    pub wildcards: bool,
    /// `${aws:username}` is the value of a key.
    pub variables: bool,
    /// Upper and lower case are the same.
    pub folds_case: bool,
}

impl Syntax {
    /// Actions: wildcards, any case, never a variable.
    pub const ACTION: Self = Self { wildcards: true, variables: false, folds_case: true };

    /// What is written is meant as it is written.
    pub const LITERAL: Self = Self { wildcards: false, variables: false, folds_case: false };
}

/// One pattern, taken apart once.
#[derive(Debug, Clone)]
pub struct Pattern {
    parts: Vec<Part>,
    folds_case: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Any,
    One,
    Variable { name: String, default: Option<String> },
}

/// A variable's braces do not close, or hold no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPattern;

impl Pattern {
    pub fn new(text: &str, syntax: Syntax) -> Result<Self, MalformedPattern> {
        let folded = if syntax.folds_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
        Ok(Self { parts: parse(&folded, syntax)?, folds_case: syntax.folds_case })
    }

    /// `None` when it cannot be said, because a variable has no value.
    pub fn matches(&self, text: &str, variables: &dyn Variables) -> Option<bool> {
        let values = self.values(variables)?;
        let mut values = values.iter();
        let pieces: Vec<Piece<'_>> = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Piece::Text(text),
                Part::Any => Piece::Any,
                Part::One => Piece::One,
                Part::Variable { .. } => Piece::Text(values.next().map_or("", String::as_str)),
            })
            .collect();
        Some(if self.folds_case { is_match(&pieces, &text.to_lowercase()) } else { is_match(&pieces, text) })
    }

    /// The values of the variables, in the order of their places.
    fn values(&self, variables: &dyn Variables) -> Option<Vec<String>> {
        let mut values = Vec::new();
        for part in &self.parts {
            let Part::Variable { name, default } = part else { continue };
            let value = match variables.value(name) {
                Some(value) => value.into_owned(),
                None => default.clone()?,
            };
            values.push(if self.folds_case { value.to_lowercase() } else { value });
        }
        Some(values)
    }
}

fn parse(text: &str, syntax: Syntax) -> Result<Vec<Part>, MalformedPattern> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut after = &rest[character.len_utf8()..];
        let part = match character {
            '*' if syntax.wildcards => Some(Part::Any),
            '?' if syntax.wildcards => Some(Part::One),
            '$' if syntax.variables && after.starts_with('{') => {
                let (inside, behind) = after[1..].split_once('}').ok_or(MalformedPattern)?;
                after = behind;
                Some(variable(inside)?)
            }
            character => {
                literal.push(character);
                None
            }
        };
        if let Some(part) = part {
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(part);
        }
        rest = after;
    }
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

/// What stands between the braces: a name, a name with a default, or one of the characters that need an escape.
fn variable(inside: &str) -> Result<Part, MalformedPattern> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(Part::Text(inside.to_owned()));
    }
    let (name, default) = match inside.split_once(',') {
        Some((name, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            (name, Some(quoted.ok_or(MalformedPattern)?.to_owned()))
        }
        None => (inside, None),
    };
    let name = name.trim().to_lowercase();
    if name.is_empty() || name.contains(['$', '{']) {
        return Err(MalformedPattern);
    }
    Ok(Part::Variable { name, default })
}

enum Piece<'a> {
    Text(&'a str),
    Any,
    One,
}

/// Greedy with one point of return, the last `*`: no worse than the product of both lengths.
fn is_match(pieces: &[Piece<'_>], text: &str) -> bool {
    let (mut piece, mut position) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    loop {
        let step = match pieces.get(piece) {
            Some(Piece::Any) => {
                last_any = Some((piece + 1, position));
                Some(0)
            }
            Some(Piece::One) => text[position..].chars().next().map(char::len_utf8),
            Some(Piece::Text(literal)) => text[position..].starts_with(literal).then_some(literal.len()),
            None if position == text.len() => return true,
            None => None,
        };
        if let Some(step) = step {
            piece += 1;
            position += step;
            continue;
        }
        let Some((after_any, from)) = last_any else { return false };
        let Some(skipped) = text[from..].chars().next() else { return false };
        position = from + skipped.len_utf8();
        piece = after_any;
        last_any = Some((after_any, position));
    }
}

/// A pattern over ARNs: where it has all six parts, no wildcard reaches over a colon into the next part, except in the last.
#[derive(Debug, Clone)]
pub enum ArnPattern {
    Whole(Pattern),
    Parts(Vec<Pattern>),
}

/// How many parts an ARN has.
const ARN_PARTS: usize = 6;

impl ArnPattern {
    pub fn new(text: &str, syntax: Syntax) -> Result<Self, MalformedPattern> {
        let whole = Pattern::new(text, syntax)?;
        let parts = split(&whole);
        Ok(if parts.len() == ARN_PARTS { Self::Parts(parts) } else { Self::Whole(whole) })
    }

    /// `None` when it cannot be said, because a variable has no value.
    pub fn matches(&self, arn: &str, variables: &dyn Variables) -> Option<bool> {
        let patterns = match self {
            Self::Whole(pattern) => return pattern.matches(arn, variables),
            Self::Parts(patterns) => patterns,
        };
        let parts: Vec<&str> = arn.splitn(ARN_PARTS, ':').collect();
        if parts.len() != ARN_PARTS {
            return Some(false);
        }
        let mut all = Some(true);
        for (pattern, part) in patterns.iter().zip(parts) {
            match pattern.matches(part, variables) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }
}

/// Cuts at the first five colons that are written out; those in the values of variables do not count.
fn split(pattern: &Pattern) -> Vec<Pattern> {
    let mut cut: Vec<Vec<Part>> = vec![Vec::new()];
    let mut push = |part: Option<Part>, cut_before: bool| {
        if cut_before {
            cut.push(Vec::new());
        }
        if let (Some(part), Some(last)) = (part, cut.last_mut()) {
            last.push(part);
        }
    };
    let mut cuts = 1;
    for part in &pattern.parts {
        let Part::Text(text) = part else {
            push(Some(part.clone()), false);
            continue;
        };
        for (index, piece) in text.splitn(ARN_PARTS + 1 - cuts, ':').enumerate() {
            let text = (!piece.is_empty()).then(|| Part::Text(piece.to_owned()));
            push(text, index > 0);
            cuts += usize::from(index > 0);
        }
    }
    cut.into_iter().map(|parts| Pattern { parts, folds_case: pattern.folds_case }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Known;

    impl Variables for Known {
        fn value(&self, name: &str) -> Option<Cow<'_, str>> {
            match name {
                "aws:username" => Some("a*b".into()),
                "aws:principalaccount" => Some("1:2".into()),
                _ => None,
            }
        }
    }

    const FULL: Syntax = Syntax { wildcards: true, variables: true, folds_case: false };

    #[test]
    fn wildcards_and_variables() {
        for (pattern, text, matches) in [
            ("", "", Some(true)),
            ("", "a", Some(false)),
            ("*", "", Some(true)),
            ("a*c", "abbc", Some(true)),
            ("a*c", "abcd", Some(false)),
            ("*b*b", "abab", Some(true)),
            ("a?c", "abc", Some(true)),
            ("a?c", "ac", Some(false)),
            ("a?c", "aéc", Some(true)),
            ("*??", "€", Some(false)),
            ("A", "a", Some(false)),
            ("${aws:username}/x", "a*b/x", Some(true)),
            ("${aws:username}/x", "axb/x", Some(false)),
            ("${AWS:UserName}", "a*b", Some(true)),
            ("${*}${?}${$}", "*?$", Some(true)),
            ("${*}", "x", Some(false)),
            ("${s3:prefix}", "", None),
            ("${s3:prefix, 'home'}", "home", Some(true)),
            ("$a", "$a", Some(true)),
        ] {
            let read = Pattern::new(pattern, FULL).unwrap();
            assert_eq!(read.matches(text, &Known), matches, "{pattern} {text}");
        }
        for text in ["${", "${}", "${a", "${a,b}", "${${a}}"] {
            assert_eq!(Pattern::new(text, FULL).unwrap_err(), MalformedPattern, "{text}");
        }
        assert_eq!(
            Pattern::new("s3:Get*", Syntax::ACTION).unwrap().matches("S3:getObject", &Known),
            Some(true)
        );
        assert_eq!(Pattern::new("a*", Syntax::LITERAL).unwrap().matches("ab", &Known), Some(false));
    }

    #[test]
    fn an_arn_is_matched_part_by_part() {
        for (pattern, arn, matches) in [
            ("*", "arn:aws:s3:::b/k", Some(true)),
            ("*", "*", Some(true)),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k:1/2", Some(true)),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", Some(false)),
            ("arn:aws:sqs:*:1:*", "arn:aws:sqs:us-east-1:2:q:1:x", Some(false)),
            ("arn:aws:sqs:*:*:q", "arn:aws:sqs:us-east-1:2:q", Some(true)),
            ("arn:aws:s3:::*", "*", Some(false)),
            ("arn:aws:s3:::${aws:principalaccount}", "arn:aws:s3:::1:2", Some(true)),
            ("arn:aws:${aws:principalaccount}:::b", "arn:aws:1:2:::b", Some(false)),
            ("arn:aws:s3:::${s3:prefix}", "arn:aws:s3:::x", None),
            ("arn:aws:s3:::${s3:prefix}", "arn:aws:sns:::x", Some(false)),
            ("arn:aws:s3*", "arn:aws:s3:::x", Some(true)),
        ] {
            let read = ArnPattern::new(pattern, FULL).unwrap();
            assert_eq!(read.matches(arn, &Known), matches, "{pattern} {arn}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_is_read_and_matched_without_panic(pattern in ".{0,30}", text in ".{0,30}") {
            if let Ok(read) = ArnPattern::new(&pattern, FULL) {
                let _ = read.matches(&text, &Known);
            }
        }

        #[test]
        fn a_text_matches_itself_and_stars_around_its_halves(text in "[a-z:é]{0,20}", cut in 0usize..20) {
            let cut = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let pattern = Pattern::new(&format!("*{}*{}*", &text[..cut], &text[cut..]), FULL).unwrap();
            prop_assert_eq!(pattern.matches(&text, &Known), Some(true));
        }
    }
}
