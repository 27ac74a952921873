//! What the Products pane shows: a listing, or the listings that links tie together.

use serde::{Deserialize, Serialize};

use super::ListingId;

/// A product is named by any of its listings; shown by the in-store one where there is one.
/// It stays valid when links join or part products: it then names the product that this listing belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(pub ListingId);

/// On which sides a product exists now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    InStore,
    Online,
    /// On both sides and linked.
    Both,
    /// Gone from every platform; only we still know it.
    Neither,
}
