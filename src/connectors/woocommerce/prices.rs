//! What customers pay, and the crossed-out price beside it.
//!
//! WooCommerce has a regular price and, while there is a sale, a lower one. A sale in force means: customers pay the
//! sale price, and the regular one stands crossed out beside it. A sale that is planned, over, or not lower than the
//! regular price changes nothing for customers, so it changes nothing here, and is left alone.

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Money};

use super::wire::Loose;

/// The price fields of a product or variation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    pub price: &'a Loose,
    pub regular_price: &'a Loose,
    pub sale_price: &'a Loose,
    /// WooCommerce's own verdict, dates included.
    pub on_sale: &'a Loose,
}

/// What customers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prices {
    pub price: Option<Money>,
    pub compare_at: Option<Money>,
}

impl Prices {
    /// A price with more decimals than the currency has is none: rounding is not ours to do. Variable parents and "ask
    /// us" have none.
    pub(super) fn read(tag: Tag<'_>, currency: Currency) -> Self {
        let money = |raw: &Loose| Money::parse(raw.text()?, currency).ok();
        let sale = money(tag.sale_price).filter(|_| tag.on_sale.yes());
        match (money(tag.regular_price), sale) {
            (Some(regular), Some(sale)) if sale.minor < regular.minor => {
                Self { price: Some(sale), compare_at: Some(regular) }
            }
            (regular, _) if tag.regular_price.text().is_some() => Self { price: regular, compare_at: None },
            _ => Self { price: money(tag.price), compare_at: None },
        }
    }
}

/// What is to be written: `None` leaves a part as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    pub price: Option<Option<Money>>,
    pub compare_at: Option<Option<Money>>,
}

impl Wanted {
    /// The properties to send so that customers see what is wanted. The error is a plain sentence.
    pub(super) fn body(self, now: Prices) -> Result<Map<String, Value>, String> {
        let price = self.price.unwrap_or(now.price);
        let compare_at = self.compare_at.unwrap_or(now.compare_at);
        let mut body = Map::new();
        let mut put = |name: &str, value: String| drop(body.insert(name.to_owned(), json!(value)));
        match (price, compare_at) {
            (Some(price), Some(before)) if before.minor > price.minor => {
                put("regular_price", before.amount());
                put("sale_price", price.amount());
                if now.compare_at.is_none() {
                    // The dates of an earlier sale would keep this one from being in force.
                    put("date_on_sale_from", String::new());
                    put("date_on_sale_to", String::new());
                }
            }
            (Some(_), Some(_)) if self.compare_at.is_some() => {
                return Err("a compare-at price must be higher than the price: WooCommerce shows none otherwise".into());
            }
            (None, Some(_)) if self.compare_at.is_some() => {
                return Err("without a price there is nothing to compare with".into());
            }
            (price, _) => {
                put("regular_price", price.map(|price| price.amount()).unwrap_or_default());
                if now.compare_at.is_some() {
                    put("sale_price", String::new());
                }
            }
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn euro() -> Currency {
        Currency::new("EUR").unwrap()
    }

    fn read(value: Value) -> Prices {
        let field = |name: &str| Loose::from(&value[name]);
        let (price, regular_price) = (field("price"), field("regular_price"));
        let (sale_price, on_sale) = (field("sale_price"), field("on_sale"));
        let tag = Tag { price: &price, regular_price: &regular_price, sale_price: &sale_price, on_sale: &on_sale };
        Prices::read(tag, euro())
    }

    fn prices(price: Option<i64>, compare_at: Option<i64>) -> Prices {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, euro()));
        Prices { price: money(price), compare_at: money(compare_at) }
    }

    #[test]
    fn only_a_sale_in_force_crosses_a_price_out() {
        let on_sale = json!({"regular_price": "19.90", "sale_price": "15.00", "price": "15.00", "on_sale": true});
        assert_eq!(read(on_sale), prices(Some(1500), Some(1990)));
        let planned = json!({"regular_price": "19.90", "sale_price": "15.00", "price": "19.90", "on_sale": false});
        assert_eq!(read(planned), prices(Some(1990), None));
        let none = json!({"regular_price": "19.90", "sale_price": "", "price": "19.90", "on_sale": false});
        assert_eq!(read(none), prices(Some(1990), None));
        let too_fine = json!({"regular_price": "19.905", "price": "19.91"});
        assert_eq!(read(too_fine), prices(None, None), "never rounded, by way of another field neither");
        assert_eq!(read(json!({"price": "12.89"})), prices(Some(1289), None));
    }

    #[test]
    fn a_new_price_leaves_a_planned_sale_alone() {
        let wanted = Wanted { price: Some(Some(Money::new(2500, euro()))), compare_at: None };
        let body = wanted.body(prices(Some(1990), None)).unwrap();
        assert_eq!(Value::Object(body), json!({"regular_price": "25.00"}));
        let body = wanted.body(prices(Some(1500), Some(1990))).unwrap();
        assert_eq!(Value::Object(body), json!({"regular_price": "25.00", "sale_price": ""}), "above the old price");
        let wanted = Wanted { price: None, compare_at: Some(Some(Money::new(1000, euro()))) };
        assert!(wanted.body(prices(Some(1990), None)).unwrap_err().contains("higher than the price"));
    }

    proptest! {
        /// Whatever is wanted and can be shown at all is what customers see afterwards, and what was not named stays.
        #[test]
        fn what_is_written_is_seen(
            regular in 2i64..100_000, off in prop::option::of(1i64..100_000),
            price in prop::option::of(1i64..100_000), compare_at in prop::option::of(prop::option::of(1i64..100_000)),
        ) {
            let now = match off.filter(|off| *off < regular) {
                Some(off) => prices(Some(regular - off), Some(regular)),
                None => prices(Some(regular), None),
            };
            let money = |minor: i64| Money::new(minor, euro());
            let wanted = Wanted { price: price.map(|p| Some(money(p))), compare_at: compare_at.map(|c| c.map(money)) };
            let meant = Prices {
                price: wanted.price.unwrap_or(now.price),
                compare_at: wanted.compare_at.unwrap_or(now.compare_at),
            };
            let Ok(body) = wanted.body(now) else {
                prop_assert!(meant.compare_at.unwrap().minor <= meant.price.unwrap().minor);
                return Ok(());
            };
            // The shop, before and after.
            let mut shop = json!({
                "regular_price": now.compare_at.or(now.price).unwrap().amount(),
                "sale_price": now.compare_at.and(now.price).map(|sale| sale.amount()).unwrap_or_default(),
            });
            shop.as_object_mut().unwrap().extend(body);
            shop["on_sale"] = json!(shop["sale_price"] != json!(""));
            let seen = read(shop);
            prop_assert_eq!(seen.price, meant.price);
            let can_be_shown = meant.compare_at.is_none_or(|before| before.minor > meant.price.unwrap().minor);
            prop_assert_eq!(seen.compare_at, meant.compare_at.filter(|_| can_be_shown));
        }
    }
}
