//! What the person before the screen does. Every answer is fine, a refusal too; that the engine breaks is not.

use counterpart::domain::{JobKind, JobState, Presence, Quantity, Side, UnexplainedDrop};
use counterpart::engine::Engine;
use counterpart::protocol::{
    Decision, JobOrder, LinkSelection, ProductsView, Reply, ReportView, Request, SettingsDraft, Window,
};

use super::mirror::connection_of;
use super::world::Shared;

/// One thing a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Links all that can be linked.
    Link,
    /// Copies to a shop what it lacks.
    Push,
    Import {
        full: bool,
    },
    Pause,
    Resume,
    Cancel,
    Retry,
    Forget,
    SyncNow,
    /// Decides a conflict.
    Decide,
    /// How much of what is available a shop shows.
    Settings,
    PauseSync,
    GoOn,
}

impl Act {
    pub fn drawn(chance: &mut fastrand::Rng) -> Self {
        match chance.u32(0..26) {
            0..4 => Self::Link,
            4..7 => Self::Push,
            7..9 => Self::Import { full: true },
            9 => Self::Import { full: false },
            10 | 11 => Self::Pause,
            12..15 => Self::Resume,
            15 => Self::Cancel,
            16 => Self::Retry,
            17 => Self::Forget,
            18 | 19 => Self::SyncNow,
            20 | 21 => Self::Decide,
            22 | 23 => Self::Settings,
            24 => Self::PauseSync,
            _ => Self::GoOn,
        }
    }
}

const ALL: Window = Window { offset: 0, limit: 1000 };

pub async fn acts(world: &Shared, engine: &Engine, act: Act) {
    world.lock().note(format_args!("person: {act:?}"));
    match act {
        Act::Link => link(world, engine).await,
        Act::Push => push(world, engine).await,
        Act::Import { full } => {
            let _ = engine.ask(Request::Import { connection: None, full }).await;
        }
        Act::Pause => order(world, engine, JobOrder::Pause, |state| !state.ended()).await,
        Act::Resume => order(world, engine, JobOrder::Resume, |state| state == JobState::Paused).await,
        Act::Cancel => order(world, engine, JobOrder::Cancel, |state| !state.ended()).await,
        Act::Retry => order(world, engine, JobOrder::RetryFailed, JobState::ended).await,
        Act::Forget => order(world, engine, JobOrder::Forget, JobState::ended).await,
        Act::SyncNow => {
            let _ = engine.ask(Request::SyncNow { connection: None }).await;
        }
        Act::Decide => {
            decide(world, engine).await;
        }
        Act::Settings => settings(world, engine).await,
        Act::PauseSync => pause(engine, true).await,
        Act::GoOn => pause(engine, false).await,
    }
}

/// Decides the first conflict in one way or another; whether there was one.
pub async fn decide(world: &Shared, engine: &Engine) -> bool {
    let Ok(Reply::Conflicts { rows, .. }) = engine.ask(Request::Conflicts { window: ALL }).await else { return false };
    let Some(row) = rows.first() else { return false };
    let decision = if world.lock().chance.bool() { Decision::Accept } else { Decision::Restore };
    world.lock().checker.stats.held += 1;
    let _ = engine.ask(Request::Decide { conflict: row.conflict, decision }).await;
    true
}

async fn settings(world: &Shared, engine: &Engine) {
    let Ok(Reply::Settings { rows }) = engine.ask(Request::Settings).await else { return };
    let draft = {
        let mut world = world.lock();
        let place = world.below(rows.len());
        let Some(row) = rows.get(place) else { return };
        let mut settings = row.settings.clone();
        // A till has all there is on its counter.
        if row.side == Side::Online {
            settings.share = if world.chance.bool() { 100 } else { u8::try_from(world.between(30, 99)).unwrap_or(50) };
            settings.buffer = Quantity::units(if world.chance.bool() { 0 } else { world.between(1, 3) });
        }
        settings.unexplained = if world.chance.bool() {
            UnexplainedDrop::PassOn
        } else {
            UnexplainedDrop::HoldFrom(Quantity::units(world.between(1, 8)))
        };
        SettingsDraft { connection: row.connection, settings, locations: None }
    };
    let _ = engine.ask(Request::KeepSettings { draft }).await;
}

pub async fn pause(engine: &Engine, paused: bool) {
    let view = ProductsView::default();
    let Ok(Reply::ProductIds { products }) = engine.ask(Request::ProductIds { view, window: None }).await else {
        return;
    };
    let some = if paused { products.into_iter().take(1).collect() } else { products };
    let _ = engine.ask(Request::PauseSync { products: some, paused }).await;
}

/// One of the jobs that write gets an order.
async fn order(world: &Shared, engine: &Engine, order: JobOrder, fits: impl Fn(JobState) -> bool) {
    let job = {
        let mut world = world.lock();
        let jobs = world.checker.mirror.jobs.values().map(|known| &known.job);
        let writing = jobs.filter(|job| !matches!(job.kind, JobKind::Import { .. }) && fits(job.state));
        let ids: Vec<_> = writing.map(|job| job.id).collect();
        if ids.is_empty() {
            return;
        }
        let place = world.below(ids.len());
        ids[place]
    };
    let _ = engine.ask(Request::Order { job, order }).await;
}

async fn link(world: &Shared, engine: &Engine) {
    if engine.ask(Request::RefreshReport).await.is_err() {
        return;
    }
    for _ in 0..1000 {
        let Ok(Reply::Status(status)) = engine.ask(Request::Status).await else { return };
        if !status.report_running {
            break;
        }
        tokio::task::yield_now().await;
    }
    let primary = if world.lock().chance.bool() { Side::InStore } else { Side::Online };
    let selection = LinkSelection { everything: Some((ReportView::default(), primary)), choices: Vec::new() };
    apply(engine, Request::PlanLink { selection }).await;
}

async fn push(world: &Shared, engine: &Engine) {
    let (towards, shop) = {
        let mut world = world.lock();
        let shops = world.shops.len();
        let shop = world.below(shops);
        (if shop == 0 { Side::InStore } else { Side::Online }, shop)
    };
    let presence = if towards == Side::Online { Presence::InStore } else { Presence::Online };
    let view = ProductsView { presence: Some(presence), ..ProductsView::default() };
    let Ok(Reply::Products { rows, .. }) = engine.ask(Request::Products { view, window: ALL }).await else { return };
    let products: Vec<_> = rows.into_iter().map(|row| row.product).take(2).collect();
    if products.is_empty() {
        return;
    }
    let connection = Some(connection_of(shop));
    apply(engine, Request::PlanPush { products, towards, connection, draft: false }).await;
}

async fn apply(engine: &Engine, request: Request) {
    if let Ok(Reply::Planned(plan)) = engine.ask(request).await {
        let _ = engine.ask(Request::Apply { plan: plan.plan }).await;
    }
}
