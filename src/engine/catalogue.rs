//! What is known of all shops, in memory: listings and links, ready to be asked.
//!
//! [`Snapshot`] is what the rules see. Its maps are shared and copied when they are written to while somebody still
//! reads, so a report over a million listings works on a still picture while the engine goes on. Descriptions and
//! pictures stay in the store: nothing here needs them. Everything changes through [`Catalogue::apply`], fed with
//! entries that the store has acknowledged, and never otherwise.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::{
    Connection, ConnectionId, Field, FieldValue, KnownListing, Link, LinkId, Listing, ListingId, Quantity, RemoteId,
    Side, Stock, SyncSettings, Variant, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::fields::{Face, face, value};
use crate::rules::filter::folded;
use crate::rules::ledger::Offer;
use crate::store::Entry;

/// A listing as it is kept in memory.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Without description and pictures.
    pub known: KnownListing,
    /// Of the listing as it was journalled; tells, together with the stock, whether a feed shows anything new.
    pub digest: Digest,
    /// The title in the form in which it is sorted.
    pub title: Arc<str>,
    /// Title, SKUs and barcodes in the form in which they are searched.
    pub search: Box<str>,
    /// What stands in the description and the pictures, as far as deciding about them needs it.
    description: Face,
    images: Face,
}

/// A fingerprint of what a platform shows of a listing.
pub type Digest = [u8; 16];

/// The listing's fingerprint, but for its stock, which is compared by itself. The platform's own time stamp does not
/// count either: it moves with every sale.
pub fn digest(listing: &Listing) -> Digest {
    let mut still = Listing { updated_at: None, ..listing.clone() };
    for variant in &mut still.variants {
        variant.stock = Stock::Unknown;
    }
    // A form that cannot be written is taken as new each time, which costs a line in the journal and no more.
    let bytes = postcard::to_stdvec(&still).unwrap_or_default();
    short(&bytes)
}

fn short(bytes: &[u8]) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    digest
}

impl Kept {
    fn new(known: &KnownListing) -> Self {
        let digest = digest(&known.listing);
        let title: Arc<str> = folded(&known.listing.title).into();
        let mut search = String::from(&*title);
        for variant in &known.listing.variants {
            for key in [&variant.sku, &variant.barcode].into_iter().flatten() {
                search.push('\n');
                search.push_str(&folded(key));
            }
        }
        let mut known = known.clone();
        let description = face(Field::Description, &FieldValue::Text(std::mem::take(&mut known.listing.description)));
        let images = face(Field::Images, &FieldValue::Images(std::mem::take(&mut known.listing.images)));
        Self { known, digest, title, search: search.into(), description, images }
    }

    /// What the listing shows of a field; `None` if it has no such variant.
    pub fn face(&self, field: Field, variant: Option<VariantId>) -> Option<Face> {
        match field {
            Field::Description => Some(self.description),
            Field::Images => Some(self.images),
            _ => {
                let variant = variant.and_then(|number| self.known.variant(number));
                value(field, &self.known.listing, variant).map(|value| face(field, &value))
            }
        }
    }
}

type Shelf = BTreeMap<ListingId, Arc<Kept>>;

/// A still picture of the catalogue. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    connections: BTreeMap<ConnectionId, Arc<Connection>>,
    shelves: BTreeMap<ConnectionId, Arc<Shelf>>,
    settings: BTreeMap<ConnectionId, SyncSettings>,
    links: Arc<BTreeMap<LinkId, Arc<Link>>>,
    link_of: Arc<HashMap<VariantId, Arc<Link>>>,
    /// Grows with each change.
    pub revision: u64,
    /// Grows when something changes that matching looks at: not with sales, and not when links are made.
    pub matching_revision: u64,
}

impl Snapshot {
    pub fn kept(&self, id: ListingId) -> Option<&Arc<Kept>> {
        self.shelves.values().find_map(|shelf| shelf.get(&id))
    }

    /// All of a connection, also those that are gone.
    pub fn shelf(&self, connection: ConnectionId) -> impl Iterator<Item = &Arc<Kept>> {
        self.shelves.get(&connection).into_iter().flat_map(|shelf| shelf.values())
    }

    pub fn links(&self) -> impl Iterator<Item = &Arc<Link>> {
        self.links.values()
    }

    pub fn link(&self, id: LinkId) -> Option<&Arc<Link>> {
        self.links.get(&id)
    }

    /// Whether a connection has settings of its own.
    pub fn has_settings(&self, id: ConnectionId) -> bool {
        self.settings.contains_key(&id)
    }

    /// What a connection holds of a variant, over the locations in use; `None` while that is unknown.
    pub fn total(&self, listing: ListingId, variant: VariantId) -> Option<Quantity> {
        let kept = self.kept(listing).filter(|kept| !kept.known.gone)?;
        let connection = self.connections.get(&kept.known.connection)?;
        kept.known.variant(variant)?.stock.total(|location| connection.counts(location))
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
        Box::new(self.shelf(connection).map(|kept| &kept.known).filter(|known| !known.gone))
    }

    fn settings(&self, id: ConnectionId) -> SyncSettings {
        let known = self.settings.get(&id).cloned();
        let keeps_stock = self.connection(id).is_some_and(|connection| connection.side == Side::InStore);
        known.unwrap_or_else(|| SyncSettings::standard(keeps_stock, false))
    }

    fn link_of(&self, variant: VariantId) -> Option<&Link> {
        self.link_of.get(&variant).map(|link| &**link)
    }
}

