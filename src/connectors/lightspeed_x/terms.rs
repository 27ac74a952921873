//! What products refer to by identifier: brands, categories, variant attributes. Found by name, made where they lack.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Text;
use crate::platform::{PlatformError, WriteError};

use super::catalogue::{Catalogue, next, refused, same};
use super::profile::PAGE;
use super::wire::{Data, Loose, Named, Versioned};

/// What was looked up; `None` before that.
#[derive(Debug, Default)]
pub struct Terms {
    brands: Option<Vec<Term>>,
    categories: Option<Vec<Term>>,
    attributes: Option<Vec<Term>>,
}

#[derive(Debug, Clone)]
struct Term {
    id: String,
    name: Text,
    /// Products can only be in the last level of the categories.
    usable: bool,
}

impl Term {
    fn of(named: &Named) -> Option<Self> {
        if named.deleted_at.text().is_some() {
            return None;
        }
        let (id, name) = (named.id.text()?.to_owned(), Text::new(named.name.text()?));
        Some(Self { id, name, usable: !named.leaf_category.is(false) })
    }
}

fn find<'a>(terms: &'a [Term], name: &str) -> Option<&'a Term> {
    terms
        .iter()
        .find(|term| term.usable && same(&term.name, name))
        .or_else(|| terms.iter().find(|t| same(&t.name, name)))
}

/// An identifier in `data`: bare, in an object, or the first of a list. The status codes differ as much.
fn made(answer: &Value) -> Option<String> {
    let data = &answer["data"];
    let first = data.get(0).unwrap_or(data);
    first.as_str().or_else(|| first["id"].as_str()).map(str::to_owned)
}

/// A write that makes something to refer to; whatever becomes of it, the product itself is untouched.
async fn make(catalogue: &Catalogue, path: &str, body: Value) -> Result<String, PlatformError> {
    let answer: Result<Value, WriteError> = catalogue.calls.write_json(catalogue.calls.post(path, body)).await;
    let answer = answer.map_err(|why| why.cause().clone())?;
    made(&answer).ok_or_else(|| catalogue.unexpected("something was made, and its identifier is not told"))
}

pub async fn brand(catalogue: &Catalogue, name: &Text) -> Result<String, PlatformError> {
    let mut terms = catalogue.terms.lock().await;
    if terms.brands.is_none() {
        terms.brands = Some(versioned(catalogue, "/brands").await?);
    }
    let brands = terms.brands.get_or_insert_default();
    if let Some(known) = find(brands, name) {
        return Ok(known.id.clone());
    }
    let made = make(catalogue, "/brands", json!({"name": name})).await;
    // It may have been made, and its answer lost: then it is found the next time.
    let Ok(id) = made else {
        terms.brands = None;
        return made;
    };
    brands.push(Term { id: id.clone(), name: name.clone(), usable: true });
    Ok(id)
}

/// A name that only stands higher up in the tree cannot be given to a product.
pub async fn category(catalogue: &Catalogue, name: &Text) -> Result<String, PlatformError> {
    let mut terms = catalogue.terms.lock().await;
    if terms.categories.is_none() {
        terms.categories = Some(categories(catalogue).await?);
    }
    let categories = terms.categories.get_or_insert_default();
    match find(categories, name) {
        Some(known) if known.usable => return Ok(known.id.clone()),
        Some(_) => {
            return Err(refused(format!(
                "the category {name} has categories below it, and X-Series puts products into the last level only"
            )));
        }
        None => {}
    }
    let body = json!({"categories": [{"payload_id": "new", "name": name}]});
    let made = make(catalogue, "/product_categories/bulk", body).await;
    let Ok(id) = made else {
        terms.categories = None;
        return made;
    };
    categories.push(Term { id: id.clone(), name: name.clone(), usable: true });
    Ok(id)
}

/// One after the other, in the order asked for.
pub async fn attributes(catalogue: &Catalogue, names: &[Text]) -> Result<Vec<String>, PlatformError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut terms = catalogue.terms.lock().await;
    if terms.attributes.is_none() {
        let found: Data<Vec<Named>> = catalogue.calls.read_json(catalogue.calls.get("/variant_attributes")).await?;
        terms.attributes = Some(found.data.iter().filter_map(Term::of).collect());
    }
    let known = terms.attributes.get_or_insert_default();
    let mut ids = Vec::new();
    for name in names {
        let id = match find(known, name) {
            Some(term) => term.id.clone(),
            None => {
                let made = make(catalogue, "/variant_attributes", json!({"name": name})).await;
                let id = match made {
                    Ok(id) => id,
                    Err(why) => {
                        terms.attributes = None;
                        return Err(why);
                    }
                };
                known.push(Term { id: id.clone(), name: name.clone(), usable: true });
                id
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

/// What was looked up may be outdated: a refusal is a reason to look again next time.
pub async fn forget(catalogue: &Catalogue) {
    *catalogue.terms.lock().await = Terms::default();
}

async fn versioned(catalogue: &Catalogue, path: &str) -> Result<Vec<Term>, PlatformError> {
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let request = catalogue.calls.get(path).query("after", after).query("page_size", PAGE);
        let page: Versioned = catalogue.calls.read_json(request).await?;
        if page.data.is_empty() {
            return Ok(found);
        }
        let max = next(&page).filter(|max| *max > after);
        let named = page.data.into_iter().filter_map(|raw| serde_json::from_value::<Named>(raw).ok());
        found.extend(named.filter_map(|named| Term::of(&named)));
        match max {
            Some(max) => after = max,
            None => return Ok(found),
        }
    }
}

/// Categories have a paging of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CategoryPage {
    page_info: PageInfo,
    data: Categories,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PageInfo {
    has_next: Loose,
    last_seen: Loose,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Categories {
    categories: Vec<Named>,
}

async fn categories(catalogue: &Catalogue) -> Result<Vec<Term>, PlatformError> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut request = catalogue.calls.get("/product_categories").query("page_size", PAGE);
        if let Some(after) = &after {
            request = request.query("after", after);
        }
        let page: CategoryPage = catalogue.calls.read_json(request).await?;
        found.extend(page.data.categories.iter().filter_map(Term::of));
        let last = page.page_info.last_seen.text().map(str::to_owned);
        if !page.page_info.has_next.is(true) || last.is_none() || last == after {
            return Ok(found);
        }
        after = last;
    }
}
