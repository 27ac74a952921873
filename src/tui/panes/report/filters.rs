//! Which rows are shown: the four lists, and what each can be narrowed to.

use crate::domain::{Likelihood, MatchKey, ReasonKind};
use crate::protocol::{ReportSummary, ReportTab, ReportView};

/// The list beside this one.
pub fn next_tab(tab: ReportTab, by: usize) -> ReportTab {
    turned(&ReportTab::ALL, tab, by)
}

fn turned<T: Copy + PartialEq>(all: &[T], now: T, by: usize) -> T {
    let at = all.iter().position(|one| *one == now).unwrap_or(0);
    all[(at + by) % all.len()]
}

/// The view with the next filter of its list; only what would show something is offered.
pub fn next_filter(view: &ReportView, summary: Option<&ReportSummary>, back: bool) -> ReportView {
    let mut next = view.clone();
    match view.tab {
        ReportTab::Candidates => {
            let there = summary.map(|summary| summary.matched.as_slice()).unwrap_or_default();
            next.matched = after(view.matched, &there.iter().map(|(key, _)| *key).collect::<Vec<_>>(), back);
        }
        ReportTab::Suggestions => next.class = after(view.class, &Likelihood::ALL, back),
        ReportTab::WithoutCandidate => {
            let there = summary.map(|summary| summary.reasons.as_slice()).unwrap_or_default();
            let mut kinds: Vec<ReasonKind> = there.iter().map(|(kind, _)| *kind).collect();
            if summary.is_some_and(|summary| summary.rejected > 0) && !kinds.contains(&ReasonKind::Rejected) {
                kinds.push(ReasonKind::Rejected);
            }
            next.reason = after(view.reason, &kinds, back);
        }
        ReportTab::Rejected => {}
    }
    next
}

/// None, then each, then none again.
fn after<T: Copy + PartialEq>(now: Option<T>, all: &[T], back: bool) -> Option<T> {
    let mut choices = vec![None];
    choices.extend(all.iter().copied().map(Some));
    let by = if back { choices.len() - 1 } else { 1 };
    turned(&choices, now.filter(|now| all.contains(now)), by)
}

/// What the view is narrowed to, beside its search: `matched by SKU`, `only sure`, `price differs`.
pub fn named(view: &ReportView) -> Option<String> {
    match view.tab {
        ReportTab::Candidates => view.matched.map(|key: MatchKey| format!("matched by {}", key.label())),
        ReportTab::Suggestions => view.class.map(|class| format!("only {}", class.label())),
        ReportTab::WithoutCandidate => view.reason.map(|kind| kind.label().to_owned()),
        ReportTab::Rejected => None,
    }
}

/// Without its filter and its search.
pub fn whole(view: &ReportView) -> ReportView {
    ReportView::of(view.tab)
}

/// How many rows a list has without filter and search.
pub fn count(summary: &ReportSummary, tab: ReportTab) -> u64 {
    match tab {
        ReportTab::Candidates => summary.candidates,
        ReportTab::Suggestions => summary.suggestions,
        ReportTab::WithoutCandidate => summary.without_candidate,
        ReportTab::Rejected => summary.rejected,
    }
}

/// A word for the list.
pub const fn title(tab: ReportTab) -> &'static str {
    match tab {
        ReportTab::Candidates => "Candidates",
        ReportTab::Suggestions => "Suggestions",
        ReportTab::WithoutCandidate => "Without",
        ReportTab::Rejected => "Rejected",
    }
}
