//! Jobs taken back: only where what they left is still there, and with a reason for everything that stays.

use counterpart::domain::{Field, FieldValue, JobId, JobKind, JobState, ListingId, Presence, Quantity, Side, Text};
use counterpart::protocol::{Correction, HistoryView, JobRow, Mend, PlanSummary, Reply, Request, StepFilter, Wrong};

use super::bed::{ALL, Bed, World, counted};
use super::fake::{Call, Fault};
use super::history::rows;
use super::platforms::{DELTA, EDITING, KEYED};

async fn planned(bed: &Bed, request: Request) -> PlanSummary {
    match bed.ask(request).await {
        Reply::Planned(plan) => plan,
        other => panic!("{other:?}"),
    }
}

/// What a plan refuses: subject, sentence.
async fn refused(bed: &Bed, plan: &PlanSummary) -> Vec<(String, String)> {
    match bed.ask(Request::PlanRefusals { plan: plan.plan, window: ALL }).await {
        Reply::PlanRefusals { rows, .. } => {
            rows.into_iter().map(|row| (row.subject.to_string(), row.reasons[0].1.clone())).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn undo(bed: &Bed, job: JobId) -> JobRow {
    let plan = planned(bed, Request::PlanUndo { job }).await;
    assert_eq!(plan.kind, JobKind::Undo { job });
    let undo = bed.apply(plan).await;
    let row = bed.ended(undo).await;
    assert_eq!((row.job.state, row.job.progress.failed, row.job.progress.parked), (JobState::Done, 0, 0));
    row
}

fn three(web: &'static counterpart::domain::Profile) -> World {
    let world = World::with(web);
    for n in 0..3 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), n);
    }
    world
}

fn web(world: &World) -> Vec<i64> {
    (0..3).map(|n| world.web.quantity(&format!("w{n}")).whole().unwrap()).collect()
}

async fn linked(bed: &Bed) -> usize {
    let rows = bed.products(Default::default()).await;
    rows.iter().filter(|row| row.presence == Presence::Both).count()
}

#[tokio::test]
async fn links_end_in_one_job_and_no_quantity_moves() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    let (one, two) = (bed.product("SKU-0").await.product, bed.product("SKU-1").await.product);
    let plan = planned(&bed, Request::PlanUnlink { products: vec![one, two, one] }).await;
    assert_eq!((plan.title.as_str(), plan.items, plan.steps, plan.calls), ("Unlink 2 products", 2, 2, 0));
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.done, 2);
    assert_eq!((linked(&bed).await, web(&world)), (1, vec![10, 11, 12]));
    let told = rows(&bed, HistoryView { job: Some(job), ..Default::default() }).await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|row| row.what == "unlinked" && row.record.old.as_deref() == Some("Till ⇄ Keyed")));

    world.till.moves("t0", -4);
    bed.import(true).await;
    let plan = planned(&bed, Request::PlanUnlink { products: vec![one] }).await;
    assert_eq!((plan.steps, plan.refused), (0, 1));
    assert_eq!(refused(&bed, &plan).await[0].1, "Not possible any more: it is not linked");
    assert_eq!(world.web.quantity("w0"), Quantity::units(10), "nothing of it is kept in step");
}

#[tokio::test]
async fn a_link_job_is_taken_back_with_what_it_wrote() {
    for profile in [&KEYED, &DELTA] {
        let world = three(profile);
        let bed = world.connected().await;
        let job = bed.link(Side::InStore).await.job.id;
        assert_eq!(web(&world), [10, 11, 12]);
        undo(&bed, job).await;
        assert_eq!((linked(&bed).await, web(&world)), (0, vec![0, 1, 2]), "{}", profile.name);
        for n in 0..3 {
            assert_eq!(world.till.quantity(&format!("t{n}")), Quantity::units(10 + n));
        }
        // The till alone decides nothing any more.
        world.till.moves("t0", -4);
        bed.import(true).await;
        assert_eq!(web(&world), [0, 1, 2]);
    }
}

#[tokio::test]
async fn what_was_sold_since_a_link_job_stays_sold() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    let job = bed.link(Side::InStore).await.job.id;
    world.web.moves("w1", -2);
    bed.import(true).await;
    let plan = planned(&bed, Request::PlanUndo { job }).await;
    assert_eq!((plan.items, plan.steps, plan.refused), (3, 5, 1), "all links end, two counts go back");
    let why = refused(&bed, &plan).await;
    assert_eq!(why[0].0, "Product SKU-1");
    assert!(why[0].1.contains("its quantity was changed since: 11 after the job, 9 now"), "{why:?}");
    // And one that is sold between the plan and its writes.
    world.web.moves("w2", -1);
    let undo = bed.apply(plan).await;
    let row = bed.ended(undo).await;
    assert_eq!((row.job.progress.done, row.job.progress.skipped), (4, 1));
    assert_eq!(web(&world), [0, 9, 11], "only what was still ours went back");
}

