//! Brands, categories and variant attributes: the names that stand on products, and those that were made and stand on
//! none yet.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Shop, ShopProduct};

use super::identifiers::named;
use super::{Answer, Fault, moment, number};

#[derive(Debug, Default)]
pub struct Labels {
    brands: BTreeSet<String>,
    categories: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

fn collect<'a>(own: &'a BTreeSet<String>, shop: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    own.iter().chain(shop).map(String::as_str).filter(|name| !name.is_empty()).collect()
}

fn name_of(body: &Value) -> Result<String, Fault> {
    let name = body["name"].as_str().unwrap_or_default().trim().to_owned();
    if name.is_empty() { Err(Fault::invalid("name is required")) } else { Ok(name) }
}

impl Labels {
    fn all_brands<'a>(&'a self, shop: &'a Shop) -> BTreeSet<&'a str> {
        collect(&self.brands, shop.products.values().map(|product| &product.brand))
    }

    fn all_categories<'a>(&'a self, shop: &'a Shop) -> BTreeSet<&'a str> {
        collect(&self.categories, shop.products.values().map(|product| &product.category))
    }

    fn all_attributes<'a>(&'a self, shop: &'a Shop) -> BTreeSet<&'a str> {
        collect(&self.attributes, shop.products.values().flat_map(|product| &product.options))
    }

    /// Sets what an identifier stands for; blank takes it off.
    pub fn refer(&self, shop: &Shop, body: &Value, product: &mut ShopProduct) -> Result<(), Fault> {
        let find = |kind: &str, id: &str, all: BTreeSet<&str>| {
            let found = all.into_iter().find(|name| named(kind, name) == id).map(str::to_owned);
            found.ok_or_else(|| Fault::invalid(format!("There is no {kind} {id}")))
        };
        if let Some(id) = body["brand_id"].as_str() {
            product.brand = if id.is_empty() { String::new() } else { find("brand", id, self.all_brands(shop))? };
        }
        if let Some(id) = body["product_category_id"].as_str() {
            product.category =
                if id.is_empty() { String::new() } else { find("category", id, self.all_categories(shop))? };
        }
        Ok(())
    }

    pub fn attribute(&self, shop: &Shop, id: &str) -> Result<String, Fault> {
        let found = self.all_attributes(shop).into_iter().find(|name| named("attribute", name) == id);
        found.map(str::to_owned).ok_or_else(|| Fault::invalid(format!("There is no variant attribute {id}")))
    }

    pub fn brands(&self, shop: &Shop, request: &Incoming) -> Value {
        let after = number(request, "after").unwrap_or(0);
        let all = self.all_brands(shop).into_iter().zip(1..);
        let rest: Vec<(&str, i64)> = all.filter(|(_, version)| *version > after).collect();
        let (min, max) = (rest.first().map(|first| first.1), rest.last().map(|last| last.1));
        let data = rest.iter().map(|(name, _)| json!({"id": named("brand", name), "name": name}));
        json!({"data": data.collect::<Vec<_>>(), "version": {"min": min, "max": max}})
    }

    /// The identifier alone.
    pub fn make_brand(&mut self, shop: &Shop, body: &Value) -> Answer {
        let name = name_of(body)?;
        if self.all_brands(shop).contains(name.as_str()) {
            return Err(Fault::invalid("A brand with this name exists"));
        }
        let id = named("brand", &name);
        self.brands.insert(name);
        Ok((200, json!({"data": id})))
    }

    pub fn categories(&self, shop: &Shop) -> Value {
        let one = |name: &str| super::present::category(name);
        let all: Vec<Value> = self.all_categories(shop).into_iter().map(one).collect();
        json!({"page_info": {"has_next": false}, "data": {"categories": all}})
    }

    pub fn make_categories(&mut self, body: &Value) -> Answer {
        let wanted = body["categories"].as_array().ok_or_else(|| Fault::invalid("categories is required"))?;
        let mut made = Vec::new();
        for one in wanted {
            let name = name_of(one)?;
            made.push(json!({"id": named("category", &name), "payload_id": one["payload_id"], "name": name}));
            self.categories.insert(name);
        }
        Ok((200, json!({"data": made})))
    }

    pub fn attributes(&self, shop: &Shop) -> Value {
        let one = |name: &str| json!({"id": named("attribute", name), "name": name, "deleted_at": null});
        let all: Vec<Value> = self.all_attributes(shop).into_iter().map(one).collect();
        json!({"data": all})
    }

    /// An object, and another status.
    pub fn make_attribute(&mut self, shop: &Shop, body: &Value, now: Timestamp) -> Answer {
        let name = name_of(body)?;
        if self.all_attributes(shop).contains(name.as_str()) {
            return Err(Fault::invalid("A variant attribute with this name exists"));
        }
        let (id, at) = (named("attribute", &name), moment(now));
        self.attributes.insert(name.clone());
        Ok((201, json!({"data": {"id": id, "name": name, "created_at": at, "updated_at": at}})))
    }
}
