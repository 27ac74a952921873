//! What happened, as the history tells it: every change once, with both values and its cause.

use counterpart::domain::{Cause, Field, Happening, HistoryRecord, JobId, Money, Quantity, Side, Status, Text};
use counterpart::protocol::{HistoryRow, HistoryView, Reply, Request, Window};

use super::bed::{ALL, Bed, World};
use super::platforms::{DELTA, KEYED};

pub async fn rows(bed: &Bed, view: HistoryView) -> Vec<HistoryRow> {
    match bed.ask(Request::History { view, window: ALL }).await {
        Reply::History { rows, total, more, .. } => {
            assert_eq!((rows.len() as u64, more), (total, false));
            rows
        }
        other => panic!("{other:?}"),
    }
}

/// All lines, newest first: what, old, new, cause.
async fn lines(bed: &Bed) -> Vec<(Happening, Option<String>, Option<String>, Cause)> {
    let of = |HistoryRow { record: HistoryRecord { what, old, new, cause, .. }, .. }| (what, old, new, cause);
    rows(bed, HistoryView::default()).await.into_iter().map(of).collect()
}

fn quantity(old: i64, new: i64, cause: Cause) -> (Happening, Option<String>, Option<String>, Cause) {
    let text = |units| Some(Quantity::units(units).to_string());
    (Happening::Quantity, text(old), text(new), cause)
}

fn two() -> World {
    let world = World::with(&KEYED);
    for n in 0..2 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), n);
    }
    world
}

#[tokio::test]
async fn a_first_import_notes_nothing_and_what_changes_later_is_noted_once() {
    let world = two();
    let bed = world.connected().await;
    assert_eq!(lines(&bed).await, []);
    bed.import(true).await;
    assert_eq!(lines(&bed).await, [], "nothing changed");

    world.till.moves("t0", -3);
    bed.import(false).await;
    bed.import(true).await;
    assert_eq!(lines(&bed).await, [quantity(10, 7, Cause::Poll)]);

    {
        let mut inside = world.till.inside();
        let listing = inside.listings.get_mut("t1").unwrap();
        listing.title = Text::new("New name");
        listing.status = Status::Draft;
        listing.description = Text::new(&"Other words ".repeat(40));
        listing.variants[0].price = Some(Money::new(1250, counterpart::domain::Currency::new("EUR").unwrap()));
    }
    bed.import(true).await;
    let text = |text: &str| Some(text.to_owned());
    let seen = lines(&bed).await;
    let field = |field, old: Option<String>, new: Option<String>| (Happening::Field(field), old, new, Cause::Poll);
    assert_eq!(seen.len(), 5, "{seen:#?}");
    assert!(seen.contains(&field(Field::Title, text("Product SKU-1"), text("New name"))), "{seen:#?}");
    assert!(seen.contains(&field(Field::Active, text("active"), text("draft"))));
    assert!(seen.contains(&field(Field::Price, text("10.00 EUR"), text("12.50 EUR"))));
    let description = seen.iter().find(|line| line.0 == Happening::Field(Field::Description)).unwrap();
    assert!(description.2.as_ref().unwrap().ends_with("words …"), "a description is not a line: {description:?}");

    world.till.delete("t1");
    world.till.put("t9", "SKU-9", 4);
    bed.import(true).await;
    let seen = lines(&bed).await;
    assert_eq!(seen.len(), 7);
    assert!(seen.contains(&(Happening::Deleted, None, None, Cause::Poll)), "{seen:#?}");
    assert!(seen.contains(&(Happening::Created, None, None, Cause::Poll)), "{seen:#?}");
}

#[tokio::test]
async fn what_jobs_do_is_put_down_to_them_and_their_echo_is_not_noted() {
    let world = two();
    let bed = world.connected().await;
    let job = bed.link(Side::InStore).await.job.id;
    bed.import(false).await;
    bed.import(true).await;
    let ours = Cause::Job { job };
    let linked = (Happening::Linked, None, Some("Till ⇄ Keyed".to_owned()), ours.clone());
    let mut seen = lines(&bed).await;
    seen.sort_by_key(|line| format!("{line:?}"));
    let mut right = vec![linked.clone(), linked, quantity(0, 10, ours.clone()), quantity(1, 11, ours)];
    right.sort_by_key(|line| format!("{line:?}"));
    assert_eq!(seen, right);

    let told = rows(&bed, HistoryView { job: Some(job), ..HistoryView::default() }).await;
    assert_eq!(told.len(), 4);
    let written = told.iter().find(|row| row.what == "quantity").unwrap();
    assert_eq!(
        (written.place.as_str(), written.cause.as_str()),
        ("Keyed", &*format!("job {job}: {}", bed.job(job).await.job.title))
    );
    assert!(told.iter().any(|row| row.place == "counterpart" && row.what == "linked"));

    let product = bed.product("SKU-1").await.product;
    let own = rows(&bed, HistoryView { product: Some(product), ..HistoryView::default() }).await;
    assert_eq!(own.len(), 2, "its link and its count: {own:?}");
    assert!(own.iter().all(|row| row.record.sku.as_deref() == Some("SKU-1")));
    let found = rows(&bed, HistoryView { search: "sku-0 TILL".to_owned(), ..HistoryView::default() }).await;
    assert_eq!(found.len(), 1, "by SKU and value, however written");
    let none = rows(&bed, HistoryView { job: Some(JobId(99)), ..HistoryView::default() }).await;
    assert_eq!(none, []);
}

#[tokio::test]
async fn a_sale_in_the_moment_of_a_write_is_noted_by_itself() {
    let world = World::with(&DELTA);
    world.till.put("t0", "SKU-0", 5);
    world.web.put("w0", "SKU-0", 3);
    let bed = world.connected().await;
    world.web.fails(super::fake::Call::Write, &[super::fake::Fault::SaleBefore]);
    let job = bed.link(Side::InStore).await.job.id;
    let counts: Vec<_> = lines(&bed).await.into_iter().filter(|line| line.0 == Happening::Quantity).collect();
    assert!(counts.contains(&quantity(3, 5, Cause::Job { job })), "what we wrote: {counts:?}");
    assert!(counts.contains(&quantity(5, 4, Cause::Poll)), "what somebody sold: {counts:?}");
}

#[tokio::test]
async fn windows_go_on_and_what_is_new_comes_on_top() {
    let world = two();
    let bed = world.connected().await;
    for _ in 0..6 {
        world.till.moves("t0", -1);
        bed.import(false).await;
    }
    let window = async |offset, limit| {
        let window = Window { offset, limit };
        match bed.ask(Request::History { view: HistoryView::default(), window }).await {
            Reply::History { total, rows, more, .. } => {
                let new = |row: &HistoryRow| row.record.new.clone().unwrap().parse::<Quantity>().unwrap();
                (total, rows.iter().map(new).map(|at| at.whole().unwrap()).collect::<Vec<_>>(), more)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(window(0, 2).await.1, [4, 5]);
    world.till.moves("t0", -1);
    bed.import(false).await;
    assert_eq!(window(0, 3).await.1, [3, 4, 5]);
    assert_eq!(window(5, 9).await, (7, vec![8, 9], false));
}
