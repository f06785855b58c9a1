//! Words of a message by their place: `[ip, user, ..., status = 4* || status = 5*, bytes > 1000]`.

use super::InvalidPattern;
use super::scanner::Scanner;
use super::test::{Comparison, Condition};

/// Fields before and, where there is an ellipsis, behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    before: Vec<Field>,
    behind_ellipsis: Option<Vec<Field>>,
}

type Field = Condition<Test>;

#[derive(Debug, Clone, PartialEq)]
struct Test {
    /// `None` is any word.
    comparison: Option<Comparison>,
}

impl Fields {
    /// What follows the opening bracket, up to and with the closing one.
    pub fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        let mut fields = Self { before: Vec::new(), behind_ellipsis: None };
        loop {
            if scanner.takes("...") {
                if fields.behind_ellipsis.replace(Vec::new()).is_some() {
                    return Err(InvalidPattern("Invalid filter pattern: more than one ellipsis".to_owned()));
                }
            } else {
                let field = Condition::parse(scanner, &Test::parse)?;
                fields.behind_ellipsis.as_mut().unwrap_or(&mut fields.before).push(field);
            }
            if scanner.takes("]") {
                return Ok(fields);
            }
            scanner.expect(",")?;
        }
    }

    pub fn matches(&self, message: &str) -> bool {
        let words = words(message);
        let Some(behind) = &self.behind_ellipsis else {
            return words.len() == self.before.len() && holds(&self.before, &words);
        };
        let Some(start) = words.len().checked_sub(behind.len()) else { return false };
        start >= self.before.len() && holds(&self.before, &words) && holds(behind, &words[start..])
    }
}

fn holds(fields: &[Field], words: &[&str]) -> bool {
    let test =
        |test: &Test, word: &str| test.comparison.as_ref().is_none_or(|asked| asked.holds_for_text(word));
    fields.iter().zip(words).all(|(field, word)| field.holds(&|one| test(one, word)))
}

impl Test {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        scanner.skip_spaces();
        // Says what the field is called, to its author.
        let name = scanner.take_while(|next| next.is_alphanumeric() || "_-.".contains(next));
        if name.is_empty() {
            return Err(scanner.unexpected());
        }
        Ok(Self { comparison: Comparison::parse(scanner)? })
    }
}

/// AWS: what is in brackets or in double quotes is one word, without them.
fn words(message: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = message.trim();
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '"' => Some('"'),
            '[' => Some(']'),
            _ => None,
        };
        let inside = close.and_then(|close| rest[1..].split_once(close));
        let (word, after) = match inside {
            Some((word, after)) => (word, after),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}
