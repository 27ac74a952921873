//! The rows of both sides, and the answer to whether a listing has a key.

use std::collections::HashMap;

use crate::domain::MatchKey;

use super::key_list::KeyList;
use super::keys::{self, Digest};
use super::rows::{Place, Rows, Span};
use super::table::Asks;

/// Listings with more articles than this have a directory, so that asking whether they have a key does not read all.
const FEW: usize = 32;

/// Which half of a comparison a listing is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Here {
    InStore,
    Online,
}

impl Here {
    pub const BOTH: [Self; 2] = [Self::InStore, Self::Online];

    pub fn other(self) -> Self {
        match self {
            Self::InStore => Self::Online,
            Self::Online => Self::InStore,
        }
    }
}

/// Where the texts are that a listing's keys were made from, by the digests of the keys.
type Directory = Vec<(Digest, Span)>;

#[derive(Debug, Clone, Default)]
pub struct Sides {
    rows: [Rows; 2],
    directories: HashMap<(usize, MatchKey, Place), Directory>,
}

impl Sides {
    pub fn new(in_store: Rows, online: Rows) -> Self {
        Self { rows: [in_store, online], directories: HashMap::new() }
    }

    pub fn of(&self, here: Here) -> &Rows {
        &self.rows[here as usize]
    }

    pub fn of_mut(&mut self, here: Here) -> &mut Rows {
        &mut self.rows[here as usize]
    }

    /// Must be called with the keys of every listing before it is asked about.
    pub fn note(&mut self, here: Here, kind: MatchKey, place: Place, keys: &KeyList) {
        if keys.found().len() > FEW {
            let mut directory: Directory = keys.found().iter().map(|found| (found.digest(), found.span)).collect();
            directory.sort_unstable_by_key(|(digest, _)| *digest);
            self.directories.insert((here as usize, kind, place), directory);
        }
    }

    pub fn forget(&mut self, here: Here, kind: MatchKey, place: Place) {
        if !self.directories.is_empty() {
            self.directories.remove(&(here as usize, kind, place));
        }
    }
}

/// A key that is looked for.
pub struct Asking<'a> {
    pub sides: &'a Sides,
    pub kind: MatchKey,
    pub digest: Digest,
    pub key: &'a [u8],
    pub buffer: &'a mut Vec<u8>,
}

impl Asks for Asking<'_> {
    fn has_key(&mut self, side: usize, place: Place) -> bool {
        let rows = &self.sides.rows[side];
        let mut is = |raw: &str| keys::read(self.kind, raw, self.buffer) && self.buffer == self.key;
        if self.kind == MatchKey::Title {
            return is(rows.title(place));
        }
        let directories = &self.sides.directories;
        if let Some(directory) = directories.get(&(side, self.kind, place)).filter(|_| !directories.is_empty()) {
            let first = directory.partition_point(|(digest, _)| *digest < self.digest);
            let alike = directory[first..].iter().take_while(|(digest, _)| *digest == self.digest);
            return alike.into_iter().any(|(_, span)| is(rows.text_at(place, *span)));
        }
        let mut has = false;
        rows.each_article(place, |sku, barcode| {
            let raw = if self.kind == MatchKey::Sku { sku } else { barcode };
            has = has || raw.is_some_and(&mut is);
        });
        has
    }
}
