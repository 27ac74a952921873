//! Windows on the products: filter, search, sort, and the rows that are shown.
//!
//! The order of a view is kept until the catalogue changes, so turning pages costs nothing but the rows.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ListingId, Presence, ProductId};
use crate::protocol::{ProductRow, ProductSort, ProductsView, Reply, ReportView, ShownQuantity, Window};
use crate::rules::CatalogueView;
use crate::rules::filter::{Search, folded};

use super::catalogue::Snapshot;
use super::products::{Product, link_mark};
use super::sync::history::Histories;
use super::truth::{Known, Truth};

/// How many views are kept: some terminals, each with a pane or two.
const KEPT: usize = 8;

/// At most so many rows in one answer.
pub const MOST_ROWS: u32 = 1000;

/// A view of the report, with the number of the report that it is a view of.
pub type ReportKey = (ReportView, u64);

/// Views that were asked for lately.
#[derive(Default)]
pub struct Views {
    products: Mutex<Lately<ProductsView, ListingId>>,
    reports: Mutex<Lately<ReportKey, u32>>,
    pub histories: Histories,
}

/// Orders by what they are a view of, with the catalogue's revision; the latest first.
struct Lately<K, T>(Vec<(K, u64, Arc<Vec<T>>)>);

impl<K, T> Default for Lately<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// An order from the cache, or made now. It is made without the lock: two who ask at once may both make it.
fn lately<K: Clone + PartialEq, T>(
    kept: &Mutex<Lately<K, T>>,
    key: &K,
    revision: u64,
    make: impl FnOnce() -> Vec<T>,
) -> Arc<Vec<T>> {
    let find = |kept: &Lately<K, T>| {
        kept.0.iter().find(|(known, of, _)| known == key && *of == revision).map(|(.., order)| order.clone())
    };
    if let Some(order) = find(&kept.lock().unwrap_or_else(PoisonError::into_inner)) {
        return order;
    }
    let order = Arc::new(make());
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.0.retain(|(known, ..)| known != key);
    kept.0.insert(0, (key.clone(), revision, order.clone()));
    kept.0.truncate(KEPT);
    order
}

impl Views {
    /// The order of a view of the report.
    pub fn report(&self, key: &ReportKey, revision: u64, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        lately(&self.reports, key, revision, make)
    }

    fn products(&self, known: &Known, view: &ProductsView) -> Arc<Vec<ListingId>> {
        lately(&self.products, view, known.catalogue.now().revision, || order(known, view))
    }
}

/// The rows of a window that are there.
pub fn slice<T>(all: &[T], window: Window) -> &[T] {
    let from = usize::try_from(window.offset).unwrap_or(usize::MAX).min(all.len());
    let to = from.saturating_add(window.limit.min(MOST_ROWS) as usize).min(all.len());
    &all[from..to]
}

pub fn products(truth: &Truth, view: &ProductsView, window: Window) -> Reply {
    truth.read(|known| {
        let order = truth.views.products(known, view);
        let catalogue = known.catalogue.now();
        let rows = slice(&order, window).iter();
        let rows = rows.filter_map(|id| known.products.of(*id)).filter_map(|product| row(truth, catalogue, product));
        Reply::Products {
            revision: catalogue.revision,
            total: order.len() as u64,
            everything: known.products.len() as u64,
            offset: window.offset,
            rows: rows.collect(),
        }
    })
}

pub fn product_ids(truth: &Truth, view: &ProductsView, window: Option<Window>) -> Reply {
    truth.read(|known| {
        let order = truth.views.products(known, view);
        let ids = match window {
            // Numbers alone are small: a window of them may be as large as it likes.
            Some(window) => {
                let from = usize::try_from(window.offset).unwrap_or(usize::MAX).min(order.len());
                &order[from..from.saturating_add(window.limit as usize).min(order.len())]
            }
            None => &order[..],
        };
        Reply::ProductIds { products: ids.iter().map(|id| ProductId(*id)).collect() }
    })
}

