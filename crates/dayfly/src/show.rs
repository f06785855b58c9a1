//! How things are shown to people: tables, spans of time, sizes, and progress on long work.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use model::Time;

use crate::failed::Failed;

/// A line on standard output.
///
/// # Errors
/// When it cannot be written, above all because nobody reads it any more.
pub fn say(line: impl Display) -> Result<(), Failed> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failed::Unread,
        _ => Failed::new(format!("writing to standard output: {error}")),
    })
}

/// Rows under their titles, each column as wide as it needs to be.
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = titles.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> =
            cells.zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut titles.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// `14:03:22.120`, in UTC.
pub fn clock(time: Time) -> String {
    time.format("%H:%M:%S%.3f")
}

/// `120 ms`, `3.2 s`, `4 min 10 s`.
pub fn span(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// `512 B`, `3.4 KB`, `12.1 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Says what is being done, on standard error, and turns while it lasts.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Silent when nobody looks or the output is for a script.
    pub fn new(quiet: bool) -> Self {
        if quiet {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        if std::io::stderr().is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self(Some(bar))
    }

    pub fn doing(&self, what: &str) {
        let Some(bar) = &self.0 else { return };
        if std::io::stderr().is_terminal() {
            bar.set_message(what.to_owned());
        } else {
            eprintln!("{what}");
        }
    }

    pub fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "12".to_owned()], vec!["long name".to_owned(), "3".to_owned()]];
        assert_eq!(table(&["name", "calls"], &rows), "name       calls\na          12\nlong name  3");
    }

    #[test]
    fn spans_and_sizes_are_short() {
        assert_eq!(span(Duration::from_millis(120)), "120 ms");
        assert_eq!(span(Duration::from_millis(3_210)), "3.2 s");
        assert_eq!(span(Duration::from_secs(250)), "4 min 10 s");
        assert_eq!(
            (size(512), size(3_400), size(12_100_000)),
            ("512 B".into(), "3.4 KB".into(), "12.1 MB".into())
        );
    }
}
