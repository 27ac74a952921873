//! Which items of a batch of adjustments were refused, read out of the sentence that refuses the batch.
//!
//! A refused batch changes nothing, and the sentence names the culprits (inventory.v3.yml): `[Item with variant_id 106
//! is tracked by product, please update stock by product id]`, `Items with identity: [product_id 113] requires absolute
//! adjustment before relative`. One that names nobody leaves it to the engine to halve the batch.

use serde_json::Value;

use super::calls;

/// What the call named an item by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Identity {
    Product(u64),
    Variant(u64),
}

/// Why the named items were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing was ever counted there, so there is nothing to add to.
    NeverCounted,
    /// The count is kept at the product.
    TrackedByProduct,
    /// The count is kept at the variants.
    TrackedByVariant,
    /// As the sentence says: gone, not counted, less than nothing would be left.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub sentence: String,
    pub reason: Reason,
    pub items: Vec<Identity>,
}

/// Each sentence of the answer with those that it names.
pub(super) fn read(body: &[u8]) -> Vec<Refusal> {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(problem.get("title").and_then(Value::as_str).map(str::to_owned));
    if let Some(errors) = problem.get("errors").and_then(Value::as_object) {
        sentences.extend(errors.values().filter_map(Value::as_str).map(str::to_owned));
    }
    // `[Item with …, Item with …]`: each item has a reason of its own.
    let parts = sentences.iter().flat_map(|sentence| split(sentence));
    let read = parts.map(|part| {
        let lower = part.to_lowercase();
        let reason = if lower.contains("requires absolute") {
            Reason::NeverCounted
        } else if lower.contains("tracked by product") {
            Reason::TrackedByProduct
        } else if lower.contains("tracked by variant") {
            Reason::TrackedByVariant
        } else {
            Reason::Other
        };
        Refusal { sentence: crate::domain::clean(&part), reason, items: identities(&lower) }
    });
    let mut refusals: Vec<Refusal> = read.collect();
    if refusals.iter().all(|refusal| refusal.items.is_empty()) {
        let sentence = calls::sentence(&problem).unwrap_or_else(|| "it did not say why".to_owned());
        refusals = vec![Refusal { sentence, reason: Reason::Other, items: Vec::new() }];
    }
    refusals
}

fn split(sentence: &str) -> Vec<String> {
    let marks: Vec<usize> = sentence.match_indices("Item with").map(|(at, _)| at).collect();
    if marks.len() < 2 {
        return vec![sentence.trim_matches(['[', ']']).to_owned()];
    }
    let ends = marks.iter().skip(1).copied().chain([sentence.len()]);
    let parts = marks.iter().zip(ends).filter_map(|(from, to)| sentence.get(*from..to));
    parts.map(|part| part.trim_end_matches([',', ' ', ']']).to_owned()).collect()
}

/// `variant_id 106`, `product_id: 113`; "product id" in plain words names nobody.
fn identities(lower: &str) -> Vec<Identity> {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let mut found: Vec<Identity> = Vec::new();
    for pair in words.windows(2) {
        let [name, number] = pair else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match *name {
            "product_id" => found.push(Identity::Product(number)),
            "variant_id" => found.push(Identity::Variant(number)),
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusals(title: &str) -> Vec<(Reason, Vec<Identity>)> {
        let body = json!({"status": 422, "title": title, "type": "https://x", "errors": {}});
        read(body.to_string().as_bytes()).into_iter().map(|refusal| (refusal.reason, refusal.items)).collect()
    }

    #[test]
    fn the_documented_sentences_name_their_items() {
        assert_eq!(
            refusals("[Item with variant_id 106 is tracked by product, please update stock by product id]"),
            [(Reason::TrackedByProduct, vec![Identity::Variant(106)])]
        );
        assert_eq!(
            refusals(
                "Items with identity: [product_id 113, variant_id 7] requires absolute adjustment before relative"
            ),
            [(Reason::NeverCounted, vec![Identity::Product(113), Identity::Variant(7)])]
        );
    }

    #[test]
    fn several_items_keep_their_own_reasons() {
        let two = "[Item with variant_id 1 is tracked by product, please update stock by product id, Item with product_id 2 is tracked by variant]";
        assert_eq!(
            refusals(two),
            [
                (Reason::TrackedByProduct, vec![Identity::Variant(1)]),
                (Reason::TrackedByVariant, vec![Identity::Product(2)])
            ]
        );
        assert_eq!(refusals("Payload contains invalid fields"), [(Reason::Other, vec![])]);
        assert_eq!(read(b"<html>")[0].sentence, "it did not say why");
    }
}
