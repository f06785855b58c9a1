//! What was measured, beside what a bare machine does in the same run, as a table.

use std::fmt::Write;
use std::time::Duration;

/// Times of one thing that was done many times, in order of size.
#[derive(Debug, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    fn at(&self, percent: usize) -> Duration {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).copied().unwrap_or_default()
    }

    fn min(&self) -> Duration {
        self.at(0)
    }

    pub fn median(&self) -> Duration {
        self.at(50)
    }
}

/// One thing that was measured.
pub struct Row {
    pub what: String,
    pub found: Found,
    /// The goals of the project that it speaks to, as in `P6`, and what they ask for.
    pub goal: &'static str,
}

pub enum Found {
    /// Times, and those of the bare thing beside them, with its name.
    Times { times: Times, beside: Option<(String, Times)> },
    /// How often a second, and how often the bare thing.
    Rate { rate: f64, beside: Option<(String, f64)> },
    /// Anything else, in words.
    Said(String),
}

/// Everything that was measured, in the order in which it was.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    pub fn times(&mut self, what: &str, times: Times, beside: Option<(&str, &Times)>, goal: &'static str) {
        let beside = beside.map(|(name, times)| (name.to_owned(), times.clone()));
        self.add(what, Found::Times { times, beside }, goal);
    }

    pub fn rate(&mut self, what: &str, rate: f64, beside: Option<(&str, f64)>, goal: &'static str) {
        let beside = beside.map(|(name, rate)| (name.to_owned(), rate));
        self.add(what, Found::Rate { rate, beside }, goal);
    }

    pub fn said(&mut self, what: &str, said: String, goal: &'static str) {
        self.add(what, Found::Said(said), goal);
    }

    fn add(&mut self, what: &str, found: Found, goal: &'static str) {
        let row = Row { what: what.to_owned(), found, goal };
        eprintln!("{}", line(&row));
        self.0.push(row);
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{:<42} {:>10} {:>10} {:>10}  {:>7} {:>7}  {:<44} goal\n",
            "what", "min", "p50", "p99", "x min", "x p50", "beside (min / p50)"
        );
        for row in &self.0 {
            let _ = writeln!(text, "{}", line(row));
        }
        text
    }
}

fn line(row: &Row) -> String {
    let Row { what, found, goal } = row;
    let line = match found {
        Found::Times { times, beside } => {
            let (min, p50, p99) = (shown(times.min()), shown(times.median()), shown(times.at(99)));
            let (least, middle, beside) = match beside {
                Some((name, bare)) => (
                    ratio(times.min().as_secs_f64() / bare.min().as_secs_f64()),
                    ratio(times.median().as_secs_f64() / bare.median().as_secs_f64()),
                    format!("{name} {} / {}", shown(bare.min()), shown(bare.median())),
                ),
                None => Default::default(),
            };
            format!("{what:<42} {min:>10} {p50:>10} {p99:>10}  {least:>7} {middle:>7}  {beside:<44} {goal}")
        }
        Found::Rate { rate, beside } => {
            let (share, beside) = match beside {
                Some((name, bare)) => (ratio(rate / bare), format!("{name} {bare:.0}/s")),
                None => Default::default(),
            };
            let rate = format!("{rate:.0}/s");
            format!("{what:<42} {:>10} {rate:>10} {:>10}  {:>7} {share:>7}  {beside:<44} {goal}", "", "", "")
        }
        Found::Said(said) => format!("{what:<42} {said:<93} {goal}"),
    };
    line.trim_end().to_owned()
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.1} us"),
        ..1_000_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

fn ratio(ratio: f64) -> String {
    if ratio < 1.0 { format!("{ratio:.3}") } else { format!("{ratio:.2}") }
}
