//! Making a product, and finding one again that may have been made.
//!
//! `productSet` makes a product with options, variants, counts and pictures in one call. It is an upsert by our mark,
//! a unique metafield, so that the same mark never makes two. It also replaces: every list that is sent takes the place
//! of what is there. So a creation whose outcome is unknown is looked up before anything is sent again, and nothing
//! but a creation goes this way.

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{Creation, Listing, Location, Stock, clean};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::calls::{refusal, unexpected};
use super::connector::Shopify;
use super::convert;
use super::documents::{
    DEFINE_MARK, DEFINE_MARK_COST, OPERATION, OPERATION_COST, PUBLICATIONS, PUBLICATIONS_COST, PUBLISH, PUBLISH_COST,
};
use super::profile::NAME;
use super::wire::{self, UserError};

/// More variants than this are made in the background there (schema, `productSet(synchronous:)`: for large inputs).
const MOST_AT_ONCE: usize = 100;
/// How long a product in the making is asked for: 60 times, 2 seconds apart.
const LOOKS: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// The app behind the online store's channel.
const ONLINE_STORE: &str = "online_store";

impl Shopify {
    pub(super) async fn make(
        &self,
        creation: &Creation,
        source: &Listing,
        location: &Location,
    ) -> Result<Created, WriteError> {
        let mut input = convert::product_set(creation, source, location)
            .map_err(|why| WriteError::NotApplied(PlatformError::Refused { platform: NAME, why }))?;
        let mut notes = Vec::new();
        self.define_mark().await?;
        let mut made = self.product_set(creation, source, &input).await?;
        if !made.user_errors.is_empty() && made.user_errors.iter().all(about_pictures) {
            // Nothing was made; without its pictures it can be.
            notes.push(format!("the pictures were refused: {}", sentences(&made.user_errors)));
            if let Some(fields) = input.as_object_mut() {
                fields.remove("files");
            }
            made = self.product_set(creation, source, &input).await?;
        }
        if !made.user_errors.is_empty() {
            return Err(WriteError::NotApplied(refusal(&made.user_errors)));
        }
        // From here on something was made: what fails now is unknown, and is looked up by the mark.
        let product = match (made.product, made.product_set_operation) {
            (Some(product), _) => product,
            (None, Some(operation)) => self.finished(operation).await?,
            (None, None) => {
                return Err(WriteError::Unknown(unexpected("it has neither a product nor errors".to_owned())));
            }
        };
        let listing = self.whole_directly(product).await.map_err(WriteError::Unknown)?;
        let variants = pair(&listing, source).map_err(WriteError::Unknown)?;
        if !creation.draft {
            notes.extend(self.publish(&listing).await.map_err(WriteError::Unknown)?);
        }
        Ok(Created { stock_set: true, listing, variants, notes })
    }

    pub(super) async fn find(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        // Without the definition no look-up by mark is possible, and with none nothing was ever made with one.
        self.define_mark().await.map_err(|why| why.cause().clone())?;
        let variables = json!({ "identifier": convert::mark_identifier(creation) });
        let cost = self.documents.by_id_cost(1);
        let mut answer = self.caller.read(&self.documents.by_mark, variables, cost).await?;
        let product: Option<Value> = answer.field("productByIdentifier")?;
        let Some(product) = product else { return Ok(None) };
        let listing = self.whole_directly(product).await?;
        if listing.variants.len() < source.variants.len() {
            let why = format!(
                "it has made {} of {} variants of {:?} so far",
                listing.variants.len(),
                source.variants.len(),
                source.title.as_str()
            );
            return Err(PlatformError::Broken { platform: NAME, why });
        }
        let variants = pair(&listing, source)?;
        // They came with the product, in the same call; what was sold since is no reason to set them again.
        let counted = |stock: &Stock| matches!(stock, Stock::Tracked(_));
        let stock_set = creation.quantities.iter().zip(&variants).all(|(quantity, made)| {
            let stock = listing.variants.iter().find(|v| v.remote == made.remote).map(|v| &v.stock);
            quantity.is_none() || stock.is_some_and(counted)
        });
        // What broke off before it was in the shop window is put there now; what is there already stays.
        let hidden = if creation.draft { None } else { self.publish(&listing).await? };
        Ok(Some(Created { listing, variants, stock_set, notes: hidden.into_iter().collect() }))
    }

