//! A product with variants that are single items on the other side: told as a group, linked one by one, kept in step,
//! and taken back. And rows of a file that name what belongs together.

use counterpart::domain::{
    Flaw, JobState, ListingId, NamedVariant, OptionValue, PairRow, Presence, Quantity, Side, Stock, Structure,
    SyncState, Text,
};
use counterpart::protocol::{
    AcrossLine, AcrossRow, AcrossView, CleanUpRow, CleanUpView, LinkMark, PairChoice, PlanSummary, Reply, Request,
    RowsRead, Window,
};

use super::bed::{ALL, Bed, World, counted};
use super::fake::{FakeShop, location, remote};
use super::platforms::{ABSOLUTE, DELTA, EDITING, KEYED};

/// Its variants are `id.1`, `id.2`, … with five, six, … pieces.
fn shirt(shop: &FakeShop, id: &str, values: &[[&str; 2]]) {
    shop.put(id, "SHIRT", 5);
    shop.change(id, |listing| {
        let names = ["Colour", "Size"];
        listing.title = Text::new("Perfect T-Shirt");
        listing.structure = Structure::Variable { options: names.map(Text::new).to_vec() };
        let first = listing.variants[0].clone();
        let variant = |(place, values): (usize, &[&str; 2])| {
            let mut variant = first.clone();
            let options = names.iter().zip(values);
            variant.remote = remote(&format!("{id}.{}", place + 1));
            variant.sku = Text::some(&format!("SHIRT-{}", place + 1));
            variant.options = options.map(|(o, v)| OptionValue { option: Text::new(o), value: Text::new(v) }).collect();
            variant.stock = Stock::Tracked([(location(), Quantity::units(5 + place as i64))].into());
            variant
        };
        listing.variants = values.iter().enumerate().map(variant).collect();
    });
}

fn item(shop: &FakeShop, id: &str, title: &str, quantity: i64) {
    shop.put(id, "", quantity);
    shop.change(id, |listing| listing.title = Text::new(title));
}

const VALUES: [[&str; 2]; 3] = [["Red", "13"], ["Red", "14"], ["Blue", "13"]];

fn world(web: &'static counterpart::domain::Profile) -> World {
    let world = World::alive(web);
    shirt(&world.till, "t", &VALUES);
    item(&world.web, "w1", "Perfect T-Shirt - Red / 13", 1);
    item(&world.web, "w2", "Perfect T-Shirt - Red / 14", 1);
    item(&world.web, "w3", "Perfect T-Shirt - Green / 13", 9);
    world
}

async fn groups(bed: &Bed) -> Vec<AcrossRow> {
    match bed.ask(Request::Across { view: AcrossView::default(), window: ALL }).await {
        Reply::Across { rows, total, .. } => {
            assert_eq!(rows.len() as u64, total);
            rows
        }
        other => panic!("{other:?}"),
    }
}

/// The same line by line: each product above its variants, and any window a part of the whole.
async fn lines_agree(bed: &Bed, groups: &[AcrossRow]) {
    let read = async |window| match bed.ask(Request::AcrossLines { view: AcrossView::default(), window }).await {
        Reply::AcrossLines { rows, total, offset } => (rows, total, offset),
        other => panic!("{other:?}"),
    };
    let (all, total, _) = read(ALL).await;
    let mut right = Vec::new();
    for group in groups {
        right.push(AcrossLine::Product {
            product: Box::new(group.product.clone()),
            connection: group.connection.clone(),
            sentence: group.sentence.clone(),
            choices: choices(std::slice::from_ref(group)),
        });
        right.extend(group.variants.iter().map(|variant| AcrossLine::Variant(Box::new(variant.clone()))));
    }
    assert_eq!((&all, total), (&right, right.len() as u64));
    let (some, total, offset) = read(Window { offset: 2, limit: 1 }).await;
    assert_eq!((some.as_slice(), total, offset), (&right[2..3], right.len() as u64, 2));
}

fn choices(groups: &[AcrossRow]) -> Vec<PairChoice> {
    groups.iter().flat_map(|group| &group.variants).filter_map(|variant| variant.choice).collect()
}

