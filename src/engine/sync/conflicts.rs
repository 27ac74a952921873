//! What needs a person, and what the person decided.

use std::sync::Arc;

use crate::protocol::{ConflictId, Decision, Problem, Reply, Window};

use super::super::truth::Truth;
use super::not_yet;

pub async fn conflicts(_truth: &Arc<Truth>, _window: Window) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn decide(_truth: &Arc<Truth>, _conflict: ConflictId, _decision: Decision) -> Result<Reply, Problem> {
    Err(not_yet())
}
