//! The first import of a large shop.

use super::super::profile::BULK_FROM;
use super::*;

fn large() -> Vec<ShopProduct> {
    let mut products: Vec<ShopProduct> = (0..BULK_FROM).map(|n| simple(&format!("Mug {n:04}"))).collect();
    products.push(product("Tee", &["Size"], &[&["S"], &["M"], &["L"]]));
    products.push(ShopProduct { status: crate::domain::Status::Draft, ..simple("Hamper") });
    products.push(ShopProduct { images: vec!["https://cdn.example/a.png".to_owned()], ..simple("Pictured") });
    products
}

/// What was asked since the last time, by name: exports that were begun, pages of products, pages of variants.
fn asked(bench: &Bench) -> [usize; 3] {
    let operations = bench.operations();
    ["BeginExport", "Listings", "Variants"].map(|wanted| operations.iter().filter(|name| *name == wanted).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_shop_is_read_by_export_from_wherever_it_was_stopped() {
    let bench = Bench::open(Admin::new(), token(), large()).await;
    let calls = bench.http.calls();
    let mut cursor = Cursor::Start;
    let mut seen: BTreeMap<String, Listing> = BTreeMap::new();
    let mut pages = 0;
    let end = loop {
        // Each page is read by a connector of its own, as after a stop.
        let connector = connector::connect(Account {
            login: None,
            http: bench.http.clone(),
            credentials: bench.credentials.clone(),
            clock: bench.clock.clone(),
            locations: vec![bench.location.clone()],
            currency: Currency::new("EUR").ok(),
        });
        let page = connector.unwrap().changes(Feed::Listings, &cursor).await.unwrap();
        pages += usize::from(!page.changes.is_empty());
        for change in page.changes {
            let Change::Seen(listing) = change else { panic!("{change:?}") };
            seen.insert(listing.title.to_string(), *listing);
        }
        if pages == 1 {
            let now = bench.clock.now();
            bench.server.shop().alter(|shop| {
                let mut first = shop.products.values().next().unwrap().clone();
                first.title = "Renamed meanwhile".to_owned();
                shop.insert(first, now);
            });
        }
        match page.next {
            Next::More(next) => {
                assert_ne!(next, cursor);
                cursor = next;
            }
            Next::Done(next) => break next,
        }
    };
    assert_eq!(seen.len() as u64, BULK_FROM + 3);
    assert!(pages > 1, "it is read in parts");
    assert_eq!(asked(&bench), [1, 0, 0]);
    let calls = bench.http.calls() - calls;
    println!("{} products by export: {pages} parts, {calls} calls", seen.len());
    assert!(calls < 20, "{calls} calls");
    // What was exported is what is read one by one.
    for title in ["Tee", "Hamper", "Pictured", "Mug 2999"] {
        let listing = &seen[title];
        let direct = bench.connector.listings(std::slice::from_ref(&listing.remote)).await.unwrap();
        assert_eq!(direct, [listing.clone()], "{title}");
    }
    // What was changed while it was made and read comes after it.
    bench.clock.advance(Duration::from_secs(60));
    let page = bench.connector.changes(Feed::Listings, &end).await.unwrap();
    let renamed = |change: &Change| matches!(change, Change::Seen(one) if one.title.as_str() == "Renamed meanwhile");
    assert!(page.changes.iter().any(renamed), "{:?}", page.changes.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_export_is_to_be_had_the_products_are_paged() {
    for admin in [Admin::new().with_failing_exports(), Admin::new().busy_with_an_export()] {
        let bench = Bench::open(admin, token(), large()).await;
        assert_eq!(bench.listings().await.len() as u64, BULK_FROM + 3);
        let [begun, pages, _] = asked(&bench);
        assert!(begun == 1 && pages > 50, "{begun} exports, {pages} pages");
    }
    // And nobody asks for one in a small shop.
    let bench = Bench::open(Admin::new(), token(), vec![simple("Mug")]).await;
    assert_eq!((bench.listings().await.len(), asked(&bench)), (1, [0, 1, 0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_gone_or_cut_is_no_loss() {
    // Half a part is gone on from where it ends; what is no part of the file ends the export.
    for (fault, paged) in [
        ("cut-inside:nth=1,path=/exports", false),
        ("malformed:nth=1,path=/exports", false),
        ("html:nth=1,path=/exports", true),
        ("redirect=https://elsewhere.example/ if nth=2,path=/exports", true),
    ] {
        let bench = Bench::open(Admin::new(), token(), large()).await;
        bench.server.set_faults(Faults::parse([fault], 1).unwrap());
        assert_eq!(bench.listings().await.len() as u64, BULK_FROM + 3, "{fault}");
        assert_eq!(asked(&bench)[1] > 0, paged, "{fault}");
    }
}
