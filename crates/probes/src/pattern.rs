//! Filter patterns of logs: the first line, and the messages that they are tried on.

use crate::world::lines;
use telemetry::Pattern;

pub fn probe(data: &[u8]) {
    let lines = lines(data, 6);
    let Some((pattern, messages)) = lines.split_first() else { return };
    let Ok(pattern) = Pattern::parse(pattern) else { return };
    for message in messages {
        assert_eq!(pattern.matches(message), pattern.matches(message));
    }
}
