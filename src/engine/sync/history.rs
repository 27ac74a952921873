//! What happened, newest first.

use std::sync::Arc;

use crate::protocol::{HistoryView, Problem, Reply, Window};

use super::super::truth::Truth;
use super::not_yet;

pub async fn history(_truth: &Arc<Truth>, _view: HistoryView, _window: Window) -> Result<Reply, Problem> {
    Err(not_yet())
}
