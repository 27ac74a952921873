//! All listings, by number: what is searched in memory, the rest where it costs none.
//!
//! | file | what lives there |
//! |---|---|
//! | `kept.rs` | one listing, and its packed form |
//! | `drawer.rs` | a few of them, with what every view looks at |
//! | `texts.rs` | what is searched of a drawer |
//! | `leaf.rs`, `keeper.rs` | what is at hand, and when it is put aside |
//! | `cellar.rs` | the bytes of all that nobody looks at just now |
//! | `pile.rs`, `pages.rs` | the same for links, of which nothing is searched; small numbers about many |
//!
//! A small catalogue is at hand whole. Of a large one so much is, as was looked at lately. Clones are still pictures and
//! cost nothing: a drawer is copied when it is written to while somebody else still has it, and what lies in the cellar
//! never changes.

mod cellar;
mod drawer;
mod keeper;
mod kept;
mod leaf;
mod pages;
mod pile;
mod texts;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{ConnectionId, ListingId};
use crate::store::Spare;

use keeper::{Keeper, Leaves, is_worn};
use leaf::Leaf;
use pile::{leaf_mut, place};

pub use cellar::{Cellar, Place, Reader};
use drawer::Drawer;
pub use keeper::AT_HAND;
pub use kept::{Digest, Kept, digest, searched, sku, title};
pub use leaf::{Filed, LEAF, lost};
pub use pages::Pages;
pub use pile::Pile;

/// Bytes of searched texts in memory, for each listing that may be at hand, before they are put aside.
const TEXT: usize = 1024;

/// Records that the texts' cellar may have in any case: the texts of a drawer are some kilobytes.
const LEAST_TEXTS: u64 = 1 << 12;

/// All listings. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Cabinet {
    /// By the listing's number, divided by [`LEAF`].
    drawers: Arc<Vec<Option<Arc<Drawer>>>>,
    keeper: Keeper,
    /// Where searched texts lie that are not in memory.
    texts: Arc<Cellar>,
    /// Bytes of those that are.
    text_in_memory: usize,
    most_text: usize,
    /// How many are there, gone or not.
    count: u64,
    there: BTreeMap<ConnectionId, There>,
}

/// What a connection has, but for what is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct There {
    pub listings: u64,
    pub variants: u64,
}

impl Leaves<Kept> for Arc<Vec<Option<Arc<Drawer>>>> {
    fn each(&mut self, wanted: impl Fn(&Leaf<Kept>) -> bool, mut act: impl FnMut(&mut Leaf<Kept>)) {
        for drawer in Self::make_mut(self).iter_mut().flatten().filter(|drawer| wanted(&drawer.leaf)) {
            act(&mut Arc::make_mut(drawer).leaf);
        }
    }
}

impl Cabinet {
    /// An empty one. `spare`: where what is seldom looked at goes; without one it stays in memory, packed.
    pub fn new(spare: Option<Spare>, most_at_hand: usize) -> Self {
        Self {
            texts: Arc::new(Cellar::new(spare.clone())),
            most_text: most_at_hand * TEXT,
            keeper: Keeper::new(spare, most_at_hand),
            ..Self::default()
        }
    }

    fn drawer(&self, id: ListingId) -> Option<(&Drawer, usize)> {
        let (drawer, spot) = place(id.0);
        let drawer = self.drawers.get(drawer)?.as_deref()?;
        drawer.leaf.holds(spot).then_some((drawer, spot))
    }

    pub fn get(&self, id: ListingId) -> Option<&Arc<Kept>> {
        let (drawer, spot) = self.drawer(id)?;
        let (kept, read) = drawer.leaf.get(spot, self.keeper.cellar())?;
        self.keeper.count(read);
        Some(kept)
    }

    /// The same for whoever looks at many, each once.
    pub fn look(&self, id: ListingId) -> Option<Arc<Kept>> {
        let (drawer, spot) = self.drawer(id)?;
        drawer.leaf.look(spot, self.keeper.cellar())
    }

