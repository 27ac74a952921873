//! Looking for what carries a creation's mark.
//!
//! WooCommerce cannot search meta fields. So the candidates are those with one of the source's SKUs, then those with
//! its words in the title, then the newest; each both in the shop and in its trash (a product that was made and thrown
//! away is not to be made again). A candidate counts only by its mark.

use std::collections::BTreeMap;

use crate::domain::{Creation, Listing};
use crate::http::Request;
use crate::platform::PlatformError;

use super::body::MARK;
use super::catalogue::{Catalogue, PRODUCT_FIELDS};
use super::profile::PAGE;
use super::wire::{Product, Variation, meta};

/// SKUs in one question.
const MOST_SKUS: usize = 50;
/// WordPress takes ten words and more for one phrase.
const MOST_WORDS: usize = 6;

/// The id of the product that this creation has made, whole or in part.
pub(super) async fn marked(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<u64>, PlatformError> {
    for question in questions(source) {
        // `any` is everything but the trash.
        for status in ["any", "trash"] {
            let mut request: Request = catalogue
                .calls
                .get("/products")
                .query("status", status)
                .query("per_page", PAGE)
                .query("_fields", "id,type,parent_id,meta_data");
            request.query.extend(question.iter().cloned());
            let (candidates, _) = catalogue.calls.read_json::<Vec<Product>>(request).await?;
            if let Some(found) = candidates.iter().find_map(|candidate| made_by(creation, candidate)) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// The product and all its variations as they are now, with their marks; `None` if it is gone.
pub(super) async fn part(catalogue: &Catalogue, id: u64) -> Result<Option<(Product, Vec<Variation>)>, PlatformError> {
    let path = format!("/products/{id}");
    let answer = catalogue.calls.read(catalogue.calls.get(&path).query("_fields", PRODUCT_FIELDS), &[404]).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    let product: Product = catalogue.calls.json(&answer)?;
    // A product's variations follow it into the trash.
    let status = if product.status.text() == Some("trash") { "trash" } else { "any" };
    let mut variations = Vec::new();
    // By page, not by the ids in the product: that list is cached by WooCommerce, and a half-made product's may be old.
    for page in 1.. {
        if !product.is_variable() {
            break;
        }
        let request = catalogue
            .calls
            .get(&format!("{path}/variations"))
            .query("per_page", PAGE)
            .query("page", page)
            .query("status", status)
            .query("orderby", "id")
            .query("order", "asc");
        let (some, _) = catalogue.calls.read_json::<Vec<Variation>>(request).await?;
        let is_last = some.len() < PAGE;
        variations.extend(some);
        if is_last || variations.len() > Listing::MOST_VARIANTS {
            break;
        }
    }
    Ok(Some((product, variations)))
}

/// Variations by their positions in the source.
pub(super) fn positions<'a>(creation: &Creation, variations: &'a [Variation]) -> BTreeMap<usize, &'a Variation> {
    let position = |variation: &Variation| {
        let mark = meta(&variation.meta_data, MARK)?.strip_prefix(creation.mark.0.as_str())?;
        mark.strip_prefix(':')?.parse().ok()
    };
    variations.iter().filter_map(|variation| Some((position(variation)?, variation))).collect()
}

fn made_by(creation: &Creation, candidate: &Product) -> Option<u64> {
    let mark = meta(&candidate.meta_data, MARK)?;
    let rest = mark.strip_prefix(creation.mark.0.as_str())?;
    match rest {
        "" => candidate.id.number(),
        // A search by SKU finds variations too.
        _ if candidate.is_variation() => candidate.parent_id.number(),
        _ => None,
    }
}

fn questions(source: &Listing) -> Vec<Vec<(String, String)>> {
    let mut questions = Vec::new();
    // A comma separates SKUs here, so one that holds a comma cannot be asked for among others.
    let skus = source.variants.iter().filter_map(|variant| variant.sku.as_ref()).map(|sku| sku.as_str());
    let skus: Vec<&str> = skus.filter(|sku| !sku.contains(',')).take(MOST_SKUS).collect();
    if !skus.is_empty() {
        questions.push(vec![("sku".to_owned(), skus.join(","))]);
    }
    let words = words(&source.title);
    if !words.is_empty() {
        questions.push(vec![("search".to_owned(), words)]);
    }
    questions.push(vec![("orderby".to_owned(), "date".to_owned()), ("order".to_owned(), "desc".to_owned())]);
    questions
}

/// The longest words of a title. Punctuation stays away: WordPress reads quotes and a leading minus as operators, and
/// stores `&` in its escaped form.
fn words(title: &str) -> String {
    let mut words: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(MOST_WORDS);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_made_of_words_alone() {
        assert_eq!(words("-5\" pipe \u{201c}Axis & Allies\u{201d}"), "Allies pipe Axis 5");
        assert_eq!(words("!!!"), "");
    }
}
