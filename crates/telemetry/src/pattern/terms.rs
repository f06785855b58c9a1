//! Terms anywhere in a message, whatever its form: `ERROR "not found" -retry`, `?ERROR ?WARN`.

use super::InvalidPattern;
use super::scanner::Scanner;

/// Case counts; a term is found inside longer words too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    wanted: Vec<String>,
    unwanted: Vec<String>,
    optional: Vec<String>,
}

impl Terms {
    pub fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        let mut terms = Self::default();
        while !scanner.is_at_end() {
            let list = if scanner.takes_at_once("-") {
                &mut terms.unwanted
            } else if scanner.takes_at_once("?") {
                &mut terms.optional
            } else {
                &mut terms.wanted
            };
            list.push(term(scanner)?);
        }
        Ok(terms)
    }

    pub fn matches(&self, message: &str) -> bool {
        let contains = |term: &String| message.contains(term.as_str());
        // AWS: beside other terms, optional ones say nothing.
        let alone = self.wanted.is_empty() && self.unwanted.is_empty();
        self.wanted.iter().all(contains)
            && !self.unwanted.iter().any(contains)
            && (!alone || self.optional.is_empty() || self.optional.iter().any(contains))
    }
}

fn term(scanner: &mut Scanner<'_>) -> Result<String, InvalidPattern> {
    scanner.refuse_regex()?;
    if let Some(phrase) = scanner.quoted()? {
        return Ok(phrase);
    }
    let word = scanner.take_while(|next| !next.is_whitespace());
    if word.is_empty() {
        return Err(scanner.unexpected());
    }
    if !word.chars().all(|character| character.is_alphanumeric() || character == '_') {
        return Err(InvalidPattern(format!("Invalid character(s) in term '{word}'")));
    }
    Ok(word.to_owned())
}
