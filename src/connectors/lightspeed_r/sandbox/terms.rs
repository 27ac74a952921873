//! What products refer to: attribute sets, categories, manufacturers, shops. Those that the shop's products name are there
//! from the beginning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct};

use super::lists::{Kind, page};
use super::{Answered, Problem, body, told};

const SET: Kind = Kind { name: "ItemAttributeSet", id: "itemAttributeSetID", sortable: &["itemAttributeSetID"] };
const CATEGORY: Kind =
    Kind { name: "Category", id: "categoryID", sortable: &["categoryID", "timeStamp", "leftNode", "rightNode"] };
const MANUFACTURER: Kind =
    Kind { name: "Manufacturer", id: "manufacturerID", sortable: &["manufacturerID", "timeStamp", "name"] };
const SHOP: Kind = Kind { name: "Shop", id: "shopID", sortable: &["shopID", "timeStamp"] };
const STAMP: &str = "2021-03-03T15:53:45+00:00";

#[derive(Debug, Clone)]
pub struct Set {
    pub id: u64,
    pub names: [String; 3],
}

impl Set {
    fn new(id: u64, names: [&str; 3]) -> Self {
        Self { id, names: names.map(str::to_owned) }
    }

    /// The slots that have a name.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        (0..3).filter(|slot| !self.names[*slot].is_empty())
    }

    fn show(&self) -> Value {
        let used: Vec<&str> = self.slots().map(|slot| self.names[slot].as_str()).collect();
        json!({"itemAttributeSetID": self.id.to_string(), "name": used.join("/"), "attributeName1": self.names[0],
            "attributeName2": self.names[1], "attributeName3": self.names[2],
            "system": if self.id < 5 { "true" } else { "false" }, "archived": "false"})
    }
}

/// A matrix that has no item yet.
#[derive(Debug, Clone)]
pub struct Empty {
    pub title: String,
    pub set: u64,
    pub brand: String,
    pub category: String,
    pub description: String,
    pub at: crate::domain::Timestamp,
}

#[derive(Debug)]
pub struct Terms {
    pub sets: Vec<Set>,
    /// Whole paths.
    categories: Vec<String>,
    manufacturers: Vec<String>,
    pub empty: BTreeMap<u64, Empty>,
    /// No further attribute sets are taken.
    pub fixed_sets: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            // As recorded.
            sets: vec![
                Set::new(1, ["Color", "Size", ""]),
                Set::new(2, ["", "Size", ""]),
                Set::new(3, ["Color", "", ""]),
                Set::new(4, ["Attribute 1", "Attribute 2", "Attribute 3"]),
            ],
            categories: Vec::new(),
            manufacturers: Vec::new(),
            empty: BTreeMap::new(),
            fixed_sets: false,
        }
    }
}

fn number(place: Option<usize>) -> String {
    place.map_or(0, |place| place + 1).to_string()
}

impl Terms {
    /// Takes in what products name that were put into the shop past the API.
    pub fn learn(&mut self, shop: &Shop) {
        for product in shop.products.values() {
            self.learn_category(&product.category);
            if !product.brand.is_empty() && !self.manufacturers.contains(&product.brand) {
                self.manufacturers.push(product.brand.clone());
            }
            if !product.options.is_empty() && self.set_of(product).is_none() {
                let name = |slot: usize| product.options.get(slot).cloned().unwrap_or_default();
                let id = self.sets.len() as u64 + 1;
                self.sets.push(Set { id, names: [name(0), name(1), name(2)] });
            }
        }
    }

    fn learn_category(&mut self, path: &str) {
        if path.is_empty() || self.categories.iter().any(|known| known == path) {
            return;
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.learn_category(parent);
        }
        self.categories.push(path.to_owned());
    }

    /// The set with the product's options, in their order.
    pub fn set_of(&self, product: &ShopProduct) -> Option<&Set> {
        let options: Vec<&String> = product.options.iter().take(3).collect();
        self.sets.iter().find(|set| set.slots().map(|slot| &set.names[slot]).eq(options.iter().copied()))
    }

    pub fn set(&self, id: u64) -> Option<&Set> {
        self.sets.iter().find(|set| set.id == id)
    }

    pub fn category_id(&self, path: &str) -> String {
        number(self.categories.iter().position(|known| known == path))
    }

    pub fn manufacturer_id(&self, name: &str) -> String {
        number(self.manufacturers.iter().position(|known| known == name))
    }

