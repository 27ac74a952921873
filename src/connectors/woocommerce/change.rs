//! What an edit sends for each field, and whether the answer shows that it was kept.

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Money, Status, Structure, Text};
use crate::platform::WriteError;

use super::body::{escaped, is_global_id};
use super::catalogue::{Catalogue, number};
use super::convert::{self, ShopFacts};
use super::edit::Target;
use super::prices::{Prices, Wanted};
use super::terms;
use super::wire::Product;

/// What is sent and judged together: mostly one change; the two prices are one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// In the caller's list, one for each of `wanted`.
    pub positions: Vec<usize>,
    pub body: Map<String, Value>,
    pub wanted: Vec<(Field, FieldValue)>,
    prices: Option<Wanted>,
}

impl Piece {
    /// The same prices, computed from what the product shows now; `None` if this is not about prices, or hopeless.
    pub(super) fn for_prices(&self, now: &Product, facts: &ShopFacts) -> Option<Self> {
        let body = self.prices?.body(Prices::read(now.tag(), facts.currency)).ok()?;
        Some(Self { body, ..self.clone() })
    }
}

/// Positions of changes that cannot be sent, each with a plain sentence.
pub(super) type Refused = Vec<(usize, String)>;

/// The prices of one target that are to be changed.
struct PriceChange {
    target: Target,
    now: Prices,
    wanted: Wanted,
    price_at: Option<usize>,
    compare_at: Option<usize>,
}

/// The pieces of one edit, while they are gathered.
pub(super) struct Plan<'a> {
    known: &'a Listing,
    parent: u64,
    facts: &'a ShopFacts,
    pieces: Vec<(Target, Piece)>,
    prices: Vec<PriceChange>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(known: &'a Listing, parent: u64, facts: &'a ShopFacts) -> Self {
        Self { known, parent, facts, pieces: Vec::new(), prices: Vec::new() }
    }

    /// Takes up a change that needs no look at the product. The error is a plain sentence.
    pub(super) fn put(&mut self, position: usize, change: &FieldChange) -> Result<(), String> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        let target = self.target(change)?;
        match (change.field, &change.to) {
            (Field::Title, FieldValue::Text(title)) if title.is_empty() => {
                return Err("a product needs a title".to_owned());
            }
            (Field::Title, FieldValue::Text(title)) => set("name", json!(title.as_str())),
            (Field::Description, FieldValue::Text(text)) => set("description", json!(escaped(text))),
            (Field::Price, FieldValue::Money(money)) | (Field::CompareAtPrice, FieldValue::Money(money)) => {
                return self.put_price(position, target, change, *money);
            }
            (Field::Sku, FieldValue::Maybe(sku)) => set("sku", json!(sku.as_ref().map_or("", Text::as_str))),
            (Field::Barcode, FieldValue::Maybe(barcode)) => {
                if let Some(barcode) = barcode.as_ref().filter(|barcode| !is_global_id(barcode)) {
                    return Err(format!("the barcode {barcode} is none for WooCommerce: digits and hyphens only"));
                }
                set("global_unique_id", json!(barcode.as_ref().map_or("", Text::as_str)));
            }
            (Field::Weight, FieldValue::Weight(weight)) => {
                let written = weight.map(|weight| self.facts.units.write_weight(weight)).transpose()?;
                set("weight", json!(written.unwrap_or_default()));
            }
            (Field::Dimensions, FieldValue::Dimensions(dimensions)) => {
                let written = dimensions.map(|all| self.facts.units.write_dimensions(all)).transpose()?;
                let [length, width, height] = written.unwrap_or_default();
                set("dimensions", json!({"length": length, "width": width, "height": height}));
            }
            (Field::Options, _) => {
                return Err("options are not edited: a further variant is added instead".to_owned());
            }
            (field, _) => return Err(format!("WooCommerce cannot be told a new {} in this form", field.label())),
        }
        self.add(target, position, change, body);
        Ok(())
    }

    /// Takes up a change of something that is sent as a whole, or depends on what is there.
    pub(super) async fn put_whole(
        &mut self,
        catalogue: &Catalogue,
        now: &Product,
        position: usize,
        change: &FieldChange,
    ) -> Result<Result<(), String>, WriteError> {
        let body = match (change.field, &change.to) {
            (Field::Brand, FieldValue::Maybe(brand)) => terms::brand(catalogue, now, brand.as_ref()).await?,
            (Field::Category, FieldValue::Maybe(name)) => terms::category(catalogue, now, name.as_ref()).await?,
            (Field::Images, FieldValue::Images(images)) => terms::pictures(now, images),
            (Field::Active, FieldValue::Status(status)) => Ok(active(now, *status)),
            (field, _) => Err(format!("WooCommerce cannot be told a new {} in this form", field.label())),
        };
        Ok(body.map(|body| self.add(Target::Product(self.parent), position, change, body)))
    }

    /// All pieces; and what turned out to be impossible.
    pub(super) fn pieces(mut self) -> (Vec<(Target, Piece)>, Refused) {
        let mut refused = Vec::new();
        for mut change in std::mem::take(&mut self.prices) {
            let mut body = change.wanted.body(change.now);
            if let (Err(why), Some(position), Some(_)) = (&body, change.compare_at, change.price_at) {
                // The price alone is good.
                refused.push((position, why.clone()));
                change.compare_at = None;
                change.wanted.compare_at = None;
                body = change.wanted.body(change.now);
            }
            let places = [(Field::Price, change.price_at), (Field::CompareAtPrice, change.compare_at)];
            let positions: Vec<usize> = places.iter().filter_map(|(_, position)| *position).collect();
            match body {
                Ok(body) => {
                    let money = |field| match field {
                        Field::Price => change.wanted.price,
                        _ => change.wanted.compare_at,
                    };
                    let named = places.iter().filter(|(_, position)| position.is_some());
                    let wanted = named.map(|(field, _)| (*field, FieldValue::Money(money(*field).flatten()))).collect();
                    let piece = Piece { positions, body, wanted, prices: Some(change.wanted) };
                    self.pieces.push((change.target, piece));
                }
                Err(why) => refused.extend(positions.into_iter().map(|position| (position, why.clone()))),
            }
        }
        (self.pieces, refused)
    }

    fn put_price(
        &mut self,
        position: usize,
        target: Target,
        change: &FieldChange,
        money: Option<Money>,
    ) -> Result<(), String> {
        if let Some(money) = money {
            let ours = self.facts.currency;
            if money.currency != ours {
                return Err(format!("the shop's prices are in {ours}, and this one is in {}", money.currency));
            }
            if money.minor < 0 {
                return Err("a price cannot be below nothing".to_owned());
            }
        }
        let place = match self.prices.iter().position(|known| known.target == target) {
            Some(place) => place,
            None => {
                let id = match target {
                    Target::Product(id) | Target::Variation { id, .. } => id,
                };
                let variant = self.known.variants.iter().find(|variant| number(&variant.remote) == Some(id));
                let now = Prices {
                    price: variant.and_then(|variant| variant.price),
                    compare_at: variant.and_then(|variant| variant.compare_at),
                };
                let wanted = Wanted::default();
                self.prices.push(PriceChange { target, now, wanted, price_at: None, compare_at: None });
                self.prices.len() - 1
            }
        };
        if let Some(known) = self.prices.get_mut(place) {
            if change.field == Field::Price {
                known.wanted.price = Some(money);
                known.price_at = Some(position);
            } else {
                known.wanted.compare_at = Some(money);
                known.compare_at = Some(position);
            }
        }
        Ok(())
    }

    fn target(&self, change: &FieldChange) -> Result<Target, String> {
        if !change.field.is_per_variant() {
            return Ok(Target::Product(self.parent));
        }
        let variant = match (&change.variant, &self.known.structure) {
            (Some(remote), _) => self.known.variants.iter().find(|variant| variant.remote == *remote),
            (None, Structure::Simple) => self.known.variants.first(),
            (None, Structure::Variable { .. }) => None,
        };
        let id = variant.and_then(|variant| number(&variant.remote));
        let id = id.ok_or_else(|| format!("the {} belongs to a variant that is not there", change.field.label()))?;
        Ok(if id == self.parent { Target::Product(id) } else { Target::Variation { parent: self.parent, id } })
    }

    fn add(&mut self, target: Target, position: usize, change: &FieldChange, body: Map<String, Value>) {
        let wanted = vec![(change.field, change.to.clone())];
        self.pieces.push((target, Piece { positions: vec![position], body, wanted, prices: None }));
    }
}

