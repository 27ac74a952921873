//! Prices between R-Series' decimal strings and ours. Pure.

use serde_json::{Value, json};

use crate::domain::{Currency, Money};

use super::wire::{Item, ItemPrice};

/// A price level of every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What is charged.
    Default,
    /// The manufacturer's suggestion, shown on labels where it is more than the price.
    Msrp,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Msrp => "MSRP",
        }
    }

    /// Its number in every account that was seen, and in all samples.
    const fn usual(self) -> &'static str {
        match self {
            Self::Default => "1",
            Self::Msrp => "2",
        }
    }
}

fn of(item: &Item, level: Level) -> Option<&ItemPrice> {
    let named = |price: &&ItemPrice| price.name.text().is_some_and(|name| name.eq_ignore_ascii_case(level.name()));
    item.prices()
        .iter()
        .find(named)
        .or_else(|| item.prices().iter().find(|price| price.level.id() == Some(level.usual())))
}

/// The error is a plain sentence.
pub fn price(item: &Item, currency: Currency) -> Result<Option<Money>, String> {
    read(of(item, Level::Default), currency)
}

/// 0 stands for none.
pub fn compare_at(item: &Item, currency: Currency) -> Result<Option<Money>, String> {
    Ok(read(of(item, Level::Msrp), currency)?.filter(|price| price.minor > 0))
}

fn read(price: Option<&ItemPrice>, currency: Currency) -> Result<Option<Money>, String> {
    let Some(raw) = price.and_then(|price| price.amount.text()) else { return Ok(None) };
    let minor = minor(raw, currency.decimals()).ok_or("one of its prices is no number")?;
    Ok(Some(Money::new(minor, currency)))
}

/// R-Series keeps more digits than a currency has where taxes are reckoned in; what a customer pays is the nearest minor
/// unit, a half upwards.
pub fn minor(raw: &str, decimals: u32) -> Option<i64> {
    let (negative, digits) = raw.strip_prefix('-').map_or((false, raw), |rest| (true, rest));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut value: i64 = 0;
    let kept = rest.bytes().chain(std::iter::repeat(b'0')).take(decimals as usize);
    for digit in whole.bytes().chain(kept) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    if rest.as_bytes().get(decimals as usize).is_some_and(|digit| *digit >= b'5') {
        value = value.checked_add(1)?;
    }
    Some(if negative { -value } else { value })
}

/// One entry of `Prices`; the levels that are not named stay.
pub fn entry(item: Option<&Item>, level: Level, price: Option<Money>) -> Value {
    let known = item.and_then(|item| of(item, level)).and_then(|price| price.level.id());
    let amount = price.map_or_else(|| "0".to_owned(), |price| price.amount());
    json!({ "amount": amount, "useTypeID": known.unwrap_or(level.usual()), "useType": level.name() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_amount_comes_back(minor_units in 0i64..1_000_000_000_000, decimals in 0u32..4) {
            let code = ["JPY", "EUR", "EUR", "KWD"][decimals as usize];
            let money = Money::new(minor_units, Currency::new(code).unwrap());
            prop_assert_eq!(minor(&money.amount(), money.currency.decimals()), Some(minor_units));
        }

        #[test]
        fn no_text_panics(raw in ".{0,30}") {
            let _ = minor(&raw, 2);
        }
    }

    #[test]
    fn prices_are_read_by_name() {
        let euro = Currency::new("EUR").unwrap();
        let item = |prices: Value| serde_json::from_value::<Item>(json!({"Prices": {"ItemPrice": prices}})).unwrap();
        let recorded = item(json!([
            {"amount": "4.39", "useTypeID": "1", "useType": "Default"},
            {"amount": "0", "useTypeID": "2", "useType": "MSRP"},
        ]));
        assert_eq!(price(&recorded, euro), Ok(Some(Money::new(439, euro))));
        assert_eq!(compare_at(&recorded, euro), Ok(None));
        let other = item(json!([
            {"amount": "10", "useTypeID": "5", "useType": "Online"},
            {"amount": "17.30435", "useTypeID": "3", "useType": "Default"},
            {"amount": "20.005", "useTypeID": "4", "useType": "MSRP"},
        ]));
        assert_eq!(price(&other, euro), Ok(Some(Money::new(1730, euro))));
        assert_eq!(compare_at(&other, euro), Ok(Some(Money::new(2001, euro))));
        assert_eq!(entry(Some(&other), Level::Msrp, None)["useTypeID"], "4");
        assert_eq!(entry(None, Level::Default, Some(Money::new(1990, euro)))["amount"], "19.90");
        assert!(price(&item(json!({"amount": "free", "useType": "Default"})), euro).is_err());
        assert_eq!(price(&item(json!([])), euro), Ok(None));
    }
}
