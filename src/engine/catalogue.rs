//! What is known of all shops, in memory: listings and links, ready to be asked.
//!
//! [`Snapshot`] is what the rules see. What it holds is shared and copied, part by part, when it is written to while
//! somebody still reads, so a report over a million listings works on a still picture while the engine goes on.
//! Descriptions, pictures and pages stay in the store: nothing here needs them. Everything changes through
//! [`Catalogue::apply`], fed with entries that the store has acknowledged, and never otherwise.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    Connection, ConnectionId, KnownListing, Link, LinkId, Listing, ListingId, Quantity, RemoteId, Side, SyncSettings,
    Variant, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::ledger::Offer;
use crate::store::{Entry, Spare};

use super::cabinet::{Cabinet, Cellar, Filed, LEAF, Pages, Pile, There, searched};
pub use super::cabinet::{Digest, Kept, digest};
use super::remotes::{Kind, Remotes};

/// A still picture of the catalogue. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    connections: BTreeMap<ConnectionId, Arc<Connection>>,
    cabinet: Cabinet,
    settings: BTreeMap<ConnectionId, SyncSettings>,
    links: Pile<Link>,
    /// How many variants of a listing are linked.
    linked: Pages<u16>,
    /// The link of a variant; 0 for none, as no link has that number.
    link_of: Pages<u32>,
    /// Grows with each change.
    pub revision: u64,
    /// Grows when something changes that matching looks at: not with sales, and not when links are made.
    pub matching_revision: u64,
    /// Grows when variants are linked or unlinked: not with the quantities of a link.
    pub ties: u64,
}

impl Snapshot {
    /// Reads a listing, and keeps it at hand.
    pub fn kept(&self, id: ListingId) -> Option<&Arc<Kept>> {
        self.cabinet.get(id)
    }

    /// The same for whoever looks at many listings, each once.
    pub fn look(&self, id: ListingId) -> Option<Arc<Kept>> {
        self.cabinet.look(id)
    }

    /// The numbers of a connection's listings, also of those that are gone.
    pub fn shelf(&self, connection: ConnectionId) -> impl Iterator<Item = ListingId> + '_ {
        self.cabinet.of(connection)
    }

    /// How many listings and variants a connection has, but for those that are gone.
    pub fn there(&self, connection: ConnectionId) -> There {
        self.cabinet.there(connection)
    }

    /// Whose a listing is, if it is not gone.
    pub fn present(&self, id: ListingId) -> Option<ConnectionId> {
        self.cabinet.present(id)
    }

    /// Whose a listing is.
    pub fn connection_of(&self, id: ListingId) -> Option<ConnectionId> {
        self.cabinet.connection_of(id)
    }

    /// A listing's title, SKUs and barcodes, as they are searched; a line for each.
    /// Who asks for many of them goes through all instead, by [`Snapshot::each_text`] or [`Snapshot::portions`].
    pub fn text(&self, id: ListingId) -> Option<Cow<'_, str>> {
        self.cabinet.text(id)
    }

    /// The texts of all listings, in the order of their numbers.
    pub fn each_text(&self, mut act: impl FnMut(ListingId, &[u8])) {
        self.portions(|first, texts, ends| {
            let mut start = 0;
            for (id, end) in (first..).map(ListingId).zip(ends) {
                let text = texts.get(start as usize..*end as usize).unwrap_or_default();
                start = *end;
                if let Some(text) = text.strip_suffix(b"\n") {
                    act(id, text);
                }
            }
        });
    }

    /// All that is searched, in portions: the number of the first listing, the texts one after the other, each with a
    /// line break at its end, and where each ends.
    pub fn portions(&self, act: impl FnMut(u64, &[u8], &[u32; LEAF])) {
        self.cabinet.each_text(act);
    }

    /// An empty cellar in the place where what is seldom looked at lies.
    pub fn empty_cellar(&self) -> Cellar {
        self.cabinet.empty_cellar()
    }

    /// All links. What is not at hand is read, and not at hand afterwards either.
    pub fn links(&self) -> impl Iterator<Item = Arc<Link>> + '_ {
        self.links.all()
    }

    pub fn link(&self, id: LinkId) -> Option<&Arc<Link>> {
        self.links.get(id.0)
    }

    /// Whether any variant of a listing is linked.
    pub fn is_linked(&self, id: ListingId) -> bool {
        self.linked.get(id.0) > 0
    }

    /// Whether all variants of a listing are linked.
    pub fn is_linked_whole(&self, id: ListingId) -> bool {
        let linked = usize::from(self.linked.get(id.0));
        linked > 0 && self.cabinet.variants(id).is_some_and(|all| linked >= all)
    }

    /// Whether a connection has settings of its own.
    pub fn has_settings(&self, id: ConnectionId) -> bool {
        self.settings.contains_key(&id)
    }

    /// What a connection holds of a variant, over the locations in use; `None` while that is unknown.
    pub fn total(&self, listing: ListingId, variant: VariantId) -> Option<Quantity> {
        let connection = self.connections.get(&self.present(listing)?)?;
        self.kept(listing)?.known.variant(variant)?.stock.total(|location| connection.counts(location))
    }
}

