//! The link report: what is suggested and why, what a person accepts, rejects and takes back, and what is known of one
//! product.

use std::time::Duration;

use counterpart::domain::{
    Currency, Field, Likelihood, ListingId, MatchKey, Money, OptionValue, Quantity, ReasonKind, Side, Structure, Text,
    Variant,
};
use counterpart::platform::Clock;
use counterpart::protocol::{
    LinkChoice, LinkExplanation, LinkOf, LinkSelection, Rejected, Reply, ReportRow, ReportSummary, ReportTab,
    ReportView, Request, SuggestionRow,
};

use super::bed::{ALL, Bed, World};
use super::fake::FakeShop;
use super::platforms::{DELTA, EDITING, KEYED};

fn euro(minor: i64) -> Option<Money> {
    Some(Money::new(minor, Currency::new("EUR").unwrap()))
}

/// A product that has no key in common with any other.
fn put(shop: &FakeShop, id: &str, title: &str, price: i64, count: i64) {
    shop.put(id, &format!("{id}-{}", shop.profile.id), count);
    shop.change(id, |listing| {
        listing.title = Text::new(title);
        listing.description = Text::default();
        listing.variants[0].price = euro(price);
    });
}

/// One candidate, three pairs that are alike, and something on each side that is like nothing.
fn alike() -> World {
    alike_with(&KEYED)
}

fn alike_with(web: &'static counterpart::domain::Profile) -> World {
    let world = World::with(web);
    world.till.put("t0", "SAME", 9);
    world.web.put("w0", "SAME", 9);
    for (n, (till, web, price)) in [
        ("Hearth Porcelain Teapot 1.2 l", "Porcelain teapot Hearth, 1.2 l", 2990),
        ("Garden hose Hydrofix 20 m green", "Hydrofix garden hose green 20 m", 1990),
        ("Canvas backpack Nordvik olive", "Nordvik backpack, canvas, olive", 7990),
    ]
    .into_iter()
    .enumerate()
    {
        put(&world.till, &format!("t{}", n + 1), till, price, 5);
        put(&world.web, &format!("w{}", n + 1), web, price, 3);
    }
    put(&world.till, "t8", "Wrapping paper, sheet", 150, 5);
    put(&world.web, "w8", "Bicycle bell brass", 990, 5);
    world
}