/// The snapshot that is being written, and the way from the platforms' identifiers to our numbers.
#[derive(Debug, Default)]
pub struct Catalogue {
    now: Snapshot,
    listings: HashMap<Digest, ListingId>,
    variants: HashMap<Digest, (ListingId, VariantId)>,
}

/// The three name spaces of a platform's identifiers: they may hold the same text for different things.
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

fn key(kind: u8, connection: ConnectionId, remote: &RemoteId) -> Digest {
    let mut bytes = Vec::with_capacity(5 + remote.as_str().len());
    bytes.push(kind);
    bytes.extend_from_slice(&connection.0.to_le_bytes());
    bytes.extend_from_slice(remote.as_str().as_bytes());
    short(&bytes)
}

const LISTING: u8 = b'l';
const VARIANT: u8 = b'v';
const INVENTORY: u8 = b'i';

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

    pub fn by_remote(&self, connection: ConnectionId, remote: &RemoteId) -> Option<ListingId> {
        self.listings.get(&key(LISTING, connection, remote)).copied()
    }

    /// By the identifier that the platform's stock calls use.
    pub fn by_stock(&self, connection: ConnectionId, remote: &RemoteId) -> Option<(ListingId, VariantId)> {
        let find = |kind| self.variants.get(&key(kind, connection, remote)).copied();
        find(INVENTORY).or_else(|| find(VARIANT))
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
                if recount { self.now.shelf(connection.id).map(|kept| kept.known.id).collect() } else { Vec::new() }
            }
            Entry::ConnectionRemoved(connection) => self.remove(*connection),
            Entry::SettingsKept { connection, settings } => {
                let shown = Offer::of(&self.now.settings(*connection)) != Offer::of(settings);
                self.now.settings.insert(*connection, settings.clone());
                if shown { self.now.shelf(*connection).map(|kept| kept.known.id).collect() } else { Vec::new() }
            }
            Entry::ListingSeen(known) => self.put(known),
            Entry::LevelSeen { listing, variant, location, quantity, at } => self.change(*listing, |kept| {
                kept.known.see_level(*variant, location.clone(), *quantity, *at);
            }),
            Entry::ListingGone { listing, .. } => self.change(*listing, |kept| kept.known.gone = true),
            Entry::LinkKept(link) => self.link(link),
            Entry::LinkRemoved { link, .. } => self.unlink(*link),
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
            | Entry::DriftEstimated { .. } => false,
        }
    }

    fn put(&mut self, known: &KnownListing) -> Vec<ListingId> {
        let connection = known.connection;
        self.forget_remotes(known.id);
        self.listings.insert(key(LISTING, connection, &known.listing.remote), known.id);
        for (number, variant) in known.numbered() {
            self.variants.insert(key(VARIANT, connection, &variant.remote), (known.id, number));
            if let Some(inventory) = &variant.inventory {
                self.variants.insert(key(INVENTORY, connection, inventory), (known.id, number));
            }
        }
        let shelf = Arc::make_mut(self.now.shelves.entry(connection).or_default());
        shelf.insert(known.id, Arc::new(Kept::new(known)));
        vec![known.id]
    }

    fn forget_remotes(&mut self, id: ListingId) {
        let Some(kept) = self.now.kept(id).cloned() else { return };
        self.listings.remove(&key(LISTING, kept.known.connection, &kept.known.listing.remote));
        for variant in &kept.known.listing.variants {
            self.variants.remove(&key(VARIANT, kept.known.connection, &variant.remote));
            if let Some(inventory) = &variant.inventory {
                self.variants.remove(&key(INVENTORY, kept.known.connection, inventory));
            }
        }
    }

    fn change(&mut self, id: ListingId, change: impl FnOnce(&mut Kept)) -> Vec<ListingId> {
        for shelf in self.now.shelves.values_mut() {
            if shelf.contains_key(&id) {
                if let Some(kept) = Arc::make_mut(shelf).get_mut(&id) {
                    change(Arc::make_mut(kept));
                }
                return vec![id];
            }
        }
        Vec::new()
    }

    fn link(&mut self, link: &Link) -> Vec<ListingId> {
        let mut touched = self.unlink(link.id);
        let link = Arc::new(link.clone());
        let link_of = Arc::make_mut(&mut self.now.link_of);
        for member in &link.members {
            link_of.insert(member.variant, link.clone());
            touched.push(member.listing);
        }
        Arc::make_mut(&mut self.now.links).insert(link.id, link);
        touched
    }

    fn unlink(&mut self, id: LinkId) -> Vec<ListingId> {
        let Some(link) = Arc::make_mut(&mut self.now.links).remove(&id) else { return Vec::new() };
        let link_of = Arc::make_mut(&mut self.now.link_of);
        for member in &link.members {
            link_of.remove(&member.variant);
        }
        link.members.iter().map(|member| member.listing).collect()
    }

    fn remove(&mut self, connection: ConnectionId) -> Vec<ListingId> {
        let ids: Vec<ListingId> = self.now.shelf(connection).map(|kept| kept.known.id).collect();
        for id in &ids {
            self.forget_remotes(*id);
        }
        let mut touched = ids;
        for link in self.now.links.values().cloned().collect::<Vec<_>>() {
            if link.members.iter().any(|member| member.connection == connection) {
                touched.extend(self.unlink(link.id));
                let left: Vec<_> = link.members.iter().filter(|m| m.connection != connection).cloned().collect();
                if left.len() >= 2 {
                    self.link(&Link { members: left, ..(*link).clone() });
                }
            }
        }
        self.now.shelves.remove(&connection);
        self.now.connections.remove(&connection);
        self.now.settings.remove(&connection);
        touched
    }
}
