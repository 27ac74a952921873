//! Counts: read from the source, and set.
//!
//! Quantities are set with the batch calls, hundred operations each: one for all simple products, one for each parent
//! of variations (`/products/batch` refuses variations). Each answer shows the product as it is after the save; that is
//! the read-back. An item whose counting is switched off answers 200 and keeps nothing, which is recognised here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::body::{set_stock, whole};
use super::catalogue::{Catalogue, number};
use super::convert::counted;
use super::profile::{BATCH, PROFILE};
use super::wire::{Batch, Loose, ManageStock, Problem, Variation};

const PRODUCT_LEVEL_FIELDS: &str = "id,type,manage_stock,stock_quantity";
const VARIATION_LEVEL_FIELDS: &str = "id,parent_id,manage_stock,stock_quantity";

/// Where a count is kept: at the product itself, or at a variation of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Keeper {
    Product(u64),
    Variation { parent: u64, id: u64 },
}

impl Keeper {
    /// `None` for identifiers that are none of WooCommerce's.
    fn of(address: &StockAddress) -> Option<Self> {
        let (parent, id) = (number(&address.listing)?, number(&address.variant)?);
        Some(if parent == id { Self::Product(id) } else { Self::Variation { parent, id } })
    }

    fn id(self) -> u64 {
        match self {
            Self::Product(id) | Self::Variation { id, .. } => id,
        }
    }

    /// The call that its quantity is set with.
    fn batch_path(self) -> String {
        match self {
            Self::Product(_) => "/products/batch".to_owned(),
            Self::Variation { parent, .. } => format!("/products/{parent}/variations/batch"),
        }
    }
}

/// The call that sets this count; the same for counts that are set together.
pub(super) fn stock_call(address: &StockAddress) -> String {
    Keeper::of(address).map(Keeper::batch_path).unwrap_or_default()
}

/// One answer for each address, in order.
pub(super) async fn levels(catalogue: &Catalogue, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let mut products = Vec::new();
    let mut variations: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for keeper in addresses.iter().filter_map(Keeper::of) {
        match keeper {
            Keeper::Product(id) => products.push(id),
            Keeper::Variation { parent, id } => variations.entry(parent).or_default().push(id),
        }
    }
    let mut found: BTreeMap<Keeper, LevelRead> = BTreeMap::new();
    for product in catalogue.products_with(&products, PRODUCT_LEVEL_FIELDS).await? {
        // A simple product that became variable has no count of its own any more.
        if let Some(id) = product.id.number().filter(|_| !product.is_variable()) {
            let level = if product.has_no_stock() {
                LevelRead::Untracked
            } else {
                level(product.manages(), &product.stock_quantity)
            };
            found.insert(Keeper::Product(id), level);
        }
    }
    for (parent, own) in catalogue.variations(&variations, VARIATION_LEVEL_FIELDS).await? {
        for variation in own {
            if let Some(id) = variation.id.number() {
                let level = level(variation.manages(), &variation.stock_quantity);
                found.insert(Keeper::Variation { parent, id }, level);
            }
        }
    }
    let read = |address| Keeper::of(address).and_then(|keeper| found.get(&keeper).copied()).unwrap_or(LevelRead::Gone);
    Ok(addresses.iter().map(read).collect())
}

/// A count that is kept at the parent, or cannot be read, is not this item's: not counted here, and not to be written.
fn level(manages: ManageStock, quantity: &Loose) -> LevelRead {
    match manages {
        ManageStock::Itself => counted(quantity).map_or(LevelRead::Untracked, LevelRead::Counted),
        ManageStock::Parent | ManageStock::Nobody => LevelRead::Untracked,
    }
}

