//! Where a stock figure comes from.

use std::sync::Arc;

use crate::protocol::{Problem, Reply, StockOf};

use super::super::truth::Truth;
use super::not_yet;

pub async fn stock(_truth: &Arc<Truth>, _of: StockOf) -> Result<Reply, Problem> {
    Err(not_yet())
}
