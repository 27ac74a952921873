//! Identifiers of things that the shop model knows by name only: brands, categories, option values, pictures. Given at
//! the first sight, and the same from then on.

use std::collections::BTreeMap;

use crate::sandbox::Register;

#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub brands: Register,
    pub categories: Register,
    /// `product/option/value`
    values: Register,
    /// `product/address`
    pictures: Register,
    /// Values of options that no variant has yet.
    unused: BTreeMap<(u64, usize), Vec<String>>,
    /// Products that are on no storefront.
    pub unassigned: Vec<u64>,
}

impl Numbers {
    /// Of the option at this place of a product.
    pub(super) fn option(product: u64, place: usize) -> u64 {
        product * 100 + place as u64 + 1
    }

    /// The place of an option of this number.
    pub(super) fn option_place(product: u64, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(product * 100)?).ok()?.checked_sub(1)
    }

    pub(super) fn value(&mut self, product: u64, place: usize, label: &str) -> u64 {
        self.values.of(&format!("{product}/{place}/{label}"))
    }

    /// The label of a value of this option.
    pub(super) fn label(&self, product: u64, place: usize, number: u64) -> Option<&str> {
        self.values.named(number)?.strip_prefix(&format!("{product}/{place}/"))
    }

    pub(super) fn picture(&mut self, product: u64, address: &str) -> u64 {
        self.pictures.of(&format!("{product}/{address}"))
    }

    pub(super) fn picture_address(&self, product: u64, number: u64) -> Option<&str> {
        self.pictures.named(number)?.strip_prefix(&format!("{product}/"))
    }

    pub(super) fn add_unused(&mut self, product: u64, place: usize, label: &str) {
        self.unused.entry((product, place)).or_default().push(label.to_owned());
    }

    pub(super) fn unused(&self, product: u64, place: usize) -> Vec<String> {
        self.unused.get(&(product, place)).cloned().unwrap_or_default()
    }
}
