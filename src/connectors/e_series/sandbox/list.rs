//! Lists by position, and which fields of them were asked for.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct};

use super::present::{self, category_id, date, seconds, updated};
use super::{Answered, Kept, Problem};

const MOST: usize = 100;

pub(super) fn products(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    let wanted = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let ids: Option<Vec<u64>> =
        wanted("productId").map(|raw| raw.split(',').filter_map(|id| id.trim().parse().ok()).collect());
    let from = wanted("updatedFrom").map(whole).transpose()?;
    let fits = |product: &&ShopProduct| {
        let reference = product.extra.get(present::REFERENCE).and_then(Value::as_str);
        ids.as_ref().is_none_or(|ids| ids.contains(&product.number))
            && from.is_none_or(|from| seconds(updated(product)) >= from)
            && wanted("sku").is_none_or(|sku| present::has_sku(product, sku))
            && wanted("externalReferenceId").is_none_or(|wanted| reference == Some(wanted))
    };
    let mut found: Vec<&ShopProduct> = shop.products.values().filter(fits).collect();
    match wanted("sortBy").unwrap_or("ADDED_TIME_DESC") {
        "UPDATED_TIME_ASC" => found.sort_by_key(|product| (updated(product), product.number)),
        "UPDATED_TIME_DESC" => found.sort_by_key(|product| std::cmp::Reverse((updated(product), product.number))),
        "ADDED_TIME_ASC" => found.sort_by_key(|product| (product.created_at, product.number)),
        "ADDED_TIME_DESC" => found.sort_by_key(|product| std::cmp::Reverse((product.created_at, product.number))),
        other => return Err(Problem::new(400, format!("Wrong sortBy value: {other}"))),
    }
    page(request, &found, |product| present::product(kept, shop, product))
}

pub(super) fn product(kept: &Kept, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let product = id.parse().ok().and_then(|number: u64| shop.products.get(&number));
    let product = product.ok_or_else(|| Problem::missing("Product", id))?;
    Ok(Outgoing::json(200, &trimmed(present::product(kept, shop, product), request)))
}

pub(super) fn deleted(shop: &Shop, request: &Incoming) -> Answered {
    let from = request.query("from_date").map(whole).transpose()?.unwrap_or(i64::MIN);
    let mut found: Vec<(u64, Timestamp)> = shop.deleted.iter().map(|(id, at)| (*id, *at)).collect();
    found.retain(|(_, at)| seconds(*at) >= from);
    found.sort_by_key(|(id, at)| (*at, *id));
    page(request, &found, |(id, at)| json!({"id": id, "date": date(*at)}))
}

pub(super) fn categories(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    let names = present::categories(kept, shop);
    page(request, &names, |name| {
        json!({
            "id": category_id(name), "orderBy": 10, "name": name, "enabled": true, "productCount": 0,
            "description": "", "url": format!("{}/category", present::SITE)
        })
    })
}

/// One page of what was found and sorted.
pub(super) fn page<T>(request: &Incoming, found: &[T], item: impl Fn(&T) -> Value) -> Answered {
    let number = |name: &str| request.query(name).map(whole).transpose();
    let offset = usize::try_from(number("offset")?.unwrap_or(0)).unwrap_or(0);
    let limit = usize::try_from(number("limit")?.unwrap_or(MOST as i64)).unwrap_or(MOST).min(MOST);
    let items: Vec<Value> = found.iter().skip(offset).take(limit).map(item).collect();
    let page = json!({"total": found.len(), "count": items.len(), "offset": offset, "limit": limit, "items": items});
    Ok(Outgoing::json(200, &trimmed(page, request)))
}

pub(super) fn whole(raw: &str) -> Result<i64, Problem> {
    raw.parse().map_err(|_| Problem::new(400, format!("Wrong number: {raw}")))
}

/// `responseFields=total,items(id,combinations(id))`
fn trimmed(value: Value, request: &Incoming) -> Value {
    match request.query("responseFields").filter(|fields| !fields.is_empty()) {
        Some(fields) => keep(value, &mut fields.chars().peekable()),
        None => value,
    }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Keeps the fields that are named up to the closing bracket.
fn keep(value: Value, fields: &mut Letters<'_>) -> Value {
    let tree = tree(fields);
    apply(value, &tree)
}

#[derive(Debug)]
struct Tree(Vec<(String, Option<Tree>)>);

fn tree(fields: &mut Letters<'_>) -> Tree {
    let mut all = Vec::new();
    let mut name = String::new();
    loop {
        match fields.next() {
            Some('(') => {
                let inner = tree(fields);
                all.push((std::mem::take(&mut name), Some(inner)));
            }
            Some(',') => {
                if !name.is_empty() {
                    all.push((std::mem::take(&mut name), None));
                }
            }
            Some(')') | None => {
                if !name.is_empty() {
                    all.push((name, None));
                }
                return Tree(all);
            }
            Some(letter) => name.push(letter),
        }
    }
}

fn apply(value: Value, tree: &Tree) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| apply(item, tree)).collect(),
        Value::Object(mut fields) => {
            let mut kept = Map::new();
            for (name, inner) in &tree.0 {
                if let Some(value) = fields.remove(name) {
                    let value = match inner {
                        Some(inner) => apply(value, inner),
                        None => value,
                    };
                    kept.insert(name.clone(), value);
                }
            }
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kept_as_deep_as_they_are_named() {
        let value =
            json!({"total": 1, "count": 1, "items": [{"id": 1, "name": "x", "combinations": [{"id": 2, "sku": "s"}]}]});
        let kept = keep(value, &mut "total,items(id,combinations(id))".chars().peekable());
        assert_eq!(kept, json!({"total": 1, "items": [{"id": 1, "combinations": [{"id": 2}]}]}));
    }
}