#[tokio::test]
async fn a_lost_answer_while_a_link_job_is_taken_back_is_looked_up() {
    for profile in [&KEYED, &DELTA] {
        for fault in [Fault::LostBefore, Fault::LostAfter] {
            let world = three(profile);
            let bed = world.connected().await;
            let job = bed.link(Side::InStore).await.job.id;
            world.web.fails(Call::Write, &[fault]);
            undo(&bed, job).await;
            assert_eq!(web(&world), [0, 1, 2], "{} {fault:?}", profile.name);
        }
    }
}

#[tokio::test]
async fn a_correction_is_taken_back_on_every_side() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    let product = bed.product("SKU-0").await.product;
    let adjust = |correction| Request::PlanAdjust { product, variant: None, correction, reason: "count".to_owned() };
    let plan = planned(&bed, adjust(Correction::Add(Quantity::units(5)))).await;
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    bed.until("both sides", || async {
        let shown = (world.till.quantity("t0"), world.web.quantity("w0"));
        (shown == (Quantity::units(15), Quantity::units(15))).then_some(())
    })
    .await;
    undo(&bed, job).await;
    assert_eq!((world.till.quantity("t0"), world.web.quantity("w0")), (Quantity::units(10), Quantity::units(10)));

    // Corrected again, and sold from since: nothing is put back over the sale.
    let plan = planned(&bed, adjust(Correction::Set(Quantity::units(20)))).await;
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    world.till.moves("t0", -1);
    bed.import(true).await;
    let plan = planned(&bed, Request::PlanUndo { job }).await;
    assert_eq!((plan.steps, plan.refused), (0, 1));
    let why = &refused(&bed, &plan).await[0].1;
    assert!(why.contains("20 available after the job, 19 now; correct it by -10"), "{why}");
}

#[tokio::test]
async fn a_choice_of_the_right_side_is_taken_back() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    // What nobody has told yet: the store is right, and shows less.
    let product = bed.product("SKU-0").await.product;
    world.web.moves("w0", -4);
    world.till.moves("t0", 3);
    bed.import(true).await;
    let before = (world.till.quantity("t0"), world.web.quantity("w0"));
    let wrong = Wrong::Side(Side::InStore);
    let request = Request::PlanSynchronize { products: vec![product], wrong, quantity: true, price: false };
    let plan = planned(&bed, request).await;
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    let after = (world.till.quantity("t0"), world.web.quantity("w0"));
    assert_eq!(after.0, after.1, "{before:?}");
    undo(&bed, job).await;
    let back = (world.till.quantity("t0"), world.web.quantity("w0"));
    assert_eq!(back, (Quantity::units(9), Quantity::units(9)), "what was available before: {before:?} {after:?}");
}

#[tokio::test]
async fn copies_nobody_touched_go_again_and_others_stay() {
    let world = World::with(&KEYED);
    for n in 0..3 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
    }
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    bed.import(true).await;
    let sold = {
        let mut inside = world.web.inside();
        let of = |sku: &str, inside: &super::fake::Inside| {
            let mut all = inside.listings.iter();
            all.find(|(_, l)| l.variants[0].sku.as_deref() == Some(sku)).map(|(id, _)| id.clone()).unwrap()
        };
        let renamed = of("SKU-1", &inside);
        inside.listings.get_mut(&renamed).unwrap().title = Text::new("Somebody's own");
        of("SKU-2", &inside)
    };
    {
        let mut inside = world.web.inside();
        let variant = &mut inside.listings.get_mut(&sold).unwrap().variants[0];
        variant.stock = counterpart::domain::Stock::Tracked([(super::fake::location(), Quantity::units(11))].into());
    }
    bed.import(true).await;
    let plan = planned(&bed, Request::PlanUndo { job }).await;
    assert_eq!((plan.items, plan.steps, plan.refused), (1, 2, 2), "its link ends, and it goes");
    let why = refused(&bed, &plan).await;
    assert!(why.iter().any(|(subject, why)| subject == "Product SKU-1" && why.contains("(title)")), "{why:?}");
    assert!(why.iter().any(|(subject, why)| subject == "Product SKU-2" && why.contains("(quantity)")), "{why:?}");
    let undo = bed.apply(plan).await;
    assert_eq!(bed.ended(undo).await.job.progress.done, 2, "{:?}", bed.steps(undo, StepFilter::All).await);
    assert_eq!(world.web.inside().listings.len(), 2);
    let row = bed.product("SKU-0").await;
    assert_eq!((row.presence, row.in_store), (Presence::InStore, counted(10)));
}