    async fn product_set(
        &self,
        creation: &Creation,
        source: &Listing,
        input: &Value,
    ) -> Result<wire::ProductSet, WriteError> {
        let files = input["files"].as_array().map_or(0, Vec::len);
        let variables = json!({
            "identifier": convert::mark_identifier(creation),
            "input": input,
            "synchronous": source.variants.len() <= MOST_AT_ONCE,
        });
        let cost = self.documents.create_cost(source.variants.len(), files);
        let mut answer = self.caller.write(&self.documents.create, variables, cost).await?;
        answer.field("productSet").map_err(WriteError::Unknown)
    }

    /// Waits for a product that is made in the background. Giving up leaves the outcome unknown.
    async fn finished(&self, operation: wire::Operation) -> Result<Value, WriteError> {
        let Some(id) = operation.id.clone() else {
            return Err(WriteError::Unknown(unexpected("it makes a product without saying where".to_owned())));
        };
        let mut operation = operation;
        for _ in 0..LOOKS {
            if operation.status == "COMPLETE" {
                if !operation.user_errors.is_empty() {
                    return Err(WriteError::NotApplied(refusal(&operation.user_errors)));
                }
                let Some(product) = operation.product else {
                    return Err(WriteError::Unknown(unexpected("it has finished without a product".to_owned())));
                };
                return self.raw_product(&product.id).await.map_err(WriteError::Unknown);
            }
            self.caller.clock.sleep(BETWEEN_LOOKS).await;
            let variables = json!({ "id": id });
            let mut answer =
                self.caller.read(OPERATION, variables, OPERATION_COST).await.map_err(WriteError::Unknown)?;
            operation = answer.field("productOperation").map_err(WriteError::Unknown)?;
        }
        let why = "it is still making the product".to_owned();
        Err(WriteError::Unknown(PlatformError::Broken { platform: NAME, why }))
    }

    async fn raw_product(&self, id: &str) -> Result<Value, PlatformError> {
        let cost = self.documents.by_id_cost(1);
        let mut answer = self.caller.read(&self.documents.by_id, json!({ "ids": [id] }), cost).await?;
        let mut nodes: Vec<Value> = answer.field("nodes")?;
        match nodes.pop().filter(|node| !node.is_null()) {
            Some(product) => Ok(product),
            None => Err(PlatformError::NotFound { platform: NAME, what: format!("product {id}") }),
        }
    }

    /// A new product is not in the search yet, so all its variants are read directly.
    pub(super) async fn whole_directly(&self, product: Value) -> Result<Listing, PlatformError> {
        let product: wire::Product = serde_json::from_value(product)
            .map_err(|why| unexpected(format!("the product it made cannot be read: {why}")))?;
        let count = product.variants_count.as_ref().map(|count| count.count);
        let variants = if count == Some(product.variants.nodes.len()) {
            product.variants.nodes.clone()
        } else {
            self.variants_directly(&product.id).await?.map_err(unexpected)?
        };
        let reading = self.reading().await?;
        convert::listing(&product, variants, &reading).map_err(unexpected)
    }

    /// Makes sure that the mark's definition is there; once per connector.
    async fn define_mark(&self) -> Result<(), WriteError> {
        let define = || async {
            let variables = json!({ "definition": convert::mark_definition() });
            let mut answer = self.caller.write(DEFINE_MARK, variables, DEFINE_MARK_COST).await.map_err(|why| {
                // A definition can be asked for again and again; the product was not touched.
                WriteError::NotApplied(why.cause().clone())
            })?;
            let defined: wire::OnlyUserErrors =
                answer.field("metafieldDefinitionCreate").map_err(WriteError::NotApplied)?;
            let there = |error: &UserError| error.code.as_deref() == Some("TAKEN");
            if defined.user_errors.iter().all(there) {
                Ok(())
            } else {
                Err(WriteError::NotApplied(refusal(&defined.user_errors)))
            }
        };
        self.mark_defined.get_or_try_init(define).await.copied()
    }

