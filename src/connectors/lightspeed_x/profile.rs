//! What Lightspeed Retail X-Series is like, as data, each value with where it comes from.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{Budget, CallCosts, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite};

use super::auth;

/// The API's version, a part of every path ("Versioning Strategy": `/api/YYYY-MM/`).
pub const VERSION: &str = "2026-07";
/// Each version is supported for at least twelve months; from this day on a call may be answered by another one,
/// without a word about it.
pub const VERSION_ENDS: &str = "2027-07-01T00:00:00Z";

/// Products or sales that are asked for at once. What comes may be less, so a page's size never ends a walk.
pub const PAGE: usize = 1000;
/// "size", at most, of `POST /inventory`.
pub const INVENTORY_PAGE: usize = 5000;
/// "product_ids", at most, of `POST /inventory_levels`.
pub const LEVELS_MOST: usize = 1000;
/// "size", at most, of `POST /inventory_levels`.
pub const LEVELS_PAGE: usize = 10_000;
/// "1-1000 items per request" of `POST /stock_adjustments`.
pub const ADJUSTMENTS_MOST: usize = 1000;
/// "There is a limit of 200 variants per family" (Variants).
pub const VARIANTS_MOST: usize = 200;
/// "Maximum three attributes" (ProductUpdate21Request, variant_attributes).
pub const ATTRIBUTES_MOST: usize = 3;

/// What is allowed beside 300 calls for each register, in five minutes (Rate Limiting).
pub const CALLS_BESIDE: u32 = 50;
/// Of these, what may be sent at once; the rest is spread over the window, but for a few that nobody needs.
pub const BURST: u32 = 20;
pub const SPARE: u32 = 5;
/// Seconds of the window.
pub const WINDOW: u32 = 300;

pub static PROFILE: Profile = Profile {
    id: "lightspeed-x",
    name: "Lightspeed X-Series",
    mark: "LX",
    side: Side::InStore,
    api_version: VERSION,
    default_base_url: None,
    base_url_help: "your shop's own address: https://yourshop.retail.lightspeed.app",
    credentials: auth::CREDENTIALS,
    login: Some(&auth::LOGIN),
    product_limit: Limit { most: None, source: "the published integration chart (as Vend): no limit" },
    variant_limit: Limit {
        most: Some(VARIANTS_MOST),
        source: "X-Series documentation, Variants: 200 in a family; the published integration chart (as Vend): no limit",
    },
    option_limit: Limit { most: Some(ATTRIBUTES_MOST), source: "X-Series API reference, variant_attributes" },
    title_limit: Limit { most: None, source: "X-Series API reference names none" },
    sku_limit: Limit { most: None, source: "X-Series API reference names none" },
    quantities: QuantityKind::Decimal,
    has_locations: true,
    stock_write: StockWrite::Delta,
    stock_batch: ADJUSTMENTS_MOST,
    guarantee: Guarantee {
        exact: false,
        sentence: "sales at the till are never overwritten, since X-Series adds and subtracts; an adjustment whose \
                   answer is lost is looked up by the count before it is sent again, because X-Series knows no repeats",
    },
    // "Product sku. Note: Should be unique."
    unique_sku: true,
    create_sets_stock: true,
    budget: Budget {
        // A bucket of 20 that refills with 325 in five minutes never passes the 350 that one register is allowed, and
        // uses more than nine tenths of them.
        burst: BURST,
        per_second_milli: 1_083,
        concurrent: 4,
        source: "X-Series documentation, Rate Limiting: 300 calls for each register and 50 more in five minutes; \
                 one register until the answers say better. The published chart (as Vend): about one call a second",
    },
    costs: CallCosts {
        level_read_batch: LEVELS_MOST as u32,
        level_read_cost: 1,
        stock_write_cost: 1,
        // The product, and the look at it and its levels afterwards.
        create_calls: 3,
        create_variant_calls: (0, VARIANTS_MOST as u32),
        create_cost: 1,
    },
    timeout: Duration::from_secs(60),
    // Twice the time-out: a call that was cut off has landed by then or never will.
    fence: Duration::from_secs(120),
    deletions_in_feed: true,
    stock_feed: true,
    order_feed: true,
    edits: &[
        Field::Title,
        Field::Description,
        Field::Price,
        Field::Sku,
        Field::Barcode,
        Field::Brand,
        Field::Category,
        Field::Weight,
        Field::Dimensions,
        Field::Active,
    ],
    adds_variants: true,
    deletion: Deletion::Deletes,
    fields: FIELDS,
    docs: include_str!("docs.md"),
};

static FIELDS: &[FieldNote] = &[
    FieldNote { field: "title", theirs: "name", note: "shared by the family; no two families may have the same" },
    FieldNote { field: "description", theirs: "description", note: "markup is taken out" },
    FieldNote { field: "brand", theirs: "brand", note: "made by name where it lacks" },
    FieldNote {
        field: "category",
        theirs: "product_category",
        note: "the last level of the tree; made at its root where the name lacks; what is called categories there are tags",
    },
    FieldNote {
        field: "status",
        theirs: "is_active",
        note: "Sell on POS, for each variant; there is no draft: it arrives switched off",
    },
    FieldNote {
        field: "pictures",
        theirs: "images",
        note: "copied by address when a product is made; not edited, X-Series takes files then",
    },
    FieldNote { field: "options", theirs: "variant attributes", note: "at most 3; variants can be added" },
    FieldNote {
        field: "SKU",
        theirs: "sku, the first of product_codes",
        note: "unique; given by X-Series if left out",
    },
    FieldNote {
        field: "barcode",
        theirs: "product_codes",
        note: "the first code of a kind with check digit (EAN, UPC, ITF, JAN, ISBN); further codes stay",
    },
    FieldNote {
        field: "price",
        theirs: "price_including_tax or price_excluding_tax",
        note: "the one that the shop sells by: tax-exclusive shops the latter, all others the former",
    },
    FieldNote { field: "compare-at price", theirs: "none", note: "X-Series has no such field" },
    FieldNote { field: "weight", theirs: "weight, weight_unit", note: "written in grams" },
    FieldNote { field: "dimensions", theirs: "length, width, height, dimensions_unit", note: "written in millimetres" },
    FieldNote {
        field: "quantity",
        theirs: "current_inventory_level of an outlet",
        note: "per outlet; unknown if inventory is not tracked; changed by stock adjustments",
    },
    FieldNote {
        field: "orders",
        theirs: "sales",
        note: "laybys, pickups and deliveries are open until they are handed over; a return is a sale that names the first",
    },
];
