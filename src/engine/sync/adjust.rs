//! A person corrects a stock, says which side is right, or has a shop told everything again. Plans only: a person sees
//! them before anything is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{ConnectionId, ListingId, ProductId, Quantity, VariantId};
use crate::protocol::{Correction, Problem, Reply, Wrong};
use crate::rules::CatalogueView;
use crate::rules::plan::{self as rules, Correct, WrongSide};

use super::super::plans::{aside, hold, hold_or_say, profile};
use super::super::problem;
use super::super::truth::{Known, Truth};

/// The listings of a product; none if there is no such product.
fn listings(known: &Known, product: ProductId) -> Vec<ListingId> {
    known.products.listings(product.0)
}

fn no_product(product: ProductId) -> Problem {
    problem::usage(format!("there is no product {}", product.0), "look for it in the list of products")
}

pub async fn plan_adjust(
    truth: &Arc<Truth>,
    product: ProductId,
    variant: Option<VariantId>,
    correction: Correction,
    reason: String,
) -> Result<Reply, Problem> {
    let correct = match correction {
        Correction::Set(to) if to.is_negative() => {
            return Err(problem::usage(format!("{to} cannot be there"), "a stock is 0 or more"));
        }
        Correction::Add(Quantity::ZERO) => {
            return Err(problem::usage("0 changes nothing", "say how many came, or below zero how many went"));
        }
        Correction::Set(to) => Correct::Set(to),
        Correction::Add(by) => Correct::Add(by),
    };
    let place = truth.read(|known| place(known, product, variant))?;
    let snapshot = truth.snapshot();
    let profiles = |id| profile(truth, &snapshot, id);
    let reason = crate::domain::clean(reason.trim());
    let plan = rules::correct(&snapshot, place, correct, &reason, &profiles, snapshot.revision);
    hold(truth, plan, "there is nothing to correct", "choose a product")
}

/// The variant that is meant.
fn place(known: &Known, product: ProductId, variant: Option<VariantId>) -> Result<(ListingId, VariantId), Problem> {
    let catalogue = known.catalogue.now();
    let listings = listings(known, product);
    let kept: Vec<_> = listings.iter().filter_map(|id| catalogue.listing(*id)).filter(|known| !known.gone).collect();
    let Some(first) = kept.first() else { return Err(no_product(product)) };
    match variant {
        Some(wanted) => {
            let mine = kept.iter().find(|known| known.variants.contains(&wanted));
            mine.map(|known| (known.id, wanted)).ok_or_else(|| {
                problem::usage(format!("{} has no variant {wanted}", first.listing.title), "choose one of its variants")
            })
        }
        None => match first.variants.as_slice() {
            [only] => Ok((first.id, *only)),
            several => Err(problem::usage(
                format!("{} has {} variants", first.listing.title, several.len()),
                "say which of them: by its SKU, or on the product's page",
            )),
        },
    }
}

pub async fn plan_synchronize(
    truth: &Arc<Truth>,
    products: Vec<ProductId>,
    wrong: Wrong,
    quantity: bool,
    price: bool,
) -> Result<Reply, Problem> {
    if !quantity && !price {
        return Err(problem::usage("neither quantity nor price is chosen", "choose one of them, or both"));
    }
    let wrong = match wrong {
        Wrong::Side(side) => WrongSide::Side(side),
        Wrong::Connection(connection) => WrongSide::Connection(connection),
    };
    let mut named = BTreeSet::new();
    let chosen: Vec<Vec<ListingId>> = truth.read(|known| {
        let chosen = products.iter().map(|product| listings(known, *product)).filter(|listings| !listings.is_empty());
        chosen.filter(|listings| named.insert(listings.first().copied())).collect()
    });
    let snapshot = truth.snapshot();
    let making = truth.clone();
    let plan = aside(move || {
        let profiles = |id| profile(&making, &snapshot, id);
        rules::synchronize(&snapshot, &chosen, wrong, (quantity, price), &profiles, snapshot.revision)
    })
    .await?;
    hold_or_say(truth, plan, "nothing differs: both sides show the same", "choose products that are out of sync")
}

pub async fn plan_refresh_inventory(truth: &Arc<Truth>, connection: ConnectionId) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    if snapshot.connection(connection).is_none() {
        let hint = "see which there are with `counterpart connections`";
        return Err(problem::usage(format!("there is no connection {connection}"), hint));
    }
    let making = truth.clone();
    let plan = aside(move || {
        let there = |link: &Arc<crate::domain::Link>| link.members.iter().any(|m| m.connection == connection);
        let links: Vec<Arc<crate::domain::Link>> = snapshot.links().filter(there).collect();
        let links: Vec<&crate::domain::Link> = links.iter().map(|link| &**link).collect();
        let profiles = |id| profile(&making, &snapshot, id);
        rules::refresh(&snapshot, connection, &links, &profiles, snapshot.revision)
    })
    .await?;
    hold(truth, plan, "nothing of this connection is linked", "link its products first")
}
