//! Why an item is not in a plan, as it is stored.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{ListingId, Quantity, Refusal, RefusalReason, Text};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct RefusalV1<'a> {
    listing: u64,
    subject: &'a str,
    #[serde(borrow)]
    reasons: Vec<ReasonV1<'a>>,
}

#[derive(Serialize, Deserialize)]
enum ReasonV1<'a> {
    AlreadyThere,
    OnlyOnTarget,
    Gone,
    DuplicateTitle { title: &'a str, listing: u64 },
    DuplicateSku { sku: &'a str, listing: u64 },
    DuplicateInPlan { value: &'a str },
    DuplicateVariant { label: &'a str },
    TooManyVariants { has: u64, most: u64 },
    TooManyOptions { has: u64, most: u64 },
    TitleTooLong { has: u64, most: u64 },
    SkuTooLong { sku: &'a str, most: u64 },
    FractionalQuantity { quantity: i64 },
    CurrencyDiffers,
    NoPrice,
    Untracked,
    QuantityUnknown,
    NoLongerPossible { why: &'a str },
    TooManyProducts { most: u64 },
}

impl Stored for Refusal {
    const NOUN: &'static str = "refusal";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let reasons = self.reasons.iter().map(reason_form).collect();
        encode_form(&RefusalV1 { listing: self.listing.0, subject: &self.subject, reasons }, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: RefusalV1<'_> = decode_form(body)?;
        Ok(Self {
            listing: ListingId(form.listing),
            subject: Text::new(form.subject),
            reasons: form.reasons.into_iter().map(reason_of).collect(),
        })
    }
}

fn reason_form(reason: &RefusalReason) -> ReasonV1<'_> {
    match reason {
        RefusalReason::AlreadyThere => ReasonV1::AlreadyThere,
        RefusalReason::OnlyOnTarget => ReasonV1::OnlyOnTarget,
        RefusalReason::Gone => ReasonV1::Gone,
        RefusalReason::DuplicateTitle { title, listing } => ReasonV1::DuplicateTitle { title, listing: listing.0 },
        RefusalReason::DuplicateSku { sku, listing } => ReasonV1::DuplicateSku { sku, listing: listing.0 },
        RefusalReason::DuplicateInPlan { value } => ReasonV1::DuplicateInPlan { value },
        RefusalReason::DuplicateVariant { label } => ReasonV1::DuplicateVariant { label },
        RefusalReason::TooManyVariants { has, most } => {
            ReasonV1::TooManyVariants { has: *has as u64, most: *most as u64 }
        }
        RefusalReason::TooManyOptions { has, most } => {
            ReasonV1::TooManyOptions { has: *has as u64, most: *most as u64 }
        }
        RefusalReason::TitleTooLong { has, most } => ReasonV1::TitleTooLong { has: *has as u64, most: *most as u64 },
        RefusalReason::SkuTooLong { sku, most } => ReasonV1::SkuTooLong { sku, most: *most as u64 },
        RefusalReason::FractionalQuantity { quantity } => ReasonV1::FractionalQuantity { quantity: quantity.raw() },
        RefusalReason::CurrencyDiffers => ReasonV1::CurrencyDiffers,
        RefusalReason::NoPrice => ReasonV1::NoPrice,
        RefusalReason::Untracked => ReasonV1::Untracked,
        RefusalReason::QuantityUnknown => ReasonV1::QuantityUnknown,
        RefusalReason::NoLongerPossible { why } => ReasonV1::NoLongerPossible { why },
        RefusalReason::TooManyProducts { most } => ReasonV1::TooManyProducts { most: *most as u64 },
    }
}

fn reason_of(form: ReasonV1<'_>) -> RefusalReason {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    match form {
        ReasonV1::AlreadyThere => RefusalReason::AlreadyThere,
        ReasonV1::OnlyOnTarget => RefusalReason::OnlyOnTarget,
        ReasonV1::Gone => RefusalReason::Gone,
        ReasonV1::DuplicateTitle { title, listing } => {
            RefusalReason::DuplicateTitle { title: Text::new(title), listing: ListingId(listing) }
        }
        ReasonV1::DuplicateSku { sku, listing } => {
            RefusalReason::DuplicateSku { sku: Text::new(sku), listing: ListingId(listing) }
        }
        ReasonV1::DuplicateInPlan { value } => RefusalReason::DuplicateInPlan { value: Text::new(value) },
        ReasonV1::DuplicateVariant { label } => RefusalReason::DuplicateVariant { label: Text::new(label) },
        ReasonV1::TooManyVariants { has, most } => RefusalReason::TooManyVariants { has: size(has), most: size(most) },
        ReasonV1::TooManyOptions { has, most } => RefusalReason::TooManyOptions { has: size(has), most: size(most) },
        ReasonV1::TitleTooLong { has, most } => RefusalReason::TitleTooLong { has: size(has), most: size(most) },
        ReasonV1::SkuTooLong { sku, most } => RefusalReason::SkuTooLong { sku: Text::new(sku), most: size(most) },
        ReasonV1::FractionalQuantity { quantity } => {
            RefusalReason::FractionalQuantity { quantity: Quantity::from_raw(quantity) }
        }
        ReasonV1::CurrencyDiffers => RefusalReason::CurrencyDiffers,
        ReasonV1::NoPrice => RefusalReason::NoPrice,
        ReasonV1::Untracked => RefusalReason::Untracked,
        ReasonV1::QuantityUnknown => RefusalReason::QuantityUnknown,
        ReasonV1::NoLongerPossible { why } => RefusalReason::NoLongerPossible { why: why.to_owned() },
        ReasonV1::TooManyProducts { most } => RefusalReason::TooManyProducts { most: size(most) },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_1_stays_as_it_is() {
        super::super::golden::check(
            &crate::store::samples::refusal(),
            "01070754656120706f7412000102030454502d3109040454502d3109050454502d31060454502d310765640865640965640a0454502d31640ba08d060c0d0e0f10106c696e6b6564206d65616e7768696c651164a20ad1eb",
        );
    }
}
