//! Fields that a person mends through a plan, and rules that a platform cannot follow.

use super::*;

async fn plan_mend(bed: &Bed, mends: Vec<Mend>) -> PlanSummary {
    match bed.ask(Request::PlanMend { mends }).await {
        Reply::Planned(summary) => summary,
        other => panic!("{other:?}"),
    }
}

async fn listing_of(bed: &Bed, sku: &str, side: Side) -> ListingId {
    let product = bed.product(sku).await.product;
    let Reply::Product(detail) = bed.ask(Request::Product { product }).await else { panic!() };
    detail.listings.iter().find(|listing| listing.side == side).unwrap().listing
}

#[tokio::test]
async fn a_person_mends_fields_through_a_plan() {
    let mut world = World::alive(&EDITING);
    let lines = noting(&mut world);
    let bed = linked(&world, 2).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    let web = listing_of(&bed, "SKU-0", Side::Online).await;
    let till = listing_of(&bed, "SKU-1", Side::InStore).await;
    let mend = |listing, field, to| Mend { listing, variant: None, field, to };
    let plan = plan_mend(
        &bed,
        vec![
            mend(web, Field::Title, FieldValue::Text(Text::new("Mine"))),
            mend(web, Field::Price, FieldValue::Money(price(700))),
            mend(web, Field::Price, FieldValue::Maybe(None)),
            mend(web, Field::Title, FieldValue::Text(Text::new(""))),
            mend(web, Field::Active, FieldValue::Status(Status::Active)),
            mend(till, Field::Title, FieldValue::Text(Text::new("Mug"))),
        ],
    )
    .await;
    assert_eq!((plan.kind.clone(), plan.steps, plan.items, plan.refused), (JobKind::Edit, 3, 2, 2), "{plan:?}");
    let Reply::PlanSteps { rows, .. } = bed.ask(Request::PlanSteps { plan: plan.plan, window: ALL }).await else {
        panic!()
    };
    assert_eq!((rows[0].old.as_deref(), rows[0].new.as_deref()), (Some("Product SKU-0"), Some("Mine")));
    let job = bed.apply(plan).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed), (3, 0));
    assert_eq!(world.web.listing("w0").variants[0].price, price(700));
    title_is(&bed, &world.web, "w1", "Mug").await;
    quiet(&world, &bed).await;
    assert_eq!(&*world.web.listing("w0").title, "Mine", "a person wanted it so");
    assert!(conflicts(&bed).await.is_empty());
    let noted = noted(&lines, Happening::Field(Field::Title));
    assert!(noted.contains(&(Some("Product SKU-0".into()), Some("Mine".into()))), "{noted:?}");
    bed.engine.stop().await;
}

#[tokio::test]
async fn rules_that_a_platform_cannot_follow_are_refused() {
    let world = World::alive(&BINNING);
    let bed = linked(&world, 1).await;
    let row = rules(&bed).await;
    assert!(row.not_to_online.contains(&Field::Images) && row.not_to_online.contains(&Field::Options));
    assert!(row.not_to_in_store.is_empty(), "{row:?}");
    assert_eq!(row.preset.as_deref(), Some("Quantities only"));
    let wanted = FieldRules { fields: [(Field::Images, Direction::ToOnline)].into(), ..row.rules.clone() };
    let problem = bed.problem(Request::KeepRules { rules: wanted }).await;
    assert_eq!(problem.message, "the images cannot be written to Binning");
    let nobody = FieldRules::standard(ConnectionId(77), row.rules.online);
    assert!(bed.problem(Request::KeepRules { rules: nobody }).await.message.contains("is no till"));
    preset(&bed, "the till is the record").await;
    let row = rules(&bed).await;
    assert_eq!(row.preset.as_deref(), Some("The till is the record"), "as far as it can");
    assert_eq!(row.rules.fields.len(), 2);
    let FieldRules { in_store, online, .. } = row.rules;
    let problem = bed.problem(Request::ApplyPreset { in_store, online, preset: "nonsense".into() }).await;
    assert!(problem.hint.unwrap().contains("Lightspeed POS + E-Series"));
    bed.engine.stop().await;
}
