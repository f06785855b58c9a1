//! The spawner's command line. It begins as the server's, which may hold access keys, and is what a function reads of
//! its sandbox's init.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt;

/// Puts `name` in place of the command line of this process and of those that it forks.
///
/// # Errors
/// When the kernel does not say where the command line is, or does not let it be written.
pub fn replace(name: &str) -> Result<()> {
    let (start, end) = place(&fs::read_to_string("/proc/self/stat")?)
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, "the command line's place is not told"))?;
    let memory = OpenOptions::new().write(true).open("/proc/self/mem")?;
    memory.write_all_at(&filled(name, (end - start) as usize), start)
}

/// Addresses of the first byte and the one after the last. Source: proc_pid_stat(5), fields 48 and 49, counted from the
/// third, which follows the name in parentheses.
fn place(stat: &str) -> Option<(u64, u64)> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split_ascii_whitespace().skip(48 - 3);
    let start = fields.next()?.parse().ok()?;
    let end = fields.next()?.parse().ok()?;
    (0 < start && start < end).then_some((start, end))
}

/// As many bytes as there is room for, the last always a NUL: without it the kernel goes on to the environment.
fn filled(name: &str, room: usize) -> Vec<u8> {
    let mut bytes = vec![0; room];
    let shown = name.len().min(room.saturating_sub(1));
    bytes[..shown].copy_from_slice(&name.as_bytes()[..shown]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_after_any_name() {
        let fields: Vec<String> = (3..=52).map(|field| field.to_string()).collect();
        let stat = format!("7 (a ) b) {}", fields.join(" "));
        assert_eq!(place(&stat), Some((48, 49)));
        assert_eq!(place("7 (a) S 1"), None);
    }

    #[test]
    fn a_name_fits_and_ends() {
        assert_eq!(filled("abc", 6), b"abc\0\0\0");
        assert_eq!(filled("abc", 3), b"ab\0");
        assert_eq!(filled("abc", 0), b"");
    }
}
