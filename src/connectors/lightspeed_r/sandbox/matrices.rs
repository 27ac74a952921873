//! Item matrices. One without an item is no product of the shop's model yet.

use serde_json::{Value, json};

use crate::domain::{Status, Timestamp};
use crate::sandbox::{Incoming, Shop, ShopProduct};

use super::change::{empty_stock, log};
use super::items::{self, is_matrix};
use super::lists::{Kind, page};
use super::own::set_own;
use super::terms::{Empty, Terms, text};
use super::{Answered, Problem, body, loaded, many, moment, told};

const MATRIX: Kind =
    Kind { name: "ItemMatrix", id: "itemMatrixID", sortable: &["itemMatrixID", "timeStamp", "description"] };

/// A matrix with items, or one without.
enum Row<'a> {
    Product(&'a ShopProduct),
    Empty(u64, &'a Empty),
}

impl Row<'_> {
    fn field(&self, terms: &Terms, name: &str) -> Option<String> {
        let archived = |product: &ShopProduct| product.status == Status::Archived;
        Some(match (name, self) {
            ("itemMatrixID", Self::Product(product)) => product.number.to_string(),
            ("itemMatrixID", Self::Empty(number, _)) => number.to_string(),
            ("archived", Self::Product(product)) if archived(product) => "true".to_owned(),
            ("archived", _) => "false".to_owned(),
            ("description", Self::Product(product)) => product.title.clone(),
            ("description", Self::Empty(_, empty)) => empty.title.clone(),
            ("timeStamp", Self::Product(product)) => moment(product.updated_at),
            ("timeStamp", Self::Empty(_, empty)) => moment(empty.at),
            ("itemAttributeSetID", Self::Product(product)) => {
                terms.set_of(product).map_or_else(|| "0".to_owned(), |set| set.id.to_string())
            }
            ("itemAttributeSetID", Self::Empty(_, empty)) => empty.set.to_string(),
            ("manufacturerID", Self::Product(product)) => terms.manufacturer_id(&product.brand),
            ("manufacturerID", Self::Empty(_, empty)) => terms.manufacturer_id(&empty.brand),
            ("categoryID", Self::Product(product)) => terms.category_id(&product.category),
            ("categoryID", Self::Empty(_, empty)) => terms.category_id(&empty.category),
            _ => return None,
        })
    }

    fn show(&self, terms: &Terms, relations: &[String]) -> Value {
        let of = |name: &str| self.field(terms, name).unwrap_or_default();
        let level = |id: &str, name: &str| json!({"amount": "0", "useTypeID": id, "useType": name});
        let mut matrix = json!({
            "itemMatrixID": of("itemMatrixID"),
            "description": of("description"),
            "tax": "true",
            "defaultCost": "0",
            "itemType": "default",
            "serialized": "false",
            "modelYear": "0",
            "archived": of("archived"),
            "timeStamp": of("timeStamp"),
            "itemAttributeSetID": of("itemAttributeSetID"),
            "manufacturerID": of("manufacturerID"),
            "categoryID": of("categoryID"),
            "defaultVendorID": "0",
            "taxClassID": "1",
            "seasonID": "0",
            "departmentID": "0",
            "Prices": {"ItemPrice": [level("1", "Default"), level("2", "MSRP"), level("3", "Online")]},
        });
        if let Self::Product(product) = self {
            for (slot, _) in product.options.iter().enumerate().take(3) {
                let mut values: Vec<Value> = Vec::new();
                for value in product.variants.iter().filter_map(|variant| variant.values.get(slot)) {
                    if !values.contains(&json!(value)) && !value.is_empty() {
                        values.push(json!(value));
                    }
                }
                matrix[format!("attribute{}Values", slot + 1)] =
                    if values.is_empty() { json!("") } else { many(values) };
            }
        }
        let (brand, category, description) = match self {
            Self::Product(product) => (&product.brand, &product.category, &product.description),
            Self::Empty(_, empty) => (&empty.brand, &empty.category, &empty.description),
        };
        for relation in relations {
            let value = match (relation.as_str(), self) {
                ("Category", _) if !category.is_empty() => terms.show_category(category),
                ("Manufacturer", _) if !brand.is_empty() => terms.show_manufacturer(brand),
                ("ItemECommerce", _) => items::e_commerce(description),
                ("Images", Self::Product(product)) => items::images(product, 0, product.number),
                _ => Value::Null,
            };
            if !value.is_null() {
                matrix[relation] = value;
            }
        }
        matrix
    }
}