/// One outcome for each write, in order. Several calls may be needed. If one of them is left unknown, the whole batch
/// is: the caller looks up each value, and what had been set is found as set.
pub(super) async fn write(catalogue: &Catalogue, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes: Vec<Option<QuantityOutcome>> = vec![None; writes.len()];
    let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (position, write) in writes.iter().enumerate() {
        match operation(position, write) {
            Ok((path, operation)) => groups.entry(path).or_default().push(operation),
            Err(why) => set(&mut outcomes, position, rejected(why)),
        }
    }
    let mut batches: Vec<(&str, &[Operation])> = Vec::new();
    for (path, operations) in &groups {
        batches.extend(operations.chunks(BATCH).map(|some| (path.as_str(), some)));
    }
    // Once a call was refused for a reason that passes, the others would be too: they are not sent.
    let mut stopped: Option<PlatformError> = None;
    let mut sent = false;
    for (path, operations) in batches {
        let failed = match &stopped {
            Some(cause) => Some(cause.clone()),
            None => match send(catalogue, path, operations).await {
                Ok(answers) => {
                    sent = true;
                    for (operation, outcome) in operations.iter().zip(answers) {
                        set(&mut outcomes, operation.position, outcome);
                    }
                    None
                }
                Err(WriteError::Unknown(cause)) => return Err(WriteError::Unknown(cause)),
                Err(WriteError::NotApplied(cause)) => {
                    let for_all = cause.passes() || matches!(cause, PlatformError::Unauthorised { .. });
                    if for_all && !sent {
                        return Err(WriteError::NotApplied(cause));
                    }
                    stopped = Some(cause.clone()).filter(|_| for_all);
                    Some(cause)
                }
            },
        };
        for operation in operations {
            if let Some(cause) = &failed {
                set(&mut outcomes, operation.position, QuantityOutcome::Rejected(cause.clone()));
            }
        }
    }
    let missing = || rejected("no outcome was recorded for it".to_owned());
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
}

/// One item of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operation {
    /// In the caller's list.
    position: usize,
    id: u64,
    to: i64,
}

fn operation(position: usize, write: &QuantityWrite) -> Result<(String, Operation), String> {
    let keeper = Keeper::of(&write.address).ok_or("its identifiers are none of WooCommerce's")?;
    let target = match write.change {
        QuantityChange::Set { to, .. } => to,
        QuantityChange::Adjust { .. } => write.change.target(),
    };
    Ok((keeper.batch_path(), Operation { position, id: keeper.id(), to: whole(target)? }))
}

async fn send(catalogue: &Catalogue, path: &str, operations: &[Operation]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let calls = &catalogue.calls;
    let updates: Vec<Value> = operations.iter().map(|operation| set_stock(operation.id, operation.to)).collect();
    // The counts were read by the call before: what is sold until this one arrives is overwritten.
    let answer = calls.write(calls.post(path, json!({"update": updates})).prompt(), &[404]).await?;
    if answer.status == 404 {
        return Err(WriteError::NotApplied(calls.refusal(&answer)));
    }
    let batch: Batch = calls.json(&answer).map_err(WriteError::Unknown)?;
    operations.iter().map(|operation| outcome(operation, &batch.update)).collect()
}

/// What the answer says of one operation. Silence about it leaves everything open.
fn outcome(operation: &Operation, answers: &[Variation]) -> Result<QuantityOutcome, WriteError> {
    let Some(answer) = answers.iter().find(|answer| answer.id.number() == Some(operation.id)) else {
        let why = format!("the answer to a batch says nothing of item {}", operation.id);
        return Err(WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why }));
    };
    if let Some(problem) = &answer.error {
        return Ok(rejected(sentence(problem)));
    }
    Ok(match answer.manages() {
        ManageStock::Itself => {
            QuantityOutcome::Applied { now: counted(&answer.stock_quantity) }
        }
        ManageStock::Nobody => rejected(
            "stock management is off for this item, so WooCommerce dropped the quantity; switch on Track stock quantity \
             for it (and stock management for the shop)"
                .to_owned(),
        ),
        ManageStock::Parent => rejected(
            "the stock of this variation is kept at its parent product; switch on Manage stock for the variation"
                .to_owned(),
        ),
    })
}

pub(super) fn sentence(problem: &Problem) -> String {
    let message = problem.message.text().map(crate::domain::clean).unwrap_or_default();
    match problem.code.text() {
        Some(code) if message.is_empty() => code.to_owned(),
        Some(code) => format!("{message} ({code})"),
        None => message,
    }
}

fn rejected(why: String) -> QuantityOutcome {
    QuantityOutcome::Rejected(PlatformError::Refused { platform: PROFILE.name, why })
}

fn set(outcomes: &mut [Option<QuantityOutcome>], position: usize, outcome: QuantityOutcome) {
    if let Some(place) = outcomes.get_mut(position) {
        *place = Some(outcome);
    }
}
