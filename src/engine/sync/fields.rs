//! Fields that are kept in step, by the rules between a till and a store.

use std::sync::Arc;

use crate::domain::{ConnectionId, FieldRules};
use crate::protocol::{Mend, Problem, Reply};

use super::super::truth::Truth;
use super::not_yet;

pub async fn rules(_truth: &Arc<Truth>) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn keep_rules(_truth: &Arc<Truth>, _rules: FieldRules) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn apply_preset(
    _truth: &Arc<Truth>,
    _in_store: ConnectionId,
    _online: ConnectionId,
    _preset: String,
) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn plan_mend(_truth: &Arc<Truth>, _mends: Vec<Mend>) -> Result<Reply, Problem> {
    Err(not_yet())
}
