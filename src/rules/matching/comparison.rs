//! The link report of one pair of connections, kept with its indexes: who has which key, whom each listing belongs to,
//! and which two can be linked. Reasons are told for a listing when somebody asks ([`super::reasons`]); changes come in
//! one by one ([`super::edit`]).

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU8;
use std::sync::OnceLock;

use crate::domain::{Candidate, ListingId, MatchKey, NoCandidate, VariantPair};

use super::Matches;
use super::crowd::Holder;
use super::fit::{Buffers, Fit};
use super::goods::Entry;
use super::hints::Hints;
use super::key_list::KeyList;
use super::keys::{Digest, Digesting, KINDS};
use super::reasons::Explaining;
use super::rows::{Place, Rows, Standing};
use super::sides::{Asking, Here, Sides};
use super::table::{Sharers, Table};

/// Whom a listing belongs to by its strongest kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    Nobody,
    One(MatchKey, Place),
    Several(MatchKey),
}

/// The kinds of keys that agree; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement(NonZeroU8);

impl Agreement {
    pub fn of(agrees: [bool; 3]) -> Option<Self> {
        let bits = agrees.into_iter().zip(0..).map(|(agrees, bit)| u8::from(agrees) << bit).sum();
        NonZeroU8::new(bits).map(Self)
    }

    /// Strongest first.
    pub fn kinds(self) -> Vec<MatchKey> {
        KINDS.into_iter().filter(|kind| self.0.get() & (1 << *kind as u8) != 0).collect()
    }
}

/// The online listing that an in-store one can be linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mate {
    pub other: Place,
    pub agreement: Agreement,
}

/// Compares all listings of an in-store connection with all of an online one.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub(super) sides: Sides,
    pub(super) tables: [Table; 3],
    pub(super) picks: [Vec<Pick>; 2],
    /// By in-store listing.
    pub(super) mates: Vec<Option<Mate>>,
    /// By online listing: how many in-store ones have it as their mate. More than one only where links are at odds with
    /// what is on the platforms.
    pub(super) mated: Vec<u32>,
    /// In-store listings that are linked in part, by the first online listing that they are linked to.
    pub(super) rests: HashMap<ListingId, BTreeSet<Place>>,
    pub(super) hints: OnceLock<Box<Hints>>,
    pub(super) digesting: Digesting,
    /// See [`KeyList::has_collided`].
    pub(super) collided: bool,
}

impl Comparison {
    /// The full report. Rows may come in any order.
    pub fn new(in_store: Rows, online: Rows) -> Self {
        Self::with_digests(in_store, online, Digesting::default())
    }

    pub(super) fn with_digests(in_store: Rows, online: Rows, digesting: Digesting) -> Self {
        let mut comparison = Self::built(in_store, online, digesting);
        comparison.settle_digests();
        comparison
    }

    /// Makes all of it anew from the rows, with other digests, until none are in each other's way.
    pub(super) fn settle_digests(&mut self) {
        while self.collided {
            let [in_store, online] = Here::BOTH.map(|here| std::mem::take(self.sides.of_mut(here)));
            *self = Self::built(in_store, online, Digesting { salt: self.digesting.salt + 1, blind: 0 });
        }
    }

    /// Bytes that the rows of both sides take up.
    pub fn rows_size(&self) -> usize {
        Here::BOTH.into_iter().map(|here| self.rows(here).size()).sum()
    }

    /// Bytes that all of it takes up, about.
    pub fn size(&self) -> usize {
        let columns = (self.picks[0].capacity() + self.picks[1].capacity()) * size_of::<Pick>()
            + self.mates.capacity() * size_of::<Option<Mate>>()
            + self.mated.capacity() * size_of::<u32>();
        self.rows_size()
            + self.tables.iter().map(Table::size).sum::<usize>()
            + self.hints.get().map_or(0, |hints| hints.size())
            + columns
    }

    pub(super) fn rows(&self, here: Here) -> &Rows {
        self.sides.of(here)
    }

    pub(super) fn id(&self, here: Here, place: Place) -> ListingId {
        self.rows(here).id(place)
    }

    pub(super) fn pick(&self, here: Here, place: Place) -> Pick {
        self.picks[here as usize][place as usize]
    }

