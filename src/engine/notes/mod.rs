//! Lines of the history, and the one place that makes most of them.
//!
//! Whatever a commit changes (a count, a field, a link, a listing) is noted in the same commit, by what its entries say
//! against what was known before: see [`of`]. So no way of changing something can forget its line, a change is noted
//! once, and a look that shows nothing new notes nothing. Who knows more about a cause than the entries tell (an order,
//! a person's decision) puts its own line into the commit; then none is made for the same thing.
//!
//! | file | what lives there |
//! |---|---|
//! | `mod.rs` | a line: subject, values, cause |
//! | `changes.rs` | the lines that a commit's entries come to |
//! | `causes.rs` | which job did what a commit tells |

mod causes;
mod changes;

use std::fmt::Display;

use crate::domain::{
    Cause, ConnectionId, Happening, HistoryRecord, KnownListing, Link, ListingId, Text, Timestamp, VariantId,
};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::catalogue::Snapshot;

pub use changes::of;

/// Longer values are cut: a description is not a line.
const LONGEST: usize = 120;

/// A line being made. What changed, and about what, is said first; then values, then the cause.
#[derive(Debug, Clone)]
#[must_use]
pub struct Line(HistoryRecord);

impl Line {
    /// About a listing, or one of its variants, where it is.
    pub fn about(known: &KnownListing, variant: Option<VariantId>, what: Happening) -> Self {
        let shown = variant.and_then(|number| known.variant(number));
        let title = &known.listing.title;
        let label = shown.map(|shown| shown.option_label()).filter(|label| !label.is_empty());
        let first = known.listing.variants.first().filter(|_| known.listing.variants.len() == 1);
        Self(HistoryRecord {
            at: Timestamp(0),
            what,
            subject: label.map_or_else(|| title.clone(), |label| Text::new(&format!("{title}, {label}"))),
            sku: shown.or(first).and_then(|shown| shown.sku.clone()),
            listing: Some(known.id),
            variant,
            connection: Some(known.connection),
            old: None,
            new: None,
            cause: Cause::Poll,
        })
    }

    /// About a variant of the catalogue; `None` if it is not in it.
    pub fn of_variant(catalogue: &Snapshot, listing: ListingId, variant: VariantId, what: Happening) -> Option<Self> {
        let known = catalogue.listing(listing)?;
        known.variant(variant)?;
        Some(Self::about(known, Some(variant), what))
    }

    /// About a link as a whole, which is here and on no platform; it stands with the history of its first member.
    pub fn of_link(catalogue: &Snapshot, link: &Link, what: Happening) -> Option<Self> {
        let first = link.members.first()?;
        Some(Self::of_variant(catalogue, first.listing, first.variant, what)?.here())
    }

    /// About a connection.
    pub fn of_connection(catalogue: &Snapshot, connection: ConnectionId, what: Happening) -> Option<Self> {
        Some(Self(HistoryRecord {
            at: Timestamp(0),
            what,
            subject: catalogue.connection(connection)?.name.clone(),
            sku: None,
            listing: None,
            variant: None,
            connection: Some(connection),
            old: None,
            new: None,
            cause: Cause::Poll,
        }))
    }

    /// It happened in this program.
    pub fn here(mut self) -> Self {
        self.0.connection = None;
        self
    }

    /// From what to what; `None` for nothing, or for what is not known.
    pub fn values(mut self, old: Option<impl Display>, new: Option<impl Display>) -> Self {
        (self.0.old, self.0.new) = (old.map(short), new.map(short));
        self
    }

    /// Ready for the journal.
    pub fn by(self, cause: Cause, at: Timestamp) -> Entry {
        Entry::Noted(Box::new(HistoryRecord { at, cause, ..self.0 }))
    }
}

fn short(value: impl Display) -> String {
    let whole = value.to_string();
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", whole[..end].trim_end()),
        None => whole,
    }
}

/// What a link is about: its first member's title and options.
pub fn subject(catalogue: &Snapshot, link: &Link) -> Text {
    Line::of_link(catalogue, link, Happening::Linked).map(|line| line.0.subject).unwrap_or_default()
}

/// What ties a link together, for a person: `Till ⇄ Web`.
pub fn sides(catalogue: &Snapshot, link: &Link) -> String {
    let name = |id| catalogue.connection(id).map_or_else(|| format!("{id}"), |known| known.name.to_string());
    link.members.iter().map(|member| name(member.connection)).collect::<Vec<_>>().join(" ⇄ ")
}
