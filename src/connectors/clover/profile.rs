//! What Clover is like, as data, with where each value comes from.
//!
//! Clover publishes no machine-readable specification. "Fields" below are the names, types and lengths in Clover's own
//! Android SDK (v3, 2026-02); "guides" are the pages of docs.clover.com.

use std::time::Duration;

use crate::domain::{Field, Side};
use crate::platform::{Budget, CallCosts, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind, StockWrite};

use super::auth;

pub(super) const NAME: &str = "Clover";
/// Elements of a page at most (guides, "Paginating elements"; default 100).
pub(super) const PAGE: u64 = 1000;
/// Orders of a page: each brings its line items, one for every piece, and an answer must stay readable.
pub(super) const ORDER_PAGE: u64 = 100;
/// Lists inside an element are cut here, and cannot be paged (guides, "Paginating elements").
pub(super) const NESTED: usize = 100;
/// Characters of an item's name (fields, `Item.name`).
pub(super) const NAME_MOST: usize = 127;
/// Characters of a SKU and of a product code (fields, `Item.sku`, `Item.code`).
pub(super) const CODE_MOST: usize = 100;
/// Characters of the name of a group, an attribute, an option (fields).
pub(super) const OPTION_MOST: usize = 255;

pub(super) static PROFILE: Profile = Profile {
    id: "clover",
    name: NAME,
    mark: "Cl",
    side: Side::InStore,
    api_version: "v3",
    default_base_url: Some("https://api.clover.com"),
    base_url_help: "https://api.clover.com (North America), https://api.eu.clover.com (Europe), \
                    https://api.la.clover.com (Latin America), https://apisandbox.dev.clover.com for a test merchant",
    credentials: auth::CREDENTIALS,
    login: Some(&auth::LOGIN),
    product_limit: Limit {
        most: Some(15_000),
        source: "SKU IQ's table of inventory limits: 15,000, recommended; Clover itself states none today",
    },
    variant_limit: Limit {
        most: None,
        source: "SKU IQ's table: no limit; none stated today, each is an item of its own",
    },
    option_limit: Limit { most: None, source: "none stated; an item group takes any number of attributes" },
    title_limit: Limit { most: Some(NAME_MOST), source: "Clover SDK v3, Item.name: 127 characters" },
    sku_limit: Limit { most: Some(CODE_MOST), source: "Clover SDK v3, Item.sku: 100 characters" },
    // "quantity": 160.5 in the guide on stock; negative too.
    quantities: QuantityKind::Decimal,
    // One merchant ID is one location, with a catalogue of its own: a chain has several connections.
    has_locations: false,
    stock_write: StockWrite::Absolute,
    // There is no batch. One at a time also keeps the moment between reading and writing shortest.
    stock_batch: 1,
    guarantee: Guarantee {
        exact: false,
        sentence: "Clover can only be told a new total, one item at a time. It is read right before and compared right \
                   after, but a sale within that moment can be overwritten; the next orders or a count show it",
    },
    unique_sku: false,
    // A count is a call of its own, which the engine journals and makes right after.
    create_sets_stock: false,
    budget: Budget {
        // Fifteen leave in a second at most, and with two at once no more than one of them arrives late among those of
        // the next: sixteen, in whatever window Clover counts.
        burst: 1,
        per_second_milli: 15_000,
        concurrent: 2,
        source: "Clover guides, \"API usage and rate limits\": 16 a second and 5 at once per token (50 and 10 per app; \
                 SKU IQ's table says 50 a second)",
    },
    costs: CallCosts {
        level_read_batch: 1,
        level_read_cost: 1,
        stock_write_cost: 1,
        create_calls: 1,
        // Its item; its options, shared by several, come to less than one more.
        create_variant_calls: (2, 1),
        create_cost: 1,
    },
    timeout: Duration::from_secs(30),
    // Twice the time-out: a call that was cut off has landed by then or never will.
    fence: Duration::from_secs(60),
    // An item has a deletedTime and lists can be asked for deleted ones, but nobody says that a deletion moves the time
    // of change. What the feed does tell is taken; a full look is what is relied on.
    deletions_in_feed: false,
    stock_feed: true,
    order_feed: true,
    edits: &[Field::Title, Field::Price, Field::Sku, Field::Barcode, Field::Category, Field::Active],
    adds_variants: true,
    // The API knows no way back; to take something off sale without that is the field Active.
    deletion: Deletion::Deletes,
    fields: FIELDS,
    docs: include_str!("docs.md"),
};

static FIELDS: &[FieldNote] = &[
    FieldNote {
        field: "title",
        theirs: "name",
        note: "of the item group where there are variants; up to 127 characters",
    },
    FieldNote {
        field: "description, pictures, brand",
        theirs: "none",
        note: "not in Clover's inventory (descriptions and pictures belong to Clover Online Ordering)",
    },
    FieldNote { field: "compare-at price, weight, dimensions", theirs: "none", note: "Clover has no such fields" },
    FieldNote {
        field: "category",
        theirs: "categories",
        note: "the first; changed where an item has at most one, made by name where it lacks",
    },
    FieldNote {
        field: "status",
        theirs: "available, hidden",
        note: "active = available and not hidden; where Clover manages availability by stock, hidden alone counts",
    },
    FieldNote {
        field: "options",
        theirs: "attributes and options of the item group",
        note: "each variant is an item; variants can be added, not taken out",
    },
    FieldNote { field: "SKU", theirs: "sku", note: "may be empty or stand on several items; at most 100 characters" },
    FieldNote { field: "barcode", theirs: "code", note: "Product code; at most 100 characters" },
    FieldNote {
        field: "price",
        theirs: "price, priceType",
        note: "with tax where the merchant pays VAT; none if the till asks for it (VARIABLE)",
    },
    FieldNote {
        field: "quantity",
        theirs: "item_stocks: quantity",
        note: "one count per merchant; unknown if it was never counted, never 0",
    },
    FieldNote {
        field: "orders",
        theirs: "paymentState, lineItems, refunds",
        note: "counted once paid; what was put back into stock is not told, so the count tells it",
    },
    FieldNote {
        field: "mark of a copy",
        theirs: "alternateName",
        note: "a copy carries counterpart's mark there, so that it is never made twice; may be cleared once it is linked",
    },
];
