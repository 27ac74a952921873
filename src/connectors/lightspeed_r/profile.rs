//! What Lightspeed Retail R-Series is like, as data, each value with where it comes from.
//!
//! There is no machine-readable specification. "Docs" below is the vendor's API documentation (V3, April 2026);
//! "recorded" are real answers of API V2 (2016 to 2019), which has the same objects.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{Budget, CallCosts, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite};

use super::auth;

pub const NAME: &str = "Lightspeed R-Series";
/// The API's version, a part of every path.
pub const VERSION: &str = "V3";
/// Rows of a page, at most (docs, Pagination).
pub const PAGE: usize = 100;
/// Values in one `IN,[…]` (docs, Query Parameters).
pub const IN_MOST: usize = 100;
/// Matrices of one page of a full look: each brings all its items.
pub const MATRIX_PAGE: usize = 50;
/// Attributes of a set (docs, ItemAttributeSet).
pub const ATTRIBUTES_MOST: usize = 3;
/// A rate is kept in tenths of a drip, since that is what the cheapest relation costs (docs, Rate Limiting).
pub const TENTHS: u32 = 10;
/// "Each connection has a base bucket size of 90", with one register.
pub const BUCKET: u32 = 90;
/// Calls within a second until the answers say better: "a limit based on a fraction of the allowed bucket size"; the
/// sample shows 20 of 90.
pub const CALLS_A_SECOND: u32 = 20;

pub static PROFILE: Profile = Profile {
    id: "lightspeed-r",
    name: NAME,
    mark: "LR",
    side: Side::InStore,
    api_version: VERSION,
    default_base_url: Some("https://api.lightspeedapp.com"),
    base_url_help: "https://api.lightspeedapp.com for every shop",
    credentials: auth::CREDENTIALS,
    login: Some(&auth::LOGIN),
    product_limit: Limit { most: None, source: "SKU IQ's table of inventory limits: no limit; none documented today" },
    variant_limit: Limit { most: None, source: "SKU IQ's table: no limit; none documented today" },
    option_limit: Limit { most: Some(ATTRIBUTES_MOST), source: "docs, ItemAttributeSet: attributeName1 to 3" },
    title_limit: Limit { most: None, source: "docs, Item.description: none stated" },
    sku_limit: Limit { most: None, source: "docs, Item.customSku: none stated" },
    // "qoh: (integer)", "unitQuantity: (integer)"
    quantities: QuantityKind::Whole,
    has_locations: true,
    stock_write: StockWrite::Absolute,
    // There is no batch. One at a time also keeps the moment between reading and writing shortest.
    stock_batch: 1,
    guarantee: Guarantee {
        exact: false,
        sentence: "R-Series can only be told a new total, one item at a time. It is read right before and compared \
                   right after, but a sale within that moment can be overwritten; the sales or a count show it",
    },
    unique_sku: false,
    // Whether a new item takes quantities is not documented; a count is a call of its own, which the engine journals.
    create_sets_stock: false,
    budget: Budget {
        burst: BUCKET * TENTHS,
        per_second_milli: 1000 * TENTHS,
        concurrent: 4,
        source: "docs, Rate Limiting (since 2026-03-17): a bucket of 90 drips and one drip a second, 10 and a half \
                 more for each further register; here in tenths of a drip, by the headers of each answer. SKU IQ's \
                 table: 1 to 3 calls a second",
    },
    costs: CallCosts {
        level_read_batch: IN_MOST as u32,
        level_read_cost: 14,
        stock_write_cost: 15,
        // The item, and the look at it afterwards.
        create_calls: 2,
        create_variant_calls: (1, 1),
        create_cost: 20,
    },
    timeout: Duration::from_secs(60),
    // Twice the time-out: a call that was cut off has landed by then or never will.
    fence: Duration::from_secs(120),
    // Items cannot be deleted, and archiving one is told. But items that are merged into others vanish without a word.
    deletions_in_feed: false,
    stock_feed: true,
    order_feed: true,
    edits: &[
        Field::Title,
        Field::Description,
        Field::Price,
        Field::CompareAtPrice,
        Field::Sku,
        Field::Barcode,
        Field::Brand,
        Field::Category,
        Field::Active,
    ],
    adds_variants: true,
    // "Items can not be deleted, only archived."
    deletion: Deletion::Archives,
    fields: FIELDS,
    docs: include_str!("docs.md"),
};

static FIELDS: &[FieldNote] = &[
    FieldNote {
        field: "title",
        theirs: "description",
        note: "of the item matrix where there are variants, whose items are called by it and their attributes",
    },
    FieldNote {
        field: "description",
        theirs: "ItemECommerce.longDescription",
        note: "of the item or the matrix; markup is taken out",
    },
    FieldNote { field: "brand", theirs: "manufacturer", note: "made by name where it lacks; cannot be deleted there" },
    FieldNote {
        field: "category",
        theirs: "category",
        note: "with its whole path (Home/Kitchen); made where it lacks, which costs as much as ten other calls",
    },
    FieldNote {
        field: "status",
        theirs: "publishToEcom, archived",
        note: "a draft is what is not published to eCom; archiving is a deletion, since it empties the stock for good",
    },
    FieldNote { field: "pictures", theirs: "Images", note: "read only: R-Series takes files and no addresses" },
    FieldNote {
        field: "options",
        theirs: "attributes of the item matrix",
        note: "at most 3, by an attribute set; variants can be added",
    },
    FieldNote {
        field: "SKU",
        theirs: "customSku, else systemSku",
        note: "the system SKU stands on the labels and cannot be changed",
    },
    FieldNote { field: "barcode", theirs: "upc, else ean", note: "11 to 14 digits; the other one stays as it is" },
    FieldNote { field: "price", theirs: "Prices: Default", note: "the other price levels stay" },
    FieldNote { field: "compare-at price", theirs: "Prices: MSRP", note: "none if it is 0" },
    FieldNote {
        field: "weight, dimensions",
        theirs: "none",
        note: "ItemECommerce has numbers, and R-Series names no unit for them",
    },
    FieldNote {
        field: "quantity",
        theirs: "ItemShop.qoh",
        note: "per shop, whole pieces; unknown for non-inventory items; a written count stands in the item's history \
               as a manual adjustment",
    },
    FieldNote {
        field: "orders",
        theirs: "sales",
        note: "completed sales; open while they wait to be shipped; refunds are sales with negative lines",
    },
    FieldNote {
        field: "mark of a copy",
        theirs: "manufacturerSku",
        note: "a copy carries counterpart's mark there, so that it is never made twice; may be cleared once it is linked",
    },
];
