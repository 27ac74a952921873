//! What BigCommerce is like, as data, with where each value comes from. "Docs" are the official OpenAPI files and guides
//! of 2026-04-01.

use std::time::Duration;

use crate::domain::{
    Budget, CallCosts, CredentialField, Deletion, Field, FieldNote, Guarantee, Limit, Profile, QuantityKind, Side,
    StockWrite,
};

use super::auth::{ACCESS_TOKEN, STORE_HASH};

/// Products of one page (docs, common query parameters).
pub(super) const PAGE: u64 = 250;
/// Items of one page of the inventory (inventory.v3.yml: "Limit of 1000 items for payload length").
pub(super) const INVENTORY_PAGE: u64 = 1000;
/// Identifiers in one question: a longer address would not pass every gateway.
pub(super) const ASKED: usize = 250;
/// Variants in one `PUT /catalog/variants` ("Currently the limit is 50", product-variants_catalog.v3.yml).
pub(super) const VARIANT_BATCH: usize = 50;
/// Orders of one page, with their lines: 250 would be allowed, and be an answer of many megabytes.
pub(super) const ORDER_PAGE: u64 = 100;
/// Calls under way at once. The guide asks for one inventory write at a time, which the engine keeps anyway.
pub(super) const CONCURRENT: u32 = 3;
/// Characters of an address of a picture (`productImage_Post_Put.image_url`).
pub(super) const PICTURE_ADDRESS: usize = 255;
/// Characters of `upc` and `gtin`.
pub(super) const BARCODE: usize = 14;

pub(super) static PROFILE: Profile = Profile {
    id: "bigcommerce",
    name: "BigCommerce",
    mark: "BC",
    side: Side::Online,
    api_version: "v3 (orders: v2)",
    default_base_url: Some("https://api.bigcommerce.com"),
    base_url_help: "https://api.bigcommerce.com for every store; which store it is says the store hash",
    login: None,
    credentials: &[
        CredentialField {
            name: STORE_HASH,
            label: "Store hash, or the whole API path (https://api.bigcommerce.com/stores/…/v3/)",
            secret: false,
            required: true,
        },
        CredentialField { name: ACCESS_TOKEN, label: "Access token", secret: true, required: true },
    ],
    product_limit: Limit { most: None, source: "none documented; SKU IQ's table of integrations says no limit" },
    variant_limit: Limit { most: Some(600), source: "docs: 600 SKUs per product (product-variants_catalog.v3.yml)" },
    option_limit: Limit { most: None, source: "none documented" },
    title_limit: Limit { most: Some(250), source: "docs: name, 250 characters, unique in the store" },
    sku_limit: Limit { most: Some(255), source: "docs: sku, 255 characters, unique in the store" },
    quantities: QuantityKind::Whole,
    has_locations: true,
    // Docs recommend absolute adjustments as the cheaper ones, and describe the relative ones as those that are put in
    // one strict order with orders. An absolute one overwrites what was sold between reading and writing; a relative
    // one does not. There is no key, so that a lost answer has to be looked up by value.
    stock_write: StockWrite::Delta,
    // 2,000 items are allowed (docs, inventory adjustments). A quarter of it: when an answer is lost, every count of
    // the batch waits to be looked up.
    stock_batch: 500,
    guarantee: Guarantee {
        exact: false,
        sentence: "BigCommerce adds to and takes from a count in one order with its own sales, so none is lost. It works \
                   such changes off later than it answers, so each is waited for until it shows; if an answer is lost, the \
                   count is looked up, and what stays unclear is shown for you to decide",
    },
    unique_sku: true,
    // The catalogue calls "no longer add or update inventory" (docs), or answer 207 when that part fails.
    create_sets_stock: false,
    budget: Budget {
        burst: 150,
        per_second_milli: 5_000,
        concurrent: CONCURRENT,
        source: "docs: 150 calls in 30 seconds on Standard and Plus, 450 on Pro, more on Enterprise, shared by all apps \
                 of the store; the headers of each answer say the rest. SKU IQ's table once said 5 calls a second to \
                 unlimited",
    },
    costs: CallCosts {
        level_read_batch: ASKED as u32,
        // The inventory, and whether each product is counted at all.
        level_read_cost: 2,
        // The adjustment, and a look whether it shows.
        stock_write_cost: 3,
        // The product with all its variants, and reading what came of it.
        create_calls: 2,
        create_variant_calls: (0, 600),
        create_cost: 1,
    },
    timeout: Duration::from_secs(60),
    // An adjustment that was accepted waits in a queue behind others.
    fence: Duration::from_secs(180),
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

/// All but the options, which become further variants.
static EDITS: &[Field] = &[
    Field::Title,
    Field::Description,
    Field::Price,
    Field::CompareAtPrice,
    Field::Sku,
    Field::Barcode,
    Field::Brand,
    Field::Category,
    Field::Images,
    Field::Weight,
    Field::Dimensions,
    Field::Active,
];

static FIELDS: &[FieldNote] = &[
    FieldNote { field: "title", theirs: "name", note: "at most 250 characters, unique in the store" },
    FieldNote { field: "description", theirs: "description", note: "without markup" },
    FieldNote { field: "brand", theirs: "brand_name, brand_id", note: "made where it is not there yet" },
    FieldNote {
        field: "category",
        theirs: "categories[0]",
        note: "a copy gets it where the store has one of this name; an edit changes it where the product has one only",
    },
    FieldNote {
        field: "status",
        theirs: "is_visible, availability",
        note: "visible and not disabled = active; a published copy is assigned to the default channel if it is on none",
    },
    FieldNote {
        field: "options",
        theirs: "variants[].option_values",
        note: "modifiers make no variants and stay as they are",
    },
    FieldNote { field: "SKU", theirs: "sku", note: "unique in the store; every variant needs one" },
    FieldNote { field: "barcode", theirs: "upc", note: "shown as UPC/EAN, at most 14 characters; else gtin is read" },
    FieldNote {
        field: "price",
        theirs: "sale_price",
        note: "if there is one; else price. Price lists and retail_price (MSRP) are left alone",
    },
    FieldNote { field: "compare-at price", theirs: "price", note: "while there is a sale_price; else there is none" },
    FieldNote { field: "weight", theirs: "weight", note: "in the store's unit; 0 counts as none" },
    FieldNote { field: "dimensions", theirs: "depth, width, height", note: "depth is the length; in the store's unit" },
    FieldNote {
        field: "orders",
        theirs: "v2 orders with their lines",
        note: "Incomplete ones are not told; what was put back into stock is not in the API, so it is not known",
    },
    FieldNote {
        field: "quantity",
        theirs: "total_inventory_onhand",
        note: "per location, safety stock included; kept at the product for several variants = unknown, never written",
    },
    FieldNote {
        field: "pictures",
        theirs: "images[].image_url",
        note: "fetched by the store from their address, at most 8 MB each; those it has already stay",
    },
];
