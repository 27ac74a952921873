//! What E-Series is like, as data, with where each value comes from.
//!
//! There is no official machine-readable specification. "DTO" below is Ecwid's own client (ecwid-java-api-client,
//! 2026-07), "reference" the pages of docs.ecwid.com, "old reference" those of 2020.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{Budget, CallCosts, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite};

use super::auth;

pub(super) const NAME: &str = "Lightspeed E-Series";
/// Items of a page at most (reference, "Search products": limit up to 100).
pub(super) const PAGE: u64 = 100;
/// Requests of one batch here. The reference allows 500; a smaller one is over long before the fence is.
pub(super) const BATCH: usize = 100;

pub(super) static PROFILE: Profile = Profile {
    id: "e-series",
    name: NAME,
    mark: "ES",
    side: Side::Online,
    api_version: "v3",
    default_base_url: Some("https://app.ecwid.com/api/v3"),
    base_url_help: "https://app.ecwid.com/api/v3, the same for every shop",
    credentials: auth::CREDENTIALS,
    login: None,
    product_limit: Limit { most: None, source: "by the shop's plan; beyond it the API answers 402 (reference)" },
    variant_limit: Limit { most: None, source: "by the shop's plan; none stated in the reference" },
    option_limit: Limit { most: None, source: "none stated in the reference" },
    title_limit: Limit { most: None, source: "none stated in the reference" },
    sku_limit: Limit { most: None, source: "none stated in the reference" },
    // DTO: quantity and quantityDelta are integers.
    quantities: QuantityKind::Whole,
    // Products of shops that a Lightspeed till feeds have a count for each outlet (locationInventory), but the calls that
    // add and subtract take no location, and what customers can buy is the sum: one count per shop here.
    has_locations: false,
    // PUT …/inventory {"quantityDelta"}. It has no key. A batch has one (deduplicationKey, one hour), but the shop itself
    // sends a batch's parts again up to five times after a 5xx, so a difference must never travel in one.
    stock_write: StockWrite::Delta,
    stock_batch: 1,
    guarantee: Guarantee {
        exact: false,
        sentence: "E-Series is told what to add or subtract, so sales in between are never overwritten. It has no keys: \
                   where an answer is lost, the count is read to find out whether the change arrived",
    },
    unique_sku: true,
    create_sets_stock: true,
    budget: Budget {
        // In no minute more than 20 + 60 × 9.5 = 590.
        burst: 20,
        per_second_milli: 9_500,
        concurrent: 4,
        source: "reference: 600 requests a minute per token; whoever goes on after a 429 is kept out longer",
    },
    costs: CallCosts {
        level_read_batch: 100,
        level_read_cost: 1,
        stock_write_cost: 1,
        // The product, and a look at what was made.
        create_calls: 2,
        // A batch and two looks at its ticket.
        create_variant_calls: (3, BATCH as u32),
        create_cost: 1,
    },
    timeout: Duration::from_secs(30),
    // A batch goes on by itself after its line is cut: FIFO, each part up to five times at three seconds after a 5xx.
    fence: Duration::from_secs(180),
    deletions_in_feed: true,
    // A change of stock is a change of the product there, so that one feed tells of both.
    stock_feed: false,
    order_feed: true,
    edits: EDITS,
    adds_variants: true,
    // The API knows no way back; to take something off sale without that is the field Active.
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
    FieldNote { field: "title", theirs: "name", note: "one per product" },
    FieldNote { field: "description", theirs: "description", note: "HTML there; plain text here" },
    FieldNote { field: "brand", theirs: "attribute of type BRAND", note: "one per product" },
    FieldNote {
        field: "category",
        theirs: "defaultCategoryId, else the first of categoryIds",
        note: "made by name where it lacks; further categories stay",
    },
    FieldNote { field: "status", theirs: "enabled", note: "active = enabled; a draft is a disabled product" },
    FieldNote {
        field: "options",
        theirs: "options and combinations",
        note: "options without combinations (texts, extras) are no variants; a value left open in a combination is any",
    },
    FieldNote { field: "SKU", theirs: "sku", note: "of the product, or of the combination; unique in the shop" },
    FieldNote { field: "barcode", theirs: "attribute of type UPC", note: "a combination without its own shows none" },
    FieldNote {
        field: "price",
        theirs: "price",
        note: "a combination without its own has the product's, with its options' surcharges",
    },
    FieldNote { field: "compare-at price", theirs: "compareToPrice", note: "0 is none" },
    FieldNote { field: "weight, dimensions", theirs: "weight, dimensions", note: "in the shop's units; 0 is none" },
    FieldNote {
        field: "quantity",
        theirs: "quantity, unlimited",
        note: "unlimited is not counted; with several outlets the sum, which is what customers can buy",
    },
    FieldNote {
        field: "pictures",
        theirs: "media.images",
        note: "fetched from their addresses; the shop keeps copies at addresses of its own",
    },
    FieldNote {
        field: "orders",
        theirs: "paymentStatus, fulfillmentStatus",
        note: "counted unless unfinished; which lines a refund is about and what was put back is not told",
    },
    FieldNote {
        field: "mark of a copy",
        theirs: "externalReferenceId",
        note: "a copy carries counterpart's mark there, so that it is never made twice; may be cleared once it is linked",
    },
];
