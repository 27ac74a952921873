//! R-Series' JSON, read leniently: all numbers and truths are strings, one of a list is no list, none is no key at all,
//! and an empty object may be an empty string. Names: docs, Endpoints; the recorded answers of V2 have the same.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::{Quantity, Timestamp};

/// A text, a number or a truth, as text. Nothing else is guessed: it is as if it were not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose(Option<String>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(as_text(&Value::deserialize(deserializer)?)))
    }
}

/// A value as the text that R-Series would write.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

impl Loose {
    /// What stands there, blanks around it taken off; `None` for nothing.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A number of something; "0" stands for nothing.
    pub fn id(&self) -> Option<&str> {
        self.text().filter(|id| *id != "0")
    }

    pub fn is(&self, truth: bool) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case(if truth { "true" } else { "false" }))
    }

    pub fn quantity(&self) -> Option<Quantity> {
        self.text()?.parse().ok()
    }

    pub fn moment(&self) -> Option<Timestamp> {
        Timestamp::parse(self.text()?)
    }
}

/// A list, which is the thing itself where there is only one.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = several(Value::deserialize(deserializer)?);
        all.into_iter().map(|one| T::deserialize(one).map_err(D::Error::custom)).collect::<Result<_, _>>().map(Self)
    }
}

fn several(value: Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all,
        Value::Null => Vec::new(),
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        one => vec![one],
    }
}

/// An object, where something else (an empty string, nothing) stands for none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Maybe<T>(pub Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            object @ Value::Object(_) => T::deserialize(object).map(|one| Self(Some(one))).map_err(D::Error::custom),
            _ => Ok(Self(None)),
        }
    }
}

/// Objects with all fields optional, under their names there.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $theirs:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[serde(default)]
        pub struct $name { $(#[serde(rename = $theirs)] pub $field: $kind,)* }
    )*};
}

