//! Plans and jobs.

use crate::domain::{
    ConnectionId, Job, JobId, JobKind, JobState, ListingId, Progress, RefusalReason, StepIndex, Timestamp,
};
use crate::protocol::{JobRow, PlanId, PlanStepRow, PlanSummary, PlatformCost, RefusalRow, StepFilter, StepRow};

use super::shop::title;

pub fn plan(kind: JobKind, title: String, items: u64, refused: u64) -> PlanSummary {
    let items = items.saturating_sub(refused);
    PlanSummary {
        plan: PlanId(7),
        kind,
        title,
        items,
        steps: items * 3,
        refused,
        calls: items * 2,
        seconds: items * 2 / 3 + 1,
        warnings: Vec::new(),
        costs: vec![
            PlatformCost { connection: "giftshop.example".to_owned(), calls: items * 2, seconds: items * 2 / 3 + 1 },
            PlatformCost { connection: "Gift Shop High Street".to_owned(), calls: 0, seconds: 0 },
        ],
        first: Some(ListingId(1)),
    }
}

pub fn step(number: u64) -> PlanStepRow {
    let (what, old, new, reason) = match number % 3 {
        0 => ("create", None, Some("published".to_owned()), "giftshop.example lacks it"),
        1 => ("set quantity", Some("7".to_owned()), Some("12".to_owned()), "POS is primary: 12 there, 7 here"),
        _ => ("link", None, None, "A push ends in a link"),
    };
    PlanStepRow {
        index: StepIndex(number as u32),
        place: if number % 3 == 2 { "counterpart" } else { "giftshop.example" }.to_owned(),
        what: what.to_owned(),
        subject: title(number / 3),
        old,
        new,
        reason: reason.to_owned(),
    }
}

pub fn refusal(number: u64) -> RefusalRow {
    let listing = ListingId(300 + number);
    let reason = match number {
        0 => (RefusalReason::AlreadyThere, "It is linked to a product there already".to_owned()),
        1 => (
            RefusalReason::DuplicateTitle { title: title(4), listing },
            "giftshop.example has a product of the same title; change one of the titles, or link the two".to_owned(),
        ),
        _ => (
            RefusalReason::TooManyVariants { has: 3_000, most: 2_048 },
            "It has 3,000 variants, and giftshop.example allows 2,048; split it into two products".to_owned(),
        ),
    };
    RefusalRow { listing, subject: title(number + 3), reasons: vec![reason] }
}

pub fn jobs(now: Timestamp) -> Vec<JobRow> {
    let row = |id, kind, title: &str, state, progress: Progress, note: Option<&str>, rate, eta| JobRow {
        job: Job {
            id: JobId(id),
            kind,
            title: title.to_owned(),
            state,
            created_at: now.plus_seconds(-400),
            started_at: (state != JobState::Queued).then(|| now.plus_seconds(-300)),
            ended_at: matches!(state, JobState::Done | JobState::Cancelled).then(|| now.plus_seconds(-120)),
            progress,
            note: note.map(str::to_owned),
        },
        per_minute: rate,
        eta_seconds: eta,
        throughput: Vec::new(),
    };
    let done = |done, failed, parked, total| Progress { done, failed, parked, skipped: 0, total };
    let import = |connection| JobKind::Import { connection: ConnectionId(connection), full: true };
    vec![
        row(
            8,
            JobKind::Push,
            "Push 50 products to eCommerce",
            JobState::Queued,
            done(0, 0, 0, Some(150)),
            Some("waits for the jobs before it"),
            None,
            None,
        ),
        row(7, import(3), "Read Woo outlet", JobState::Running, done(1_180, 0, 0, None), None, Some(2_400), None),
        row(
            6,
            JobKind::Link,
            "Link 100 items, POS is primary",
            JobState::Running,
            done(61, 0, 0, Some(100)),
            None,
            Some(45),
            Some(52),
        ),
        row(
            5,
            JobKind::Push,
            "Push 37 products to eCommerce",
            JobState::Paused,
            done(40, 2, 1, Some(111)),
            Some("giftshop.example is offline, next try in 40 s"),
            None,
            None,
        ),
        row(
            4,
            JobKind::Link,
            "Link 12 items, eCommerce is primary",
            JobState::Done,
            done(22, 1, 1, Some(24)),
            None,
            None,
            None,
        ),
        row(
            3,
            import(1),
            "Read Gift Shop High Street",
            JobState::Done,
            done(4_000, 0, 0, Some(4_000)),
            None,
            None,
            None,
        ),
        row(
            2,
            JobKind::Push,
            "Push “Teapot, blue stoneware” to POS",
            JobState::Cancelled,
            done(1, 0, 0, Some(3)),
            None,
            None,
            None,
        ),
    ]
}

pub fn job_step(number: u64) -> StepRow {
    let (state, message, hint) = match number {
        5 => (
            "failed",
            Some("giftshop.example refused it: the title is in use by another product"),
            Some("change one of the titles there, read the shop again, and try again"),
        ),
        9 => (
            "needs you",
            Some("The answer was lost, and nobody can tell whether the quantity arrived"),
            Some("look at the quantity in the shop; then try again, or cancel the job"),
        ),
        0..40 => ("done", None, None),
        40 => ("under way", None, None),
        _ => ("waiting", None, None),
    };
    StepRow {
        step: step(number),
        state: state.to_owned(),
        message: message.map(str::to_owned),
        hint: hint.map(str::to_owned),
    }
}

pub fn fits(row: &StepRow, filter: StepFilter) -> bool {
    match filter {
        StepFilter::All => true,
        StepFilter::Troubled => row.message.is_some(),
        StepFilter::Waiting => row.state == "waiting",
    }
}
