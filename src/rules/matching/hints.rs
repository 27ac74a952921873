//! What almost matches: keys that differ in special characters only, and spellings one or two edits apart.
//!
//! Kept for listings that somebody asks about, so that a catalogue that matches well costs little here. Hints explain
//! and never match. What stands on many listings says nothing, and is passed over where looking at all of them would
//! cost too much.

use crate::domain::{ListingId, MatchKey, Reason, Text};

use super::crowd::Holder;
use super::key_list::KeyList;
use super::keys::{Digest, digest};
use super::look_alike::loosen;
use super::rows::{Place, Span};
use super::sides::{Here, Sides};
use super::spelling;
use super::table::{Table, Unasked};

/// A barcode is scanned and not spelled.
pub const HINTED: [MatchKey; 2] = [MatchKey::Sku, MatchKey::Title];
/// Keys of a listing that are looked at for misspellings.
pub const MOST_SPELLED: usize = 50;
/// A piece of a text that more listings have than this leads nowhere.
const CROWDED: usize = 8;

#[derive(Debug, Clone, Default)]
pub struct Hints {
    loose: [Table; 2],
    near: [Table; 2],
}

impl Hints {
    pub fn add(&mut self, sides: &Sides, here: Here, place: Place) {
        let rows = sides.of(here);
        // Whether it is active does not matter here, only its number.
        let holder = Holder { inactive: false, id: rows.id(place), place };
        let id = |place| rows.id(place);
        for (at, digests) in entries(sides, here, place).into_iter().enumerate() {
            let [loose, near] = digests;
            loose.iter().for_each(|digest| self.loose[at].add(*digest, here as usize, holder, &mut Unasked, id));
            near.iter().for_each(|digest| self.near[at].add(*digest, here as usize, holder, &mut Unasked, id));
        }
    }

    /// The row must be as it was when it was added.
    pub fn remove(&mut self, sides: &Sides, here: Here, place: Place) {
        let rows = sides.of(here);
        let holder = Holder { inactive: false, id: rows.id(place), place };
        let id = |place| rows.id(place);
        for (at, digests) in entries(sides, here, place).into_iter().enumerate() {
            let [loose, near] = digests;
            loose.iter().for_each(|digest| self.loose[at].remove(*digest, here as usize, holder, &mut Unasked, id));
            near.iter().for_each(|digest| self.near[at].remove(*digest, here as usize, holder, &mut Unasked, id));
        }
    }

    pub fn size(&self) -> usize {
        self.loose.iter().chain(&self.near).map(Table::size).sum()
    }
}

/// For each of [`HINTED`], under what a listing is kept: in `loose`, and in `near`.
fn entries(sides: &Sides, here: Here, place: Place) -> [[Vec<Digest>; 2]; 2] {
    let rows = sides.of(here);
    let mut list = KeyList::default();
    let mut buffer = Vec::new();
    HINTED.map(|kind| {
        list.read(kind, rows, place);
        let (mut loose, mut near) = (Vec::new(), Vec::new());
        for (at, (found, key)) in list.each().enumerate() {
            if loosen(rows.text_at(place, found.span), &mut buffer) {
                loose.push(digest(&buffer));
            }
            if at < MOST_SPELLED {
                spelling::each_piece(kind, &chars(key), &mut buffer, |piece| near.push(piece));
            }
        }
        [loose, near].map(|mut digests| {
            digests.sort_unstable();
            digests.dedup();
            digests
        })
    })
}

fn chars(key: &[u8]) -> Vec<char> {
    std::str::from_utf8(key).unwrap_or_default().chars().collect()
}

/// A key of the listing that was looked at last, without its special characters.
struct Loosened {
    loose: Digest,
    key: Vec<u8>,
    span: Span,
}

/// The best that was found: edits, number of the listing and places of the two keys; place of the listing; both texts.
type Nearest = ((u8, ListingId, usize, usize), Place, Span, Span);

/// Looks for hints, with the buffers for it.
pub struct Hinting<'c> {
    sides: &'c Sides,
    hints: &'c Hints,
    ours: KeyList,
    theirs: KeyList,
    buffer: Vec<u8>,
    /// Many keys of a listing may lead to the same other one.
    last: Option<(Here, Place, MatchKey)>,
    last_keys: Vec<Loosened>,
}