async fn planned(bed: &Bed, request: Request) -> PlanSummary {
    match bed.ask(request).await {
        Reply::Planned(plan) => plan,
        other => panic!("{other:?}"),
    }
}

fn till(world: &World, variant: usize) -> i64 {
    world.till.listing("t").variants[variant].stock.at(&location()).and_then(|count| count.whole()).unwrap()
}

fn sells(shop: &FakeShop, id: &str, variant: usize, left: i64) {
    shop.change(id, |listing| {
        listing.variants[variant].stock = Stock::Tracked([(location(), Quantity::units(left))].into());
    });
}

#[tokio::test]
async fn variants_are_linked_to_single_items_and_quantities_flow_both_ways() {
    for web in [&KEYED, &DELTA, &ABSOLUTE] {
        let world = world(web);
        let bed = world.connected().await;
        let found = groups(&bed).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].sentence, "1 product with 3 variants ↔ 2 single items: 2 match, 1 does not");
        lines_agree(&bed, &found).await;
        let pairs = choices(&found);
        let plan = planned(&bed, Request::PlanLinkPairs { pairs }).await;
        assert_eq!((plan.items, plan.steps, plan.refused), (2, 4, 0));
        let job = bed.apply(plan).await;
        let row = bed.ended(job).await;
        assert_eq!((row.job.state, row.job.progress.failed), (JobState::Done, 0), "{}", web.name);
        let there = || (world.web.quantity("w1"), world.web.quantity("w2"), world.web.quantity("w3"));
        assert_eq!(there(), (Quantity::units(5), Quantity::units(6), Quantity::units(9)), "the till is primary");

        // One product of three listings, with what each side has of it.
        let shown = bed.product("SHIRT-1").await;
        assert_eq!((shown.presence, shown.link), (Presence::Both, LinkMark::Partly));
        assert_eq!((shown.in_store, shown.online), (counted(18), counted(11)));

        // Sold at the till, sold online: each variant moves by itself.
        sells(&world.till, "t", 0, 3);
        bed.while_not("the till's sale", || world.web.quantity("w1") == Quantity::units(3)).await;
        world.web.moves("w2", -4);
        bed.while_not("the store's sale", || till(&world, 1) == 2).await;
        assert_eq!((till(&world, 0), till(&world, 2)), (3, 7), "the others stay");
        assert_eq!(there(), (Quantity::units(3), Quantity::units(2), Quantity::units(9)));
        bed.until("in step", || async { (bed.product("SHIRT-1").await.sync == SyncState::InSync).then_some(()) }).await;

        // The item that is left gets its title, and the group has one more.
        world.web.change("w3", |listing| listing.title = Text::new("Perfect T-Shirt - Blue / 13"));
        bed.import(false).await;
        let found = groups(&bed).await;
        assert_eq!(found[0].sentence, "1 product with 3 variants ↔ 3 single items: 2 are linked, 1 matches");
        let plan = planned(&bed, Request::PlanLinkPairs { pairs: choices(&found) }).await;
        let further = bed.apply(plan).await;
        bed.ended(further).await;
        assert!(groups(&bed).await.is_empty(), "everything is linked");
        let shown = bed.product("SHIRT-1").await;
        assert_eq!((shown.link, shown.online), (LinkMark::Linked, counted(12)));
        bed.report().await;
        assert_eq!(bed.status().await.report.unwrap().without_candidate, 0, "nobody asks about what is linked");

        // Taken back: the one link, then the others.
        for job in [further, job] {
            let plan = planned(&bed, Request::PlanUndo { job }).await;
            let undo = bed.apply(plan).await;
            assert_eq!(bed.ended(undo).await.job.progress.failed, 0);
        }
        assert_eq!(bed.product("SHIRT-1").await.presence, Presence::InStore);
        assert_eq!(choices(&groups(&bed).await).len(), 3);
        bed.engine.stop().await;
    }
}

fn row(line: u64, in_store: &str, online: &str) -> PairRow {
    let sku = |raw: &str| NamedVariant { sku: raw.to_owned(), ..NamedVariant::default() };
    PairRow { line, in_store: sku(in_store), online: sku(online), primary: None }
}