fn order(known: &Known, view: &ProductsView) -> Vec<ListingId> {
    let catalogue = known.catalogue.now();
    let search = Search::new(&view.search);
    let shown = |product: &&Product| {
        // What was deleted everywhere is shown to whoever asks for that.
        view.presence.map_or(product.presence != Presence::Neither, |presence| product.presence == presence)
            && !(view.hide_sold_out && product.sold_out)
            && view.status.is_none_or(|status| status.keeps(product.standing.state))
            && (search.is_empty() || product.found(&search, catalogue))
    };
    let root = |product: &Product| product.root();
    let titled = known.products.by_title();
    match view.sort.by {
        ProductSort::Title if view.sort.descending => titled.rev().filter(shown).filter_map(root).collect(),
        ProductSort::Title => titled.filter(shown).filter_map(root).collect(),
        // The most pressing first.
        ProductSort::Status => {
            sorted(titled.filter(shown), view.sort.descending, |product| Some(product.standing.state))
        }
        ProductSort::Sku => sorted(titled.filter(shown), view.sort.descending, |product| {
            let kept = product.root().and_then(|root| catalogue.kept(root))?;
            kept.known.listing.variants.first()?.sku.as_ref().map(|sku| folded(sku))
        }),
        ProductSort::Price => {
            sorted(titled.filter(shown), view.sort.descending, |product| product.price.map(|(low, _)| low.minor))
        }
        ProductSort::InStoreQuantity => {
            sorted(titled.filter(shown), view.sort.descending, |product| counted(product.in_store))
        }
        ProductSort::OnlineQuantity => {
            sorted(titled.filter(shown), view.sort.descending, |product| counted(product.online))
        }
    }
}

fn counted(quantity: Option<ShownQuantity>) -> Option<i64> {
    match quantity {
        Some(ShownQuantity::Counted(quantity)) => Some(quantity.raw()),
        Some(ShownQuantity::Untracked | ShownQuantity::Unknown) | None => None,
    }
}

/// By a key, then by title; what has no such value comes last in either direction.
fn sorted<'a, K: Ord>(
    products: impl Iterator<Item = &'a Product>,
    descending: bool,
    key: impl Fn(&Product) -> Option<K>,
) -> Vec<ListingId> {
    let mut keyed: Vec<(Option<K>, ListingId)> =
        products.filter_map(|product| Some((key(product), product.root()?))).collect();
    // Stable, so equal values stay in the order of their titles.
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) if descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => std::cmp::Ordering::Equal,
    });
    keyed.into_iter().map(|(_, id)| id).collect()
}

fn row(truth: &Truth, catalogue: &Snapshot, product: &Product) -> Option<ProductRow> {
    let kept = catalogue.kept(product.root()?)?;
    let listing = &kept.known.listing;
    let mut marks: Vec<String> = Vec::new();
    for id in &product.listings {
        let Some(kept) = catalogue.kept(*id).filter(|kept| !kept.known.gone) else { continue };
        let mark = mark(truth, catalogue, kept.known.connection);
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    Some(ProductRow {
        product: ProductId(kept.known.id),
        title: listing.title.clone(),
        variants: u32::try_from(listing.variants.len()).unwrap_or(u32::MAX),
        sku: listing.variants.first().and_then(|variant| variant.sku.clone()),
        price: product.price,
        in_store: product.in_store,
        online: product.online,
        presence: product.presence,
        marks,
        link: link_mark(catalogue, kept),
        status: listing.status,
        sync: product.standing.state,
        trouble: product.standing.trouble.clone(),
    })
}

/// The mark of a connection's platform: `Sq`.
pub fn mark(truth: &Truth, catalogue: &Snapshot, connection: crate::domain::ConnectionId) -> String {
    let profile = catalogue.connection(connection).and_then(|known| truth.shops.profile(&known.platform.0));
    profile.map_or_else(|| "??".to_owned(), |profile| profile.mark.to_owned())
}
