//! Reading page by page while people edit, add, sell and delete: nothing is missed, nothing is there twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use counterpart::domain::{Cursor, Feed, Field, Listing, Quantity, RemoteId, Status, Structure};
use counterpart::platform::{Change, Clock, Next, StockChange};
use counterpart::sandbox::ShopProduct;

use crate::bench::{Bench, chosen, product, simple};

/// The catalogue as the feeds told it, in the order in which they did.
#[derive(Default)]
struct Told {
    listings: BTreeMap<String, Listing>,
    gone: BTreeSet<String>,
    /// The listings that a variant was told of in, by any of its identifiers; it may have left some since.
    whereabouts: HashMap<RemoteId, BTreeSet<String>>,
}

impl Told {
    fn take(&mut self, bench: &Bench, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Seen(listing) => {
                    self.gone.remove(listing.remote.as_str());
                    for variant in &listing.variants {
                        for name in [Some(&variant.remote), variant.inventory.as_ref()].into_iter().flatten() {
                            self.whereabouts.entry(name.clone()).or_default().insert(listing.remote.to_string());
                        }
                    }
                    self.listings.insert(listing.remote.to_string(), *listing);
                }
                Change::Gone(remote) => {
                    self.listings.remove(remote.as_str());
                    self.gone.insert(remote.to_string());
                }
                Change::Stock(stock) => self.level(stock),
                other => panic!("{}: {other:?}", bench.name()),
            }
        }
    }

    fn level(&mut self, stock: StockChange) {
        let StockChange { variant, location, quantity, .. } = stock;
        for listing in self.whereabouts.get(&variant).into_iter().flatten() {
            let Some(listing) = self.listings.get_mut(listing) else { continue };
            let variants = listing.variants.iter_mut();
            for found in variants.filter(|known| known.remote == variant || known.inventory.as_ref() == Some(&variant))
            {
                found.stock.see_level(location.clone(), quantity);
            }
        }
    }

    /// Reads one feed to its end, and lets somebody work in the shop after each page but the last.
    async fn read(
        &mut self,
        bench: &Bench,
        feed: Feed,
        from: &Cursor,
        mut between: impl FnMut(usize),
    ) -> (Cursor, usize) {
        let mut cursor = from.clone();
        for page in 1.. {
            let read = bench.connector.changes(feed, &cursor).await;
            let read = read.unwrap_or_else(|why| panic!("{}, page {page}: {why}", bench.name()));
            self.take(bench, read.changes);
            match read.next {
                Next::Done(next) => return (next, page),
                Next::More(next) => {
                    assert_ne!(next, cursor, "{}: a cursor that does not move", bench.name());
                    cursor = next;
                    between(page);
                }
            }
        }
        unreachable!("a feed ends")
    }

    /// What was told is what is there.
    fn check(&self, bench: &Bench) {
        let shop: BTreeMap<String, (usize, Quantity)> = bench.server.shop().look(|shop| {
            let total = |one: &ShopProduct| {
                Quantity::sum(one.variants.iter().flat_map(|variant| variant.levels.values().copied()))
            };
            shop.products.values().map(|one| (one.title.clone(), (one.variants.len(), total(one)))).collect()
        });
        let mut told: BTreeMap<String, (usize, Quantity)> = BTreeMap::new();
        for listing in self.listings.values() {
            let total = Quantity::sum(listing.variants.iter().filter_map(|variant| variant.stock.total(|_| true)));
            let twice = told.insert(listing.title.to_string(), (listing.variants.len(), total));
            assert_eq!(twice, None, "{}: {} is there twice", bench.name(), listing.title);
        }
        let missed: Vec<_> = shop.iter().filter(|(title, there)| told.get(*title) != Some(there)).collect();
        assert_eq!(missed.len(), 0, "{}: {missed:?} told as {:?}", bench.name(), told.get(missed[0].0));
        let left: Vec<&String> = told.keys().filter(|title| !shop.contains_key(*title)).collect();
        // Where deletions are not told, a sweep finds out.
        assert!(left.is_empty() || !bench.platform.profile.deletions_in_feed, "{}: {left:?} are gone", bench.name());
        let gone: Vec<_> = self.gone.iter().filter(|remote| self.listings.contains_key(*remote)).collect();
        assert!(gone.is_empty(), "{}: {gone:?}", bench.name());
    }
}

/// After a page: a product near each end is edited and one deleted, one of each end is sold, and one comes new.
fn busy<'a>(bench: &'a Bench, word: &'a str) -> impl FnMut(usize) + 'a {
    move |page| {
        if page > 12 {
            return;
        }
        bench.clock.advance(Duration::from_secs(2));
        let now = bench.clock.now();
        bench.server.shop().alter(|shop| {
            let numbers: Vec<u64> = shop.products.keys().copied().collect();
            let (front, back) = (page * 3, numbers.len() - page * 3);
            for place in [front, back] {
                let mut edited = shop.products[&numbers[place]].clone();
                edited.title = format!("{word} {page} at {place}");
                shop.insert(edited, now);
                let location = shop.locations[0].number;
                let sold = numbers[(place + numbers.len() / 2) % numbers.len()];
                assert!(shop.set_level(sold, 0, location, Quantity::units(900 + page as i64), now));
            }
            for place in [front + 1, back + 1] {
                shop.delete(numbers[place], now);
            }
            shop.insert(simple(&format!("{word}, new {page}"), &format!("{word}{page}"), 4), now);
        });
    }
}