async fn read(bed: &Bed, rows: Vec<PairRow>) -> RowsRead {
    match bed.ask(Request::PlanLinkRows { rows, till: None, store: None, primary: Side::Online }).await {
        Reply::RowsRead(read) => read,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rows_of_a_file_are_planned_linked_already_or_rejected_with_their_line() {
    let world = World::with(&KEYED);
    for (n, sku) in ["A", "B", "C", "D"].into_iter().enumerate() {
        world.till.put(&format!("t{n}"), sku, 10);
        world.web.put(&format!("w{n}"), &format!("W-{sku}"), n as i64);
    }
    world.web.put("twin", "W-A", 1);
    world.web.counts("w3", None);
    let bed = world.connected().await;
    let rows =
        || vec![row(2, "A", "W-A"), row(3, "b", "W-B"), row(4, "C", "W-C"), row(5, "X", "W-C"), row(6, "D", "W-D")];
    let found = read(&bed, rows()).await;
    assert_eq!((found.planned, found.linked, found.rejected.len()), (2, 0, 3), "{:#?}", found.rejected);
    let told: Vec<(u64, &str)> = found.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert!(told[0].0 == 2 && told[0].1.contains("“Product W-A” (l5) · “Product W-A” (l6)"), "{told:?}");
    assert!(told[1].0 == 5 && told[1].1.contains("nothing on the POS side has the SKU “X”"), "{told:?}");
    assert_eq!(told[2].0, 6, "what is not counted there is refused by the plan, with its line: {told:?}");
    let plan = found.plan.unwrap();
    assert_eq!(plan.refused, 0, "what is told by line is not told twice");
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    assert_eq!(world.till.quantity("t1"), Quantity::units(1), "the store is primary");
    let again = read(&bed, rows()).await;
    assert_eq!((again.plan.is_none(), again.planned, again.linked, again.rejected.len()), (true, 0, 2, 3));
}

async fn clean_up(bed: &Bed, flaw: Option<Flaw>, mendable: bool) -> Vec<CleanUpRow> {
    let view = CleanUpView { flaw, mendable, ..CleanUpView::default() };
    match bed.ask(Request::CleanUp { view, window: ALL }).await {
        Reply::CleanUp { rows, total, .. } => {
            assert_eq!(rows.len() as u64, total);
            rows
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_clean_up_list_is_told_mended_and_made_anew() {
    let world = World::with(&EDITING);
    world.till.put("t0", "A", 1);
    world.till.put("t1", "A", 1);
    world.web.put("w0", "A", 1);
    world.web.change("w0", |listing| {
        listing.title = Text::new("Сafe &amp; Bar");
        listing.variants[0].barcode = Text::some("4006381333932");
    });
    let bed = world.connected().await;
    let rows = clean_up(&bed, None, false).await;
    let told: Vec<(Flaw, ListingId, u64)> = rows.iter().map(|row| (row.flaw, row.listing.listing, row.count)).collect();
    let (till, web) = (ListingId(1), ListingId(3));
    assert_eq!(
        told,
        [
            (Flaw::Duplicate, till, 2),
            (Flaw::SharedSku, till, 2),
            (Flaw::InvalidBarcode, web, 1),
            (Flaw::SpecialCharacter, web, 1)
        ]
    );
    assert_eq!(clean_up(&bed, Some(Flaw::SharedSku), false).await.len(), 1);
    let mends = clean_up(&bed, None, true).await.into_iter().flat_map(|row| row.edits).collect::<Vec<_>>();
    assert_eq!(mends.len(), 2);
    let plan = planned(&bed, Request::PlanMend { mends }).await;
    assert_eq!((plan.steps, plan.refused), (2, 0));
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.failed, 0);
    let mended = world.web.listing("w0");
    assert_eq!((&*mended.title, mended.variants[0].barcode.as_deref()), ("Cafe & Bar", Some("4006381333931")));
    let flaws: Vec<Flaw> = clean_up(&bed, None, false).await.iter().map(|row| row.flaw).collect();
    assert_eq!(flaws, [Flaw::Duplicate, Flaw::SharedSku]);
}
