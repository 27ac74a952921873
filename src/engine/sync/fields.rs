//! Field rules between a till and a store: what they are, what they can be, and a person's own edits.

use std::sync::Arc;

use crate::domain::{
    Cause, Connection, ConnectionId, Direction, Effect, Field, FieldRules, FieldValue, Happening, HistoryRecord,
    JobKind, KnownListing, Plan, PlannedStep, Profile, Refusal, RefusalReason, Side, Text,
};
use crate::protocol::{Mend, PresetRow, Problem, Reply, RulesRow};
use crate::rules::fields::{fits, same, value, writable};
use crate::rules::presets::Preset;
use crate::rules::{CatalogueView, estimate};
use crate::store::Entry;

use super::super::truth::{Known, Pen, Truth};
use super::super::{plans, problem};
use super::{rejoin, steps};

/// The reason of a step that a person asked for, word for word: it is written whatever the rules say.
pub const MENDED: &str = "you want it so";

/// Of all pairs of a till and a store.
pub async fn rules(truth: &Arc<Truth>) -> Result<Reply, Problem> {
    let presets = truth.shops.presets();
    let rows = truth.read(|known| {
        let all = known.catalogue.now().connections();
        let of = |side| all.iter().copied().filter(move |connection: &&Connection| connection.side == side);
        let pairs = of(Side::InStore).flat_map(|in_store| of(Side::Online).map(move |online| (in_store, online)));
        pairs.map(|(in_store, online)| row(truth, known, in_store, online, &presets)).collect()
    });
    let presets = presets.iter().map(|preset| PresetRow {
        name: preset.name.to_owned(),
        sentence: format!("{}: {}", preset.name, preset.sentence),
    });
    Ok(Reply::Rules { rows, presets: presets.collect() })
}

fn row(truth: &Truth, known: &Known, in_store: &Connection, online: &Connection, presets: &[Preset]) -> RulesRow {
    let rules = known.rules.between(in_store.id, online.id).cloned();
    let rules = rules.unwrap_or_else(|| FieldRules::standard(in_store.id, online.id));
    let can = able(truth, known, in_store.id, online.id);
    let not = |direction| Field::ALL.into_iter().filter(|field| !can(*field, direction)).collect();
    RulesRow {
        in_store: in_store.name.clone(),
        online: online.name.clone(),
        not_to_online: not(Direction::ToOnline),
        not_to_in_store: not(Direction::ToInStore),
        ready_made: presets.iter().map(|preset| preset.rules(in_store.id, online.id, &can)).collect(),
        preset: presets.iter().find(|preset| preset.is(&rules, &can)).map(|preset| preset.name.to_owned()),
        rules,
    }
}

/// Whether a field can be written in a direction, by what the platform there can.
fn able(
    truth: &Truth,
    known: &Known,
    in_store: ConnectionId,
    online: ConnectionId,
) -> impl Fn(Field, Direction) -> bool + use<> {
    let profile = |connection| steps::profile(truth, known, connection);
    let (till, store) = (profile(in_store), profile(online));
    move |field, direction| match direction {
        Direction::Off => true,
        Direction::ToOnline => store.is_some_and(|profile| writes(profile, field)),
        Direction::ToInStore => till.is_some_and(|profile| writes(profile, field)),
    }
}

fn writes(profile: &Profile, field: Field) -> bool {
    if field == Field::Options { profile.adds_variants } else { profile.edits.contains(&field) }
}

/// The two connections of rules, in their roles.
fn pair(known: &Known, in_store: ConnectionId, online: ConnectionId) -> Result<(Connection, Connection), Problem> {
    let catalogue = known.catalogue.now();
    let of = |id: ConnectionId, side: Side, what: &str| {
        let there = catalogue.connection(id).filter(|connection| connection.side == side);
        there.cloned().ok_or_else(|| {
            problem::usage(format!("{id} is no {what}"), "see which there are with `counterpart connections`")
        })
    };
    Ok((of(in_store, Side::InStore, "till")?, of(online, Side::Online, "online store")?))
}

