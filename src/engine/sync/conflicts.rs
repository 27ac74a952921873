//! What needs a person, and what the person decided.

use std::sync::Arc;

use crate::protocol::{ConflictId, Decision, Problem, Reply, Window};

use super::super::truth::Truth;
use super::super::view::slice;
use super::{disputes, not_yet};

pub async fn conflicts(truth: &Arc<Truth>, window: Window) -> Result<Reply, Problem> {
    let all = truth.read(disputes::field_conflicts);
    let mut rows = Vec::new();
    for standing in slice(&all, window) {
        rows.extend(disputes::conflict_row(truth, standing).await?);
    }
    Ok(Reply::Conflicts { total: all.len() as u64, offset: window.offset, rows })
}

pub async fn decide(truth: &Arc<Truth>, conflict: ConflictId, decision: Decision) -> Result<Reply, Problem> {
    match conflict.field {
        Some(_) => disputes::decide_field(truth, conflict, decision).await,
        None => Err(not_yet()),
    }
}
