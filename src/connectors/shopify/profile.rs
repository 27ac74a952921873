//! What Shopify is like, each figure with where it comes from.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{
    Budget, CallCosts, CredentialField, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite,
};

use super::documents::{ADJUST_COST, LEVELS_PAGE, MOST_ITEMS, levels_cost};

/// The stable version of October 2026. Retired versions are answered by a newer one without a word ("fall forward");
/// the header of each answer is compared with this.
pub(super) const API_VERSION: &str = "2026-10";
pub(super) const NAME: &str = "Shopify";
/// From so many products on, a first import is one export of Shopify's ("Perform bulk operations": made for "large
/// volumes of data", no figure named). Ours: paging 3,000 products takes some 70,000 points, which are twelve minutes of
/// a standard shop's whole budget.
pub(super) const BULK_FROM: u64 = 3_000;

pub(super) static PROFILE: Profile = Profile {
    id: "shopify",
    name: NAME,
    mark: "Sh",
    side: Side::Online,
    api_version: API_VERSION,
    default_base_url: None,
    base_url_help: "the shop's own address, https://YOUR-SHOP.myshopify.com",
    login: None,
    credentials: &[
        CredentialField {
            name: "token",
            label: "Admin API access token (apps made in the shop's admin before 2026)",
            secret: true,
            required: false,
        },
        CredentialField {
            name: "client_id",
            label: "Client ID (apps of the Dev Dashboard)",
            secret: false,
            required: false,
        },
        CredentialField { name: "client_secret", label: "Client secret", secret: true, required: false },
    ],
    product_limit: Limit { most: None, source: "none documented" },
    variant_limit: Limit {
        most: Some(2048),
        source: "schema 2026-10, productSet: \"By default, stores have a limit of 2048 product variants\" \
                 (it was 100 when the first of these tools were written)",
    },
    option_limit: Limit { most: Some(3), source: "schema 2026-10, ProductSetInput.productOptions: maximum of 3" },
    title_limit: Limit { most: Some(255), source: "observed error \"Title is too long (maximum is 255 characters)\"" },
    sku_limit: Limit { most: Some(255), source: "a single-line field of Shopify holds 255 characters" },
    quantities: QuantityKind::Whole,
    has_locations: true,
    stock_write: StockWrite::CompareAndSetWithKey,
    stock_batch: MOST_ITEMS as usize,
    guarantee: Guarantee {
        exact: true,
        sentence: "every unit is counted exactly once: a count is changed only if it still is what we read, \
                   and a repeated change is recognised by its key",
    },
    unique_sku: false,
    create_sets_stock: true,
    // Points. The plan decides: 100, 200, 1,000 or 2,000 a second; each answer tells the shop's own figures.
    budget: Budget {
        burst: 2000,
        per_second_milli: 100_000,
        concurrent: 4,
        source: "Shopify, GraphQL Admin API rate limits: 100 points a second on the standard plan; the bucket of 2,000 \
                 is what such shops report as maximumAvailable",
    },
    costs: CallCosts {
        level_read_batch: LEVELS_PAGE,
        level_read_cost: levels_cost(LEVELS_PAGE),
        stock_write_cost: ADJUST_COST,
        // One to make it, one to show it in the online store.
        create_calls: 2,
        // Read back after it is made, at one location.
        create_variant_calls: (1, 199),
        create_cost: 35,
    },
    timeout: Duration::from_secs(40),
    // Twice the time-out: Shopify ends a request of its own after 30 seconds.
    fence: Duration::from_secs(80),
    // `events` tells of deletions, as far as its filter does what its example says: the sweep stays the one to rely on.
    deletions_in_feed: false,
    stock_feed: true,
    order_feed: true,
    // Pictures are none: Shopify keeps copies under addresses of its own, so nobody can tell whether one is there
    // already. It has no size of a product, and options are written by adding a variant.
    edits: &[
        Field::Title,
        Field::Description,
        Field::Price,
        Field::CompareAtPrice,
        Field::Sku,
        Field::Barcode,
        Field::Brand,
        Field::Category,
        Field::Weight,
        Field::Active,
    ],
    adds_variants: true,
    // Schema, `productDelete`: "Product deletion is irreversible. Consider archiving".
    deletion: Deletion::Archives,
    fields: &[
        FieldNote { field: "title", theirs: "title", note: "" },
        FieldNote {
            field: "description",
            theirs: "descriptionHtml",
            note: "read as plain text; written, it loses its formatting",
        },
        FieldNote { field: "brand", theirs: "vendor", note: "Shopify puts the shop's name where none is given" },
        FieldNote { field: "category", theirs: "productType", note: "the shop's own word, not the standard taxonomy" },
        FieldNote { field: "status", theirs: "status", note: "UNLISTED counts as active" },
        FieldNote { field: "options", theirs: "options", note: "at most 3; the dummy option Title is none" },
        FieldNote { field: "SKU", theirs: "variant.sku", note: "may be blank, and may stand twice" },
        FieldNote { field: "barcode", theirs: "variant.barcode", note: "free text" },
        FieldNote { field: "price", theirs: "variant.price", note: "in the shop's currency" },
        FieldNote { field: "compare-at price", theirs: "variant.compareAtPrice", note: "" },
        FieldNote {
            field: "weight",
            theirs: "inventoryItem.measurement.weight",
            note: "read in any unit, written in grams; 0 is none",
        },
        FieldNote {
            field: "quantity",
            theirs: "available",
            note: "whole pieces, per location; may be negative when oversold",
        },
        FieldNote { field: "dimensions", theirs: "none", note: "a product has no size; packages have" },
        FieldNote { field: "pictures", theirs: "media", note: "the first 5 are read; films and models are not" },
        FieldNote {
            field: "orders",
            theirs: "orders",
            note: "of the last 60 days, unless read_all_orders is granted; test orders are told, since they take stock",
        },
        FieldNote { field: "deletion", theirs: "status ARCHIVED", note: "a deleted product cannot be brought back" },
    ],
    docs: include_str!("docs.md"),
};