fn all<'a>(terms: &'a Terms, shop: &'a Shop) -> impl Iterator<Item = Row<'a>> {
    let products = shop.products.values().filter(|product| is_matrix(product)).map(Row::Product);
    products.chain(terms.empty.iter().map(|(number, empty)| Row::Empty(*number, empty)))
}

fn find<'a>(terms: &'a Terms, shop: &'a Shop, id: &str) -> Result<Row<'a>, Problem> {
    let missing = || Problem::not_found("ItemMatrix", id);
    let number: u64 = id.parse().map_err(|_| missing())?;
    let product = shop.products.get(&number).filter(|product| is_matrix(product)).map(Row::Product);
    product.or_else(|| terms.empty.get(&number).map(|empty| Row::Empty(number, empty))).ok_or_else(missing)
}

pub fn list(terms: &Terms, shop: &Shop, request: &Incoming) -> Answered {
    let relations = loaded(request);
    page(request, &MATRIX, all(terms, shop), |row, name| row.field(terms, name), |row| row.show(terms, &relations))
}

pub fn one(terms: &Terms, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    Ok(told("ItemMatrix", find(terms, shop, id)?.show(terms, &loaded(request))))
}

pub fn create(terms: &mut Terms, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let body = body(request)?;
    let of = |name: &str| text(&body, name).unwrap_or_default();
    if of("description").is_empty() {
        return Err(Problem::new(400, "ItemMatrix not created. An ItemMatrix must have a description."));
    }
    let set = of("itemAttributeSetID").parse().ok().filter(|id| terms.set(*id).is_some());
    let set = set.ok_or_else(|| Problem::not_found("ItemAttributeSet", &of("itemAttributeSetID")))?;
    let empty = Empty {
        title: of("description"),
        set,
        brand: terms.manufacturer(&of("manufacturerID"))?,
        category: terms.category(&of("categoryID"))?,
        description: text(&body["ItemECommerce"], "longDescription").unwrap_or_default(),
        at: now,
    };
    let number = shop.number();
    terms.empty.insert(number, empty);
    one(terms, shop, request, &number.to_string())
}

/// What its items have is written down as theirs before: they do not follow.
pub fn update(terms: &mut Terms, shop: &mut Shop, request: &Incoming, id: &str, now: Timestamp) -> Answered {
    let body = body(request)?;
    find(terms, shop, id)?;
    let brand = text(&body, "manufacturerID").map(|id| terms.manufacturer(&id)).transpose()?;
    let category = text(&body, "categoryID").map(|id| terms.category(&id)).transpose()?;
    let description = text(&body["ItemECommerce"], "longDescription");
    let title = text(&body, "description");
    if title.as_deref() == Some("") {
        return Err(Problem::new(400, "An ItemMatrix must have a description."));
    }
    let number: u64 = id.parse().unwrap_or_default();
    if let Some(product) = shop.products.get_mut(&number) {
        let named: Vec<[String; 3]> = product
            .variants
            .iter()
            .map(|variant| {
                let of_item = items::manufacturer(terms, product, variant);
                [items::name(product, variant), of_item, items::category(terms, product, variant)]
            })
            .collect();
        for (variant, [name, manufacturer, category]) in product.variants.iter_mut().zip(named) {
            set_own(variant, "description", name);
            set_own(variant, "manufacturerID", manufacturer);
            set_own(variant, "categoryID", category);
        }
        let fields = [
            (&mut product.title, title),
            (&mut product.brand, brand),
            (&mut product.category, category),
            (&mut product.description, description),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        shop.touch(number, now);
        log(shop, now, "update", number, None, body.to_string());
    } else if let Some(empty) = terms.empty.get_mut(&number) {
        let fields = [(&mut empty.title, title), (&mut empty.brand, brand), (&mut empty.category, category)];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        empty.at = now;
    }
    one(terms, shop, request, id)
}

/// "All items in the matrix will also be archived."
pub fn archive(terms: &mut Terms, shop: &mut Shop, request: &Incoming, id: &str, now: Timestamp) -> Answered {
    find(terms, shop, id)?;
    let number: u64 = id.parse().unwrap_or_default();
    if terms.empty.remove(&number).is_some() {
        return Ok(told("ItemMatrix", json!({"itemMatrixID": id, "archived": "true"})));
    }
    if let Some(product) = shop.products.get_mut(&number) {
        product.status = Status::Archived;
        product.variants.iter_mut().for_each(|variant| empty_stock(variant, now));
        shop.touch(number, now);
        log(shop, now, "delete", number, None, String::new());
    }
    one(terms, shop, request, id)
}
