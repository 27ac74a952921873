//! What needs a person, and what the person decided.
//!
//! Two kinds: a count that fell although no order explains it (here), and a field that changed on the side that is not
//! of record (`disputes.rs`). Until a quantity is decided, nothing of its link is written.

use std::sync::Arc;

use crate::domain::{
    Cause, ConnectionId, Happening, HeldDrop, HistoryRecord, Link, LinkId, LinkMember, ListingId, ProductId, Quantity,
    Timestamp,
};
use crate::protocol::{ConflictId, ConflictRow, Decision, NoticeLevel, Problem, Reply, Window};
use crate::rules::CatalogueView;
use crate::rules::ledger::{self, Offer};
use crate::store::Entry;

use super::super::books::Books;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::super::view::slice;
use super::disputes;
use super::settings::subject;

/// All that is to be decided, what came last first.
pub async fn conflicts(truth: &Arc<Truth>, window: Window) -> Result<Reply, Problem> {
    let (falls, edits) = truth.read(|known| (quantities(known), disputes::field_conflicts(known)));
    let falls = falls.into_iter().map(|row| (row.since, row.conflict, Found::Fall(Box::new(row))));
    let edits = edits.into_iter().map(|edit| (edit.since, edit.id(), Found::Edit(Box::new(edit))));
    let mut all: Vec<_> = falls.chain(edits).collect();
    all.sort_by_key(|(since, conflict, _)| (std::cmp::Reverse(*since), *conflict));
    let mut rows = Vec::new();
    for (_, _, found) in slice(&all, window) {
        match found {
            Found::Fall(row) => rows.push((**row).clone()),
            Found::Edit(edit) => rows.extend(disputes::conflict_row(truth, edit).await?),
        }
    }
    Ok(Reply::Conflicts { total: all.len() as u64, offset: window.offset, rows })
}

/// What is to be decided. The values of a field lie in the store: they are fetched for the rows that are shown.
enum Found {
    Fall(Box<ConflictRow>),
    Edit(Box<disputes::Standing>),
}

/// Falls that are held. A link that a person paused is out of the question.
fn quantities(known: &Known) -> Vec<ConflictRow> {
    let links = known.owing.held.iter().filter_map(|id| known.catalogue.now().link(*id));
    let members = links.filter(|link| !link.paused).flat_map(|link| link.members.iter().map(move |m| (link, m)));
    members.filter_map(|(link, member)| quantity(known, link, member, member.held.as_ref()?)).collect()
}

fn quantity(known: &Known, link: &Link, member: &LinkMember, held: &HeldDrop) -> Option<ConflictRow> {
    let catalogue = known.catalogue.now();
    let connection = catalogue.connection(member.connection)?;
    let listing = catalogue.listing(member.listing)?;
    let shown = listing.variant(member.variant)?;
    let offer = Offer::of(&catalogue.settings(member.connection));
    let should = link.available.map(|available| offer.shown(available)).unwrap_or_default();
    let name = &connection.name;
    let lowered = link.available.map(|available| available - held.from + held.to).unwrap_or_default();
    let decisions = vec![
        (Decision::Accept, format!("{} on {name} is right: {lowered} are available, and the others are told", held.to)),
        (Decision::Restore, format!("{} on {name} is wrong: it is brought back to {should}", held.to)),
        (Decision::Leave, "nothing is written: the product is paused, and asks again when it goes on".to_owned()),
    ];
    let product = known.products.root(member.listing);
    Some(ConflictRow {
        conflict: ConflictId { link: link.id, variant: member.variant, field: None },
        product: ProductId(product.unwrap_or(member.listing)),
        subject: subject(&listing.listing.title, shown.option_label()),
        sku: shown.sku.clone(),
        connection: name.clone(),
        sentence: format!("{} → {}, and no order explains it", held.from, held.to),
        ours: held.to.to_string(),
        theirs: should.to_string(),
        since: held.since,
        decisions,
    })
}

