//! What the person before the screen does. Every answer is fine, a refusal too; that the engine breaks is not.

use counterpart::domain::{JobKind, JobState, Presence, Side};
use counterpart::engine::Engine;
use counterpart::protocol::{JobOrder, LinkSelection, ProductsView, Reply, ReportView, Request, Window};

use super::mirror::connection_of;
use super::world::Shared;

/// One thing a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Links all that can be linked.
    Link,
    /// Copies to a shop what it lacks.
    Push,
    Import { full: bool },
    Pause,
    Resume,
    Cancel,
    Retry,
    Forget,
}

impl Act {
    pub fn drawn(chance: &mut fastrand::Rng) -> Self {
        match chance.u32(0..20) {
            0..4 => Self::Link,
            4..7 => Self::Push,
            7..9 => Self::Import { full: true },
            9..13 => Self::Import { full: false },
            13 | 14 => Self::Pause,
            15 | 16 => Self::Resume,
            17 => Self::Cancel,
            18 => Self::Retry,
            _ => Self::Forget,
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
    }
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
