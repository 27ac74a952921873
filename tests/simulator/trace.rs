//! What happened, as a fingerprint and, if somebody wants to read it, as lines.

use std::fmt::Write;

pub struct Trace {
    hash: Option<blake3::Hasher>,
    told: bool,
    line: String,
}

impl Trace {
    /// `kept`: a fingerprint is made. `told`: each line is printed.
    pub fn new(kept: bool, told: bool) -> Self {
        Self { hash: kept.then(blake3::Hasher::new), told, line: String::new() }
    }

    pub fn is_off(&self) -> bool {
        self.hash.is_none() && !self.told
    }

    pub fn note(&mut self, now: i64, what: std::fmt::Arguments<'_>) {
        if self.is_off() {
            return;
        }
        self.line.clear();
        let _ = write!(self.line, "{:>4}.{:03} {what}", now / 1000, now % 1000);
        if let Some(hash) = &mut self.hash {
            hash.update(self.line.as_bytes());
            hash.update(b"\n");
        }
        if self.told {
            println!("{}", self.line);
        }
    }

    pub fn fingerprint(&self) -> Option<String> {
        self.hash.as_ref().map(|hash| hash.finalize().to_hex().to_string())
    }
}
