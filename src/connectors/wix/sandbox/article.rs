//! What bodies of V3 say of a product or a variant, put into the shop model.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::{Money, Status};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::Sandbox;
use super::identifiers::{Kind, Registers, number, parts};
use super::present::{COMPARE_AT, HANDLE, VISIBLE, WEIGHT, variant_id};
use super::problem::{Problem, invalid, refused};

const NAME: usize = 80;
const WORD: usize = 40;
pub(super) const MOST_VARIANTS: usize = 1000;

/// What a variant's body may hold that the model has a place for.
const KNOWN: [&str; 13] = [
    "id",
    "visible",
    "sku",
    "barcode",
    "choices",
    "price",
    "physicalProperties",
    "inventoryStatus",
    "inventoryItem",
    "digitalProperties",
    "revenueDetails",
    "media",
    "subscriptionPricesInfo",
];

/// Fields of the product itself.
pub(super) fn put_product(
    registers: &mut Registers,
    product: &mut ShopProduct,
    body: &Map<String, Value>,
    is_new: bool,
) -> Result<(), Problem> {
    if let Some(name) = body.get("name") {
        let name = name.as_str().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| invalid("product.name", "must not be empty"))?;
        let length = name.chars().count();
        if length > NAME {
            return Err(invalid("product.name", &format!("has size {length}, expected {NAME} or less")));
        }
        product.title = name.to_owned();
    }
    if let Some(handle) = body.get(HANDLE).filter(|_| is_new) {
        product.extra.insert(HANDLE.to_owned(), handle.clone());
    }
    if let Some(description) = body.get("plainDescription") {
        product.description = description.as_str().unwrap_or_default().to_owned();
    }
    if let Some(visible) = body.get("visible").and_then(Value::as_bool) {
        product.status = if visible { Status::Active } else { Status::Draft };
    }
    match body.get("brand") {
        Some(Value::Null) => product.brand.clear(),
        Some(brand) => product.brand = brand_of(registers, brand)?,
        None => {}
    }
    if let Some(items) = body.get("media").and_then(|media| media.pointer("/itemsInfo/items")).and_then(Value::as_array)
    {
        let mut addresses: Vec<String> = Vec::new();
        for item in items {
            let own = item.get("url").and_then(Value::as_str).map(str::to_owned);
            let known = || registers.address(item.get("id")?.as_str()?);
            let address = own
                .or_else(known)
                .ok_or_else(|| refused(404, "PRODUCT_MEDIA_NOT_EXIST", "the media of the product does not exist"))?;
            if addresses.contains(&address) {
                return Err(refused(400, "DUPLICATE_MEDIA_ERROR", "the same media is there twice"));
            }
            addresses.push(address);
        }
        product.images = addresses;
    }
    Ok(())
}

fn brand_of(registers: &mut Registers, brand: &Value) -> Result<String, Problem> {
    if let Some(id) = brand.get("id").and_then(Value::as_str) {
        let known = number(Kind::Brand, id).and_then(|number| registers.brands.named(number));
        return known.map(str::to_owned).ok_or_else(|| refused(404, "BRAND_NOT_FOUND", "the brand was not found"));
    }
    let name = brand.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.chars().count() > 50 {
        return Err(invalid("product.brand.name", "has size above 50"));
    }
    registers.brands.of(name);
    Ok(name.to_owned())
}

/// Options with their values, as a body says them.
pub(super) struct Options(pub Vec<(String, Vec<String>)>);

impl Options {
    pub(super) fn read(body: &Map<String, Value>) -> Result<Option<Self>, Problem> {
        let Some(options) = body.get("options").and_then(Value::as_array) else { return Ok(None) };
        let mut read = Vec::new();
        for option in options {
            let name = option.get("name").and_then(Value::as_str).unwrap_or_default();
            let choices = option.pointer("/choicesSettings/choices").and_then(Value::as_array);
            let choices = choices.into_iter().flatten().filter_map(|choice| choice.get("name")?.as_str());
            let choices: Vec<String> = choices.map(str::to_owned).collect();
            let too_long = |text: &str| text.is_empty() || text.chars().count() > 50;
            if too_long(name) || choices.is_empty() || choices.iter().any(|choice| too_long(choice)) {
                return Err(invalid("product.options", "must have names and choices of 1 to 50 characters"));
            }
            read.push((name.to_owned(), choices));
        }
        Ok(Some(Self(read)))
    }

    pub(super) fn of(product: &ShopProduct) -> Self {
        let values = |(place, name): (usize, &String)| (name.clone(), super::present::values(product, place));
        Self(product.options.iter().enumerate().map(values).collect())
    }
}

