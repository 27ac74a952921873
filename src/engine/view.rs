//! Windows on the products: filter, search, sort, and the rows that are shown.
//!
//! The order of a view is kept until the catalogue changes, so turning pages costs nothing but the rows.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ListingId, Presence, ProductId};
use crate::protocol::{ProductRow, ProductSort, ProductsView, Reply, ReportView, ShownQuantity, Window};
use crate::rules::CatalogueView;
use crate::rules::filter::Search;

use super::cabinet::sku;
use super::catalogue::Snapshot;
use super::products::{Mark, Product, link_mark, prices};
use super::ranks::{self, Ranks};
use super::search::{self, Words};
use super::sync::history::Histories;
use super::truth::{Known, Truth};

/// How many views are kept: some terminals, each with a pane or two.
const KEPT: usize = 8;

/// How many rows they may have together, if one alone has not more: four bytes each.
const KEPT_ROWS: usize = 3_000_000;

/// At most so many rows in one answer.
pub const MOST_ROWS: u32 = 1000;

/// A search within a former one that found fewer than one in so many products looks at those alone.
const FEW: usize = 16;

/// A view of the report, with the number of the report that it is a view of.
pub type ReportKey = (ReportView, u64);

/// Views that were asked for lately.
#[derive(Default)]
pub struct Views {
    products: Mutex<Lately<ProductsView>>,
    reports: Mutex<Lately<ReportKey>>,
    pub histories: Histories,
}

/// Orders by what they are a view of, with the catalogue's revision; the latest first.
struct Lately<K>(Vec<(K, u64, Arc<Vec<u32>>)>);

impl<K> Default for Lately<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Lately<K> {
    fn find(&self, key: &K, revision: u64) -> Option<Arc<Vec<u32>>> {
        self.0.iter().find(|(known, of, _)| known == key && *of == revision).map(|(.., order)| order.clone())
    }

    fn keep(&mut self, key: K, revision: u64, order: &Arc<Vec<u32>>) {
        // Of another revision nothing is ever asked for again.
        self.0.retain(|(known, of, _)| *known != key && *of == revision);
        self.0.insert(0, (key, revision, order.clone()));
        let mut rows = 0;
        let fitting = self.0.iter().take_while(|(.., order)| {
            rows += order.len();
            rows <= KEPT_ROWS
        });
        let fitting = fitting.count();
        self.0.truncate(fitting.clamp(1, KEPT));
    }
}

/// An order from the cache, or made now. It is made without the lock: two who ask at once may both make it.
fn lately<K: Clone + PartialEq>(
    kept: &Mutex<Lately<K>>,
    key: &K,
    revision: u64,
    make: impl FnOnce() -> Vec<u32>,
) -> Arc<Vec<u32>> {
    if let Some(order) = kept.lock().unwrap_or_else(PoisonError::into_inner).find(key, revision) {
        return order;
    }
    let mut order = make();
    order.shrink_to_fit();
    let order = Arc::new(order);
    kept.lock().unwrap_or_else(PoisonError::into_inner).keep(key.clone(), revision, &order);
    order
}

/// The products of a view, in its order.
enum Order {
    /// All of them, by title.
    All {
        descending: bool,
    },
    These(Arc<Vec<u32>>),
}

impl Order {
    fn len(&self, known: &Known) -> usize {
        match self {
            Self::All { .. } => known.products.titles().len(),
            Self::These(order) => order.len(),
        }
    }

    /// Where a product stands, from 0.
    fn place(&self, known: &Known, product: ProductId) -> Option<u64> {
        let is_it = |other: u32| u64::from(other) == product.0.0;
        let place = match self {
            Self::All { descending: false } => known.products.titles().from(0).position(is_it),
            Self::All { descending: true } => known.products.titles().back_from(0).position(is_it),
            Self::These(order) => order.iter().copied().position(is_it),
        };
        place.map(|place| place as u64)
    }

    fn window(&self, known: &Known, offset: u64, limit: u32) -> Vec<ListingId> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let (titles, limit) = (known.products.titles(), limit as usize);
        let these: Vec<u32> = match self {
            Self::All { descending: false } => titles.from(from).take(limit).collect(),
            Self::All { descending: true } => titles.back_from(from).take(limit).collect(),
            Self::These(order) => order.iter().skip(from).take(limit).copied().collect(),
        };
        these.into_iter().map(|product| ListingId(product.into())).collect()
    }
}

impl Views {
    /// The order of a view of the report.
    pub fn report(&self, key: &ReportKey, revision: u64, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        lately(&self.reports, key, revision, make)
    }

    fn products(&self, known: &Known, view: &ProductsView) -> Order {
        if is_whole(known, view) {
            return Order::All { descending: view.sort.descending };
        }
        let revision = known.catalogue.now().revision;
        Order::These(lately(&self.products, view, revision, || order(known, view, self.wider(view, revision))))
    }

    /// The shortest of the kept orders that hold all that a view shows, in its order.
    fn wider(&self, view: &ProductsView, revision: u64) -> Option<Arc<Vec<u32>>> {
        let search = Search::new(&view.search);
        let kept = self.products.lock().unwrap_or_else(PoisonError::into_inner);
        let wider = kept.0.iter().filter(|(known, of, _)| {
            *of == revision
                && known.sort == view.sort
                && (known.presence == view.presence)
                && (known.hide_sold_out == view.hide_sold_out || !known.hide_sold_out)
                && (known.status == view.status || known.status.is_none())
                && search.narrows(&Search::new(&known.search))
        });
        wider.map(|(.., order)| order).min_by_key(|order| order.len()).cloned()
    }
}

