//! Workers that break off begin again: a fault of ours must not end a connection's work without a word.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use crate::protocol::NoticeLevel;

use super::jobs::recover::recover;
use super::jobs::run::Place;
use super::truth::Truth;

/// Before a worker that broke off begins again.
const PAUSE: Duration = Duration::from_secs(10);

/// Runs a worker until it ends by itself. If it breaks off, what it had under way is found out like after a restart.
pub async fn over<F>(truth: Arc<Truth>, what: &'static str, place: Option<Place>, work: impl Fn(Arc<Truth>) -> F)
where
    F: Future<Output = ()> + Send,
{
    loop {
        // What is shared with others lies behind locks that outlive a panic, and is a projection of the journal.
        let ended = AssertUnwindSafe(work(truth.clone())).catch_unwind().await;
        if ended.is_ok() || truth.is_stopping() {
            return;
        }
        tracing::error!(what, "a worker broke off");
        let text = format!("the engine stumbled over its {what}; it begins them again");
        let hint = Some("if it happens again, look at the log and report it".to_owned());
        truth.announcer.notice(NoticeLevel::Error, text, hint, None);
        truth.clock.sleep(PAUSE).await;
        if place.is_some()
            && let Err(problem) = recover(&truth, place).await
        {
            tracing::error!(message = problem.message, "what was under way could not be marked");
        }
    }
}
