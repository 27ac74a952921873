//! The keys of one listing, read out of its row into buffers that serve for the next one.

use crate::domain::MatchKey;

use super::keys::{self, Digest, Digesting, Twin};
use super::rows::{Place, Rows, Span};

/// One key and where the text lies that it was made from.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub twin: Twin,
    pub span: Span,
    start: usize,
    end: usize,
}

impl Found {
    pub fn digest(&self) -> Digest {
        self.twin.digest
    }
}

#[derive(Debug, Clone, Default)]
pub struct KeyList {
    found: Vec<Found>,
    bytes: Vec<u8>,
    key: Vec<u8>,
    digesting: Digesting,
    collided: bool,
}

impl KeyList {
    pub fn new(digesting: Digesting) -> Self {
        Self { digesting, ..Self::default() }
    }

    /// Whether a listing that was read has two keys with one digest. Then nobody can say of a slot that it leads to which
    /// of them it is for, and all digests have to be made anew with another salt.
    pub fn has_collided(&self) -> bool {
        self.collided
    }

    /// All keys of a kind, in the order of the variants, repeats left out.
    pub fn read(&mut self, kind: MatchKey, rows: &Rows, place: Place) {
        self.found.clear();
        self.bytes.clear();
        if kind == MatchKey::Title {
            self.take(kind, rows, place, rows.title(place));
            return;
        }
        rows.each_article(place, |sku, barcode| {
            if let Some(raw) = if kind == MatchKey::Sku { sku } else { barcode } {
                self.take(kind, rows, place, raw);
            }
        });
        if self.found.len() > 1 {
            self.leave_out_repeats();
        }
    }

    fn take(&mut self, kind: MatchKey, rows: &Rows, place: Place, raw: &str) {
        if keys::read(kind, raw, &mut self.key) {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(&self.key);
            self.found.push(Found {
                twin: self.digesting.twin(&self.key),
                span: rows.span(place, raw),
                start,
                end: self.bytes.len(),
            });
        }
    }

    fn leave_out_repeats(&mut self) {
        let bytes = &self.bytes;
        let key = |found: &Found| &bytes[found.start..found.end];
        let by_key =
            |one: &Found, other: &Found| one.digest().cmp(&other.digest()).then_with(|| key(one).cmp(key(other)));
        self.found.sort_unstable_by(|one, other| by_key(one, other).then(one.start.cmp(&other.start)));
        self.found.dedup_by(|later, first| by_key(later, first).is_eq());
        self.collided |= self.found.windows(2).any(|two| two[0].digest() == two[1].digest());
        self.found.sort_unstable_by_key(|found| found.start);
    }

    pub fn found(&self) -> &[Found] {
        &self.found
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The key in full.
    pub fn key(&self, found: &Found) -> &[u8] {
        &self.bytes[found.start..found.end]
    }

    pub fn each(&self) -> impl Iterator<Item = (&Found, &[u8])> {
        self.found.iter().map(|found| (found, self.key(found)))
    }
}
