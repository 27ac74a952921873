//! `report --explain`: all that is known of how something is linked, or why it is not.

use super::front::{Front, unexpected};
use super::output::{print, print_json};
use crate::error::{Exit, Failure};
use crate::protocol::{LinkExplanation, LinkOf, ListingBrief, Reply, Request, SuggestionRow};

pub async fn run(front: &Front, named: &str) -> Result<Exit, Failure> {
    let listings = match front.ask(Request::ExplainLink { of: LinkOf::Named(named.to_owned()) }).await? {
        Reply::LinkExplained { listings } => listings,
        other => return Err(unexpected(&other)),
    };
    if front.json {
        print_json(&listings)?;
    } else {
        let told: Vec<String> = listings.iter().map(told).collect();
        print(&told.join("\n\n"))?;
    }
    Ok(Exit::Success)
}

/// The one of a pair that is not this listing, with its number and what people know it by.
fn other(listing: &ListingBrief, in_store: &ListingBrief, online: &ListingBrief) -> String {
    let other = if in_store.listing == listing.listing { online } else { in_store };
    format!("{} ({}={})", brief(other), in_store.listing, online.listing)
}

fn brief(listing: &ListingBrief) -> String {
    let facts = [
        listing.sku.as_ref().map(|sku| format!("SKU {sku}")),
        listing.barcode.as_ref().map(|barcode| format!("barcode {barcode}")),
        listing.price.map(|price| price.to_string()),
        listing.brand.as_ref().map(|brand| format!("brand {brand}")),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    format!("{} {}: {}", listing.mark, listing.title, facts.join(", "))
}

fn told(told: &LinkExplanation) -> String {
    let listing = &told.listing;
    let mut lines = vec![format!("{} {}, {}", listing.listing, told.connection, brief(listing)), told.sentence.clone()];
    lines.extend(told.linked.iter().map(|row| format!("  linked: {} with {}", row.variant, row.with.join(", "))));
    for candidate in &told.candidates {
        let keys: Vec<&str> = candidate.matched.iter().map(|key| key.label()).collect();
        let other = other(listing, &candidate.in_store, &candidate.online);
        lines.push(format!("  can be linked, same {}: {other}", keys.join(", ")));
    }
    for reason in &told.reasons {
        lines.push(format!("  in the way: {}", reason.sentence));
        lines.push(format!("    to mend it: {}", reason.mend));
        lines.extend(reason.mends.iter().map(|mend| format!("    one edit does it: {}", mend.sentence)));
    }
    for suggestion in &told.suggestions {
        lines.extend(like(listing, suggestion));
    }
    for rejected in &told.rejected {
        lines.push(format!("  rejected by you: {}", other(listing, &rejected.in_store, &rejected.online)));
    }
    lines.join("\n")
}

fn like(listing: &ListingBrief, row: &SuggestionRow) -> Vec<String> {
    let other = other(listing, &row.in_store, &row.online);
    let mut lines = vec![format!("  like it, {} % ({}): {other}", row.percent, row.class.label())];
    let sign = |speaks_for| if speaks_for { '+' } else { '-' };
    lines.extend(row.evidence.iter().map(|piece| format!("    {} {}", sign(piece.speaks_for), piece.sentence)));
    lines
}