/// All variants of a product, in place of those that were there: what a body leaves out of one is gone.
pub(super) fn put_variants(
    sandbox: &mut Sandbox,
    shop: &Shop,
    product: &mut ShopProduct,
    options: &Options,
    bodies: &[Value],
) -> Result<(), Problem> {
    if bodies.is_empty() || bodies.len() > MOST_VARIANTS {
        return Err(refused(400, "TOO_MANY_VARIANTS", "a product has 1 to 1000 variants"));
    }
    let mut made: Vec<ShopVariant> = Vec::with_capacity(bodies.len());
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    for body in bodies {
        let body = body.as_object().ok_or_else(|| invalid("variantsInfo.variants", "must be objects"))?;
        let id = body.get("id").and_then(Value::as_str);
        let known = product.variants.iter().find(|one| Some(variant_id(product, one).as_str()) == id);
        let mut variant = known.cloned().unwrap_or_else(ShopVariant::plain);
        variant.values = chosen(sandbox, product, options, body)?;
        if !seen.insert(variant.values.clone()) {
            return Err(refused(400, "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "two variants have the same choices"));
        }
        put_article(shop, &mut variant, body)?;
        made.push(variant);
    }
    check_keys(shop, product.number, &made)?;
    product.options = options.0.iter().map(|(name, _)| name.clone()).collect();
    product.variants = made;
    Ok(())
}

/// One choice of each option.
fn chosen(
    sandbox: &Sandbox,
    product: &ShopProduct,
    options: &Options,
    body: &Map<String, Value>,
) -> Result<Vec<String>, Problem> {
    let choices: Vec<&Value> = body.get("choices").and_then(Value::as_array).into_iter().flatten().collect();
    let unaligned = |why: &str| refused(400, "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", why);
    if choices.len() != options.0.len() {
        return Err(refused(400, "MISSING_VARIANT_OPTION_CHOICE", "a variant has one choice of each option"));
    }
    let mut values = Vec::new();
    for (place, (name, known)) in options.0.iter().enumerate() {
        let value = choices.iter().find_map(|choice| {
            let names = choice.get("optionChoiceNames");
            let by_name = names.filter(|names| names.get("optionName").and_then(Value::as_str) == Some(name));
            if let Some(names) = by_name {
                return names.get("choiceName")?.as_str().map(str::to_owned);
            }
            let ids = choice.get("optionChoiceIds")?;
            let (there, of) = parts(Kind::Option, ids.get("optionId")?.as_str()?)?;
            let is_it = there == place as u64 && of == product.number;
            sandbox.registers.value(product.number, place, ids.get("choiceId")?.as_str()?).filter(|_| is_it)
        });
        let value = value.filter(|value| known.contains(value));
        values.push(value.ok_or_else(|| unaligned("a choice is none of the option's"))?);
    }
    Ok(values)
}

fn put_article(shop: &Shop, variant: &mut ShopVariant, body: &Map<String, Value>) -> Result<(), Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for name in ["sku", "barcode"] {
        let is_blank = body.get(name).and_then(Value::as_str) == Some("");
        if is_blank || text(name).chars().count() > WORD {
            return Err(invalid(name, "must have 1 to 40 characters"));
        }
    }
    let price = |name: &str| -> Result<Option<Money>, Problem> {
        let Some(raw) = body.get("price").and_then(|price| price.pointer(&format!("/{name}/amount"))) else {
            return Ok(None);
        };
        let raw = raw.as_str().ok_or_else(|| invalid("price", "must be a decimal in a string"))?;
        Money::parse(raw, shop.currency).map(Some).map_err(|_| invalid("price", "must be a decimal in a string"))
    };
    let actual = price("actualPrice")?.ok_or_else(|| invalid("price.actualPrice", "must not be empty"))?;
    variant.extra.retain(|name, _| [HANDLE].contains(&name.as_str()));
    if let Some(compare_at) = price("compareAtPrice")? {
        if compare_at.minor < actual.minor {
            let why = "the compare-at price is lower than the actual price";
            return Err(refused(400, "COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE", why));
        }
        variant.extra.insert(COMPARE_AT.to_owned(), json!(compare_at.amount()));
    }
    variant.price = Some(actual.minor);
    variant.sku = text("sku");
    variant.barcode = text("barcode");
    if let Some(weight) = body.get("physicalProperties").and_then(|physical| physical.get("weight")) {
        variant.extra.insert(WEIGHT.to_owned(), weight.clone());
    }
    if body.get("visible") == Some(&json!(false)) {
        variant.extra.insert(VISIBLE.to_owned(), json!(false));
    }
    let unknown = body.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    variant.extra.extend(unknown.map(|(name, value)| (name.clone(), value.clone())));
    Ok(())
}

/// No SKU and no barcode twice, in the product or in the shop. What was doubled before anybody looked stays.
fn check_keys(shop: &Shop, product: u64, variants: &[ShopVariant]) -> Result<(), Problem> {
    let others = || shop.products.values().filter(|other| other.number != product).flat_map(|other| &other.variants);
    let before = shop.products.get(&product);
    let of_before = |get: &dyn Fn(&ShopVariant) -> String, key: &str| {
        before.is_some_and(|before| before.variants.iter().any(|variant| get(variant) == key))
    };
    type Get = fn(&ShopVariant) -> &str;
    let keys: [(Get, &str, &str); 2] = [
        (|variant| &variant.sku, "SKU_ALREADY_EXIST_ERROR", "SKU_ALREADY_EXIST_ERROR"),
        (|variant| &variant.barcode, "BARCODE_ALREADY_EXIST_ERROR", "DUPLICATE_BARCODE_ERROR"),
    ];
    for (get, taken, doubled) in keys {
        let mut own = BTreeSet::new();
        for key in variants.iter().map(get).filter(|key| !key.is_empty()) {
            if of_before(&|variant| get(variant).to_owned(), key) {
                continue;
            }
            if !own.insert(key) {
                return Err(refused(409, doubled, &format!("{key} is there twice")));
            }
            if others().any(|other| get(other) == key) {
                return Err(refused(409, taken, &format!("{key} is taken by another product")));
            }
        }
    }
    Ok(())
}