objects! {
    Item {
        id: Loose = "itemID",
        system_sku: Loose = "systemSku",
        custom_sku: Loose = "customSku",
        manufacturer_sku: Loose = "manufacturerSku",
        upc: Loose = "upc",
        ean: Loose = "ean",
        description: Loose = "description",
        item_type: Loose = "itemType",
        archived: Loose = "archived",
        publish: Loose = "publishToEcom",
        matrix: Loose = "itemMatrixID",
        manufacturer_id: Loose = "manufacturerID",
        category_id: Loose = "categoryID",
        time_stamp: Loose = "timeStamp",
        prices: Maybe<Prices> = "Prices",
        shops: Maybe<ItemShops> = "ItemShops",
        attributes: Maybe<ItemAttributes> = "ItemAttributes",
        category: Maybe<Category> = "Category",
        manufacturer: Maybe<Manufacturer> = "Manufacturer",
        images: Maybe<Images> = "Images",
        e_commerce: Maybe<ECommerce> = "ItemECommerce",
    }
    Matrix {
        id: Loose = "itemMatrixID",
        description: Loose = "description",
        archived: Loose = "archived",
        set: Loose = "itemAttributeSetID",
        manufacturer_id: Loose = "manufacturerID",
        category_id: Loose = "categoryID",
        time_stamp: Loose = "timeStamp",
        category: Maybe<Category> = "Category",
        manufacturer: Maybe<Manufacturer> = "Manufacturer",
        images: Maybe<Images> = "Images",
        e_commerce: Maybe<ECommerce> = "ItemECommerce",
    }
    Prices { all: Many<ItemPrice> = "ItemPrice" }
    ItemPrice { amount: Loose = "amount", level: Loose = "useTypeID", name: Loose = "useType" }
    ItemShops { all: Many<ItemShop> = "ItemShop" }
    /// One item in one shop. Shop 0 is the sum of all.
    ItemShop { id: Loose = "itemShopID", item: Loose = "itemID", shop: Loose = "shopID", qoh: Loose = "qoh" }
    ItemAttributes {
        one: Loose = "attribute1",
        two: Loose = "attribute2",
        three: Loose = "attribute3",
        set: Loose = "itemAttributeSetID",
    }
    AttributeSet {
        id: Loose = "itemAttributeSetID",
        name: Loose = "name",
        one: Loose = "attributeName1",
        two: Loose = "attributeName2",
        three: Loose = "attributeName3",
        archived: Loose = "archived",
    }
    Category { id: Loose = "categoryID", name: Loose = "name", path: Loose = "fullPathName", parent: Loose = "parentID" }
    Manufacturer { id: Loose = "manufacturerID", name: Loose = "name" }
    Images { all: Many<Image> = "Image" }
    Image { public_id: Loose = "publicID", base: Loose = "baseImageURL", ordering: Loose = "ordering" }
    ECommerce { long_description: Loose = "longDescription" }
    Shop { id: Loose = "shopID", name: Loose = "name", archived: Loose = "archived" }
    ShipTo { sale: Loose = "saleID", shipped: Loose = "shipped", time_stamp: Loose = "timeStamp" }
    SaleLines { all: Many<SaleLine> = "SaleLine" }
    SaleLine {
        id: Loose = "saleLineID",
        item: Loose = "itemID",
        quantity: Loose = "unitQuantity",
        parent: Loose = "parentSaleLineID",
        shop: Loose = "shopID",
        sale: Loose = "saleID",
    }
    Sale {
        id: Loose = "saleID",
        ticket: Loose = "ticketNumber",
        completed: Loose = "completed",
        archived: Loose = "archived",
        voided: Loose = "voided",
        created: Loose = "createTime",
        // Lists say `updatetime`, answers to changes `updateTime`.
        updated: Loose = "updatetime",
        updated_too: Loose = "updateTime",
        // The only time that the older answers have.
        time_stamp: Loose = "timeStamp",
        shop: Loose = "shopID",
        ship_to_id: Loose = "shipToID",
        lines: Maybe<SaleLines> = "SaleLines",
        ship_to: Maybe<ShipTo> = "ShipTo",
    }
}

impl Item {
    pub fn prices(&self) -> &[ItemPrice] {
        self.prices.0.as_ref().map_or(&[], |prices| &prices.all.0)
    }

    /// Without the sums over all shops.
    pub fn levels(&self) -> impl Iterator<Item = &ItemShop> {
        self.shops.0.iter().flat_map(|shops| &shops.all.0).filter(|level| level.shop.id().is_some())
    }

    pub fn is_archived(&self) -> bool {
        self.archived.is(true)
    }

    /// "Inventory for these items is not tracked."
    pub fn is_counted(&self) -> bool {
        self.item_type.text() != Some("non_inventory")
    }
}

impl AttributeSet {
    /// The slots that have a name: a set of one may use the second ("Size").
    pub fn slots(&self) -> Vec<(usize, &str)> {
        let all = [&self.one, &self.two, &self.three].into_iter().enumerate();
        all.filter_map(|(slot, name)| Some((slot, name.text()?))).collect()
    }
}

impl ItemAttributes {
    pub fn slot(&self, slot: usize) -> Option<&str> {
        [&self.one, &self.two, &self.three].get(slot)?.text()
    }
}

impl Sale {
    pub fn lines(&self) -> &[SaleLine] {
        self.lines.0.as_ref().map_or(&[], |lines| &lines.all.0)
    }

    pub fn updated(&self) -> Option<Timestamp> {
        self.updated.moment().or_else(|| self.updated_too.moment()).or_else(|| self.time_stamp.moment())
    }
}

/// The rows of an answer: `{"@attributes": {…}, "Item": …}`, raw, so that one that cannot be read hides no other.
pub fn rows(body: &mut Value, thing: &str) -> Vec<Value> {
    body.get_mut(thing).map(Value::take).map(several).unwrap_or_default()
}

