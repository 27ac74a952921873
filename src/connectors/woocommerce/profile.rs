//! What WooCommerce is like, as data, with where each value comes from.

use std::time::Duration;

use crate::domain::{
    Budget, CallCosts, CredentialField, Field, FieldNote, Guarantee, Limit, Profile, QuantityKind, Side, StockWrite,
};

use super::auth::{CONSUMER_KEY, CONSUMER_SECRET};

/// Operations in one batch call, create, update and delete together; 101 are refused with 413
/// (`woocommerce_rest_batch_items_limit`, class-wc-rest-controller.php).
pub(super) const BATCH: usize = 100;

/// The most items of a page; 101 are refused with 400 (WordPress REST API, `per_page`).
pub(super) const PAGE: usize = 100;

/// Each picture is fetched and resized by the shop while the call waits; more than these would outlast the time-out.
pub(super) const MOST_PICTURES: usize = 8;

pub(super) static PROFILE: Profile = Profile {
    id: "woocommerce",
    name: "WooCommerce",
    mark: "Wo",
    side: Side::Online,
    api_version: "wc/v3",
    default_base_url: None,
    base_url_help: "the shop's address, https://shop.example (or https://example.com/shop for WordPress in a folder)",
    login: None,
    credentials: &[
        CredentialField { name: CONSUMER_KEY, label: "Consumer key (ck_…)", secret: true, required: true },
        CredentialField { name: CONSUMER_SECRET, label: "Consumer secret (cs_…)", secret: true, required: true },
    ],
    product_limit: Limit {
        most: None,
        source: "none documented; SKU IQ's table of integrations once said 1,000,000 products",
    },
    variant_limit: Limit {
        most: None,
        source: "none in the API; SKU IQ's table of integrations once said 50, and WordPress' own generator makes 50 at a \
                 time",
    },
    option_limit: Limit { most: None, source: "none documented" },
    title_limit: Limit { most: None, source: "none documented; WordPress stores titles as TEXT, 65,535 bytes" },
    sku_limit: Limit { most: Some(100), source: "wc_product_meta_lookup.sku is VARCHAR(100)" },
    // wc_stock_amount() is intval() unless a plugin says otherwise; decimals are read, and never written.
    quantities: QuantityKind::Whole,
    has_locations: false,
    // `inventory_delta` exists in the code, and is neither documented nor atomic (PHP reads, adds and sets), nor has it
    // a key: it would not even save the read before the write. The documented set, read back from the answer, is the
    // honest one.
    stock_write: StockWrite::Absolute,
    stock_batch: BATCH,
    guarantee: Guarantee {
        exact: false,
        sentence: "WooCommerce can only be told a new total. It is read right before and compared right after, but an \
                   order that comes in within that moment can be overwritten; the next orders or a count show it",
    },
    unique_sku: true,
    create_sets_stock: true,
    budget: Budget {
        burst: 8,
        per_second_milli: 4_000,
        concurrent: 2,
        source: "no limit documented for wc/v3: chosen so that shared hosting stays usable; hosts answer 429, 403, 503 or \
                 508",
    },
    costs: CallCosts {
        level_read_batch: PAGE as u32,
        level_read_cost: 1,
        stock_write_cost: 1,
        create_calls: 1,
        create_variant_calls: (1, BATCH as u32),
        create_cost: 1,
    },
    // Slow shops need seconds for a page, and most of a minute for a batch of hundred saves.
    timeout: Duration::from_secs(60),
    // PHP gives up after max_execution_time, 30 s by default, 60 s at many hosts; it works on after the line is cut.
    fence: Duration::from_secs(60),
    deletions_in_feed: false,
    stock_feed: true,
    order_feed: true,
    edits: EDITS,
    adds_variants: true,
    deletion: crate::domain::Deletion::Archives,
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
    FieldNote { field: "title", theirs: "name", note: "entities decoded" },
    FieldNote { field: "description", theirs: "description", note: "else short_description; without markup" },
    FieldNote {
        field: "brand",
        theirs: "brands[0]",
        note: "else the attribute Brand; a copy gets the attribute, an edit changes whichever is there",
    },
    FieldNote {
        field: "category",
        theirs: "categories[0]",
        note: "not carried over by a push; an edit changes it where the product has one only",
    },
    FieldNote { field: "status", theirs: "status", note: "publish = active; draft, pending, private, future = draft" },
    FieldNote {
        field: "options",
        theirs: "attributes with variation = true",
        note: "own attributes, not shop-wide ones",
    },
    FieldNote { field: "SKU", theirs: "sku", note: "unique in the shop, the trash included; at most 100 characters" },
    FieldNote {
        field: "barcode",
        theirs: "global_unique_id",
        note: "WooCommerce 9.2 and later; digits and hyphens only, unique in the shop",
    },
    FieldNote { field: "price", theirs: "sale_price", note: "while a sale is in force; else regular_price" },
    FieldNote {
        field: "compare-at price",
        theirs: "regular_price",
        note: "while a sale is in force; else there is none. It must be higher than the price",
    },
    FieldNote { field: "weight", theirs: "weight", note: "in the unit of WooCommerce → Settings → Products" },
    FieldNote { field: "dimensions", theirs: "dimensions", note: "all three, in the same settings' unit" },
    FieldNote {
        field: "orders",
        theirs: "status, line_items, _reduced_stock",
        note: "handed over as a whole when completed: there is no partial shipment",
    },
    FieldNote {
        field: "quantity",
        theirs: "manage_stock, stock_quantity",
        note: "one count per product or variation; kept at the parent (\"parent\") = unknown, never written",
    },
    FieldNote {
        field: "pictures",
        theirs: "images[].src",
        note: "fetched by the shop from their address, at most 8 at once; those it has already stay",
    },
];