/// Whether a view shows all products by their titles.
fn is_whole(known: &Known, view: &ProductsView) -> bool {
    view.sort.by == ProductSort::Title
        && view.presence.is_none()
        && !known.products.some_deleted()
        && !view.hide_sold_out
        && view.status.is_none()
        && Search::new(&view.search).is_empty()
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
        let rows = order.window(known, window.offset, window.limit.min(MOST_ROWS)).into_iter();
        let rows = rows.filter_map(|id| known.products.of(id)).filter_map(|product| row(truth, catalogue, product));
        Reply::Products {
            revision: catalogue.revision,
            total: order.len(known) as u64,
            everything: known.products.len() as u64,
            offset: window.offset,
            rows: rows.collect(),
        }
    })
}

pub fn product_ids(truth: &Truth, view: &ProductsView, window: Option<Window>) -> Reply {
    truth.read(|known| {
        let order = truth.views.products(known, view);
        // Numbers alone are small: a window of them may be as large as it likes.
        let Window { offset, limit } = window.unwrap_or(Window { offset: 0, limit: u32::MAX });
        Reply::ProductIds { products: order.window(known, offset, limit).into_iter().map(ProductId).collect() }
    })
}

pub fn product_place(truth: &Truth, view: &ProductsView, product: ProductId) -> Reply {
    truth.read(|known| Reply::ProductPlace { place: truth.views.products(known, view).place(known, product) })
}

/// The products of a view in its order. `wider`: an order that holds them all, in the same order.
fn order(known: &Known, view: &ProductsView, wider: Option<Arc<Vec<u32>>>) -> Vec<u32> {
    let (catalogue, products) = (known.catalogue.now(), &known.products);
    let (rows, titles) = (products.rows(), products.titles());
    let search = Search::new(&view.search);
    let fits = |mark: Mark| {
        // What was deleted everywhere is shown to whoever asks for that.
        view.presence.map_or(mark.presence() != Presence::Neither, |presence| mark.presence() == presence)
            && !(view.hide_sold_out && mark.sold_out())
            && view.status.is_none_or(|status| status.keeps(mark.state()))
    };
    let shown = |product: &u32| rows.mark(*product).is_some_and(fits);
    let few = wider.as_ref().is_some_and(|wider| wider.len() < rows.len() / FEW);
    if let Some(wider) = wider.as_ref().filter(|_| few && !search.is_empty()) {
        let words = Words::of(&search);
        let found = |product: &u32| shown(product) && words.are_in(catalogue, products, *product);
        return wider.iter().copied().filter(found).collect();
    }
    let found = (!search.is_empty()).then(|| search::products(catalogue, products, &search));
    let wanted = |product: &u32| found.as_ref().is_none_or(|found| found.holds(*product)) && shown(product);
    if let Some(wider) = wider {
        return wider.iter().copied().filter(wanted).collect();
    }
    let descending = view.sort.descending;
    let titled = || titles.iter().filter(|product| wanted(product));
    match view.sort.by {
        ProductSort::Title if descending => titles.iter().rev().filter(|product| wanted(product)).collect(),
        ProductSort::Title => titled().collect(),
        // The most pressing first.
        ProductSort::Status => sorted(titled(), descending, |product| rows.mark(product).map(Mark::state)),
        ProductSort::Sku => {
            let ranks = Ranks::of(catalogue, sku, |product| wanted(&product));
            sorted(titled(), descending, |product| ranks.get(ListingId(product.into())))
        }
        ProductSort::Price => sorted(titled(), descending, |product| rows.price(product)),
        ProductSort::InStoreQuantity => sorted(titled(), descending, |product| counted(rows.in_store(product))),
        ProductSort::OnlineQuantity => sorted(titled(), descending, |product| counted(rows.online(product))),
    }
}

fn counted(quantity: Option<ShownQuantity>) -> Option<i64> {
    match quantity {
        Some(ShownQuantity::Counted(quantity)) => Some(quantity.raw()),
        Some(ShownQuantity::Untracked | ShownQuantity::Unknown) | None => None,
    }
}

/// By a key, then by title; what has no such value comes last in either direction. `products`: by title.
fn sorted<K: Ord>(products: impl Iterator<Item = u32>, descending: bool, key: impl Fn(u32) -> Option<K>) -> Vec<u32> {
    let (keyed, without): (Vec<u32>, Vec<u32>) = products.partition(|product| key(*product).is_some());
    let mut sorted = if descending {
        ranks::stable_by(keyed, |product| Reverse(key(product)))
    } else {
        ranks::stable_by(keyed, key)
    };
    sorted.extend(without);
    sorted
}

fn row(truth: &Truth, catalogue: &Snapshot, product: Product) -> Option<ProductRow> {
    let kept = catalogue.kept(*product.listings.first()?)?;
    let listing = &kept.known.listing;
    let mut marks: Vec<String> = Vec::new();
    for id in &product.listings {
        let Some(connection) = catalogue.present(*id) else { continue };
        let mark = mark(truth, catalogue, connection);
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    Some(ProductRow {
        product: ProductId(kept.known.id),
        title: listing.title.clone(),
        variants: u32::try_from(listing.variants.len()).unwrap_or(u32::MAX),
        sku: listing.variants.first().and_then(|variant| variant.sku.clone()),
        price: prices(kept),
        in_store: product.in_store,
        online: product.online,
        presence: product.presence,
        marks,
        link: link_mark(catalogue, kept),
        status: listing.status,
        sync: product.standing.state,
        trouble: product.standing.trouble,
    })
}

/// The mark of a connection's platform: `Sq`.
pub fn mark(truth: &Truth, catalogue: &Snapshot, connection: crate::domain::ConnectionId) -> String {
    let profile = catalogue.connection(connection).and_then(|known| truth.shops.profile(&known.platform.0));
    profile.map_or_else(|| "??".to_owned(), |profile| profile.mark.to_owned())
}