/// The one thing of an answer.
pub fn one<T: DeserializeOwned>(mut body: Value, thing: &str) -> Option<T> {
    rows(&mut body, thing).into_iter().next().and_then(|row| T::deserialize(row).ok())
}

/// The query of the next page, as R-Series gave it. Its host is not asked for: the key goes to ours alone.
pub fn next(body: &Value) -> Option<String> {
    let next = body.get("@attributes")?.get("next")?.as_str().filter(|next| !next.is_empty())?;
    Some(next.split_once('?')?.1.to_owned())
}

/// The account of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    pub id: String,
    pub name: Option<String>,
}

pub fn account(body: &Value) -> Option<AccountFacts> {
    let account = body.get("Account").unwrap_or(body);
    let text = |name: &str| account.get(name).and_then(as_text).filter(|text| !text.trim().is_empty());
    Some(AccountFacts { id: text("accountID")?, name: text("name") })
}

/// The code of the account's currency. The account's own page is shown bare in the docs, its list wrapped.
pub fn currency(body: &Value) -> Option<String> {
    let account = body.get("Account").unwrap_or(body);
    account.get("defaultCurrency")?.get("code").and_then(as_text)
}

/// A moment as queries take it: whole seconds, in UTC.
pub fn moment(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).rfc3339().replace('Z', "+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_or_many_or_none() {
        let read = |shops: Value| serde_json::from_value::<Item>(json!({"itemID": 7, "ItemShops": shops})).unwrap();
        let row = |shop: &str| json!({"shopID": shop, "qoh": "45"});
        assert_eq!(read(json!({"ItemShop": row("1")})).levels().count(), 1);
        assert_eq!(read(json!({"ItemShop": [row("1"), row("0"), row("2")]})).levels().count(), 2, "without the sum");
        for none in [json!({}), json!(""), json!({"ItemShop": ""}), Value::Null, json!([])] {
            assert_eq!(read(none).levels().count(), 0);
        }
        assert_eq!(read(json!({})).id.id(), Some("7"), "a number is a text too");
        let mut list = json!({"@attributes": {"next": "", "previous": ""}, "Item": {"itemID": "1"}});
        assert_eq!(rows(&mut list, "Item").len(), 1);
        assert_eq!(rows(&mut json!({"@attributes": {"count": "0"}}), "Item").len(), 0);
    }

    #[test]
    fn nothing_is_not_zero() {
        let shop: ItemShop = serde_json::from_value(json!({"shopID": "1"})).unwrap();
        assert_eq!(shop.qoh.quantity(), None);
        let shop: ItemShop = serde_json::from_value(json!({"shopID": "1", "qoh": "-3"})).unwrap();
        assert_eq!(shop.qoh.quantity(), Some(Quantity::units(-3)));
        let item: Item = serde_json::from_value(json!({"itemMatrixID": "0", "archived": "false"})).unwrap();
        assert_eq!((item.matrix.id(), item.is_archived(), item.archived.is(false)), (None, false, true));
    }

    #[test]
    fn a_set_of_one_may_use_the_second_slot() {
        // As recorded.
        let set = json!({"itemAttributeSetID": "2", "name": "Size", "attributeName1": "", "attributeName2": "Size",
            "attributeName3": ""});
        let set: AttributeSet = serde_json::from_value(set).unwrap();
        assert_eq!(set.slots(), [(1, "Size")]);
    }

    #[test]
    fn the_next_page_is_where_they_say_and_the_key_stays_here() {
        let body = json!({"@attributes": {"next": "https://elsewhere.example/API/V3/Account/1/Item.json?limit=100&after=W10%3D"}});
        assert_eq!(next(&body).as_deref(), Some("limit=100&after=W10%3D"));
        assert_eq!(next(&json!({"@attributes": {"next": "", "previous": "x"}})), None);
        assert_eq!(next(&json!({"@attributes": {"count": "1"}})), None);
    }
}
