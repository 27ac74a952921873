//! A full report: every listing is read once, and everything that its keys decide is decided while they are sorted.
//!
//! Two million listings have five million keys, and to wait for memory is most of what such a number costs. So the keys
//! of all kinds are made in one walk through the rows, and sorted in small parts; there those that share a key stand side
//! by side, and part by part the tables are written from end to end. Single items, which most listings are, are compared
//! by what the sorting has told of them. What a single change does ([`super::edit`]) goes through the tables and through
//! the keys themselves, and comes to the same.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::domain::MatchKey;

use super::comparison::{Agreement, Comparison, Mate, Pick};
use super::crowd::Sharer;
use super::entries::{Entries, Entry, by_side, has_active, only};
use super::fit::Buffers;
use super::key_list::KeyList;
use super::keys::{self, Digesting, KINDS};
use super::plain::{self, Plain};
use super::rows::{Place, Rows, Standing};
use super::sides::{Here, Sides};
use super::table::Table;

/// What the sorting has told of the listings of a side, for each kind of key in a bit of its own: below
/// [`CROWDED`], that the key agrees with that of the listing that it belongs to; above, that several have the key.
type Told = Vec<u8>;

const CROWDED: u32 = 4;

impl Comparison {
    /// If digests are in each other's way, nothing but that is told, and all has to be made again with others.
    pub(super) fn built(mut in_store: Rows, mut online: Rows, digesting: Digesting) -> Self {
        in_store.settle();
        online.settle();
        let mut comparison = Self {
            picks: [vec![Pick::Nobody; in_store.len()], vec![Pick::Nobody; online.len()]],
            mates: vec![None; in_store.len()],
            mated: vec![0; online.len()],
            sides: Sides::new(in_store, online),
            tables: Default::default(),
            rests: HashMap::new(),
            hints: OnceLock::new(),
            digesting,
            collided: false,
        };
        let mut entries = Entries::new(comparison.mates.len() + comparison.mated.len());
        for here in Here::BOTH {
            comparison.read_all(here, &mut entries);
        }
        if !comparison.collided {
            let mut told = Here::BOTH.map(|here| vec![0; comparison.rows(here).len()]);
            for kind in KINDS {
                comparison.enter_all(kind, &mut entries, &mut told);
            }
            comparison.leave_out_taken();
            comparison.mate_all(&told);
        }
        comparison
    }

    /// The keys of all listings of a side.
    fn read_all(&mut self, here: Here, entries: &mut Entries) {
        let (mut keys, mut key) = (KeyList::new(self.digesting), Vec::new());
        for place in self.rows(here).places() {
            let rows = self.sides.of(here);
            if rows.standing(place) == Standing::Gone {
                continue;
            }
            let sharer = Sharer::new(place, !rows.is_active(place));
            if rows.is_single(place) {
                let bytes = rows.bytes(place);
                for (kind, field) in KINDS.into_iter().zip(rows.single_fields(place)) {
                    let twin = match plain::read(kind, bytes, field, self.digesting) {
                        Plain::Key(twin) => Some(twin),
                        Plain::Nothing => None,
                        Plain::Odd => {
                            keys::read(kind, rows.text_of(place, field), &mut key).then(|| self.digesting.twin(&key))
                        }
                    };
                    if let Some(twin) = twin {
                        entries.push(kind as usize, twin, here, sharer);
                    }
                }
                continue;
            }
            for kind in KINDS {
                keys.read(kind, self.sides.of(here), place);
                self.sides.note(here, kind, place, &keys);
                keys.found().iter().for_each(|found| entries.push(kind as usize, found.twin, here, sharer));
            }
        }
        self.collided |= keys.has_collided();
    }

    /// The table of a kind, and what its keys say of who belongs to whom.
    fn enter_all(&mut self, kind: MatchKey, entries: &mut Entries, told: &mut [Told; 2]) {
        let mut table = Table::in_parts(entries.bits());
        for mut bucket in entries.take(kind as usize) {
            bucket.sort_unstable();
            let groups = || bucket.chunk_by(Entry::shares);
            table.fill(
                groups().count(),
                groups().map(|group| {
                    let sharers = by_side(group).map(|side| side.iter().map(|entry| entry.sharer()));
                    (group[0].digest(), sharers)
                }),
            );
            groups().for_each(|group| self.hear(kind, by_side(group), told));
        }
        self.tables[kind as usize] = table;
    }