async fn rows(bed: &Bed, view: ReportView) -> Vec<ReportRow> {
    match bed.ask(Request::Report { view, window: ALL }).await {
        Reply::Report { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

async fn suggestions(bed: &Bed) -> Vec<SuggestionRow> {
    let rows = rows(bed, ReportView::of(ReportTab::Suggestions)).await;
    let row = |row| if let ReportRow::Suggestion(row) = row { row } else { panic!("{row:?}") };
    rows.into_iter().map(row).collect()
}

async fn suggested(bed: &Bed, word: &str) -> Option<SuggestionRow> {
    suggestions(bed).await.into_iter().find(|row| row.in_store.title.to_lowercase().contains(word))
}

async fn summary(bed: &Bed) -> ReportSummary {
    bed.status().await.report.expect("a report")
}

fn choice(row: &SuggestionRow) -> LinkChoice {
    LinkChoice { in_store: row.in_store.listing, online: row.online.listing, ticked: true, primary: Side::InStore }
}

fn only(choice: LinkChoice) -> LinkSelection {
    LinkSelection { everything: None, choices: vec![choice] }
}

async fn reject(bed: &Bed, selection: LinkSelection) -> u64 {
    match bed.ask(Request::RejectPairs { selection }).await {
        Reply::PairsDecided { pairs } => pairs,
        other => panic!("{other:?}"),
    }
}

async fn allow(bed: &Bed, which: Rejected) -> u64 {
    match bed.ask(Request::AllowPairs { which }).await {
        Reply::PairsDecided { pairs } => pairs,
        other => panic!("{other:?}"),
    }
}

async fn explained(bed: &Bed, of: LinkOf) -> Vec<LinkExplanation> {
    match bed.ask(Request::ExplainLink { of }).await {
        Reply::LinkExplained { listings } => listings,
        other => panic!("{other:?}"),
    }
}

fn named(name: &str) -> LinkOf {
    LinkOf::Named(name.to_owned())
}

#[tokio::test]
async fn what_is_alike_is_suggested_with_its_reasons_and_never_with_the_candidates() {
    let world = alike();
    let bed = world.connected().await;
    bed.report().await;
    let found = suggestions(&bed).await;
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found.is_sorted_by(|a, b| a.percent >= b.percent));
    for row in &found {
        assert!(row.class > Likelihood::Possible && (51..=99).contains(&row.percent), "{row:?}");
        assert!(row.evidence.iter().any(|one| one.speaks_for && one.sentence.starts_with("The titles share")));
    }
    let teapot = suggested(&bed, "teapot").await.unwrap();
    assert_eq!(teapot.online.title.as_str(), "Porcelain teapot Hearth, 1.2 l");
    let priced = teapot.evidence.iter().find(|one| one.aspect == "price").unwrap();
    assert_eq!(priced.sentence, "The prices are near: 29.90 EUR in store, 29.90 EUR online");
    assert_eq!((priced.in_store.as_deref(), priced.online.as_deref()), (Some("29.90 EUR"), Some("29.90 EUR")));
    let told = summary(&bed).await;
    assert_eq!((told.candidates, told.suggestions, told.rejected), (1, 3, 0));

    // Whoever links all candidates links no suggestion.
    let selection = LinkSelection { everything: Some((ReportView::default(), Side::InStore)), choices: Vec::new() };
    let Reply::Planned(plan) = bed.ask(Request::PlanLink { selection }).await else { panic!() };
    assert_eq!(plan.items, 1);
}

#[tokio::test]
async fn an_accepted_suggestion_is_linked_like_a_candidate_and_the_plan_says_what_differs() {
    let world = alike();
    let bed = world.connected().await;
    bed.report().await;
    let teapot = suggested(&bed, "teapot").await.unwrap();
    let Reply::Planned(plan) = bed.ask(Request::PlanLink { selection: only(choice(&teapot)) }).await else { panic!() };
    assert_eq!((plan.items, plan.refused), (1, 0));
    let Reply::PlanSteps { rows: steps, .. } = bed.ask(Request::PlanSteps { plan: plan.plan, window: ALL }).await
    else {
        panic!()
    };
    assert!(steps[0].reason.contains("chosen by hand; the titles differ: “Hearth"), "{}", steps[0].reason);
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    assert_eq!(world.web.quantity("w1"), Quantity::units(5), "the primary side's count is told");
    assert!(suggested(&bed, "teapot").await.is_none(), "what is linked is not suggested any more");
    assert_eq!(summary(&bed).await.suggestions, 2);
    let told = explained(&bed, LinkOf::Listing(teapot.in_store.listing)).await;
    assert_eq!(told[0].sentence, "It is linked");
    assert_eq!(told[0].linked[0].with, ["Keyed: Porcelain teapot Hearth, 1.2 l"]);

    // All of them, as this list shows them.
    let view = ReportView::of(ReportTab::Suggestions);
    let selection = LinkSelection { everything: Some((view, Side::InStore)), choices: Vec::new() };
    let Reply::Planned(plan) = bed.ask(Request::PlanLink { selection }).await else { panic!() };
    assert_eq!((plan.items, plan.refused), (2, 0));
}

#[tokio::test]
async fn what_is_rejected_stays_so_over_restarts_and_imports_until_it_is_taken_back() {
    let world = alike();
    let bed = world.connected().await;
    bed.report().await;
    let teapot = suggested(&bed, "teapot").await.unwrap();
    let hose = suggested(&bed, "hose").await.unwrap();
    assert_eq!(reject(&bed, only(choice(&teapot))).await, 1);
    assert!(suggested(&bed, "teapot").await.is_none(), "it is gone at once");
    let again = bed.problem(Request::RejectPairs { selection: only(choice(&teapot)) }).await;
    assert!(again.message.contains("rejected already"), "{again:?}");
    bed.report().await;
    assert!(suggested(&bed, "teapot").await.is_none(), "a new report does not bring it back");
    let told = summary(&bed).await;
    assert_eq!((told.suggestions, told.rejected, told.stale), (2, 1, false));

    bed.engine.stop().await;
    let bed = world.engine().await;
    bed.import(true).await;
    bed.report().await;
    assert!(suggested(&bed, "teapot").await.is_none());
    let rejected = rows(&bed, ReportView::of(ReportTab::Rejected)).await;
    let [ReportRow::Rejected(row)] = rejected.as_slice() else { panic!("{rejected:?}") };
    assert_eq!((row.in_store.listing, row.at), (teapot.in_store.listing, world.clock.now()));
    let told = explained(&bed, LinkOf::Listing(teapot.in_store.listing)).await;
    assert_eq!(told[0].rejected.len(), 1);
    assert!(told[0].suggestions.iter().all(|row| row.online.listing != teapot.online.listing));
    let refused = bed.ask(Request::PlanLink { selection: only(choice(&teapot)) }).await;
    assert!(matches!(refused, Reply::Planned(plan) if (plan.items, plan.refused) == (0, 1)));

    world.clock.advance(Duration::from_secs(1));
    assert_eq!(reject(&bed, only(choice(&hose))).await, 1);
    assert_eq!(allow(&bed, Rejected::Last).await, 1);
    bed.report().await;
    assert!(suggested(&bed, "hose").await.is_some() && suggested(&bed, "teapot").await.is_none());
    let (in_store, online) = (teapot.in_store.listing, teapot.online.listing);
    assert_eq!(allow(&bed, Rejected::Pair { in_store, online }).await, 1);
    bed.report().await;
    assert!(suggested(&bed, "teapot").await.is_some());
    assert!(bed.problem(Request::AllowPairs { which: Rejected::Last }).await.message.contains("nothing is rejected"));
}

#[tokio::test]
async fn a_wrong_candidate_is_rejected_and_says_so_among_what_cannot_be_linked() {
    let world = alike();
    let bed = world.connected().await;
    bed.report().await;
    let candidates = rows(&bed, ReportView::default()).await;
    let [ReportRow::Candidate(row)] = candidates.as_slice() else { panic!("{candidates:?}") };
    let (in_store, online) = (row.in_store.listing, row.online.listing);
    let wrong = LinkChoice { in_store, online, ticked: true, primary: Side::InStore };
    reject(&bed, only(wrong)).await;
    let told = summary(&bed).await;
    assert_eq!((told.candidates, told.rejected), (0, 1));
    let view = ReportView { reason: Some(ReasonKind::Rejected), ..ReportView::of(ReportTab::WithoutCandidate) };
    let without = rows(&bed, view).await;
    assert_eq!(without.len(), 2, "both sides say why");
    let ReportRow::WithoutCandidate { reasons, .. } = &without[0] else { panic!() };
    assert!(reasons[0].sentence.contains("you said that the two are not one"), "{reasons:?}");
    let problem = bed.ask(Request::PlanLink { selection: only(wrong) }).await;
    assert!(matches!(problem, Reply::Planned(plan) if (plan.items, plan.refused) == (0, 1)));
    allow(&bed, Rejected::Last).await;
    assert_eq!(summary(&bed).await.candidates, 1, "without a new report");
}

#[tokio::test]
async fn a_single_item_is_not_suggested_for_a_product_with_variants() {
    let world = alike();
    world.web.change("w1", |listing| {
        let mut second = listing.variants[0].clone();
        second.remote = super::fake::remote("w1-second");
        second.sku = None;
        listing.variants.push(second);
    });
    let bed = world.connected().await;
    bed.report().await;
    assert!(suggested(&bed, "teapot").await.is_none());
    assert_eq!(suggestions(&bed).await.len(), 2);
}

#[tokio::test]
async fn what_is_linked_to_one_shop_is_suggested_for_another() {
    let mut world = alike();
    world.more.push(FakeShop::new(&DELTA));
    put(&world.more[0], "m1", "Teapot porcelain by Hearth 1.2 l", 2990, 4);
    let bed = world.connected().await;
    bed.report().await;
    let both: Vec<SuggestionRow> = suggestions(&bed).await;
    let of = |shop: &str| {
        both.iter().find(|row| row.in_store.title.contains("Teapot") && row.online.title.as_str() == shop).unwrap()
    };
    let first = of("Porcelain teapot Hearth, 1.2 l");
    let Reply::Planned(plan) = bed.ask(Request::PlanLink { selection: only(choice(first)) }).await else { panic!() };
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    bed.report().await;
    let other = suggested(&bed, "teapot").await.expect("the other shop has it too");
    assert_eq!(other.online.title.as_str(), "Teapot porcelain by Hearth 1.2 l");
    let Reply::Planned(plan) = bed.ask(Request::PlanLink { selection: only(choice(&other)) }).await else { panic!() };
    assert_eq!((plan.items, plan.refused), (1, 0));
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    assert_eq!(world.more[0].quantity("m1"), Quantity::units(5), "one link of three");
    assert!(suggested(&bed, "teapot").await.is_none());
}

#[tokio::test]
async fn products_with_other_numbers_of_variants_are_never_called_sure() {
    let world = World::with(&KEYED);
    let variants = |shop: &FakeShop, id: &str, sizes: &[&str]| {
        put(shop, id, "Alpine Longjohns Merino Fjellgard 4471", 4990, 5);
        shop.change(id, |listing| {
            let first = listing.variants[0].clone();
            listing.structure = Structure::Variable { options: vec![Text::new("Size")] };
            listing.variants = sizes
                .iter()
                .map(|size| Variant {
                    remote: super::fake::remote(&format!("{id}-{size}")),
                    sku: None,
                    options: vec![OptionValue { option: Text::new("Size"), value: Text::new(size) }],
                    ..first.clone()
                })
                .collect();
        });
    };
    variants(&world.till, "t1", &["S", "M"]);
    variants(&world.web, "w1", &["S", "M", "L"]);
    let bed = world.connected().await;
    bed.report().await;
    let row = suggested(&bed, "longjohns").await.expect("it is likely the same");
    assert_eq!(row.class, Likelihood::Likely);
    let told = row.evidence.iter().find(|one| one.aspect == "variants").unwrap();
    assert_eq!(told.sentence, "The variants differ: 2 in store, 3 online; make them alike before they are linked");
}

#[tokio::test]
async fn lists_are_narrowed_by_key_class_and_reason() {
    let world = alike();
    put(&world.till, "t9", "Bicycle bell brass", 1290, 5);
    let bed = world.connected().await;
    bed.report().await;
    let by = |matched| ReportView { matched: Some(matched), ..ReportView::default() };
    assert_eq!(rows(&bed, by(MatchKey::Sku)).await.len(), 1);
    assert_eq!(rows(&bed, by(MatchKey::Barcode)).await.len(), 0);
    let of = |class| ReportView { class: Some(class), ..ReportView::of(ReportTab::Suggestions) };
    let (sure, likely) = (rows(&bed, of(Likelihood::Sure)).await.len(), rows(&bed, of(Likelihood::Likely)).await.len());
    assert_eq!((sure + likely) as u64, summary(&bed).await.suggestions);
    let reason = |kind| ReportView { reason: Some(kind), ..ReportView::of(ReportTab::WithoutCandidate) };
    let priced = rows(&bed, reason(ReasonKind::PriceDiffers)).await;
    assert_eq!(priced.len(), 2, "{priced:#?}");
    let told = summary(&bed).await;
    assert!(told.reasons.contains(&(ReasonKind::PriceDiffers, 2)), "{:?}", told.reasons);
    assert!(told.matched.contains(&(MatchKey::Sku, 1)), "{:?}", told.matched);
}

#[tokio::test]
async fn everything_known_of_a_product_is_told_by_sku_title_and_number() {
    let world = alike();
    let bed = world.connected().await;
    let before = explained(&bed, named("SAME")).await;
    assert!(before[0].sentence.starts_with("There is no link report yet"), "{before:?}");
    bed.report().await;
    let told = explained(&bed, named(" same ")).await;
    assert_eq!(told.len(), 2, "on both sides");
    assert_eq!(told[0].candidates.len(), 1);
    assert!(told[0].sentence.contains("same SKU"), "{}", told[0].sentence);
    let told = explained(&bed, named("garden hose hydrofix 20 M green")).await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].reasons.is_empty());
    assert_eq!(told[0].suggestions[0].online.title.as_str(), "Hydrofix garden hose green 20 m");
    assert_eq!(told[0].sentence, "Nothing matches it exactly, but something is like it");
    let number = told[0].listing.listing;
    assert_eq!(explained(&bed, named(&number.to_string())).await, told);
    let words = explained(&bed, named("hose hydrofix")).await;
    assert_eq!(words.len(), 2, "words are looked for where nothing has the whole name");
    assert!(bed.problem(Request::ExplainLink { of: named("nothing such") }).await.hint.is_some());
    let gone = LinkOf::Listing(ListingId(99_999));
    assert!(bed.problem(Request::ExplainLink { of: gone }).await.message.contains("not there"));
}