/// Tells people of falls that are still held after a whole look, orders first: no order came that explains them. Once
/// for each, and in one sentence for many.
pub fn tell(truth: &Truth, connection: ConnectionId, began: Timestamp) {
    let fresh: Vec<(LinkId, ConflictRow)> = truth.read(|known| {
        let untold = known.owing.held.difference(&known.owing.held_told);
        let links = untold.filter_map(|id| known.catalogue.now().link(*id)).filter(|link| !link.paused);
        let members = links.flat_map(|link| link.members.iter().map(move |member| (link, member)));
        let here = members.filter(|(_, member)| member.connection == connection);
        let rows = here.filter_map(|(link, member)| {
            let held = member.held.as_ref().filter(|held| held.since < began)?;
            Some((link.id, quantity(known, link, member, held)?))
        });
        rows.collect()
    });
    let Some((_, first)) = fresh.first() else { return };
    let text = match fresh.len() {
        1 => format!("{} on {}: {}; nothing of it is written", first.subject, first.connection, first.sentence),
        many => {
            format!("{many} counts on {} fell, and no order explains it; nothing of them is written", first.connection)
        }
    };
    let hint = Some("decide it among the conflicts, or with `counterpart conflicts`".to_owned());
    truth.announcer.notice(NoticeLevel::Warning, text, hint, None);
    truth.keep_in_mind(|known| known.owing.held_told.extend(fresh.iter().map(|(link, _)| *link)));
}

/// Follows a person's decision.
pub async fn decide(truth: &Arc<Truth>, conflict: ConflictId, decision: Decision) -> Result<Reply, Problem> {
    if conflict.field.is_some() {
        return disputes::decide_field(truth, conflict, decision).await;
    }
    let pen = truth.pen().await;
    let now = truth.now();
    let entries = truth.read(|known| settled(known, conflict, decision, now))?;
    pen.commit(entries).await?;
    truth.ordered();
    Ok(Reply::Done)
}

fn gone() -> Problem {
    problem::usage("this is decided already", "see what is left with `counterpart conflicts`")
}

fn settled(known: &Known, conflict: ConflictId, decision: Decision, now: Timestamp) -> Result<Vec<Entry>, Problem> {
    let catalogue = known.catalogue.now();
    let link = catalogue.link(conflict.link).ok_or_else(gone)?;
    let member = ledger::member(link, conflict.variant).ok_or_else(gone)?;
    let held = member.held.clone().ok_or_else(gone)?;
    let mut books = Books::open(known, now);
    if books.is_frozen(conflict.variant) {
        return Err(problem::failure("this product is being written at this moment", "decide again in a moment"));
    }
    // What is there now; if that is not known, what was seen when it fell.
    let total = catalogue.total(member.listing, conflict.variant).unwrap_or(held.to);
    let words = match decision {
        Decision::Accept => {
            books.accept(conflict.variant, total);
            format!("{total} is right")
        }
        Decision::Restore => {
            if let Some(link) = books.change(conflict.variant) {
                ledger::restore(link, conflict.variant, total);
            }
            format!("{total} is wrong")
        }
        Decision::Leave => {
            if let Some(link) = books.change(conflict.variant) {
                link.paused = true;
            }
            "left as it is, paused".to_owned()
        }
    };
    let mut entries = books.entries();
    entries.extend(noted(known, member.listing, conflict, held.from, words, now));
    Ok(entries)
}

fn noted(
    known: &Known,
    listing: ListingId,
    conflict: ConflictId,
    from: Quantity,
    words: String,
    now: Timestamp,
) -> Option<Entry> {
    let listing = known.catalogue.now().listing(listing)?;
    let shown = listing.variant(conflict.variant)?;
    Some(Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Settled,
        subject: subject(&listing.listing.title, shown.option_label()),
        sku: shown.sku.clone(),
        listing: Some(listing.id),
        variant: Some(conflict.variant),
        connection: Some(listing.connection),
        old: Some(from.to_string()),
        new: Some(words),
        cause: Cause::Person { reason: String::new() },
    })))
}