    /// A key that stands on one active listing of either side speaks for the two, and the strongest kind is heard first.
    fn hear(&mut self, kind: MatchKey, [in_store, online]: [&[Entry]; 2], told: &mut [Told; 2]) {
        if !has_active(in_store) || !has_active(online) {
            return;
        }
        let (Some(till), Some(web)) = (only(in_store), only(online)) else {
            for (told, entries) in told.iter_mut().zip([in_store, online]) {
                let active = entries.iter().map(|entry| entry.sharer()).take_while(|sharer| sharer.is_active());
                active.for_each(|sharer| told[sharer.place() as usize] |= 1 << (CROWDED + kind as u32));
            }
            return;
        };
        for (here, place, other) in [(Here::InStore, till, web), (Here::Online, web, till)] {
            let pick = &mut self.picks[here as usize][place as usize];
            match *pick {
                Pick::Nobody => *pick = Pick::One(kind, other),
                Pick::One(by, known) if by == kind && known != other => *pick = Pick::Several(kind),
                Pick::One(..) | Pick::Several(_) => {}
            }
            if matches!(*pick, Pick::One(_, known) if known == other) {
                told[here as usize][place as usize] |= 1 << kind as u32;
            }
        }
    }

    /// Listings that cannot be linked belong to nobody.
    fn leave_out_taken(&mut self) {
        for here in Here::BOTH {
            let rows = self.sides.of(here);
            for (place, pick) in rows.places().zip(&mut self.picks[here as usize]) {
                if !rows.is_free(place) {
                    *pick = Pick::Nobody;
                }
            }
        }
    }

    fn mate_all(&mut self, told: &[Told; 2]) {
        let mut buffers = Buffers::default();
        for place in self.rows(Here::InStore).places() {
            self.note_rest(place);
            let mate = match self.pick(Here::InStore, place) {
                Pick::One(by, other) if self.are_single(place, other) => {
                    self.single_mate(place, by, other, told, &mut buffers)
                }
                Pick::One(..) => self.mate(place, &mut buffers),
                // Only a listing that is linked in part can be somebody's without belonging to anybody.
                _ if self.rows(Here::InStore).standing(place) == Standing::PartlyLinked => {
                    self.mate(place, &mut buffers)
                }
                _ => None,
            };
            if let Some(mate) = mate {
                self.mates[place as usize] = Some(mate);
                self.mated[mate.other as usize] += 1;
            }
        }
    }

    fn are_single(&self, in_store: Place, online: Place) -> bool {
        self.rows(Here::InStore).is_single(in_store) && self.rows(Here::Online).is_single(online)
    }

    /// [`Self::mate`] of a single item that belongs to a single item.
    fn single_mate(
        &self,
        place: Place,
        by: MatchKey,
        other: Place,
        told: &[Told; 2],
        buffers: &mut Buffers,
    ) -> Option<Mate> {
        let (till, web) = (self.rows(Here::InStore), self.rows(Here::Online));
        let both_linked =
            till.standing(place) == Standing::LinkedElsewhere && web.standing(other) == Standing::LinkedElsewhere;
        if self.pick(Here::Online, other) != Pick::One(by, place)
            || both_linked
            || (by == MatchKey::Title && !buffers.agree_beyond_the_title(till.offer(place), web.offer(other)))
        {
            return None;
        }
        let (ours, theirs) =
            (told[Here::InStore as usize][place as usize], told[Here::Online as usize][other as usize]);
        let agrees = KINDS.map(|kind| {
            let crowded = 1 << (CROWDED + kind as u32);
            let texts = || [(till, place), (web, other)].map(|(rows, place)| rows.single_text(place, kind));
            ours & 1 << kind as u32 != 0 || (ours & theirs & crowded != 0 && buffers.agree(kind, texts()))
        });
        Agreement::of(agrees).map(|agreement| Mate { other, agreement })
    }
}