#[tokio::test]
async fn a_price_in_the_way_is_mended_by_one_edit_after_which_the_two_can_be_linked() {
    let world = alike_with(&EDITING);
    put(&world.till, "t9", "Bicycle bell brass", 1290, 5);
    let bed = world.connected().await;
    bed.report().await;
    let told = explained(&bed, named("Bicycle bell brass")).await;
    let mends: Vec<_> = told[0].reasons.iter().flat_map(|reason| &reason.mends).collect();
    let online = mends.iter().find(|row| row.sentence == "Set the price on Editing to 12.90 EUR");
    let online = online.unwrap_or_else(|| panic!("{told:#?}"));
    assert_eq!(online.mend.field, Field::Price);
    let Reply::Planned(plan) = bed.ask(Request::PlanMend { mends: vec![online.mend.clone()] }).await else { panic!() };
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    assert_eq!(world.web.listing("w8").variants[0].price, euro(1290));
    bed.import(false).await;
    bed.report().await;
    let told = explained(&bed, named("Bicycle bell brass")).await;
    assert_eq!(told[0].candidates.len(), 1, "{told:#?}");
}

#[tokio::test]
async fn a_report_outlives_the_engine_and_says_whether_it_is_still_true() {
    let world = alike();
    let bed = world.connected().await;
    bed.report().await;
    let (before, found) = (summary(&bed).await, suggestions(&bed).await);
    bed.engine.stop().await;
    world.clock.advance(Duration::from_secs(60));
    let bed = world.engine().await;
    bed.until("a report that is known to be true", || async {
        bed.status().await.report.filter(|summary| !summary.stale).map(|_| ())
    })
    .await;
    assert_eq!(summary(&bed).await, before, "as it was, with the time at which it was made");
    assert_eq!(suggestions(&bed).await, found);

    // What is changed while the engine is away is seen at the next import.
    bed.engine.stop().await;
    world.web.change("w8", |listing| listing.title = Text::new("Bicycle bell, silver"));
    let bed = world.engine().await;
    bed.import(false).await;
    assert!(summary(&bed).await.stale);
    bed.engine.stop().await;

    // And what changed after it was made makes it outdated after a restart, too.
    let bed = world.engine().await;
    assert!(summary(&bed).await.stale);
    bed.engine.stop().await;

    let file = world.store().join("link-report");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let bed = world.engine().await;
    bed.until("a report made anew", || async {
        let status = bed.status().await;
        status.report.filter(|summary| !summary.stale && !status.report_running).map(|_| ())
    })
    .await;
    assert_eq!(suggestions(&bed).await.len(), 3);
}
