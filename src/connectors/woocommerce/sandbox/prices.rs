//! Regular and sale prices of an article of the shop model, which knows one price: what customers pay.

use serde_json::{Map, Value, json};

use crate::domain::Money;
use crate::sandbox::{Shop, ShopVariant};

/// Keys of `extra`: the regular price while a sale is in force; a sale that is not; when it begins.
const REGULAR: &str = "regular_price";
const IDLE_SALE: &str = "sale_price";
const FROM: &str = "date_on_sale_from";

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tag {
    pub regular: Option<i64>,
    pub sale: Option<i64>,
    pub on_sale: bool,
    /// A planned sale is not in force.
    pub from: Value,
}

impl Tag {
    pub(super) fn of(variant: &ShopVariant) -> Self {
        let extra = |name: &str| variant.extra.get(name).and_then(Value::as_i64);
        let from = variant.extra.get(FROM).cloned().unwrap_or_default();
        match extra(REGULAR) {
            Some(regular) => Self { regular: Some(regular), sale: variant.price, on_sale: true, from },
            None => Self { regular: variant.price, sale: extra(IDLE_SALE), on_sale: false, from },
        }
    }
}

/// The crossed-out price.
pub(super) fn compare_at(variant: &ShopVariant) -> Option<i64> {
    let tag = Tag::of(variant);
    tag.regular.filter(|_| tag.on_sale)
}

/// Takes the prices of a body. A sale that is not lower than the regular price, or planned for later, is not in force.
pub(super) fn put(shop: &Shop, variant: &mut ShopVariant, body: &Value) {
    let mut tag = Tag::of(variant);
    let sent = |name: &str| {
        let text = body.get(name).and_then(Value::as_str)?;
        Some(Money::parse(text, shop.currency).ok().map(|money| money.minor))
    };
    tag.regular = sent("regular_price").unwrap_or(tag.regular);
    tag.sale = sent("sale_price").unwrap_or(tag.sale);
    if let Some(from) = body.get(FROM).and_then(Value::as_str) {
        tag.from = if from.is_empty() { Value::Null } else { json!(from) };
    }
    let in_force = match (tag.regular, tag.sale) {
        (Some(regular), Some(sale)) => sale < regular && tag.from.is_null(),
        _ => false,
    };
    variant.price = if in_force { tag.sale } else { tag.regular };
    let extra = &mut variant.extra;
    keep(extra, REGULAR, tag.regular.filter(|_| in_force).map(Value::from));
    keep(extra, IDLE_SALE, tag.sale.filter(|_| !in_force).map(Value::from));
    keep(extra, FROM, Some(tag.from).filter(|from| !from.is_null()));
}

fn keep(extra: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(extra.insert(name.to_owned(), value)),
        None => drop(extra.remove(name)),
    }
}
