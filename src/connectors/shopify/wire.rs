//! The answers as they come over the line: no more fields than are asked for, named as Shopify names them.
//!
//! Products, variants and levels are kept as raw JSON in the lists they come in and read one by one: a record that
//! cannot be read is reported by itself and does not take its page along.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What every answer of the endpoint looks like.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    #[serde(default)]
    pub data: Option<Value>,
    #[serde(default)]
    pub errors: Option<Value>,
    #[serde(default)]
    pub extensions: Option<Extensions>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Extensions {
    #[serde(default)]
    pub cost: Option<Cost>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    pub requested_query_cost: Option<f64>,
    pub throttle_status: Option<ThrottleStatus>,
}

/// Shopify writes these with a decimal point.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThrottleStatus {
    pub maximum_available: f64,
    pub currently_available: f64,
    pub restore_rate: f64,
}

/// One of `errors`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct GraphqlError {
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub path: Option<Value>,
    #[serde(default)]
    pub extensions: ErrorExtensions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorExtensions {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub required_access: Option<String>,
}

/// One of a mutation's `userErrors`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct UserError {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub field: Option<Vec<String>>,
    #[serde(default)]
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    #[serde(default)]
    pub end_cursor: Option<String>,
}

/// A connection whose nodes are read one by one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawPage {
    pub page_info: PageInfo,
    pub nodes: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Nodes<T> {
    pub nodes: Vec<T>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Id {
    pub id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Product {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub description_html: String,
    #[serde(default)]
    pub vendor: String,
    #[serde(default)]
    pub product_type: String,
    pub status: String,
    #[serde(default)]
    pub updated_at: String,
    pub is_gift_card: bool,
    pub has_only_default_variant: bool,
    #[serde(default)]
    pub online_store_url: Option<String>,
    #[serde(default)]
    pub variants_count: Option<VariantsCount>,
    pub media: Pictures,
    /// The first of them.
    pub variants: FirstVariants,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct VariantsCount {
    pub count: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pictures {
    pub nodes: Vec<Picture>,
}

/// Not a picture (a film, a model): empty. Not processed yet: without address.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Picture {
    #[serde(default)]
    pub image: Option<PictureAddress>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PictureAddress {
    pub url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FirstVariants {
    pub nodes: Vec<Variant>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variant {
    pub id: String,
    #[serde(default)]
    pub position: i64,
    #[serde(default)]
    pub sku: Option<String>,
    #[serde(default)]
    pub barcode: Option<String>,
    #[serde(default)]
    pub price: Option<String>,
    #[serde(default)]
    pub compare_at_price: Option<String>,
    pub requires_components: bool,
    pub selected_options: Vec<SelectedOption>,
    pub inventory_item: Item,
    /// Where variants are listed by themselves.
    #[serde(default)]
    pub product: Option<ProductId>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProductId {
    pub id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SelectedOption {
    pub name: String,
    pub value: String,
}

/// An inventory item with its levels under `at0`, `at1`, …; `null` where it is not stocked.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Item {
    pub id: String,
    pub tracked: bool,
    #[serde(default)]
    pub measurement: Option<Measurement>,
    #[serde(flatten)]
    pub levels: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Measurement {
    #[serde(default)]
    pub weight: Option<WireWeight>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireWeight {
    pub value: f64,
    pub unit: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Level {
    pub quantities: Vec<LevelQuantity>,
}

impl Level {
    /// The one quantity that is asked for: `available`.
    pub fn available(&self) -> Option<i64> {
        self.quantities.first().map(|only| only.quantity)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct LevelQuantity {
    pub quantity: i64,
}

/// A level in the feed of stock.
#[derive(Debug, Deserialize)]
pub(super) struct ChangedLevel {
    #[serde(flatten)]
    pub level: Level,
    pub item: TrackedItem,
}

#[derive(Debug, Deserialize)]
pub(super) struct TrackedItem {
    pub id: String,
    pub tracked: bool,
}

/// An inventory item at the location that was asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemAt {
    pub tracked: bool,
    pub inventory_level: Option<Level>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shop {
    pub name: String,
    pub currency_code: String,
    pub resource_limits: ResourceLimits,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceLimits {
    pub max_product_variants: usize,
    pub max_product_options: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LocationNode {
    pub id: String,
    pub name: String,
    pub is_active: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestAnswer {
    pub shop: Shop,
    pub location: Option<Id>,
    pub locations: Nodes<LocationNode>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Scope {
    pub handle: String,
}

/// An event; only deletions of products are of interest, the rest may lack anything.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    pub action: String,
    pub subject_id: String,
    pub subject_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductSet {
    pub product: Option<Value>,
    pub product_set_operation: Option<Operation>,
    pub user_errors: Vec<UserError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(default)]
    pub id: Option<String>,
    pub status: String,
    #[serde(default)]
    pub product: Option<Id>,
    #[serde(default)]
    pub user_errors: Vec<UserError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Adjusted {
    pub inventory_adjustment_group: Option<AdjustmentGroup>,
    pub user_errors: Vec<UserError>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AdjustmentGroup {
    pub changes: Vec<AdjustedLevel>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdjustedLevel {
    pub quantity_after_change: Option<i64>,
    pub item: Option<Id>,
    pub location: Option<Id>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnlyUserErrors {
    pub user_errors: Vec<UserError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    pub id: String,
    pub name: String,
    pub created_at: String,
    pub updated_at: String,
    pub cancelled_at: Option<String>,
    pub test: bool,
    /// Whether stock is taken for it.
    pub confirmed: bool,
    pub retail_location: Option<Id>,
    /// The first of them.
    pub refunds: Vec<Id>,
    /// The first of them.
    pub line_items: PageOf<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageOf<T> {
    pub page_info: PageInfo,
    pub nodes: Vec<T>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub id: String,
    /// With what was removed and refunded since.
    pub quantity: i64,
    /// Without it.
    pub current_quantity: i64,
    /// Goes below zero where what was shipped is refunded.
    pub unfulfilled_quantity: i64,
    pub product: Option<ProductId>,
    pub variant: Option<ProductId>,
}

/// The refunds and shipments of an order.
#[derive(Debug, Deserialize)]
pub(super) struct OrderParts {
    pub refunds: Vec<Id>,
    pub fulfillments: Vec<Fulfillment>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Fulfillment {
    pub id: String,
    pub status: String,
}

/// A refund or a shipment with its lines.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    pub id: String,
    #[serde(default)]
    pub refunded: Option<PageOf<PartLine>>,
    #[serde(default)]
    pub sent: Option<PageOf<PartLine>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartLine {
    /// The schema allows none for shipments.
    pub amount: Option<i64>,
    /// Refunds only.
    #[serde(default)]
    pub restocked: bool,
    /// Refunds only.
    #[serde(default)]
    pub restock_type: Option<String>,
    pub line_item: Id,
}

#[derive(Debug, Deserialize)]
pub(super) struct Publication {
    pub id: String,
    pub channels: Option<Nodes<Channel>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    pub app: App,
}

#[derive(Debug, Deserialize)]
pub(super) struct App {
    #[serde(default)]
    pub handle: Option<String>,
}

/// What `/admin/oauth/access_token` gives for a client's id and secret.
#[derive(Deserialize)]
pub(super) struct Grant {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
}
