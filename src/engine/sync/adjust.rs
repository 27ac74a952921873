//! A person corrects a stock, or says which side is right.

use std::sync::Arc;

use crate::domain::{ConnectionId, ProductId, VariantId};
use crate::protocol::{Correction, Problem, Reply, Wrong};

use super::super::truth::Truth;
use super::not_yet;

pub async fn plan_adjust(
    _truth: &Arc<Truth>,
    _product: ProductId,
    _variant: Option<VariantId>,
    _correction: Correction,
    _reason: String,
) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn plan_synchronize(
    _truth: &Arc<Truth>,
    _products: Vec<ProductId>,
    _wrong: Wrong,
    _quantity: bool,
    _price: bool,
) -> Result<Reply, Problem> {
    Err(not_yet())
}

pub async fn plan_refresh_inventory(_truth: &Arc<Truth>, _connection: ConnectionId) -> Result<Reply, Problem> {
    Err(not_yet())
}
