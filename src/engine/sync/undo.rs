//! Links and jobs taken back.

use std::sync::Arc;

use crate::domain::{JobId, ProductId};
use crate::protocol::{Problem, Reply};

use super::super::truth::Truth;
use super::not_yet;

pub async fn plan_unlink(_truth: &Arc<Truth>, _products: Vec<ProductId>) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn plan_undo(_truth: &Arc<Truth>, _job: JobId) -> Result<Reply, Problem> {
    Err(not_yet())
}
