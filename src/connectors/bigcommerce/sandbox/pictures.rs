//! Pictures of a product: listed, fetched from an address, moved, taken away.

use serde_json::Value;

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Shop};

use super::article::{address, log};
use super::present::{self, Window, listed, single};
use super::problem::{not_found, number};
use super::products::empty;
use super::{Answered, Sandbox};

pub(super) fn answer(
    sandbox: &mut Sandbox,
    shop: &mut Shop,
    request: &Incoming,
    id: &str,
    rest: &[&str],
    now: Timestamp,
) -> Answered {
    let mut product = shop.products.get(&number(id)?).cloned().ok_or_else(not_found)?;
    let body = request.json().unwrap_or_default();
    let order = body.get("sort_order").and_then(Value::as_u64).and_then(|order| usize::try_from(order).ok());
    let known = match rest {
        [] => None,
        [image] => {
            let address = sandbox.numbers.picture_address(product.number, number(image)?).map(str::to_owned);
            let place = address.and_then(|address| product.images.iter().position(|known| *known == address));
            Some(place.ok_or_else(not_found)?)
        }
        _ => return Err(not_found()),
    };
    let place = match (request.method.as_str(), known) {
        ("GET", None) => {
            let all = product.images.iter().enumerate();
            let all: Vec<Value> =
                all.map(|(place, address)| present::picture(sandbox, &product, place, address)).collect();
            let (some, meta) = Window::of(request, 250).cut(all);
            return Ok(listed(some, meta));
        }
        ("POST", None) => {
            let place = order.unwrap_or(product.images.len()).min(product.images.len());
            product.images.insert(place, address(&body)?);
            Some(place)
        }
        ("PUT", Some(from)) => {
            let address = product.images.remove(from);
            let place = order.unwrap_or(from).min(product.images.len());
            product.images.insert(place, address);
            Some(place)
        }
        ("DELETE", Some(at)) => {
            product.images.remove(at);
            None
        }
        _ => return Err(not_found()),
    };
    let number = shop.insert(product.clone(), now);
    log(shop, now, "update", number, None, "images".to_owned());
    let shown = place.and_then(|place| {
        let address = product.images.get(place)?;
        let mut shown = present::picture(sandbox, &product, place, address);
        // Said in answers to what was fetched from an address, and in no list.
        shown["image_url"] = Value::from(address.as_str());
        Some(shown)
    });
    Ok(shown.map_or_else(empty, |shown| single(200, shown)))
}