pub async fn keep_rules(truth: &Arc<Truth>, mut rules: FieldRules) -> Result<Reply, Problem> {
    rules.fields.retain(|_, direction| *direction != Direction::Off);
    let pen = truth.pen().await;
    let (in_store, online) = truth.read(|known| {
        let (in_store, online) = pair(known, rules.in_store, rules.online)?;
        let can = able(truth, known, in_store.id, online.id);
        let cannot = rules.fields.iter().find(|(field, direction)| !can(**field, **direction));
        match cannot {
            None => Ok((in_store, online)),
            Some((field, direction)) => {
                let towards = if *direction == Direction::ToOnline { &online.name } else { &in_store.name };
                let what =
                    if *field == Field::Options { "variants cannot be added to" } else { "cannot be written to" };
                let message = match field {
                    Field::Options => format!("{what} products of {towards}"),
                    _ => format!("the {} {what} {towards}", field.label()),
                };
                Err(problem::usage(message, "leave it off, or choose the other direction"))
            }
        }
    })?;
    let now = truth.now();
    let noted = settings_noted(now, &in_store, &online, "changed the field rules");
    follow(truth, pen, rules, noted).await
}

/// Keeps rules, with what follows from them for the ledgers.
async fn follow(truth: &Arc<Truth>, pen: Pen, rules: FieldRules, noted: Entry) -> Result<Reply, Problem> {
    let rejoined = truth.read(|known| rejoin::under(known, &rules, truth.now()))?;
    let mut entries = vec![Entry::FieldRulesKept(rules), noted];
    entries.extend(rejoined.entries.iter().cloned());
    pen.commit(entries).await?;
    rejoined.tell(truth);
    truth.ordered();
    Ok(Reply::Done)
}

pub async fn apply_preset(
    truth: &Arc<Truth>,
    in_store: ConnectionId,
    online: ConnectionId,
    preset: String,
) -> Result<Reply, Problem> {
    let presets = truth.shops.presets();
    let Some(preset) = presets.iter().find(|known| known.is_named(&preset)) else {
        let names: Vec<&str> = presets.iter().map(|known| known.name).collect();
        return Err(problem::usage(
            format!("there is no preset named {preset:?}"),
            format!("one of: {}", names.join(", ")),
        ));
    };
    let pen = truth.pen().await;
    let (till, store, rules) = truth.read(|known| {
        let (till, store) = pair(known, in_store, online)?;
        let can = able(truth, known, in_store, online);
        Ok::<_, Problem>((till, store, preset.rules(in_store, online, &can)))
    })?;
    let now = truth.now();
    let noted = settings_noted(now, &till, &store, &format!("chose “{}”", preset.name));
    follow(truth, pen, rules, noted).await
}

fn settings_noted(at: crate::domain::Timestamp, in_store: &Connection, online: &Connection, what: &str) -> Entry {
    Entry::Noted(Box::new(HistoryRecord {
        at,
        what: Happening::Settings,
        subject: Text::new(&format!("{} ⇄ {}", in_store.name, online.name)),
        sku: None,
        listing: None,
        variant: None,
        connection: None,
        old: None,
        new: None,
        cause: Cause::Person { reason: what.to_owned() },
    }))
}

