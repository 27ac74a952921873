//! The columns of the report's lists, and what stands in them.

use std::borrow::Cow;

use ratatui::style::Style;

use crate::domain::{Likelihood, Side};
use crate::protocol::{CandidateRow, ListingBrief, ReportRow, ReportTab};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Column, Columns, arranged, text};
use crate::tui::words;
use crate::tui::world::World;

use super::beneath;
use super::choices::Choice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Tick,
    /// `sure 98 %`
    HowSure,
    InStore,
    InStoreQuantity,
    Primary,
    OnlineQuantity,
    Online,
    Matched,
    /// The fields that differ.
    Differs,
    When,
    Listing,
    Sku,
    Why,
}

/// A list's name where columns are remembered.
pub const fn list(tab: ReportTab) -> &'static str {
    match tab {
        ReportTab::Candidates => "candidates",
        ReportTab::Suggestions => "suggestions",
        ReportTab::WithoutCandidate => "without candidate",
        ReportTab::Rejected => "rejected",
    }
}

pub fn fitting(tab: ReportTab, width: u16, world: &World) -> Columns<What> {
    let wanted = arranged(columns(tab, width), list(tab), &world.arrangement);
    Columns::fit(wanted, width, if width >= 100 { 2 } else { 1 })
}

pub fn columns(tab: ReportTab, width: u16) -> Vec<Column<What>> {
    let wide = width >= 100;
    let quantity = if wide { 8 } else { 5 };
    let till = Column::fixed(What::InStoreQuantity, "POS", quantity).right();
    let shop = Column::fixed(What::OnlineQuantity, "eCom", quantity);
    let primary = Column::fixed(What::Primary, "Primary", 7);
    let tick = Column::fixed(What::Tick, "", 3);
    let in_store = Column::flexible(What::InStore, "In store", 14);
    let online = Column::flexible(What::Online, "Online", 14).spare(1);
    match tab {
        ReportTab::Candidates => {
            let matched = Column::fixed(What::Matched, "Matched by", if wide { 19 } else { 10 }).spare(2);
            let mut columns = vec![tick, in_store, till, primary, shop, online, matched];
            if width >= 116 {
                columns.push(Column::fixed(What::Differs, "Differs", 12).plain().spare(4));
            }
            columns
        }
        ReportTab::Suggestions => {
            let sure = Column::fixed(What::HowSure, "How sure", 11).plain();
            let differs = Column::fixed(What::Differs, "Differs", if wide { 19 } else { 10 }).plain().spare(3);
            // What they are called is what people decide by.
            vec![tick, sure, in_store, primary.spare(2), online, differs]
        }
        ReportTab::WithoutCandidate => vec![
            Column::fixed(What::Listing, "Product", width * 2 / 5).plain(),
            Column::fixed(What::Sku, "SKU", 14).spare(1),
            Column::flexible(What::Why, "Why it cannot be linked", 24).plain(),
        ],
        ReportTab::Rejected => vec![
            in_store,
            online,
            Column::fixed(What::Differs, "Differs", if wide { 19 } else { 10 }).plain().spare(2),
            Column::fixed(What::When, "Rejected", 14),
        ],
    }
}

/// The mark and the title, and how many variants there are.
fn named(listing: &ListingBrief, width: u16) -> String {
    let more = if listing.variants > 1 { format!(" ×{}", listing.variants) } else { String::new() };
    let room = width.saturating_sub(text::width(&listing.mark) + 1 + text::width(&more));
    format!("{} {}{more}", listing.mark, text::cut(&listing.title, room))
}

/// A style for how much a suggestion can be trusted; the word says it already.
pub fn trusted(class: Likelihood, theme: Theme) -> Style {
    match class {
        Likelihood::Sure => theme.strong().patch(theme.good()),
        Likelihood::Likely => theme.plain(),
        Likelihood::Possible => theme.quiet(),
    }
}

