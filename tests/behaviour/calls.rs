//! How many calls things take: not one more than the least that each platform's API lets them be done in.

use counterpart::domain::{Cursor, Field, Listing, Quantity};
use counterpart::platform::{EditOutcome, LevelRead, QuantityOutcome, QuantityWrite, StockAddress};

use crate::bench::{Bench, chosen, creation, key, product, simple};
use crate::edits::{another, change as field_change, shelf};
use crate::listings::change;

/// Calls of: a copy of a single article; of one with three variants of three options; an edit of the title, and of one
/// variant's price and SKU; ten counts, read and written. By a connector that has read the shop before, and made nothing
/// there yet; brand and options are new to the shop.
type Figures = [usize; 4];

/// The least by each platform's API, and what it is made of where that is not one call and a look at what it did.
const LEAST: [(&str, Figures, &str); 9] = [
    (
        "square",
        [2, 3, 2, 3],
        "a count is no part of the catalogue; options are looked up by name, since an account has them once; the whole \
         object is read before it is written; ten items are named by a look at their objects, counted and changed",
    ),
    ("woocommerce", [1, 2, 2, 2], "variations have an endpoint of their own"),
    (
        "shopify",
        [4, 5, 2, 2],
        "the first copy also defines the mark's field and asks where products are shown: two less from then on; a copy \
         is made, and shown; its further variants are read back",
    ),
    (
        "clover",
        [1, 15, 5, 20],
        "a group, 3 attributes, 6 options, 3 items, all ties, a look back (the answer to ties says nothing); the group \
         and the names of its 3 items; a count is read and written by itself. Items can be made in one bulk call, but \
         nobody says whether such a call takes their group or what it answers, and an item outside its group would \
         never be found again: so each is a call",
    ),
    (
        "lightspeed-r",
        [4, 10, 7, 20],
        "the brand is looked up and made; the sets are looked up and one is made; the matrix, 3 items, and both read \
         back; an edit reads the matrix and its items, changes it, looks which items did not follow, and changes those; \
         a count is read and written by itself",
    ),
    (
        "lightspeed-x",
        [6, 10, 3, 2],
        "the list of brands ends with an empty page: two, once for each connector, and the brand is made; the list of \
         attributes, once, and 3 are made; the product; a look back at it and at its counts; every product of a family \
         has its own call, and the family's title is one of them",
    ),
    (
        "bigcommerce",
        [3, 3, 3, 6],
        "a brand that is named by its name may be there in another spelling, and is looked up by its number; counts are \
         written at once and arrive some time later: they are looked at until they have",
    ),
    (
        "e-series",
        [3, 6, 2, 20],
        "the store's units are asked for before a copy; each variant is a call (a batch of three would be one, and at \
         least one look at its ticket, and tells less of what failed); a count is read and changed by itself",
    ),
    (
        "wix",
        [2, 2, 2, 2],
        "the location is asked for once for each connector; a product takes a revision, which is read",
    ),
];

/// What was called since, as `POST /items`.
fn since(bench: &Bench, before: usize) -> Vec<String> {
    let requests = bench.server.requests();
    requests[before..].iter().map(|call| format!("{} {}", call.method, call.path)).collect()
}

async fn copy(bench: &Bench, source: &Listing, number: u32) {
    let creation = creation(source, number, false);
    let made = bench.connector.create(&creation, source, &bench.location).await;
    let made = made.unwrap_or_else(|why| panic!("{}: {why:?}", bench.name()));
    assert_eq!(made.variants.len(), source.variants.len());
}

for_each_platform!(nothing_takes_more_calls_than_it_must, platform, {
    let three: [(&[&str], i64); 3] =
        [(&["Red", "S", "Slim"], 1), (&["Red", "M", "Slim"], 2), (&["Blue", "S", "Wide"], 4)];
    let tee = product("Perfect Tee", "TEE", &["Colour", "Size", "Fit"], &three);
    let sources = [simple("Tide Clock", "TIDE-7", 3), tee];
    let mut calls: Vec<Vec<String>> = Vec::new();
    for (source, number) in sources.into_iter().zip(1..) {
        let source = Bench::open(platform, vec![source]).await.only_listing().await;
        let mut other = simple("Something else", "X-1", 1);
        other.brand = "Another".to_owned();
        let bench = Bench::open(platform, vec![other]).await;
        bench.only_listing().await;
        let before = bench.server.requests().len();
        copy(&bench, &source, number).await;
        calls.push(since(&bench, before));
    }

    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let tee = bench.named("Tee").await;
    let wanted: Vec<Field> = [Field::Title, Field::Price, Field::Sku].into();
    let wanted = wanted.into_iter().filter(|field| platform.profile.edits.contains(field));
    let changes: Vec<_> = wanted.map(|field| field_change(&tee, 1, field, another(field))).collect();
    let before = bench.server.requests().len();
    let outcomes = bench.connector.edit(&tee, &changes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied), "{}: {outcomes:?}", bench.name());
    calls.push(since(&bench, before));

    let products = (0..10).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), n)).collect();
    let bench = Bench::open(platform, products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let addresses: Vec<StockAddress> = listings.values().map(|listing| bench.address(listing, 0)).collect();
    let before = bench.server.requests().len();
    let most = platform.profile.stock_batch;
    for (some, number) in addresses.chunks(most).zip(1..) {
        let levels = bench.connector.levels(some).await.unwrap();
        let write = |(address, level): (&StockAddress, &LevelRead)| {
            let LevelRead::Counted(expected) = *level else { panic!("{}: {level:?}", bench.name()) };
            let by = Quantity::units(2);
            QuantityWrite { address: address.clone(), change: change(platform, expected, by) }
        };
        let writes: Vec<QuantityWrite> = some.iter().zip(&levels).map(write).collect();
        let outcomes = bench.connector.write_quantities(&writes, &key(number)).await.unwrap();
        assert!(outcomes.iter().all(|one| matches!(one, QuantityOutcome::Applied { .. })), "{outcomes:?}");
    }
    calls.push(since(&bench, before));

    let figures: Vec<usize> = calls.iter().map(Vec::len).collect();
    eprintln!("{}: {figures:?}", bench.name());
    let least = LEAST.iter().find(|(id, ..)| *id == platform.profile.id);
    let (_, least, of) = least.unwrap_or_else(|| panic!("{}: nobody has said what is the least", bench.name()));
    assert_eq!(figures, least, "{}: {of}: {calls:#?}", bench.name());
});
