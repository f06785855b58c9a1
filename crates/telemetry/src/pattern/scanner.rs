//! Reading a pattern from left to right.

use super::InvalidPattern;
use crate::limits::PATTERN_DEPTH;

pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Whether only white space is left.
    pub fn is_at_end(&mut self) -> bool {
        self.skip_spaces();
        self.rest().is_empty()
    }

    /// Goes past `token` when it comes next, after any white space.
    pub fn takes(&mut self, token: &str) -> bool {
        self.skip_spaces();
        self.takes_at_once(token)
    }

    /// Goes past `token` when it comes next.
    pub fn takes_at_once(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub fn expect(&mut self, token: &str) -> Result<(), InvalidPattern> {
        if self.takes(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A text in double quotes when one comes next, without them; `\"` is a quote inside and `\\` a backslash.
    pub fn quoted(&mut self) -> Result<Option<String>, InvalidPattern> {
        if !self.takes_at_once("\"") {
            return Ok(None);
        }
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += index + 1;
                    return Ok(Some(text));
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(InvalidPattern("Invalid filter pattern: a quoted text has no end".to_owned()))
    }

    /// Goes into parentheses. Fails when that is too deep.
    pub fn enter(&mut self) -> Result<(), InvalidPattern> {
        self.depth += 1;
        if self.depth <= PATTERN_DEPTH {
            return Ok(());
        }
        Err(InvalidPattern("Invalid filter pattern: too many parentheses within each other".to_owned()))
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Fails when a regular expression comes next.
    pub fn refuse_regex(&self) -> Result<(), InvalidPattern> {
        if !self.rest().starts_with('%') {
            return Ok(());
        }
        let message = "Invalid filter pattern: regular expressions (%...%) are not implemented by Dayfly";
        Err(InvalidPattern(message.to_owned()))
    }

    pub fn unexpected(&self) -> InvalidPattern {
        InvalidPattern(match self.rest().trim_start().chars().next() {
            Some(character) => {
                let place = self.text[..self.at].chars().count() + 1;
                format!("Invalid filter pattern: unexpected {character:?} at character {place}")
            }
            None => "Invalid filter pattern: unexpected end".to_owned(),
        })
    }
}