/// Pending, private and planned products cannot be bought already; they stay what they are.
fn active(now: &Product, wanted: Status) -> Map<String, Value> {
    let status = match (convert::status(now.status.text()), wanted) {
        (Status::Active, Status::Active) => None,
        (_, Status::Active) => Some("publish"),
        (Status::Active, Status::Draft | Status::Archived) => Some("draft"),
        (Status::Draft | Status::Archived, Status::Draft | Status::Archived) => None,
    };
    status.map(|status| Map::from_iter([("status".to_owned(), json!(status))])).unwrap_or_default()
}

/// Whether a product shows what it was told. Texts may be cleaned by the shop, so they are not compared.
pub(super) fn kept(field: Field, wanted: &FieldValue, now: &Product, facts: &ShopFacts) -> Result<(), String> {
    let prices = Prices::read(now.tag(), facts.currency);
    let shown = match (field, wanted) {
        (Field::Price, _) => FieldValue::Money(prices.price),
        (Field::CompareAtPrice, _) => FieldValue::Money(prices.compare_at),
        (Field::Sku, _) => FieldValue::Maybe(convert::text(&now.sku)),
        (Field::Barcode, _) => FieldValue::Maybe(convert::text(&now.global_unique_id)),
        (Field::Brand, _) => FieldValue::Maybe(convert::brand(now)),
        (Field::Category, _) => FieldValue::Maybe(now.categories.iter().find_map(|term| convert::text(&term.name))),
        (Field::Weight, _) => FieldValue::Weight(facts.units.weight(now.weight.text())),
        (Field::Dimensions, _) => FieldValue::Dimensions(facts.units.dimensions(now.dimensions.sides())),
        (Field::Active, FieldValue::Status(wanted)) => {
            let is_active = convert::status(now.status.text()) == Status::Active;
            return match is_active == (*wanted == Status::Active) {
                true => Ok(()),
                false => Err(format!("the shop left its status at {}", now.status.text().unwrap_or("nothing"))),
            };
        }
        (Field::Images, FieldValue::Images(wanted)) if wanted.len() != now.images.len() => {
            return Err(format!("the shop shows {} pictures instead of {}", now.images.len(), wanted.len()));
        }
        _ => return Ok(()),
    };
    let same = match (&shown, wanted) {
        // Terms are found whatever their case, and keep their own.
        (FieldValue::Maybe(Some(shown)), FieldValue::Maybe(Some(wanted)))
            if matches!(field, Field::Brand | Field::Category) =>
        {
            convert::same(Some(shown), wanted)
        }
        (shown, wanted) => shown == wanted,
    };
    if same {
        return Ok(());
    }
    let told = shown.to_string();
    let told = if told.is_empty() { "nothing".to_owned() } else { told };
    Err(format!("the shop took the call and shows {told} as {} all the same", field.label()))
}