/// Plans a person's own edits.
pub async fn plan_mend(truth: &Arc<Truth>, mends: Vec<Mend>) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let (mut planned, mut refusals) = (Vec::new(), Vec::new());
    for mend in mends {
        let known = truth.store.listing(mend.listing).await.map_err(problem::store)?;
        match mended(truth, known.as_ref(), &mend) {
            Ok(Some(step)) => planned.push(step),
            Ok(None) => {}
            Err(reason) => refusals.push(Refusal {
                listing: mend.listing,
                subject: known.map(|known| known.listing.title).unwrap_or_default(),
                reasons: vec![reason],
            }),
        }
    }
    // The same field twice: the later word counts.
    let mut seen = std::collections::HashSet::new();
    planned.reverse();
    planned.retain(|step: &PlannedStep| match &step.effect {
        Effect::SetField { listing, variant, field, .. } => seen.insert((*listing, *variant, *field)),
        _ => true,
    });
    planned.reverse();
    let listings: std::collections::BTreeSet<_> = planned
        .iter()
        .filter_map(|step| if let Effect::SetField { listing, .. } = &step.effect { Some(*listing) } else { None })
        .collect();
    let profiles = |id| truth.shops.profile(&snapshot.connection(id)?.platform.0);
    let costs = estimate::costs(&planned, &|_| 1, &profiles);
    let count = |number: usize, what: &str| if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") };
    let title = format!("Change {} of {}", count(planned.len(), "field"), count(listings.len(), "product"));
    let plan = Plan {
        kind: JobKind::Edit,
        title,
        items: listings.len() as u64,
        steps: planned,
        refusals,
        costs,
        towards: None,
        based_on: snapshot.revision,
    };
    plans::hold(truth, plan, "there is nothing to change: it stands there already", "change a value first")
}

/// The step that a mend comes to; `None`: it stands there already.
fn mended(truth: &Truth, known: Option<&KnownListing>, mend: &Mend) -> Result<Option<PlannedStep>, RefusalReason> {
    let impossible = |why: String| RefusalReason::NoLongerPossible { why };
    let known = known.filter(|known| !known.gone).ok_or(RefusalReason::Gone)?;
    let variant = match (mend.field.is_per_variant(), mend.variant, known.variants.as_slice()) {
        (false, _, _) => None,
        (true, None, [only]) => Some(*only),
        (true, Some(variant), _) if known.variant(variant).is_some() => Some(variant),
        (true, Some(_), _) => return Err(RefusalReason::Gone),
        (true, None, _) => {
            return Err(impossible(format!("each variant has its own {}: say which one", mend.field.label())));
        }
    };
    let from = value(mend.field, &known.listing, variant.and_then(|number| known.variant(number)));
    let from = from.ok_or(RefusalReason::Gone)?;
    let (connection, profile) = truth.read(|all| {
        let there = all.catalogue.now().connection(known.connection).cloned();
        (there, steps::profile(truth, all, known.connection))
    });
    let (Some(connection), Some(profile)) = (connection, profile) else { return Err(RefusalReason::Gone) };
    if !profile.edits.contains(&mend.field) {
        return Err(impossible(format!("the {} cannot be written to {}", mend.field.label(), connection.name)));
    }
    if !fits(mend.field, &mend.to) {
        return Err(impossible(format!("“{}” is no {}", mend.to, mend.field.label())));
    }
    if !writable(mend.field, &mend.to) {
        return Err(impossible(format!("a product needs a {}", mend.field.label())));
    }
    if let FieldValue::Money(Some(money)) = &mend.to {
        if money.currency != connection.currency {
            return Err(RefusalReason::CurrencyDiffers);
        }
        if money.minor < 0 {
            return Err(impossible("a price is not less than nothing".to_owned()));
        }
    }
    if let (FieldValue::Text(text), Field::Title, Some(most)) = (&mend.to, mend.field, profile.title_limit.most) {
        let has = text.chars().count();
        if has > most {
            return Err(RefusalReason::TitleTooLong { has, most });
        }
    }
    if let (FieldValue::Maybe(Some(sku)), Field::Sku, Some(most)) = (&mend.to, mend.field, profile.sku_limit.most)
        && sku.chars().count() > most
    {
        return Err(RefusalReason::SkuTooLong { sku: sku.clone(), most });
    }
    if same(mend.field, &from, &mend.to) {
        return Ok(None);
    }
    Ok(Some(PlannedStep {
        effect: Effect::SetField {
            connection: connection.id,
            listing: known.id,
            variant,
            field: mend.field,
            from,
            to: mend.to.clone(),
        },
        subject: steps::subject(known, variant),
        reason: MENDED.to_owned(),
        after: None,
    }))
}
