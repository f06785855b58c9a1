//! Texts with stars: each stands for any number of characters.

/// What lies between the stars.
#[derive(Debug, Clone)]
pub struct Wildcard(Vec<String>);

impl Wildcard {
    /// `\*` is a star, `\\` a backslash; `None` where stars follow each other, or another escape.
    pub fn read(text: &str) -> Option<Self> {
        let (mut parts, mut letters) = (vec![String::new()], text.chars().peekable());
        while let Some(letter) = letters.next() {
            match letter {
                '*' if letters.peek() == Some(&'*') => return None,
                '*' => parts.push(String::new()),
                '\\' => {
                    let escaped = letters.next().filter(|escaped| matches!(escaped, '*' | '\\'))?;
                    parts.last_mut()?.push(escaped);
                }
                letter => parts.last_mut()?.push(letter),
            }
        }
        Some(Self(parts))
    }

    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &self.0[..] else {
            return self.0.first().is_some_and(|all| all == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            // The earliest place leaves most for the others.
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}