    /// Shows a product in the online store. `Err` for what passes: then it is done when the product is looked for. What
    /// does not is a note: the product is there either way.
    async fn publish(&self, listing: &Listing) -> Result<Option<String>, PlatformError> {
        let hidden = |why: &str| {
            let note =
                format!("it is not in the online store yet ({why}); add it to the Online Store channel in Shopify");
            Ok(Some(note))
        };
        let publication = match self.online_store.get_or_try_init(|| self.find_online_store()).await? {
            Ok(publication) => publication,
            Err(why) => return hidden(why),
        };
        let variables = json!({ "id": listing.remote.as_str(), "input": [{ "publicationId": publication }] });
        let answer = self.caller.write(PUBLISH, variables, PUBLISH_COST).await;
        let published = answer.and_then(|mut answer| {
            answer.field::<wire::OnlyUserErrors>("publishablePublish").map_err(WriteError::Unknown)
        });
        match published {
            Ok(published) if published.user_errors.is_empty() => Ok(None),
            Ok(published) => hidden(&sentences(&published.user_errors)),
            Err(why) if why.cause().passes() => Err(why.cause().clone()),
            Err(WriteError::Unknown(why)) => Err(why),
            Err(why) => hidden(&why.to_string()),
        }
    }

    /// What does not pass by itself (a permission that is lacking, no such channel) is not asked for again.
    async fn find_online_store(&self) -> Result<Result<String, String>, PlatformError> {
        let answer = self.caller.read(PUBLICATIONS, json!({}), PUBLICATIONS_COST).await;
        let found: wire::Nodes<wire::Publication> = match answer.and_then(|mut a| a.field("publications")) {
            Ok(found) => found,
            // An answer that makes no sense says nothing about the shop's channels.
            Err(why) if why.passes() || matches!(why, PlatformError::Unexpected { .. }) => return Err(why),
            Err(why) => return Ok(Err(why.to_string())),
        };
        let is_store = |publication: &wire::Publication| {
            let mut channels = publication.channels.iter().flat_map(|channels| &channels.nodes);
            channels.any(|channel| channel.app.handle.as_deref() == Some(ONLINE_STORE))
        };
        let store = found.nodes.into_iter().find(is_store);
        Ok(store.map(|store| store.id).ok_or_else(|| "this shop has no online store".to_owned()))
    }
}

/// The made variants in the source's order: by their options, and where these were written differently, by position.
fn pair(made: &Listing, source: &Listing) -> Result<Vec<CreatedVariant>, PlatformError> {
    if made.variants.len() != source.variants.len() {
        let (has, wanted) = (made.variants.len(), source.variants.len());
        return Err(unexpected(format!("it made {has} variants of {wanted}")));
    }
    let labels: Vec<String> = made.variants.iter().map(|variant| variant.option_label()).collect();
    let places: std::collections::BTreeMap<&str, usize> =
        labels.iter().enumerate().map(|(place, label)| (label.as_str(), place)).collect();
    let by_label: Option<Vec<usize>> =
        source.variants.iter().map(|v| places.get(v.option_label().as_str()).copied()).collect();
    let places = by_label.unwrap_or_else(|| (0..source.variants.len()).collect());
    let pairs = places.into_iter().enumerate().map(|(position, place)| CreatedVariant {
        position,
        remote: made.variants[place].remote.clone(),
        inventory: made.variants[place].inventory.clone(),
    });
    Ok(pairs.collect())
}

fn about_pictures(error: &UserError) -> bool {
    error.field.as_ref().is_some_and(|path| path.iter().any(|part| part == "files" || part == "originalSource"))
}

fn sentences(errors: &[UserError]) -> String {
    errors.iter().map(|error| clean(&error.message)).collect::<Vec<_>>().join("; ")
}
