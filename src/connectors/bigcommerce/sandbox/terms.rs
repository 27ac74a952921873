//! Brands and categories. What the products name exists; categories can be made before anything is in them.

use serde_json::{Value, json};

use crate::sandbox::{Incoming, Outgoing, Shop};

use super::present::{Window, listed, numbers_in};
use super::problem::{Problem, invalid};
use super::{Answered, Sandbox};

fn see_all(sandbox: &mut Sandbox, shop: &Shop) {
    for product in shop.products.values() {
        if !product.brand.is_empty() {
            sandbox.numbers.brands.of(&product.brand);
        }
        if !product.category.is_empty() {
            sandbox.numbers.categories.of(&product.category);
        }
    }
}

pub(super) fn brands(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming) -> Outgoing {
    see_all(sandbox, shop);
    let wanted = numbers_in(request, "id:in");
    let shown = |(id, name): (u64, &str)| {
        json!({
            "id": id, "name": name, "page_title": "", "meta_keywords": [], "meta_description": "", "search_keywords": "",
            "image_url": "", "custom_url": {"url": format!("/brand-{id}/"), "is_customized": false}
        })
    };
    let is_wanted = |id: &u64| wanted.as_ref().is_none_or(|ids| ids.contains(id));
    let all: Vec<Value> = sandbox.numbers.brands.all().filter(|(id, _)| is_wanted(id)).map(shown).collect();
    let (some, meta) = Window::of(request, 250).cut(all);
    listed(some, meta)
}

pub(super) fn trees() -> Outgoing {
    let pagination = json!({"total": 1, "count": 1, "per_page": 50, "current_page": 1, "total_pages": 1, "links": {"current": "?page=1&limit=50"}});
    listed(vec![json!({"id": 1, "name": "Default catalog tree", "channels": [1]})], json!({"pagination": pagination}))
}

fn category(id: u64, name: &str) -> Value {
    json!({
        "category_id": id, "category_uuid": format!("00000000-0000-4000-8000-{id:012}"), "tree_id": 1, "parent_id": 0,
        "name": name, "description": "", "views": 0, "sort_order": 0, "page_title": "", "meta_keywords": [],
        "meta_description": "", "layout_file": "category.html", "image_url": "", "is_visible": true,
        "search_keywords": "", "default_product_sort": "use_store_settings",
        "url": {"path": format!("/category-{id}/"), "is_customized": false}
    })
}

pub(super) fn categories(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming) -> Outgoing {
    see_all(sandbox, shop);
    let wanted = numbers_in(request, "category_id:in");
    let all: Vec<Value> = sandbox
        .numbers
        .categories
        .all()
        .filter(|(id, _)| wanted.as_ref().is_none_or(|ids| ids.contains(id)))
        .filter(|(_, name)| request.query("name").is_none_or(|asked| asked == *name))
        .map(|(id, name)| category(id, name))
        .collect();
    let (some, meta) = Window::of(request, 250).cut(all);
    listed(some, meta)
}

pub(super) fn add_category(sandbox: &mut Sandbox, request: &Incoming) -> Answered {
    let Some(Value::Array(bodies)) = request.json() else { return Err(Problem::new(400, "Input is invalid")) };
    let mut data = Vec::new();
    for body in &bodies {
        let name = body.get("name").and_then(Value::as_str).filter(|name| (1..=50).contains(&name.chars().count()));
        let name = name.ok_or_else(|| invalid("name", "must have 1 to 50 characters"))?;
        data.push(category(sandbox.numbers.categories.of(name), name));
    }
    let meta = json!({"total": data.len(), "success": data.len(), "failed": 0});
    Ok(Outgoing::json(201, &json!({"data": data, "meta": meta})))
}