impl CatalogueView for Snapshot {
    fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id).map(|connection| &**connection)
    }

    fn connections(&self) -> Vec<&Connection> {
        self.connections.values().map(|connection| &**connection).collect()
    }

    fn listing(&self, id: ListingId) -> Option<&KnownListing> {
        self.kept(id).map(|kept| &kept.known)
    }

    fn listings_of<'a>(&'a self, connection: ConnectionId) -> Box<dyn Iterator<Item = &'a KnownListing> + 'a> {
        Box::new(self.cabinet.present_of(connection).filter_map(|id| self.listing(id)))
    }

    fn each_listing(&self, connection: ConnectionId, visit: &mut dyn FnMut(&KnownListing)) {
        for kept in self.cabinet.present_of(connection).filter_map(|id| self.look(id)) {
            visit(&kept.known);
        }
    }

    fn settings(&self, id: ConnectionId) -> SyncSettings {
        let known = self.settings.get(&id).cloned();
        let keeps_stock = self.connection(id).is_some_and(|connection| connection.side == Side::InStore);
        known.unwrap_or_else(|| SyncSettings::standard(keeps_stock, false))
    }

    fn link_of(&self, variant: VariantId) -> Option<&Link> {
        let link = self.link_of.get(variant.0);
        if link == 0 { None } else { self.links.get(link.into()).map(|link| &**link) }
    }
}

/// The snapshot that is being written, and the way from the platforms' identifiers to our numbers.
#[derive(Debug, Default)]
pub struct Catalogue {
    now: Snapshot,
    remotes: Remotes,
}

/// Whether two states of a listing are the same to matching.
fn matches_alike(before: &Listing, after: &Listing) -> bool {
    let keys =
        |variant: &Variant| (variant.sku.clone(), variant.barcode.clone(), variant.price, variant.options.clone());
    before.title == after.title
        && before.brand == after.brand
        && before.status == after.status
        && before.structure == after.structure
        && before.variants.iter().map(keys).eq(after.variants.iter().map(keys))
}

impl Catalogue {
    pub fn snapshot(&self) -> Snapshot {
        self.now.clone()
    }

    pub fn now(&self) -> &Snapshot {
        &self.now
    }

    /// Something beside the catalogue changed that its views show.
    pub fn touch(&mut self) {
        self.now.revision += 1;
    }

    /// An empty one. `spare`: where what nobody looks at just now is put; `at_hand`: so many listings are not.
    pub fn new(spare: Option<Spare>, at_hand: usize) -> Self {
        let now = Snapshot {
            cabinet: Cabinet::new(spare.clone(), at_hand),
            links: Pile::new(spare.clone(), at_hand),
            ..Snapshot::default()
        };
        Self { now, remotes: Remotes::new(spare, at_hand) }
    }

    pub fn by_remote(&self, connection: ConnectionId, remote: &RemoteId) -> Option<ListingId> {
        self.remotes.named(Kind::Listing, connection, remote).into_iter().find(|id| {
            self.now.connection_of(*id) == Some(connection)
                && self.now.kept(*id).is_some_and(|kept| kept.known.listing.remote == *remote)
        })
    }

    /// By the identifier that the platform's stock calls use.
    pub fn by_stock(&self, connection: ConnectionId, remote: &RemoteId) -> Option<(ListingId, VariantId)> {
        let find = |kind, is: fn(&Variant, &RemoteId) -> bool| {
            let listings = self.remotes.named(kind, connection, remote).into_iter();
            let listings = listings.filter(|id| self.now.connection_of(*id) == Some(connection));
            let mut kept = listings.filter_map(|id| self.now.kept(id));
            kept.find_map(|kept| {
                let found = kept.known.numbered().find(|(_, variant)| is(variant, remote));
                found.map(|(number, _)| (kept.known.id, number))
            })
        };
        find(Kind::Inventory, |variant, remote| variant.inventory.as_ref() == Some(remote))
            .or_else(|| find(Kind::Variant, |variant, remote| variant.remote == *remote))
    }

    /// Puts aside what is at hand, if that has become too much. Done after each change of what is listed.
    pub fn tidy(&mut self) {
        self.now.cabinet.tidy();
        self.now.links.tidy();
    }