    pub(super) fn holder(&self, here: Here, place: Place) -> Holder {
        let rows = self.rows(here);
        Holder { inactive: !rows.is_active(place), id: rows.id(place), place }
    }

    /// Who has a key, on both sides.
    pub(super) fn sharers(&self, kind: MatchKey, digest: Digest, key: &[u8], buffer: &mut Vec<u8>) -> [Sharers<'_>; 2] {
        self.tables[kind as usize].find(digest, &mut Asking { sides: &self.sides, kind, digest, key, buffer })
    }

    pub(super) fn enter_keys(
        &mut self,
        here: Here,
        place: Place,
        kind: MatchKey,
        keys: &mut KeyList,
        buffer: &mut Vec<u8>,
    ) {
        if self.rows(here).standing(place) == Standing::Gone {
            return;
        }
        keys.read(kind, self.rows(here), place);
        self.collided |= keys.has_collided();
        self.sides.note(here, kind, place, keys);
        let holder = self.holder(here, place);
        for (found, key) in keys.each() {
            let digest = found.digest();
            let mut asks = Asking { sides: &self.sides, kind, digest, key, buffer: &mut *buffer };
            let rows = self.sides.of(here);
            self.tables[kind as usize].add(digest, here as usize, holder, &mut asks, |place| rows.id(place));
        }
    }

    /// Whom a listing belongs to, by its keys.
    pub(super) fn picked(&self, here: Here, place: Place) -> Pick {
        if !self.rows(here).is_free(place) {
            return Pick::Nobody;
        }
        for kind in KINDS {
            match self.partners(here, place, kind).as_slice() {
                [] => {}
                [one] => return Pick::One(kind, *one),
                [..] => return Pick::Several(kind),
            }
        }
        Pick::Nobody
    }

    /// The listings on the other side that share a key of this kind with an active listing, where the key is unique on
    /// both sides.
    pub(super) fn partners(&self, here: Here, place: Place, kind: MatchKey) -> Vec<Place> {
        let mut keys = KeyList::new(self.digesting);
        keys.read(kind, self.rows(here), place);
        let mut buffer = Vec::new();
        let partner = |(found, key): (&super::key_list::Found, &[u8])| {
            let sharers = self.sharers(kind, found.digest(), key, &mut buffer);
            (sharers[here as usize].only() == Some(place)).then(|| sharers[here.other() as usize].only()).flatten()
        };
        let mut partners: Vec<Place> = keys.each().filter_map(partner).collect();
        partners.sort_unstable_by_key(|other| self.id(here.other(), *other));
        partners.dedup();
        partners
    }

    /// Remembers an in-store listing that is linked in part, for when the other one changes.
    pub(super) fn note_rest(&mut self, place: Place) {
        if self.rows(Here::InStore).standing(place) == Standing::PartlyLinked
            && let Some(first) = self.rows(Here::InStore).entry(place).first_partner()
        {
            self.rests.entry(first).or_default().insert(place);
        }
    }

    pub(super) fn mate(&self, place: Place, buffers: &mut Buffers) -> Option<Mate> {
        let (other, fit) = self.counterpart(place, buffers).or_else(|| self.rest_of_a_link(place, buffers))?;
        Some(Mate { other, agreement: fit.agreement })
    }

    /// The online listing that an in-store one belongs to and can be linked with.
    fn counterpart(&self, place: Place, buffers: &mut Buffers) -> Option<(Place, Fit)> {
        let Pick::One(by, other) = self.pick(Here::InStore, place) else { return None };
        let mutual = self.pick(Here::Online, other) == Pick::One(by, place);
        mutual.then(|| self.fit(Here::InStore, place, other, by, buffers).ok()).flatten().map(|fit| (other, fit))
    }

    /// Whether a listing is neither linked nor a candidate, so that people ask why.
    pub(super) fn is_asked_about(&self, here: Here, place: Place) -> bool {
        let asks =
            !matches!(self.rows(here).standing(place), Standing::Linked | Standing::LinkedElsewhere | Standing::Gone);
        asks && match here {
            Here::InStore => self.mates[place as usize].is_none(),
            Here::Online => self.mated[place as usize] == 0,
        }
    }

