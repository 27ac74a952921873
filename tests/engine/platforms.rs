//! Platforms that do not exist, one for each way to write a count.

use std::time::Duration;

use counterpart::domain::{
    Budget, CallCosts, CredentialField, Deletion, Field, Guarantee, Limit, Login, LoginAddress, LoginBody, Profile,
    QuantityKind, Rotation, Side, StockWrite,
};

const NONE: Limit = Limit { most: None, source: "a test" };

const fn profile(id: &'static str, name: &'static str, side: Side, stock_write: StockWrite) -> Profile {
    Profile {
        id,
        name,
        mark: "Tt",
        side,
        api_version: "1",
        default_base_url: Some("https://shop.example"),
        base_url_help: "https://shop.example",
        credentials: &[CredentialField { name: "token", label: "token", secret: true, required: true }],
        login: None,
        product_limit: NONE,
        variant_limit: NONE,
        option_limit: NONE,
        title_limit: NONE,
        sku_limit: NONE,
        quantities: QuantityKind::Whole,
        has_locations: true,
        stock_write,
        stock_batch: 3,
        guarantee: Guarantee { exact: true, sentence: "exact" },
        unique_sku: false,
        create_sets_stock: false,
        budget: Budget { burst: 100, per_second_milli: 100_000, concurrent: 2, source: "a test" },
        costs: CallCosts {
            level_read_batch: 50,
            level_read_cost: 1,
            stock_write_cost: 1,
            create_calls: 1,
            create_variant_calls: (0, 1),
            create_cost: 1,
        },
        timeout: Duration::from_secs(30),
        fence: Duration::from_secs(60),
        deletions_in_feed: true,
        stock_feed: false,
        order_feed: false,
        edits: &[],
        adds_variants: false,
        deletion: Deletion::Deletes,
        fields: &[],
        docs: "",
    }
}

/// All that is not a variant.
const FIELDS: &[Field] = &[
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

pub static TILL: Profile =
    Profile { edits: FIELDS, adds_variants: true, ..profile("till", "Till", Side::InStore, StockWrite::DeltaWithKey) };
/// Everything can be edited in it.
pub static EDITING: Profile = Profile {
    edits: FIELDS,
    adds_variants: true,
    ..profile("editing", "Editing", Side::Online, StockWrite::CompareAndSetWithKey)
};
/// The same, and what is deleted goes into a bin. It knows no pictures.
pub static BINNING: Profile = Profile {
    edits: &[Field::Title, Field::Price],
    deletion: Deletion::Archives,
    ..profile("binning", "Binning", Side::Online, StockWrite::CompareAndSetWithKey)
};
pub static KEYED: Profile = profile("keyed", "Keyed", Side::Online, StockWrite::CompareAndSetWithKey);
pub static DELTA: Profile = profile("delta", "Delta", Side::Online, StockWrite::Delta);
pub static ABSOLUTE: Profile = profile("absolute", "Absolute", Side::Online, StockWrite::Absolute);
pub static STOCKING: Profile = Profile {
    create_sets_stock: true,
    stock_feed: true,
    ..profile("stocking", "Stocking", Side::Online, StockWrite::CompareAndSetWithKey)
};
/// Its counts can only be set, and its orders can be read.
pub static REPAIRED: Profile =
    Profile { order_feed: true, ..profile("repaired", "Repaired", Side::Online, StockWrite::Absolute) };
/// Differences under a key, and its orders can be read.
pub static COUNTED: Profile =
    Profile { order_feed: true, ..profile("counted", "Counted", Side::Online, StockWrite::DeltaWithKey) };
/// Its orders can be read.
pub static ORDERS: Profile =
    Profile { order_feed: true, ..profile("orders", "Orders", Side::Online, StockWrite::CompareAndSetWithKey) };

static LOGIN: Login = Login {
    authorize: LoginAddress { host: Some("https://page.example"), path: "/authorize" },
    regions: &[],
    token: LoginAddress { host: None, path: "/token" },
    refresh: LoginAddress { host: None, path: "/token" },
    scopes: "products",
    pkce: true,
    body: LoginBody::Form,
    extra: &[],
    brings: &[("shop", "account")],
    rotation: Rotation::Once,
    redirect: "https://localhost/",
    code_lives: 60,
};
/// There is a page to log in on, and a key that does without it.
pub static PAGED: Profile = Profile {
    login: Some(&LOGIN),
    credentials: &[
        CredentialField { name: "token", label: "personal token", secret: true, required: false },
        CredentialField { name: "client_id", label: "client id", secret: false, required: false },
        CredentialField { name: "client_secret", label: "client secret", secret: true, required: false },
        CredentialField { name: "account", label: "account", secret: false, required: false },
    ],
    ..profile("paged", "Paged", Side::InStore, StockWrite::DeltaWithKey)
};
