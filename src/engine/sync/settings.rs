//! How each connection is kept in step.

use std::sync::Arc;

use crate::domain::{ConnectionId, ProductId};
use crate::protocol::{Problem, Reply, SettingsDraft};

use super::super::truth::Truth;
use super::not_yet;

pub async fn settings(_truth: &Arc<Truth>) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn keep(_truth: &Arc<Truth>, _draft: SettingsDraft) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn pause(_truth: &Arc<Truth>, _products: Vec<ProductId>, _paused: bool) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn sync_now(_truth: &Arc<Truth>, _connection: Option<ConnectionId>) -> Result<Reply, Problem> {
    Err(not_yet())
}