    /// Takes in what the store has acknowledged. Returns the listings whose rows changed; empty for entries about
    /// jobs and cursors.
    pub fn apply(&mut self, entry: &Entry) -> Vec<ListingId> {
        let matters = self.matters(entry);
        let touched = match entry {
            Entry::ConnectionKept(connection) => {
                let counted = self.now.connections.get(&connection.id).map(|known| &known.locations);
                let recount = counted.is_some_and(|counted| *counted != connection.locations);
                self.now.connections.insert(connection.id, Arc::new(connection.clone()));
                if recount { self.now.shelf(connection.id).collect() } else { Vec::new() }
            }
            Entry::ConnectionRemoved(connection) => {
                self.now.ties += 1;
                self.remove(*connection)
            }
            Entry::SettingsKept { connection, settings } => {
                let shown = Offer::of(&self.now.settings(*connection)) != Offer::of(settings);
                self.now.settings.insert(*connection, settings.clone());
                if shown { self.now.shelf(*connection).collect() } else { Vec::new() }
            }
            Entry::ListingSeen(known) => self.put(known),
            Entry::LevelSeen { listing, variant, location, quantity, at } => self.change(*listing, |kept| {
                kept.known.see_level(*variant, location.clone(), *quantity, *at);
            }),
            Entry::ListingGone { listing, .. } => self.change(*listing, |kept| kept.known.gone = true),
            Entry::LinkKept(link) => {
                let variants = |link: &Link| link.members.iter().map(|member| member.variant).collect::<Vec<_>>();
                let same = self.now.link(link.id).is_some_and(|known| variants(known) == variants(link));
                self.now.ties += u64::from(!same);
                self.link(link)
            }
            Entry::LinkRemoved { link, .. } => {
                self.now.ties += 1;
                self.unlink(*link)
            }
            Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::JobPlanned { .. }
            | Entry::JobKept(_)
            | Entry::StepMoved { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_)
            | Entry::FieldRulesKept(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::Noted(_)
            | Entry::DriftEstimated { .. } => return Vec::new(),
            // The views of the report show something else.
            Entry::PairRejected(_) | Entry::PairAllowed { .. } => Vec::new(),
        };
        self.now.revision += 1;
        self.now.matching_revision += u64::from(matters);
        touched
    }

    /// Whether an entry changes what the link report is made of.
    fn matters(&self, entry: &Entry) -> bool {
        match entry {
            Entry::ConnectionKept(_) | Entry::ConnectionRemoved(_) | Entry::ListingGone { .. } => true,
            Entry::ListingSeen(seen) => {
                let known = self.now.kept(seen.id).map(|kept| &kept.known);
                !known.is_some_and(|known| known.gone == seen.gone && matches_alike(&known.listing, &seen.listing))
            }
            Entry::LevelSeen { .. }
            | Entry::LinkKept(_)
            | Entry::LinkRemoved { .. }
            | Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::JobPlanned { .. }
            | Entry::JobKept(_)
            | Entry::StepMoved { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_)
            | Entry::SettingsKept { .. }
            | Entry::FieldRulesKept(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::Noted(_)
            | Entry::DriftEstimated { .. }
            | Entry::PairRejected(_)
            | Entry::PairAllowed { .. } => false,
        }
    }

    fn put(&mut self, known: &KnownListing) -> Vec<ListingId> {
        self.take(known.clone());
        vec![known.id]
    }

    /// Takes in a listing as the store has it.
    pub fn take(&mut self, known: KnownListing) {
        let before = self.now.look(known.id);
        self.remotes.learn(&known, before.as_ref().map(|kept| &kept.known));
        let text = searched(&known.listing);
        self.now.cabinet.put(Kept::new(known), &text);
    }

    fn change(&mut self, id: ListingId, change: impl FnOnce(&mut Kept)) -> Vec<ListingId> {
        if self.now.cabinet.change(id, change) { vec![id] } else { Vec::new() }
    }

    fn link(&mut self, link: &Link) -> Vec<ListingId> {
        let mut touched = self.unlink(link.id);
        // Four thousand million links are beyond any shop's life.
        let number = u32::try_from(link.id.0).unwrap_or_default();
        for member in &link.members {
            if self.now.link_of.get(member.variant.0) == 0 {
                let linked = self.now.linked.get(member.listing.0);
                self.now.linked.set(member.listing.0, linked.saturating_add(1));
            }
            self.now.link_of.set(member.variant.0, number);
            touched.push(member.listing);
        }
        self.now.links.put(link.id.0, Arc::new(link.clone()));
        touched
    }

    fn unlink(&mut self, id: LinkId) -> Vec<ListingId> {
        let Some(link) = self.now.links.take_out(id.0) else { return Vec::new() };
        for member in &link.members {
            if self.now.link_of.get(member.variant.0) != 0 {
                let linked = self.now.linked.get(member.listing.0);
                self.now.linked.set(member.listing.0, linked.saturating_sub(1));
            }
            self.now.link_of.set(member.variant.0, 0);
        }
        link.members.iter().map(|member| member.listing).collect()
    }

    fn remove(&mut self, connection: ConnectionId) -> Vec<ListingId> {
        let ids: Vec<ListingId> = self.now.shelf(connection).collect();
        for id in &ids {
            self.now.cabinet.remove(*id);
        }
        let mut touched = ids;
        let tied = |link: &Arc<Link>| link.members.iter().any(|member| member.connection == connection);
        for link in self.now.links().filter(tied).map(|link| link.id).collect::<Vec<_>>() {
            if let Some(link) = self.now.link(link).cloned() {
                touched.extend(self.unlink(link.id));
                let left: Vec<_> = link.members.iter().filter(|m| m.connection != connection).cloned().collect();
                if left.len() >= 2 {
                    self.link(&Link { members: left, ..(*link).clone() });
                }
            }
        }
        self.now.connections.remove(&connection);
        self.now.settings.remove(&connection);
        touched
    }
}

impl Filed for Link {
    fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_extend(self, bytes)
    }

    fn unpack(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}
