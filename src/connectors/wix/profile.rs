//! What Wix Stores is like, as data, with where each value comes from. "Spec" are the declarations and REST paths of
//! Wix's own npm packages (October 2026), "docs" its developer pages.

use std::time::Duration;

use crate::domain::{
    Budget, CallCosts, CredentialField, Deletion, Field, FieldNote, Guarantee, Limit, Profile, QuantityKind, Side,
    StockWrite,
};

use super::auth::{API_KEY, SITE_ID};

/// Products of one page (spec, both catalogues), and identifiers in one question.
pub(super) const PAGE: usize = 100;
/// Variants and inventory items of one page (spec, V3).
pub(super) const LONG_PAGE: usize = 1000;
/// Orders of one page, and orders in one question for fulfilments (spec).
pub(super) const ORDER_PAGE: usize = 100;
/// Changes in one call that increments or decrements (spec, both catalogues: maxItems 300).
pub(super) const STOCK_BATCH: usize = 300;
/// Characters of a name (spec, both catalogues: maxLength 80).
pub(super) const NAME: usize = 80;
/// Characters of SKU and barcode (spec: maxLength 40).
pub(super) const SKU: usize = 40;
/// Characters of option names, values and brands (spec: maxLength 50).
pub(super) const WORD: usize = 50;
/// Most options and variants of a product (spec: maxItems 6 and 1000).
pub(super) const OPTIONS: usize = 6;
pub(super) const VARIANTS: usize = 1000;
/// Pictures of a product (spec, V3: maxItems 50).
pub(super) const PICTURES: usize = 50;
/// The most that a count can be, either way (spec: ±99,999).
pub(super) const MOST: i64 = 99_999;

pub(super) static PROFILE: Profile = Profile {
    id: "wix",
    name: "Wix",
    mark: "Wi",
    side: Side::Online,
    api_version: "Stores catalogue V3 or V1, as the site has it; eCommerce v1",
    default_base_url: Some("https://www.wixapis.com"),
    base_url_help: "https://www.wixapis.com for every site; which site it is says the site ID",
    // An app's OAuth needs a published app and its server; a key of the owner's does all of it (docs, api-keys).
    login: None,
    credentials: &[
        CredentialField {
            name: SITE_ID,
            label: "Site ID, or the address of its dashboard (https://manage.wix.com/dashboard/…/home)",
            secret: false,
            required: true,
        },
        CredentialField { name: API_KEY, label: "API key", secret: true, required: true },
    ],
    product_limit: Limit { most: None, source: "SKU IQ's table of integrations says no limit; docs name none" },
    variant_limit: Limit {
        most: Some(VARIANTS),
        source: "SKU IQ's table says 1000 variants per product; spec: variants, maxItems 1000 (both catalogues)",
    },
    option_limit: Limit { most: Some(OPTIONS), source: "spec: options, maxItems 6 (both catalogues)" },
    title_limit: Limit { most: Some(NAME), source: "spec: name, maxLength 80 (both catalogues)" },
    sku_limit: Limit { most: Some(SKU), source: "spec: sku, maxLength 40 (both catalogues)" },
    quantities: QuantityKind::Whole,
    has_locations: true,
    // Both catalogues increment and decrement (spec: V3 bulk/inventory-items/{increment,decrement}, V1
    // inventoryItems/{increment,decrement}), without a key. V3 could compare revisions instead (bulk update), without a
    // key too; but every sale moves the revision, so a busy article would be refused again and again where a delta
    // just adds up.
    stock_write: StockWrite::Delta,
    stock_batch: STOCK_BATCH,
    guarantee: Guarantee {
        exact: false,
        sentence: "Wix adds to and takes from a count by itself, so none of its own sales is lost; if an answer is lost, \
                   the count is looked up, and what stays unclear is shown for you to decide",
    },
    // SKU_ALREADY_EXIST_ERROR, BARCODE_ALREADY_EXIST_ERROR (spec, V3).
    unique_sku: true,
    // V3: products-with-inventory; V1: a call right after.
    create_sets_stock: true,
    budget: Budget {
        // A bucket of 15 that refills with 3 a second never passes 200 in any minute, and uses nine tenths of them.
        burst: 15,
        per_second_milli: 3_000,
        concurrent: 4,
        source: "docs: 200 calls a minute for each app or key on a site; SKU IQ's table: a hard limit of 3 calls a second",
    },
    costs: CallCosts {
        level_read_batch: PAGE as u32,
        level_read_cost: 1,
        // What goes up and what goes down are two calls.
        stock_write_cost: 2,
        create_calls: 1,
        create_variant_calls: (0, VARIANTS as u32),
        create_cost: 1,
    },
    timeout: Duration::from_secs(60),
    // Lists follow their articles with a delay that nobody documents ("eventually consistent").
    fence: Duration::from_secs(90),
    // Deletions are told by webhooks alone.
    deletions_in_feed: false,
    stock_feed: true,
    order_feed: true,
    edits: EDITS,
    adds_variants: true,
    deletion: Deletion::Deletes,
    fields: FIELDS,
    docs: include_str!("docs.md"),
};

/// All that can be written in V3. V1 has no barcode and does not say in which unit it weighs: there these two are
/// refused.
static EDITS: &[Field] = &[
    Field::Title,
    Field::Description,
    Field::Price,
    Field::CompareAtPrice,
    Field::Sku,
    Field::Barcode,
    Field::Brand,
    Field::Images,
    Field::Weight,
    Field::Active,
];

static FIELDS: &[FieldNote] = &[
    FieldNote { field: "title", theirs: "name", note: "at most 80 characters; a longer one is refused, never cut" },
    FieldNote { field: "description", theirs: "plainDescription (V1: description)", note: "without markup" },
    FieldNote { field: "brand", theirs: "brand.name (V1: brand)", note: "made where it is not there yet" },
    FieldNote {
        field: "category",
        theirs: "none",
        note: "Wix has categories (V1: collections), which are not read and not changed",
    },
    FieldNote { field: "status", theirs: "visible", note: "visible = active, else draft" },
    FieldNote {
        field: "options",
        theirs: "options, variants (V1: productOptions, managed variants)",
        note: "V1 makes every combination: those that nobody asked for are hidden. Modifiers make no variants",
    },
    FieldNote { field: "SKU", theirs: "sku", note: "at most 40 characters, unique in V3" },
    FieldNote { field: "barcode", theirs: "barcode", note: "V3 only, at most 40 characters, unique; V1 has none" },
    FieldNote { field: "price", theirs: "price.actualPrice (V1: price less discount)", note: "" },
    FieldNote {
        field: "compare-at price",
        theirs: "price.compareAtPrice (V1: price, while there is a discount)",
        note: "V1: for articles without variants",
    },
    FieldNote { field: "weight", theirs: "physicalProperties.weight", note: "V3 only; V1 does not say its unit" },
    FieldNote {
        field: "dimensions",
        theirs: "none",
        note: "productDimensions stand in no list of variants, so they are not read",
    },
    FieldNote {
        field: "quantity",
        theirs: "inventory items (V1: stock)",
        note: "V3 per location; V1 has one place, and counts all variants of a product or none",
    },
    FieldNote { field: "pictures", theirs: "media", note: "fetched by Wix from their address, which it then changes" },
    FieldNote {
        field: "orders",
        theirs: "eCommerce orders with fulfilments",
        note: "what was put back into stock is told for each line; lines of other Wix apps are no articles",
    },
];
