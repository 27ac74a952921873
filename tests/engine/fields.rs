//! Fields follow the side of record, and nobody's edit is lost. Here are the words that these tests share.

mod asking;
mod copies;
mod following;
mod mending;
pub mod variants;

use std::sync::{Arc, Mutex};

use counterpart::domain::{
    AutoPush, ConnectionId, Currency, Direction, Field, FieldRules, FieldValue, Happening, HistoryRecord, JobKind,
    JobState, ListingId, Money, OptionValue, Presence, Quantity, Side, Status, Stock, Structure, Text, Variant,
};
use counterpart::engine::Listener;
use counterpart::protocol::{
    ConflictRow, Decision, JobOrder, JobRow, LinkMark, Mend, PlanSummary, ProductsView, Reply, Request, RulesRow,
    SettingsDraft, StepFilter, SyncState,
};
use counterpart::store::Entry;

use super::bed::{ALL, Bed, World, counted};
use super::fake::{Call, Effect, FakeShop, Fault, location, remote};
use super::platforms::{BINNING, EDITING};

fn price(minor: i64) -> Option<Money> {
    Some(Money::new(minor, Currency::new("EUR").unwrap()))
}

/// `Product SKU-0`, … in both shops, linked.
async fn linked(world: &World, count: usize) -> Bed {
    for number in 0..count {
        for (shop, id) in [(&world.till, "t"), (&world.web, "w")] {
            shop.put(&format!("{id}{number}"), &format!("SKU-{number}"), 5);
        }
    }
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    bed
}

async fn rules(bed: &Bed) -> RulesRow {
    let Reply::Rules { rows, presets } = bed.ask(Request::Rules).await else { panic!("no rules") };
    assert!(presets.len() >= 3);
    rows.into_iter().next().unwrap()
}

async fn keep(bed: &Bed, fields: &[(Field, Direction)]) {
    let before = rules(bed).await.rules;
    let rules = FieldRules { fields: fields.iter().copied().collect(), ..before };
    assert_eq!(bed.ask(Request::KeepRules { rules }).await, Reply::Done);
}

async fn preset(bed: &Bed, name: &str) {
    let FieldRules { in_store, online, .. } = rules(bed).await.rules;
    assert_eq!(bed.ask(Request::ApplyPreset { in_store, online, preset: name.to_owned() }).await, Reply::Done);
}

async fn conflicts(bed: &Bed) -> Vec<ConflictRow> {
    let Reply::Conflicts { rows, .. } = bed.ask(Request::Conflicts { window: ALL }).await else { panic!() };
    rows
}

async fn conflict(bed: &Bed) -> ConflictRow {
    bed.until("a conflict", || async { conflicts(bed).await.into_iter().next() }).await
}

async fn no_conflict(bed: &Bed) {
    bed.until("the end of the conflict", || async { conflicts(bed).await.is_empty().then_some(()) }).await;
}

async fn edits(bed: &Bed) -> Vec<JobRow> {
    bed.jobs().await.into_iter().filter(|row| row.job.kind == JobKind::Edit).collect()
}

/// Both shops have been looked at twice more, so whatever follows from the present has been planned and done.
async fn quiet(world: &World, bed: &Bed) {
    for _ in 0..2 {
        looks(bed, &world.till).await;
        looks(bed, &world.web).await;
    }
    bed.until("the end of all jobs", || async {
        edits(bed).await.iter().all(|row| row.job.state.ended() || row.job.state == JobState::Paused).then_some(())
    })
    .await;
}

async fn looks(bed: &Bed, shop: &Arc<FakeShop>) {
    let goal = shop.calls(Call::Changes) + 2;
    bed.while_not("a further look", || shop.calls(Call::Changes) >= goal).await;
}

fn written(shop: &FakeShop, field: Field) -> Vec<String> {
    let edited = shop.effects().into_iter().filter_map(|effect| match effect {
        Effect::Edited { field: of, to, .. } if of == field => Some(to),
        _ => None,
    });
    edited.collect()
}

async fn title_is(bed: &Bed, shop: &FakeShop, id: &str, title: &str) {
    bed.while_not(title, || &*shop.listing(id).title == title).await;
}

type Lines = Arc<Mutex<Vec<HistoryRecord>>>;

/// What is noted from now on.
fn noting(world: &mut World) -> Lines {
    let lines = Lines::default();
    let heard = lines.clone();
    world.listener = Some(Listener(Arc::new(move |entries: &[Entry]| {
        let noted =
            entries.iter().filter_map(|e| if let Entry::Noted(line) = e { Some((**line).clone()) } else { None });
        heard.lock().unwrap().extend(noted);
    })));
    lines
}

fn noted(lines: &Lines, what: Happening) -> Vec<(Option<String>, Option<String>)> {
    let lines = lines.lock().unwrap();
    lines.iter().filter(|line| line.what == what).map(|line| (line.old.clone(), line.new.clone())).collect()
}