for_each_platform!(an_import_of_2500_products_misses_nothing_while_items_change, platform, {
    let products: Vec<ShopProduct> = (0..2500)
        .map(|n| match n % 5 {
            0 => product(
                &format!("Shirt {n:04}"),
                &format!("S{n}"),
                &["Colour", "Size"],
                &[(&["Red", "S"], 1), (&["Red", "M"], 2), (&["Blue", "S"], 3)],
            ),
            _ => simple(&format!("Mug {n:04}"), &format!("M{n}"), n),
        })
        .collect();
    let bench = Bench::open(platform, products).await;
    let calls_before = bench.http.calls();
    let mut told = Told::default();
    let (end, pages) = told.read(&bench, Feed::Listings, &Cursor::Start, busy(&bench, "Meanwhile")).await;
    let calls = bench.http.calls() - calls_before;
    eprintln!("{}: 2,500 products in {pages} pages and {calls} calls", bench.name());
    bench.clock.advance(Duration::from_secs(60));
    told.read(&bench, Feed::Listings, &end, |_| ()).await;
    if platform.profile.stock_feed {
        told.read(&bench, Feed::Stock, &end, |_| ()).await;
    }
    told.check(&bench);
    for listing in told.listings.values() {
        match &listing.structure {
            Structure::Simple => assert_eq!(listing.variants.len(), 1),
            Structure::Variable { options } => {
                assert_eq!((options.len(), listing.variants.len()), (2, 3), "{}: {listing:#?}", bench.name());
                let labels: Vec<String> = listing.variants.iter().map(|variant| variant.option_label()).collect();
                assert!(labels.contains(&"Red / M".to_owned()), "{}: {labels:?}", bench.name());
            }
        }
        assert_eq!(listing.status, Status::Active);
        for variant in &listing.variants {
            assert_eq!(variant.price.unwrap().to_string(), "19.90 EUR", "{}", bench.name());
        }
    }
    let mug = told.listings.values().find(|listing| listing.title.as_str() == "Mug 0612").unwrap();
    assert_eq!(mug.variants[0].stock.total(|_| true), Some(Quantity::units(612)), "{}: {mug:#?}", bench.name());
    assert_eq!(mug.variants[0].sku.as_deref(), Some("M612"));
    // A till may keep no descriptions.
    let described = platform.profile.edits.contains(&Field::Description);
    assert_eq!(mug.description.as_str(), if described { "Thrown by hand" } else { "" }, "{}", bench.name());
});

for_each_platform!(a_change_feed_of_many_pages_misses_nothing_while_items_change, platform, {
    let products: Vec<ShopProduct> = (0..420).map(|n| simple(&format!("Mug {n:03}"), &format!("M{n}"), 5)).collect();
    let bench = Bench::open(platform, products).await;
    let mut told = Told::default();
    let (mut end, _) = told.read(&bench, Feed::Listings, &Cursor::Start, |_| ()).await;
    bench.clock.advance(Duration::from_secs(86_400));
    // A sale: everything has another price, so that the feed has many pages. By several people, in several seconds.
    for part in 0..4 {
        bench.clock.advance(Duration::from_secs(1));
        let now = bench.clock.now();
        bench.server.shop().alter(|shop| {
            for number in shop.products.keys().copied().filter(|number| number % 4 == part).collect::<Vec<_>>() {
                let mut reduced = shop.products[&number].clone();
                reduced.variants[0].price = Some(1490);
                shop.insert(reduced, now);
            }
        });
    }
    let mut stock = end.clone();
    let mut pages = 0;
    for word in ["First", "Second"] {
        bench.clock.advance(Duration::from_secs(60));
        let (next, read) = told.read(&bench, Feed::Listings, &end, busy(&bench, word)).await;
        (end, pages) = (next, pages + read);
        if platform.profile.stock_feed {
            stock = told.read(&bench, Feed::Stock, &stock, busy(&bench, &format!("{word} stock"))).await.0;
        }
    }
    bench.clock.advance(Duration::from_secs(60));
    told.read(&bench, Feed::Listings, &end, |_| ()).await;
    if platform.profile.stock_feed {
        told.read(&bench, Feed::Stock, &stock, |_| ()).await;
    }
    eprintln!("{}: 420 changes in {pages} pages", bench.name());
    told.check(&bench);
    let reduced = |listing: &Listing| listing.variants[0].price.map(|price| price.minor) == Some(1490);
    let dear: Vec<_> = told.listings.values().filter(|one| one.title.starts_with("Mug") && !reduced(one)).collect();
    let there =
        |one: &&&Listing| bench.server.shop().look(|s| s.products.values().any(|p| p.title == one.title.as_str()));
    assert_eq!(dear.iter().filter(there).count(), 0, "{}: the price of before", bench.name());
});
