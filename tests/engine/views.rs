//! Windows: filters, search, sort, paging, one product whole.

use counterpart::domain::{Presence, Side};
use counterpart::protocol::{
    ProductSort, ProductsView, Reply, ReportRow, ReportTab, ReportView, Request, Sort, Window,
};

use super::bed::{ALL, World, counted, no_product};
use super::platforms::KEYED;

async fn skus(bed: &super::bed::Bed, view: ProductsView) -> Vec<String> {
    bed.products(view).await.into_iter().map(|row| row.sku.unwrap().to_string()).collect()
}

#[tokio::test]
async fn products_are_filtered_searched_and_sorted() {
    let world = World::with(&KEYED);
    world.till.put("t1", "Apple", 5);
    world.till.put("t2", "berry", 0);
    world.till.put("t3", "Cherry", 9);
    world.web.put("w1", "Apple", 5);
    world.web.put("w9", "Zucchini", 2);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;

    let by = |presence| ProductsView { presence: Some(presence), ..ProductsView::default() };
    assert_eq!(skus(&bed, ProductsView::default()).await, ["Apple", "berry", "Cherry", "Zucchini"]);
    assert_eq!(skus(&bed, by(Presence::Both)).await, ["Apple"]);
    assert_eq!(skus(&bed, by(Presence::InStore)).await, ["berry", "Cherry"]);
    assert_eq!(skus(&bed, by(Presence::Online)).await, ["Zucchini"]);
    assert!(skus(&bed, by(Presence::Neither)).await.is_empty());

    let search = |search: &str| ProductsView { search: search.into(), ..ProductsView::default() };
    assert_eq!(skus(&bed, search("PRODUCT  erry")).await, ["berry", "Cherry"]);
    assert!(skus(&bed, search("erry nothing")).await.is_empty());

    let hidden = ProductsView { hide_sold_out: true, ..ProductsView::default() };
    assert_eq!(skus(&bed, hidden).await, ["Apple", "Cherry", "Zucchini"]);

    let sorted = |by, descending| ProductsView { sort: Sort { by, descending }, ..ProductsView::default() };
    assert_eq!(skus(&bed, sorted(ProductSort::Title, true)).await, ["Zucchini", "Cherry", "berry", "Apple"]);
    let counts = skus(&bed, sorted(ProductSort::InStoreQuantity, true)).await;
    assert_eq!(counts, ["Cherry", "Apple", "berry", "Zucchini"], "what has no such count comes last");
    assert_eq!(skus(&bed, sorted(ProductSort::OnlineQuantity, false)).await[..2], ["Zucchini", "Apple"]);

    let window = Window { offset: 1, limit: 2 };
    let Reply::Products { rows, total, everything, offset, .. } =
        bed.ask(Request::Products { view: ProductsView::default(), window }).await
    else {
        panic!()
    };
    assert_eq!((rows.len(), total, everything, offset), (2, 4, 4, 1));
    let Reply::ProductIds { products } =
        bed.ask(Request::ProductIds { view: ProductsView::default(), window: Some(window) }).await
    else {
        panic!()
    };
    assert_eq!(products, rows.iter().map(|row| row.product).collect::<Vec<_>>());

    let place = async |view: ProductsView| match bed.ask(Request::ProductPlace { view, product: products[0] }).await {
        Reply::ProductPlace { place } => place,
        other => panic!("{other:?}"),
    };
    assert_eq!(place(ProductsView::default()).await, Some(1));
    assert_eq!(place(sorted(ProductSort::Title, true)).await, Some(2));
    assert_eq!(place(sorted(ProductSort::InStoreQuantity, true)).await, Some(2));
    assert_eq!(place(by(Presence::Online)).await, None, "it is not shown there");
}

#[tokio::test]
async fn a_product_shows_both_sides_next_to_each_other() {
    let world = World::with(&KEYED);
    world.till.put("t1", "Apple", 5);
    world.web.put("w1", "Apple", 2);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    let product = bed.product("Apple").await.product;
    let Reply::Product(detail) = bed.ask(Request::Product { product }).await else { panic!() };
    assert_eq!(detail.listings.len(), 2);
    assert_eq!(detail.listings[0].side, Side::InStore);
    assert_eq!(&*detail.listings[1].description, "Long words", "from the store");
    assert_eq!(detail.rows.len(), 1);
    assert!(detail.rows[0].linked && detail.rows[0].cells.iter().all(Option::is_some));
    let problem = bed.problem(Request::Product { product: no_product() }).await;
    assert!(problem.message.contains("no product"));
}

#[tokio::test]
async fn the_report_has_both_tabs_and_follows_what_changes() {
    let world = World::with(&KEYED);
    let bed = world.engine().await;
    assert!(bed.problem(Request::RefreshReport).await.message.contains("each side"));
    bed.engine.stop().await;
    world.till.put("t1", "Apple", 5);
    world.till.put("t2", "Berry", 5);
    world.web.put("w1", "Apple", 2);
    let bed = world.connected().await;
    bed.report().await;
    let summary = bed.status().await.report.unwrap();
    assert_eq!((summary.candidates, summary.without_candidate, summary.linked), (1, 1, 0));
    assert_eq!(summary.compared, ["Till × Keyed"]);
    assert!(!summary.stale);
    let view = ReportView { search: "berry".into(), ..ReportView::of(ReportTab::WithoutCandidate) };
    let Reply::Report { rows, total: 1, .. } = bed.ask(Request::Report { view, window: ALL }).await else { panic!() };
    let ReportRow::WithoutCandidate { reasons, .. } = &rows[0] else { panic!() };
    assert!(!reasons[0].sentence.is_empty() && !reasons[0].mend.is_empty());

    world.till.moves("t1", -1);
    bed.import(false).await;
    assert_eq!(bed.product("Apple").await.in_store, super::bed::counted(4), "the sale is known");
    assert!(!bed.status().await.report.unwrap().stale, "a sale changes nothing that matching looks at");

    world.web.delete("w1");
    bed.import(false).await;
    let summary = bed.status().await.report.unwrap();
    assert!(summary.stale);
    assert_eq!(summary.candidates, 0, "what is gone drops out at once");
}

#[tokio::test]
async fn what_was_deleted_everywhere_is_shown_to_whoever_asks_for_it() {
    let world = World::with(&KEYED);
    world.till.put("t0", "SKU-0", 5);
    let bed = world.connected().await;
    world.till.delete("t0");
    // The same SKU again, as a new product.
    world.till.put("t1", "SKU-0", 7);
    bed.import(true).await;
    let view = |presence| ProductsView { search: "SKU-0".into(), presence, ..ProductsView::default() };
    let shown = bed.products(view(None)).await;
    assert_eq!(shown.iter().map(|row| row.in_store).collect::<Vec<_>>(), [counted(7)]);
    assert_eq!(bed.products(view(Some(Presence::Neither))).await.len(), 1);
    let Reply::Products { everything, .. } =
        bed.ask(Request::Products { view: ProductsView::default(), window: ALL }).await
    else {
        panic!("no products")
    };
    assert_eq!(everything, 1);
}