    /// The path behind a number; blank for none.
    pub fn category(&self, id: &str) -> Result<String, Problem> {
        named(&self.categories, "Category", id)
    }

    pub fn manufacturer(&self, id: &str) -> Result<String, Problem> {
        named(&self.manufacturers, "Manufacturer", id)
    }

    pub fn show_category(&self, path: &str) -> Value {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let id = self.category_id(path);
        let left = id.parse::<u64>().unwrap_or(0) * 2;
        json!({"categoryID": id, "name": name, "nodeDepth": path.matches('/').count().to_string(), "fullPathName": path,
            "leftNode": left.to_string(), "rightNode": (left + 1).to_string(), "createTime": STAMP, "timeStamp": STAMP,
            "parentID": self.category_id(parent)})
    }

    pub fn show_manufacturer(&self, name: &str) -> Value {
        json!({"manufacturerID": self.manufacturer_id(name), "name": name, "createTime": STAMP, "timeStamp": STAMP})
    }

    pub fn list_sets(&self, request: &Incoming) -> Answered {
        page(request, &SET, self.sets.iter(), |set, field| text(&set.show(), field), |set| set.show())
    }

    pub fn create_set(&mut self, request: &Incoming) -> Answered {
        let body = body(request)?;
        if self.fixed_sets {
            return Err(Problem::new(405, "Method Not Allowed"));
        }
        let name = |field: &str| text(&body, field).unwrap_or_default();
        let names = [name("attributeName1"), name("attributeName2"), name("attributeName3")];
        if name("name").is_empty() || names.iter().all(String::is_empty) {
            return Err(Problem::new(400, "name cannot be blank."));
        }
        let set = Set { id: self.sets.len() as u64 + 1, names };
        let shown = set.show();
        self.sets.push(set);
        Ok(told("ItemAttributeSet", shown))
    }

    pub fn list_categories(&self, request: &Incoming) -> Answered {
        let show = |path: &&String| self.show_category(path);
        page(request, &CATEGORY, self.categories.iter(), |path, field| text(&show(path), field), show)
    }

    pub fn create_category(&mut self, request: &Incoming) -> Answered {
        let body = body(request)?;
        let name = text(&body, "name").unwrap_or_default();
        if name.is_empty() {
            return Err(Problem::new(400, "name cannot be blank."));
        }
        let parent = self.category(&text(&body, "parentID").unwrap_or_default())?;
        let path = if parent.is_empty() { name } else { format!("{parent}/{name}") };
        self.learn_category(&path);
        Ok(told("Category", self.show_category(&path)))
    }

    pub fn list_manufacturers(&self, request: &Incoming) -> Answered {
        let show = |name: &&String| self.show_manufacturer(name);
        page(request, &MANUFACTURER, self.manufacturers.iter(), |name, field| text(&show(name), field), show)
    }

    pub fn create_manufacturer(&mut self, request: &Incoming) -> Answered {
        let name = text(&body(request)?, "name").unwrap_or_default();
        if name.is_empty() {
            return Err(Problem::new(400, "name cannot be blank."));
        }
        if self.manufacturers.contains(&name) {
            return Err(Problem::new(400, "A Manufacturer with that name exists already."));
        }
        self.manufacturers.push(name.clone());
        Ok(told("Manufacturer", self.show_manufacturer(&name)))
    }
}

fn named(all: &[String], thing: &str, id: &str) -> Result<String, Problem> {
    match id {
        "" | "0" => Ok(String::new()),
        id => {
            let place = id.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            place.and_then(|place| all.get(place)).cloned().ok_or_else(|| Problem::not_found(thing, id))
        }
    }
}

/// A field as text.
pub fn text(of: &Value, field: &str) -> Option<String> {
    match of.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

pub fn shops(shop: &Shop, request: &Incoming) -> Result<Outgoing, Problem> {
    let show = |location: &&crate::sandbox::ShopLocation| {
        json!({"shopID": location.number.to_string(), "name": location.name, "serviceRate": "0", "timeZone": "US/Pacific",
            "taxLabor": "false", "labelTitle": "Shop Name", "labelMsrp": "false", "archived": "false", "timeStamp": STAMP,
            "contactID": "2", "taxCategoryID": "1", "receiptSetupID": "1", "ccGatewayID": "1", "priceLevelID": "1"})
    };
    page(request, &SHOP, shop.locations.iter(), |location, field| text(&show(location), field), show)
}