async fn listing_of(bed: &Bed, sku: &str, place: &str) -> ListingId {
    let product = bed.product(sku).await.product;
    match bed.ask(Request::Product { product }).await {
        Reply::Product(detail) => detail.listings.iter().find(|l| l.connection.as_str() == place).unwrap().listing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn edits_are_taken_back_where_the_value_is_still_ours() {
    let world = World::with(&EDITING);
    for n in 0..2 {
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), 5);
    }
    let bed = world.connected().await;
    let mut mends = Vec::new();
    for sku in ["SKU-0", "SKU-1"] {
        for (field, to) in [(Field::Title, "A new title"), (Field::Description, "Better words")] {
            let listing = listing_of(&bed, sku, EDITING.name).await;
            mends.push(Mend { listing, variant: None, field, to: FieldValue::Text(Text::new(to)) });
        }
    }
    let plan = planned(&bed, Request::PlanMend { mends }).await;
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.done, 4, "{:?}", bed.steps(job, StepFilter::All).await);
    assert_eq!(world.web.inside().listings["w0"].title.as_str(), "A new title");
    world.web.inside().listings.get_mut("w1").unwrap().title = Text::new("Somebody's own");
    bed.import(true).await;
    let plan = planned(&bed, Request::PlanUndo { job }).await;
    assert_eq!((plan.steps, plan.refused), (3, 1));
    let why = &refused(&bed, &plan).await[0].1;
    assert!(why.contains("its title was changed since, and is Somebody's own now"), "{why}");
    let undo = bed.apply(plan).await;
    assert_eq!(bed.ended(undo).await.job.progress.done, 3, "{:?}", bed.steps(undo, StepFilter::All).await);
    let inside = world.web.inside();
    let shown = |id: &str| (inside.listings[id].title.to_string(), inside.listings[id].description.to_string());
    assert_eq!(shown("w0"), ("Product SKU-0".to_owned(), "Long words".to_owned()));
    assert_eq!(shown("w1"), ("Somebody's own".to_owned(), "Long words".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_said() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    let import = bed.jobs().await[0].job.id;
    let problem = bed.problem(Request::PlanUndo { job: import }).await;
    assert!(problem.message.contains("has written nothing"), "{problem:?}");
    let problem = bed.problem(Request::PlanUndo { job: JobId(999) }).await;
    assert!(problem.message.contains("there is no job"), "{problem:?}");

    let job = bed.link(Side::InStore).await.job.id;
    let first = undo(&bed, job).await.job.id;
    // Taken back once, there is nothing left of it.
    let plan = planned(&bed, Request::PlanUndo { job }).await;
    assert_eq!((plan.steps, plan.refused), (0, 3));
    assert!(refused(&bed, &plan).await.iter().all(|(_, why)| why.ends_with("it is not linked any more")));
    // And taking it back can itself be taken back, as far as counts go.
    let plan = planned(&bed, Request::PlanUndo { job: first }).await;
    assert_eq!((plan.steps, plan.refused), (3, 3));
    assert!(refused(&bed, &plan).await.iter().all(|(_, why)| why.contains("link them anew")));

    world.web.fails(Call::Levels, &[Fault::Unauthorised]);
    let plan = bed.plan_link(Side::InStore).await;
    let job = bed.apply(plan).await;
    bed.in_state(job, JobState::Paused).await;
    let problem = bed.problem(Request::PlanUndo { job }).await;
    assert!(problem.message.contains("has not ended"), "{problem:?}");
}

#[tokio::test]
async fn what_was_told_by_itself_is_not_taken_back() {
    let world = World::alive(&KEYED);
    world.till.put("t0", "SKU-0", 10);
    world.web.put("w0", "SKU-0", 10);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    world.till.moves("t0", -3);
    bed.while_not("the sale", || world.web.quantity("w0") == Quantity::units(7)).await;
    let is_sync = |row: &JobRow| matches!(row.job.kind, JobKind::Sync { .. }) && row.job.state == JobState::Done;
    let sync = bed.until("its job", || async { bed.jobs().await.into_iter().find(is_sync) }).await;
    let problem = bed.problem(Request::PlanUndo { job: sync.job.id }).await;
    assert!(problem.message.contains("sold stock would be on sale again"), "{problem:?}");
    assert!(problem.hint.as_deref().is_some_and(|hint| hint.contains("correct the stock")), "{problem:?}");
}

#[tokio::test]
async fn an_undo_counts_products_as_its_job_did() {
    let world = World::with(&KEYED);
    for (shop, id) in [(&world.till, "t"), (&world.web, "w")] {
        shop.put(&format!("{id}0"), "SKU-0", 5);
        super::fields::variants::shirt(shop, &format!("{id}1"), &["red", "green", "blue"]);
    }
    let bed = world.connected().await;
    let plan = bed.plan_link(Side::InStore).await;
    assert_eq!((plan.items, plan.title.contains("2 items")), (2, true), "{plan:?}");
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    assert_eq!(planned(&bed, Request::PlanUndo { job }).await.items, 2);
}

#[tokio::test]
async fn that_nothing_differs_is_no_problem() {
    let world = three(&KEYED);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    let products = vec![bed.product("SKU-0").await.product];
    let wrong = Wrong::Side(Side::Online);
    let same = bed.ask(Request::PlanSynchronize { products, wrong, quantity: true, price: false }).await;
    assert!(matches!(&same, Reply::Nothing { message, .. } if message.contains("nothing differs")), "{same:?}");
}