impl<'c> Hinting<'c> {
    pub fn new(sides: &'c Sides, hints: &'c Hints) -> Self {
        let (ours, theirs) = (KeyList::default(), KeyList::default());
        Self { sides, hints, ours, theirs, buffer: Vec::new(), last: None, last_keys: Vec::new() }
    }

    /// Listings over there, that somebody asks about too, whose SKU or title is the same but for special characters.
    pub fn special_characters(&mut self, here: Here, place: Place) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (at, kind) in HINTED.into_iter().enumerate() {
            let mut ours = std::mem::take(&mut self.ours);
            ours.read(kind, self.sides.of(here), place);
            let found = ours.each().find_map(|(found, key)| {
                let raw = self.sides.of(here).text_at(place, found.span);
                let loose = loosen(raw, &mut self.buffer).then(|| digest(&self.buffer))?;
                let there = self.hints.loose[at].find(loose, &mut Unasked)[here.other() as usize];
                let other = there.places().next()?;
                let theirs = self.alike(here.other(), other, kind, loose, key)?;
                let id = self.sides.of(here.other()).id(other);
                Some(Reason::SpecialCharacter { other: id, key: kind, ours: Text::new(raw), theirs })
            });
            reasons.extend(found);
            self.ours = ours;
        }
        reasons
    }

    /// The first key of a listing that is the same without special characters, and another with them.
    fn alike(&mut self, there: Here, place: Place, kind: MatchKey, loose: Digest, key: &[u8]) -> Option<Text> {
        let rows = self.sides.of(there);
        if self.last != Some((there, place, kind)) {
            self.last = Some((there, place, kind));
            self.last_keys.clear();
            self.theirs.read(kind, rows, place);
            for (found, key) in self.theirs.each() {
                let mut loose = Vec::new();
                if loosen(rows.text_at(place, found.span), &mut loose) {
                    self.last_keys.push(Loosened { loose: digest(&loose), key: key.to_vec(), span: found.span });
                }
            }
        }
        let alike = self.last_keys.iter().find(|theirs| theirs.loose == loose && theirs.key != key)?;
        Some(Text::new(rows.text_at(place, alike.span)))
    }

    /// Listings over there, that somebody asks about too, whose SKU or title is nearly spelled the same; of each the
    /// nearest one.
    pub fn near_spellings(&mut self, here: Here, place: Place) -> Vec<Reason> {
        HINTED.into_iter().enumerate().filter_map(|(at, kind)| self.nearest(here, place, at, kind)).collect()
    }

    fn nearest(&mut self, here: Here, place: Place, at: usize, kind: MatchKey) -> Option<Reason> {
        let (rows, there) = (self.sides.of(here), self.sides.of(here.other()));
        let mut ours = std::mem::take(&mut self.ours);
        ours.read(kind, rows, place);
        let mut best: Option<Nearest> = None;
        for (our, (found, key)) in ours.each().take(MOST_SPELLED).enumerate() {
            let text = chars(key);
            let mut others: Vec<Place> = Vec::new();
            spelling::each_piece_near(kind, &text, &mut self.buffer, |piece| {
                let sharers = self.hints.near[at].find(piece, &mut Unasked)[here.other() as usize];
                if sharers.count() <= CROWDED {
                    others.extend(sharers.places());
                }
            });
            others.sort_unstable();
            others.dedup();
            for other in others {
                self.theirs.read(kind, there, other);
                for (their, (their_found, their_key)) in self.theirs.each().take(MOST_SPELLED).enumerate() {
                    let alike = || spelling::titles_alike(&folded_title(rows, place), &folded_title(there, other));
                    if let Some(edits) = spelling::near(kind, &text, &chars(their_key), alike) {
                        let rank = (edits, there.id(other), our, their);
                        if best.is_none_or(|(known, ..)| rank < known) {
                            best = Some((rank, other, found.span, their_found.span));
                        }
                    }
                }
            }
        }
        self.ours = ours;
        let ((distance, id, ..), other, our_span, their_span) = best?;
        let (ours, theirs) = (rows.text_at(place, our_span), there.text_at(other, their_span));
        Some(Reason::SpellingNear { other: id, key: kind, ours: Text::new(ours), theirs: Text::new(theirs), distance })
    }
}

fn folded_title(rows: &super::rows::Rows, place: Place) -> Vec<char> {
    let mut folded = Vec::new();
    super::folding::fold(rows.title(place), &mut folded);
    chars(&folded)
}
