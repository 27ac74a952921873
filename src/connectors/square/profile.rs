//! What Square is like, as data, each value with where it comes from.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{Budget, CallCosts, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite};

use super::auth;

/// Objects in one page of a catalogue search (`search_max_page_limit` of /v2/catalog/info).
pub const SEARCH_PAGE: usize = 1000;
/// Identifiers in one batch-retrieve (`batch_retrieve_max_object_ids`), and rows in one page of counts.
pub const RETRIEVE_MOST: usize = 1000;
/// Changes in one call to changes/batch-create ("Max size is 100 changes", reference of the official SDKs).
pub const CHANGES_MOST: usize = 100;

pub static PROFILE: Profile = Profile {
    id: "square",
    name: "Square",
    mark: "Sq",
    side: Side::InStore,
    // The stock model of 2026-07-15 (from_location_id and to_location_id) and later.
    api_version: "2026-09-16",
    default_base_url: Some("https://connect.squareup.com"),
    base_url_help: "https://connect.squareup.com, or https://connect.squareupsandbox.com for a test account",
    credentials: auth::CREDENTIALS,
    login: None,
    product_limit: Limit { most: Some(25_500), source: "the published integration chart" },
    variant_limit: Limit { most: Some(250), source: "Square API reference, CatalogItemVariation" },
    option_limit: Limit { most: Some(6), source: "Square API reference, CatalogItem.item_options" },
    title_limit: Limit { most: Some(512), source: "Square API reference, CatalogItem.name" },
    sku_limit: Limit { most: None, source: "Square API reference names none" },
    quantities: QuantityKind::Decimal,
    has_locations: true,
    stock_write: StockWrite::DeltaWithKey,
    stock_batch: CHANGES_MOST,
    guarantee: Guarantee {
        exact: true,
        sentence: "every unit is counted exactly once: Square adds and subtracts, and knows a repeated call by its key",
    },
    unique_sku: false,
    create_sets_stock: true,
    budget: Budget {
        burst: 10,
        per_second_milli: 5_000,
        concurrent: 4,
        source: "Square publishes no limit; chosen well below the ten calls a second that others report as safe",
    },
    costs: CallCosts {
        level_read_batch: RETRIEVE_MOST as u32,
        // Counts do not tell whether a variation is tracked or exists: the catalogue is asked as well.
        level_read_cost: 2,
        stock_write_cost: 1,
        // The item, and its quantities.
        create_calls: 2,
        create_variant_calls: (1, CHANGES_MOST as u32),
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
        Field::Category,
        Field::Active,
    ],
    adds_variants: true,
    // "If your application might need to restore a deleted object, it's better to archive it" (Catalog API, delete
    // objects): a deleted one can never be brought back.
    deletion: Deletion::Archives,
    fields: FIELDS,
    docs: include_str!("docs.md"),
};

static FIELDS: &[FieldNote] = &[
    FieldNote { field: "title", theirs: "item_data.name", note: "up to 512 characters" },
    FieldNote { field: "description", theirs: "item_data.description_html", note: "markup is taken out" },
    FieldNote {
        field: "brand",
        theirs: "custom attribute Brand",
        note: "read only: Square has no field of its own for it",
    },
    FieldNote { field: "compare-at price, weight, dimensions", theirs: "none", note: "Square has no such fields" },
    FieldNote {
        field: "category",
        theirs: "item_data.reporting_category",
        note: "else the first of the item's categories; made by name where it lacks",
    },
    FieldNote {
        field: "status",
        theirs: "item_data.is_archived",
        note: "there is no draft for the till: a draft arrives archived; what is deleted is archived too",
    },
    FieldNote {
        field: "pictures",
        theirs: "item_data.image_ids",
        note: "copied with a new item: the first 5, JPEG, PNG or GIF of up to 15 MB (API reference, CreateCatalogImage); \
               afterwards read only",
    },
    FieldNote {
        field: "options",
        theirs: "item_data.item_options",
        note: "variations without options get one, named Variation; variations can be added, not taken out",
    },
    FieldNote { field: "SKU", theirs: "item_variation_data.sku", note: "may be empty or stand on several variations" },
    FieldNote {
        field: "barcode",
        theirs: "item_variation_data.upc",
        note: "12 to 14 digits; others are not written, Square would lock the field",
    },
    FieldNote {
        field: "price",
        theirs: "item_variation_data.price_money",
        note: "the main location's own price where it has one; none if the till asks for it",
    },
    FieldNote {
        field: "quantity",
        theirs: "inventory count IN_STOCK",
        note: "per location; unknown if not tracked; 0 where Square says sold out",
    },
    FieldNote {
        field: "orders",
        theirs: "orders",
        note: "with returns, each told with its sale; goods put back on the shelf long after a return show in the count alone",
    },
];
