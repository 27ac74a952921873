//! Prices: the one that counts, and the crossed-out one beside it.
//!
//! `price` is what an article costs, unless there is a `sale_price`: then that is, and `price` stands crossed out. In a
//! variant both may be blank, and mean the product's. `retail_price` is a third figure (MSRP) that this program does
//! not know, and price lists are a fourth: both are left alone.

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Money};

use super::measures::decimal;
use super::wire::{Loose, Product, Variant};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prices {
    pub price: Option<Money>,
    pub compare_at: Option<Money>,
}

impl Prices {
    pub(super) fn of_product(product: &Product, currency: Currency) -> Self {
        Self::read(&product.price, &product.sale_price, currency)
    }

    pub(super) fn of_variant(variant: &Variant, product: &Product, currency: Currency) -> Self {
        let or = |own: &Loose, products: &Loose| if own.text().is_some() { own.clone() } else { products.clone() };
        Self::read(&or(&variant.price, &product.price), &or(&variant.sale_price, &product.sale_price), currency)
    }

    /// A figure with more decimals than the currency is unknown: rounding a price is not ours to do.
    fn read(price: &Loose, sale: &Loose, currency: Currency) -> Self {
        let money = |raw: &Loose| raw.text().and_then(|raw| Money::parse(raw, currency).ok());
        match money(sale).filter(|sale| sale.minor > 0) {
            Some(sale) => Self { price: Some(sale), compare_at: money(price) },
            None => Self { price: money(price), compare_at: None },
        }
    }
}

/// Which of the two are to be changed, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    pub price: Option<Option<Money>>,
    pub compare_at: Option<Option<Money>>,
}

impl Wanted {
    /// What is sent, given what stands there now.
    pub(super) fn body(&self, now: Prices) -> Result<Map<String, Value>, String> {
        let price = self.price.unwrap_or(now.price).ok_or("BigCommerce wants a price for every article")?;
        let compare_at = self.compare_at.unwrap_or(now.compare_at);
        let mut body = Map::new();
        match compare_at {
            Some(compare_at) if compare_at.minor <= price.minor && self.compare_at.is_some() => {
                return Err(format!("the compare-at price {compare_at} is not above the price {price}"));
            }
            // A price that rose to the crossed-out one ends the sale.
            Some(compare_at) if compare_at.minor <= price.minor => {
                body.insert("price".into(), number(price)?);
                body.insert("sale_price".into(), json!(0));
            }
            Some(compare_at) => {
                body.insert("price".into(), number(compare_at)?);
                body.insert("sale_price".into(), number(price)?);
            }
            None => {
                body.insert("price".into(), number(price)?);
                // 0 and not null: null in a variant would mean the product's.
                body.insert("sale_price".into(), json!(0));
            }
        }
        Ok(body)
    }
}

fn number(money: Money) -> Result<Value, String> {
    decimal(&money.amount())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euro(minor: i64) -> Money {
        Money::new(minor, Currency::new("EUR").unwrap())
    }

    fn loose(value: Value) -> Loose {
        Loose::from(&value)
    }

    #[test]
    fn a_variant_without_prices_has_the_products() {
        let product = Product { price: loose(json!(19.9)), sale_price: loose(json!(15.0)), ..Product::default() };
        let currency = euro(0).currency;
        let plain = Prices::of_variant(&Variant::default(), &product, currency);
        assert_eq!(plain, Prices { price: Some(euro(1500)), compare_at: Some(euro(1990)) });
        let own = Variant { price: loose(json!("24.5000")), sale_price: loose(json!(0)), ..Variant::default() };
        assert_eq!(Prices::of_variant(&own, &product, currency), Prices { price: Some(euro(2450)), compare_at: None });
        let odd = Product { price: loose(json!(19.995)), ..Product::default() };
        assert_eq!(Prices::of_product(&odd, currency).price, None, "not rounded");
    }

    #[test]
    fn a_sale_is_kept_by_a_new_price_and_ended_by_a_high_one() {
        let now = Prices { price: Some(euro(1500)), compare_at: Some(euro(1990)) };
        let body = Wanted { price: Some(Some(euro(1400))), compare_at: None }.body(now).unwrap();
        assert_eq!((&body["price"], &body["sale_price"]), (&json!(19.9), &json!(14.0)));
        let body = Wanted { price: Some(Some(euro(1990))), compare_at: None }.body(now).unwrap();
        assert_eq!((&body["price"], &body["sale_price"]), (&json!(19.9), &json!(0)));
        let body = Wanted { price: None, compare_at: Some(None) }.body(now).unwrap();
        assert_eq!((&body["price"], &body["sale_price"]), (&json!(15.0), &json!(0)));
        assert!(Wanted { price: None, compare_at: Some(Some(euro(100))) }.body(now).is_err());
        assert!(Wanted { price: Some(None), compare_at: None }.body(Prices::default()).is_err());
    }
}