    /// What almost matches. Made when the first reason is asked for, and kept up to date from then on.
    pub(super) fn hints(&self) -> &Hints {
        self.hints.get_or_init(|| {
            let mut hints = Hints::default();
            for here in Here::BOTH {
                for place in self.rows(here).places().filter(|place| self.is_asked_about(here, *place)) {
                    hints.add(&self.sides, here, place);
                }
            }
            Box::new(hints)
        })
    }

    /// Everything that can be linked, in the order of the in-store listings.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut buffers = Buffers::default();
        let places = self.rows(Here::InStore).places();
        let mut candidates: Vec<_> = places.filter_map(|place| self.candidate(place, &mut buffers)).collect();
        candidates.sort_by_key(|candidate| candidate.in_store);
        candidates
    }

    /// How many pairs can be linked.
    pub fn candidate_count(&self) -> usize {
        self.mates.iter().flatten().count()
    }

    /// The candidate of an in-store listing.
    pub fn candidate_of(&self, in_store: ListingId) -> Option<Candidate> {
        self.candidate(self.rows(Here::InStore).find(in_store)?, &mut Buffers::default())
    }

    fn candidate(&self, place: Place, buffers: &mut Buffers) -> Option<Candidate> {
        let mate = self.mates[place as usize]?;
        let (ours, theirs) = (self.rows(Here::InStore), self.rows(Here::Online));
        let (our_entry, their_entry) = (ours.entry(place), theirs.entry(mate.other));
        let single = |entry: &Entry<'_>| !entry.goods.variable && entry.members.len() == 1;
        let pairs = if single(&our_entry) && single(&their_entry) {
            vec![(0, 0)]
        } else {
            let (_, fit) = self.counterpart(place, buffers).or_else(|| self.rest_of_a_link(place, buffers))?;
            fit.pairs
        };
        let pairs = pairs.into_iter().filter_map(|(our, their)| {
            let (in_store, online) = (our_entry.members.get(our)?.0, their_entry.members.get(their)?.0);
            Some(VariantPair { in_store, online })
        });
        Some(Candidate {
            in_store: ours.id(place),
            online: theirs.id(mate.other),
            matched: mate.agreement.kinds(),
            pairs: pairs.collect(),
        })
    }

    /// Every listing that is neither linked nor a candidate, in the order of their numbers.
    pub fn unmatched(&self) -> Vec<ListingId> {
        let mut unmatched = self.unmatched_places();
        unmatched.sort_by_key(|(id, ..)| *id);
        unmatched.into_iter().map(|(id, ..)| id).collect()
    }

    fn unmatched_places(&self) -> Vec<(ListingId, Here, Place)> {
        let mut unmatched = Vec::new();
        for here in Here::BOTH {
            let places = self.rows(here).places().filter(|place| self.is_asked_about(here, *place));
            unmatched.extend(places.map(|place| (self.id(here, place), here, place)));
        }
        unmatched
    }

    /// Calls for every listing that is neither linked nor a candidate, with the reasons why; side by side, in the order
    /// of their rows.
    pub fn explain(&self, mut tell: impl FnMut(NoCandidate)) {
        let mut explaining = Explaining::new(self);
        for (listing, here, place) in self.unmatched_places() {
            tell(NoCandidate { listing, reasons: explaining.reasons(here, place) });
        }
    }

    /// Why a listing of either side has no candidate; `None` if it has one, is linked or is not known.
    pub fn reasons_of(&self, listing: ListingId) -> Option<NoCandidate> {
        let found = |here: Here| Some((here, self.rows(here).find(listing)?));
        let (here, place) = Here::BOTH.into_iter().find_map(found)?;
        self.is_asked_about(here, place)
            .then(|| NoCandidate { listing, reasons: Explaining::new(self).reasons(here, place) })
    }

    /// All of it at once.
    pub fn matches(&self) -> Matches {
        let asked = |here| self.rows(here).places().filter(|place| self.is_asked_about(here, *place)).count();
        let mut without = Vec::with_capacity(Here::BOTH.map(asked).into_iter().sum());
        self.explain(|entry| without.push(entry));
        without.sort_by_key(|entry| entry.listing);
        Matches { candidates: self.candidates(), without }
    }
}
