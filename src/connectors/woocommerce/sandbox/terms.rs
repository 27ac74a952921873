//! Brands and categories: those that products have, and those that were made.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::{Incoming, Outgoing, Shop};

use super::list::{Parameters, page};
use super::present::{escaped, slug, trim};
use super::problem::{self, Problem};

/// WordPress' own, which every product has that has no other.
pub(super) const UNCATEGORIZED: &str = "Uncategorized";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Brands,
    Categories,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Brands => "brands",
            Self::Categories => "categories",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Terms {
    brands: BTreeSet<String>,
    categories: BTreeSet<String>,
}

impl Terms {
    /// By name.
    pub(super) fn of(&self, shop: &Shop, kind: Kind) -> BTreeSet<String> {
        let products = shop.products.values();
        let mut names: BTreeSet<String> = match kind {
            Kind::Brands => products.map(|product| product.brand.clone()).chain(self.brands.clone()).collect(),
            Kind::Categories => {
                products.map(|product| product.category.clone()).chain(self.categories.clone()).collect()
            }
        };
        names.remove("");
        if kind == Kind::Categories {
            names.insert(UNCATEGORIZED.to_owned());
        }
        names
    }

    /// `older`: before 9.6, without brands.
    pub(super) fn answer(
        &mut self,
        shop: &Shop,
        request: &Incoming,
        kind: &str,
        older: bool,
    ) -> Result<Outgoing, Problem> {
        let kind = if kind == "brands" { Kind::Brands } else { Kind::Categories };
        if older && kind == Kind::Brands {
            return Err(problem::no_route());
        }
        let shown = |name: &String| {
            json!({
                "id": term_id(name), "name": escaped(name), "slug": slug(name), "parent": 0, "description": "",
                "display": "default", "image": null, "menu_order": 0, "count": 0
            })
        };
        if request.method == "GET" {
            let parameters = Parameters::with_statuses(request, &["any"])?;
            let wanted = request.query("search").unwrap_or_default().to_lowercase();
            let names = self.of(shop, kind);
            let found: Vec<&String> =
                names.iter().filter(|name| escaped(name).to_lowercase().contains(&wanted)).collect();
            return Ok(page(request, &parameters, &found, |name| shown(name)));
        }
        let sent = request.json().unwrap_or_default();
        let name = sent.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        if name.is_empty() {
            return Err(Problem::new(400, "rest_missing_callback_param", "Missing parameter(s): name"));
        }
        if self.of(shop, kind).contains(&name) {
            let message = "A term with the name provided already exists with this parent.";
            return Err(Problem::new(400, "term_exists", message).with("resource_id", json!(term_id(&name))));
        }
        let made = Outgoing::json(201, &trim(shown(&name), request));
        match kind {
            Kind::Brands => self.brands.insert(name),
            Kind::Categories => self.categories.insert(name),
        };
        Ok(made)
    }
}

/// The same name has the same number for ever.
pub(super) fn term_id(name: &str) -> u64 {
    // FNV-1a, cut to what JSON numbers hold without doubt.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash % 1_000_000_000 + 1
}