    /// Title, SKUs and barcodes as they are searched.
    pub fn text(&self, id: ListingId) -> Option<Cow<'_, str>> {
        self.drawer(id).map(|(drawer, spot)| drawer.texts.of(spot, &self.texts))
    }

    /// All that is searched, portion by portion: the number of the first spot, the texts one after the other, each with a
    /// line break at its end, and where each ends.
    pub fn each_text(&self, mut act: impl FnMut(u64, &[u8], &[u32; LEAF])) {
        let mut reader = self.texts.reader();
        for (first, drawer) in self.drawers() {
            let (texts, ends) = drawer.texts.all(&mut reader);
            act(first, texts, &ends);
        }
    }

    /// An empty cellar where the texts' one is.
    pub fn empty_cellar(&self) -> Cellar {
        self.texts.another()
    }

    pub fn connection_of(&self, id: ListingId) -> Option<ConnectionId> {
        self.drawer(id).and_then(|(drawer, spot)| drawer.connection(spot))
    }

    /// Whose it is, if it is still there.
    pub fn present(&self, id: ListingId) -> Option<ConnectionId> {
        self.drawer(id).filter(|(drawer, spot)| !drawer.is_gone(*spot)).and_then(|(drawer, s)| drawer.connection(s))
    }

    /// How many variants it has.
    pub fn variants(&self, id: ListingId) -> Option<usize> {
        let (drawer, spot) = self.drawer(id)?;
        drawer.variants(spot).or_else(|| Some(self.look(id)?.known.variants.len()))
    }

    /// What a connection has, but for what is gone.
    pub fn there(&self, connection: ConnectionId) -> There {
        self.there.get(&connection).copied().unwrap_or_default()
    }

    /// The drawers that hold something, each with the number of its first spot.
    fn drawers(&self) -> impl Iterator<Item = (u64, &Drawer)> {
        let drawers = self.drawers.iter().enumerate();
        drawers.filter_map(|(place, drawer)| Some(((place * LEAF) as u64, drawer.as_deref()?)))
    }

    /// The numbers of a connection's listings, gone or not.
    pub fn of(&self, connection: ConnectionId) -> impl Iterator<Item = ListingId> + '_ {
        self.drawers().flat_map(move |(first, drawer)| {
            let spots = drawer.leaf.spots().filter(move |spot| drawer.connection(*spot) == Some(connection));
            spots.map(move |spot| ListingId(first + spot as u64))
        })
    }

    /// All of a connection that are not gone.
    pub fn present_of(&self, connection: ConnectionId) -> impl Iterator<Item = ListingId> + '_ {
        self.of(connection).filter(|id| self.present(*id).is_some())
    }

    /// Takes a listing out of the count, or into it.
    fn count(&mut self, id: ListingId, out: bool) {
        let (Some(connection), Some(variants)) = (self.present(id), self.variants(id)) else { return };
        let there = self.there.entry(connection).or_default();
        let step = |number: u64, by: u64| if out { number.saturating_sub(by) } else { number + by };
        there.listings = step(there.listings, 1);
        there.variants = step(there.variants, variants as u64);
    }

    pub fn put(&mut self, kept: Kept, text: &str) {
        let id = kept.known.id;
        self.count += u64::from(self.drawer(id).is_none());
        self.count(id, true);
        let (at, spot) = place(id.0);
        let drawer = leaf_mut(&mut self.drawers, at);
        let before = drawer.texts.in_memory();
        let read = drawer.put(spot, kept, text, &self.texts);
        self.text_in_memory = self.text_in_memory + drawer.texts.in_memory() - before;
        self.keeper.count(read);
        self.count(id, false);
    }

    /// Changes a listing, but for its title, its variants and their keys. `false` if there is none.
    pub fn change(&mut self, id: ListingId, change: impl FnOnce(&mut Kept)) -> bool {
        if self.drawer(id).is_none() {
            return false;
        }
        self.count(id, true);
        let (at, spot) = place(id.0);
        let read = leaf_mut(&mut self.drawers, at).change(spot, self.keeper.cellar(), change);
        self.keeper.count(read == Some(true));
        self.count(id, false);
        true
    }

    pub fn remove(&mut self, id: ListingId) {
        if self.drawer(id).is_none() {
            return;
        }
        self.count(id, true);
        self.count -= 1;
        let (at, spot) = place(id.0);
        let drawer = leaf_mut(&mut self.drawers, at);
        let before = drawer.texts.in_memory();
        drawer.take_out(spot, &self.texts);
        self.text_in_memory = self.text_in_memory + drawer.texts.in_memory() - before;
        if drawer.leaf.is_empty() {
            Arc::make_mut(&mut self.drawers)[at] = None;
        }
    }

    /// Puts aside what is at hand, if that has become too much.
    pub fn tidy(&mut self) {
        self.keeper.tidy(&mut self.drawers, self.count);
        if self.text_in_memory > self.most_text {
            self.tidy_texts();
        }
    }

    fn tidy_texts(&mut self) {
        self.text_in_memory = 0;
        let new = |drawer: &&mut Arc<Drawer>| drawer.texts.in_memory() > 0;
        let mut count = 0;
        for drawer in Arc::make_mut(&mut self.drawers).iter_mut().flatten().inspect(|_| count += 1).filter(new) {
            if let Err(why) = Arc::make_mut(drawer).texts.put_aside(&self.texts) {
                tracing::warn!(%why, "part of what is searched stays in memory");
                return;
            }
        }
        if is_worn(&self.texts, count, LEAST_TEXTS) {
            let fresh = self.texts.another();
            let mut reader = self.texts.reader();
            for drawer in Arc::make_mut(&mut self.drawers).iter_mut().flatten() {
                Arc::make_mut(drawer).texts.move_to(&mut reader, &fresh);
            }
            drop(reader);
            self.texts = Arc::new(fresh);
        }
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub use samples::{connection as sample_connection, listing as sample_listing};
