//! Spoils bytes: cuts, repeats, changes, and puts in what parsers stumble over.

use tasks::Dice;

/// What parsers stumble over.
const STUMBLES: [&[u8]; 22] = [
    b"\0",
    b"\n",
    b"\r\n\r\n",
    b"\xff",
    b"\xc3\x28",
    "\u{2028}".as_bytes(),
    "é".as_bytes(),
    b"%",
    b"%00",
    b"%zz",
    b"+",
    b"&",
    b"=",
    b"../",
    b"/",
    b"\"",
    b"{",
    b"[[[[[[[[",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"<!ENTITY a \"b\">",
];

pub struct Spoiler<'a> {
    dice: Dice,
    samples: &'a [Vec<u8>],
}

impl<'a> Spoiler<'a> {
    pub fn new(seed: u64, samples: &'a [Vec<u8>]) -> Self {
        Self { dice: Dice::seeded(seed), samples }
    }

    /// One of the samples, spoiled once to six times.
    pub fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.sample().to_vec();
        for _ in 0..=self.below(6) {
            self.spoil(&mut bytes);
        }
        bytes
    }

    fn spoil(&self, bytes: &mut Vec<u8>) {
        let (from, to) = self.range(bytes.len());
        match self.below(8) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece.repeat(1 + self.below(9)));
            }
            3 => {
                let other = self.sample();
                let (begin, end) = self.range(other.len());
                bytes.splice(from..to, other[begin..end].to_vec());
            }
            4 | 5 => drop(bytes.splice(from..from, STUMBLES[self.below(STUMBLES.len())].to_vec())),
            6 if from < bytes.len() => bytes[from] ^= 1 << self.below(8),
            _ if from < bytes.len() => bytes[from] = self.dice.next() as u8,
            _ => {}
        }
    }

    fn sample(&self) -> &'a [u8] {
        &self.samples[self.below(self.samples.len())]
    }

    fn range(&self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        (one.min(other), one.max(other))
    }

    fn below(&self, bound: usize) -> usize {
        usize::try_from(self.dice.below(bound as u64)).unwrap_or_default()
    }
}