pub fn cell<'a>(
    column: &Column<What>,
    row: &'a ReportRow,
    choice: Option<Choice>,
    ranged: bool,
    world: &World,
) -> (Cow<'a, str>, Style) {
    let theme = world.theme;
    let choice = choice.unwrap_or(Choice { ticked: false, primary: Side::InStore });
    match row {
        ReportRow::Candidate(row) if column.what == What::Matched => (matched(row, column.width).into(), theme.plain()),
        ReportRow::Suggestion(row) if column.what == What::HowSure => {
            (format!("{:<8}{:>2}%", row.class.label(), row.percent).into(), trusted(row.class, theme))
        }
        ReportRow::Rejected(row) if column.what == What::When => (words::ago(world.now, row.at).into(), theme.quiet()),
        ReportRow::WithoutCandidate { listing, reasons } => match column.what {
            What::Listing => (named(listing, column.width).into(), theme.plain()),
            What::Sku => (listing.sku.as_deref().unwrap_or("–").into(), theme.quiet()),
            What::Why => {
                let first = reasons.first().map(|reason| reason.sentence.as_str()).unwrap_or_default();
                (first.into(), theme.plain())
            }
            _ => ("".into(), theme.plain()),
        },
        ReportRow::Candidate(_) | ReportRow::Suggestion(_) | ReportRow::Rejected(_) => match row.sides() {
            Some(sides) => two_sided(column, sides, choice, ranged, theme),
            None => ("".into(), theme.plain()),
        },
    }
}

fn two_sided<'a>(
    column: &Column<What>,
    (in_store, online): (&'a ListingBrief, &'a ListingBrief),
    choice: Choice,
    ranged: bool,
    theme: Theme,
) -> (Cow<'a, str>, Style) {
    let rank = |side| if choice.primary == side { theme.strong() } else { theme.quiet() };
    match column.what {
        What::Tick => match (choice.ticked, ranged) {
            (true, _) => ("[x]".into(), theme.strong().patch(theme.good())),
            (false, true) => ("[-]".into(), theme.warning()),
            (false, false) => ("[ ]".into(), theme.quiet()),
        },
        What::InStore => (named(in_store, column.width).into(), theme.plain()),
        What::Online => (named(online, column.width).into(), theme.plain()),
        What::InStoreQuantity => (words::quantity(Some(in_store.quantity), column.width).into(), rank(Side::InStore)),
        What::OnlineQuantity => (words::quantity(Some(online.quantity), column.width).into(), rank(Side::Online)),
        // The arrow goes the way the quantity goes.
        What::Primary => match choice.primary {
            Side::InStore => ("POS   →".into(), theme.side(Side::InStore)),
            Side::Online => ("← eCom".into(), theme.side(Side::Online)),
        },
        What::Differs => differs(in_store, online, column.width, theme),
        What::HowSure | What::Matched | What::When | What::Listing | What::Sku | What::Why => {
            ("".into(), theme.plain())
        }
    }
}

fn matched(row: &CandidateRow, width: u16) -> String {
    let labels: Vec<&str> = row.matched.iter().map(|key| key.label()).collect();
    let all = labels.join(", ");
    match labels.as_slice() {
        [first, rest @ ..] if text::width(&all) > width => format!("{first} +{}", rest.len()),
        _ => all,
    }
}

/// `≠ price, SKU`, or how many where they do not all fit.
fn differs(in_store: &ListingBrief, online: &ListingBrief, width: u16, theme: Theme) -> (Cow<'static, str>, Style) {
    let fields = beneath::differing(in_store, online);
    let all = format!("≠ {}", fields.join(", "));
    match fields.as_slice() {
        [] => ("= nothing".into(), theme.quiet()),
        [first, rest @ ..] if text::width(&all) > width => {
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            let room = width.saturating_sub(2 + text::width(&more));
            (format!("≠ {}{more}", text::cut(first, room)).into(), theme.warning())
        }
        _ => (all.into(), theme.warning()),
    }
}
