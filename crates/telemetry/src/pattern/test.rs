//! Conditions: comparing a value with a literal, and combining what was compared.

use super::InvalidPattern;
use super::scanner::Scanner;

/// Tests joined by `&&`, which binds closer, `||` and parentheses.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<T> {
    Test(T),
    All(Vec<Condition<T>>),
    Any(Vec<Condition<T>>),
}

impl<T> Condition<T> {
    pub fn parse(
        scanner: &mut Scanner<'_>,
        test: &impl Fn(&mut Scanner<'_>) -> Result<T, InvalidPattern>,
    ) -> Result<Self, InvalidPattern> {
        let mut any = vec![Self::parse_all(scanner, test)?];
        while scanner.takes("||") {
            any.push(Self::parse_all(scanner, test)?);
        }
        Ok(one_or(any, Self::Any))
    }

    fn parse_all(
        scanner: &mut Scanner<'_>,
        test: &impl Fn(&mut Scanner<'_>) -> Result<T, InvalidPattern>,
    ) -> Result<Self, InvalidPattern> {
        let mut all = Vec::new();
        loop {
            all.push(if scanner.takes("(") {
                scanner.enter()?;
                let inner = Self::parse(scanner, test)?;
                scanner.expect(")")?;
                scanner.leave();
                inner
            } else {
                Self::Test(test(scanner)?)
            });
            if !scanner.takes("&&") {
                return Ok(one_or(all, Self::All));
            }
        }
    }

    pub fn holds(&self, test: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Test(one) => test(one),
            Self::All(all) => all.iter().all(|part| part.holds(test)),
            Self::Any(any) => any.iter().any(|part| part.holds(test)),
        }
    }
}

fn one_or<T>(mut parts: Vec<T>, join: impl Fn(Vec<T>) -> T) -> T {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// `> 100`, `= "a*"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    operator: Operator,
    text: String,
    number: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer spellings before those that they begin with.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Comparison {
    /// An operator and a literal; `None` when no operator comes next.
    pub fn parse(scanner: &mut Scanner<'_>) -> Result<Option<Self>, InvalidPattern> {
        let Some((_, operator)) = OPERATORS.iter().find(|(token, _)| scanner.takes(token)) else {
            return Ok(None);
        };
        scanner.skip_spaces();
        scanner.refuse_regex()?;
        let (text, number) = match scanner.quoted()? {
            Some(text) => (text, None),
            None => bare(scanner)?,
        };
        let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if ordered && number.is_none() {
            return Err(InvalidPattern(format!("Invalid filter pattern: {text:?} is not a number")));
        }
        Ok(Some(Self { operator: *operator, text, number }))
    }

    /// Compares a value given as text; a text that is a number compares as one with a number.
    pub fn holds_for_text(&self, value: &str) -> bool {
        match self.operator {
            Operator::Equal => self.equals(value),
            Operator::NotEqual => !self.equals(value),
            _ => value.trim().parse().is_ok_and(|value| self.holds_for_number(value)),
        }
    }

    /// Compares a number.
    pub fn holds_for_number(&self, value: f64) -> bool {
        let Some(number) = self.number else { return self.holds_for_text(&value.to_string()) };
        match self.operator {
            Operator::Equal => value == number,
            Operator::NotEqual => value != number,
            Operator::Less => value < number,
            Operator::LessOrEqual => value <= number,
            Operator::Greater => value > number,
            Operator::GreaterOrEqual => value >= number,
        }
    }

    fn equals(&self, value: &str) -> bool {
        let as_numbers = self.number.is_some_and(|number| value.parse() == Ok(number));
        as_numbers || fits(&self.text, value)
    }
}

/// A word without quotes, and the number that it is.
fn bare(scanner: &mut Scanner<'_>) -> Result<(String, Option<f64>), InvalidPattern> {
    let word = scanner.take_while(|next| !next.is_whitespace() && !"()[]{}\",&|=<>!".contains(next));
    if word.is_empty() {
        return Err(scanner.unexpected());
    }
    Ok((word.to_owned(), word.parse().ok().filter(|number: &f64| number.is_finite())))
}

/// Whether a text is that of a pattern in which each `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(end) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}
