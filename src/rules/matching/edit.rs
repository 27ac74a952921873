//! One listing is added, changed or taken out, and only what it touches is matched again.
//!
//! What a listing belongs to depends on its own row and on who has its keys; so the listings to look at again are those
//! that had or now have one of the changed keys alone, and their partners. A listing that is made or loses a link is a
//! changed listing. The result is that of a full report, and the tests hold the two together.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{KnownListing, ListingId, VariantId};

use super::comparison::{Comparison, Mate, Pick};
use super::fit::Buffers;
use super::goods::Tie;
use super::key_list::KeyList;
use super::keys::KINDS;
use super::rows::{Place, Standing};
use super::sides::{Asking, Here};

/// Listings to look at again.
type Touched = BTreeSet<(Here, Place)>;

impl Comparison {
    /// Takes in a listing of a side, in place of what was known of it. `tie` as in [`super::Rows::push`]. Tells the
    /// listings that got, lost or changed their candidate, itself included in any case.
    pub fn put(&mut self, here: Here, known: &KnownListing, tie: impl Fn(VariantId) -> Tie) -> Vec<ListingId> {
        let mut touched = Touched::new();
        if let Some(place) = self.rows(here).find(known.id) {
            self.leave(here, place, &mut touched);
        }
        let place = self.sides.of_mut(here).push(known, tie);
        self.make_room(here, place);
        self.enter(here, place, &mut touched);
        if self.collided {
            // Places are others now, and everything may have changed.
            self.settle_digests();
            return Here::BOTH.into_iter().flat_map(|here| self.rows(here).ids()).collect();
        }
        self.settle(here, place, touched)
    }

    /// Takes a listing out of a side.
    pub fn remove(&mut self, here: Here, listing: ListingId) -> Vec<ListingId> {
        let known = self.rows(here).find(listing).filter(|place| self.rows(here).standing(*place) != Standing::Gone);
        let Some(place) = known else { return Vec::new() };
        let mut touched = Touched::new();
        self.leave(here, place, &mut touched);
        self.sides.of_mut(here).remove(listing);
        self.settle(here, place, touched)
    }

    fn make_room(&mut self, here: Here, place: Place) {
        let rows = place as usize + 1;
        if self.picks[here as usize].len() < rows {
            self.picks[here as usize].resize(rows, Pick::Nobody);
            match here {
                Here::InStore => self.mates.resize(rows, None),
                Here::Online => self.mated.resize(rows, 0),
            }
        }
    }

    /// Takes a listing out of the indexes, while its row is still as it was.
    fn leave(&mut self, here: Here, place: Place, touched: &mut Touched) {
        if self.is_asked_about(here, place)
            && let Some(hints) = self.hints.get_mut()
        {
            hints.remove(&self.sides, here, place);
        }
        if here == Here::InStore
            && let Some(first) = self.rows(here).entry(place).first_partner()
            && let Some(places) = self.rests.get_mut(&first)
        {
            places.remove(&place);
            if places.is_empty() {
                self.rests.remove(&first);
            }
        }
        if self.rows(here).standing(place) == Standing::Gone {
            return;
        }
        let holder = self.holder(here, place);
        let mut keys = KeyList::new(self.digesting);
        let mut buffer = Vec::new();
        for kind in KINDS {
            keys.read(kind, self.rows(here), place);
            for (found, key) in keys.each() {
                let digest = found.digest();
                self.touch(kind, digest, key, &mut buffer, touched);
                let mut asks = Asking { sides: &self.sides, kind, digest, key, buffer: &mut buffer };
                let rows = self.sides.of(here);
                self.tables[kind as usize].remove(digest, here as usize, holder, &mut asks, |place| rows.id(place));
                self.touch(kind, digest, key, &mut buffer, touched);
            }
        }
        for kind in KINDS {
            self.sides.forget(here, kind, place);
        }
    }

    fn enter(&mut self, here: Here, place: Place, touched: &mut Touched) {
        let mut keys = KeyList::new(self.digesting);
        let mut buffer = Vec::new();
        for kind in KINDS {
            keys.read(kind, self.rows(here), place);
            for (found, key) in keys.each() {
                self.touch(kind, found.digest(), key, &mut buffer, touched);
            }
            self.enter_keys(here, place, kind, &mut keys, &mut buffer);
            for (found, key) in keys.each() {
                self.touch(kind, found.digest(), key, &mut buffer, touched);
            }
        }
        if here == Here::InStore {
            self.note_rest(place);
        }
    }

    /// Whoever has the key alone.
    fn touch(
        &self,
        kind: crate::domain::MatchKey,
        digest: super::keys::Digest,
        key: &[u8],
        buffer: &mut Vec<u8>,
        touched: &mut Touched,
    ) {
        let sharers = self.sharers(kind, digest, key, buffer);
        touched.extend(Here::BOTH.into_iter().filter_map(|here| Some((here, sharers[here as usize].only()?))));
    }

    /// Matches again what was touched, after the listing itself has changed.
    fn settle(&mut self, here: Here, place: Place, mut touched: Touched) -> Vec<ListingId> {
        touched.insert((here, place));
        let mut in_store: BTreeSet<Place> = BTreeSet::new();
        for (side, place) in &touched {
            let before = self.pick(*side, *place);
            let now = self.picked(*side, *place);
            self.picks[*side as usize][*place as usize] = now;
            match side {
                Here::InStore => {
                    in_store.insert(*place);
                }
                Here::Online => {
                    in_store.extend([before, now].into_iter().filter_map(|pick| match pick {
                        Pick::One(_, other) => Some(other),
                        Pick::Nobody | Pick::Several(_) => None,
                    }));
                }
            }
        }
        if here == Here::Online {
            in_store.extend(self.rests.get(&self.id(here, place)).into_iter().flatten());
        }
        let mut buffers = Buffers::default();
        let mut changed = BTreeSet::from([(here, place)]);
        // Who is in the hints: of the listing itself nothing is any more.
        let hinted =
            |comparison: &Self, of: (Here, Place)| of != (here, place) && comparison.is_asked_about(of.0, of.1);
        let mut were_hinted: BTreeMap<(Here, Place), bool> = BTreeMap::from([((here, place), false)]);
        for till in in_store {
            let before = self.mates[till as usize];
            let now = self.mate(till, &mut buffers);
            if before == now {
                continue;
            }
            let others = [before, now].into_iter().flatten().map(|mate| (Here::Online, mate.other));
            for one in others.chain([(Here::InStore, till)]) {
                let was = hinted(self, one);
                were_hinted.entry(one).or_insert(was);
                changed.insert(one);
            }
            self.mates[till as usize] = now;
            if let Some(Mate { other, .. }) = before {
                self.mated[other as usize] = self.mated[other as usize].saturating_sub(1);
            }
            if let Some(Mate { other, .. }) = now {
                self.mated[other as usize] += 1;
            }
        }
        for ((side, place), was) in were_hinted {
            let is = self.is_asked_about(side, place);
            match self.hints.get_mut() {
                Some(hints) if is && !was => hints.add(&self.sides, side, place),
                Some(hints) if was && !is => hints.remove(&self.sides, side, place),
                _ => {}
            }
        }
        changed.into_iter().map(|(side, place)| self.id(side, place)).collect()
    }
}
