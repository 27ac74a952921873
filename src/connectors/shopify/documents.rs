//! What is sent: the GraphQL documents, one file each, and how large a page of each may be.
//!
//! Documents are fixed texts with variables; only the fragment with the stock levels is written per connection, since
//! the number of locations in use decides its length. The cost rules are Shopify's ("Rate limits", cost calculation:
//! scalar 0, object 1, connection by its `first`, mutation 10), counted with two further points for each connection,
//! as its engineers described it first: that is never less than what is charged. A query of more than
//! [`MOST_POINTS`] is refused, so the page sizes follow from the fields.

use crate::domain::LocationId;

use super::connector::EVERY_STATUS;

/// No single query may ask for more (Shopify help, "Single query limit").
pub(super) const MOST_POINTS: u32 = 1000;
/// No page and no list of inputs may be longer (Shopify, "Input limits").
pub(super) const MOST_ITEMS: u32 = 250;
/// A mutation's own points.
const MUTATION: u32 = 10;
/// Pictures per listing that are read.
pub(super) const PICTURES: u32 = 5;

pub(super) const SCOPES: &str = include_str!("documents/scopes.graphql");
pub(super) const TEST: &str = include_str!("documents/test.graphql");
pub(super) const COUNT: &str = include_str!("documents/count.graphql");
pub(super) const STOCK_CHANGES: &str = include_str!("documents/stock_changes.graphql");
pub(super) const DELETIONS: &str = include_str!("documents/deletions.graphql");
pub(super) const LEVELS: &str = include_str!("documents/levels.graphql");
pub(super) const ADJUST: &str = include_str!("documents/adjust.graphql");
pub(super) const ORDERS: &str =
    concat!(include_str!("documents/orders.graphql"), include_str!("documents/line_parts.graphql"));
pub(super) const ORDER_LINES: &str =
    concat!(include_str!("documents/order_lines.graphql"), include_str!("documents/line_parts.graphql"));
pub(super) const ORDER_PARTS: &str = include_str!("documents/order_parts.graphql");
pub(super) const PART_LINES: &str = include_str!("documents/part_lines.graphql");
pub(super) const UPDATE: &str = include_str!("documents/update.graphql");
pub(super) const UPDATE_VARIANTS: &str = include_str!("documents/update_variants.graphql");
pub(super) const ADD_VARIANTS: &str = include_str!("documents/add_variants.graphql");
pub(super) const DEFINE_MARK: &str = include_str!("documents/define_mark.graphql");
pub(super) const BEGIN_EXPORT: &str = include_str!("documents/begin_export.graphql");
pub(super) const EXPORT: &str = include_str!("documents/export.graphql");
pub(super) const OPERATION: &str = include_str!("documents/operation.graphql");
pub(super) const PUBLICATIONS: &str = include_str!("documents/publications.graphql");
pub(super) const PUBLISH: &str = include_str!("documents/publish.graphql");

/// An item, its level and the quantity are three points, so as many fit as may be named at once.
pub(super) const LEVELS_PAGE: u32 = MOST_ITEMS;
/// A level, its quantity and its item are three points.
pub(super) const STOCK_PAGE: u32 = MOST_ITEMS;
pub(super) const DELETIONS_PAGE: u32 = MOST_ITEMS;

pub(super) const SCOPES_COST: u32 = 2;
pub(super) const TEST_COST: u32 = 2 + 1 + 2 + 250;
pub(super) const COUNT_COST: u32 = 1;
pub(super) const STOCK_COST: u32 = 1 + 2 + 1 + STOCK_PAGE * 3;
pub(super) const DELETIONS_COST: u32 = 2 + 1 + DELETIONS_PAGE;
/// The payload's group, the list of changes with item and location, and the list of errors.
pub(super) const ADJUST_COST: u32 = MUTATION + 1 + 3 + 1;
pub(super) const DEFINE_MARK_COST: u32 = MUTATION + 2;
pub(super) const BEGIN_EXPORT_COST: u32 = MUTATION + 2;
pub(super) const EXPORT_COST: u32 = 1;
pub(super) const OPERATION_COST: u32 = 3;
pub(super) const PUBLICATIONS_COST: u32 = 2 + 25 * (1 + 2 + 5 * 2);
pub(super) const PUBLISH_COST: u32 = MUTATION + 1;
/// An order, its place of sale, one refund, and ten lines with product and variant.
const ORDER_COST: u32 = 1 + 1 + 1 + (2 + 1 + 10 * 3);
pub(super) const ORDERS_PAGE: u32 = (MOST_POINTS - 3) / ORDER_COST;
pub(super) const ORDERS_COST: u32 = 3 + ORDERS_PAGE * ORDER_COST;
pub(super) const ORDER_LINES_PAGE: u32 = MOST_ITEMS;
pub(super) const ORDER_LINES_COST: u32 = 1 + 3 + ORDER_LINES_PAGE * 3;
/// Two lists that are named by their length, should that be counted.
pub(super) const ORDER_PARTS_COST: u32 = 1 + 250 + 250;
/// Refunds and shipments that are read together, and the lines of each that come along.
pub(super) const PARTS_PAGE: u32 = 20;
pub(super) const UPDATE_COST: u32 = MUTATION + 2;

/// Points of a read of `count` refunds or shipments with so many lines each.
pub(super) const fn part_lines_cost(count: u32, lines: u32) -> u32 {
    count * (1 + 3 + lines * 2)
}

/// 0.2 points a variant, as with `productSet`.
pub(super) fn variants_write_cost(variants: usize) -> u32 {
    UPDATE_COST + u32::try_from(variants.div_ceil(5)).unwrap_or(MOST_POINTS)
}

/// Points of a read of `count` levels.
pub(super) const fn levels_cost(count: u32) -> u32 {
    count * 3
}

/// The documents and page sizes of one connection.
#[derive(Debug, Clone)]
pub(super) struct Documents {
    pub listings: String,
    pub by_id: String,
    pub by_mark: String,
    pub variants: String,
    pub variants_of_one: String,
    pub create: String,
    /// What an export holds: sent as a text, without variables.
    pub export: String,
    locations: u32,
}

impl Documents {
    /// For a connection that uses these locations. Levels come under the names `at0`, `at1`, … in this order.
    pub fn new(locations: &[LocationId]) -> Self {
        let variant = format!("{}\n{}", include_str!("documents/variant_parts.graphql"), levels(locations));
        let listing = format!("{}\n{variant}", include_str!("documents/listing_parts.graphql"));
        Self {
            listings: format!("{}\n{listing}", include_str!("documents/listings.graphql")),
            by_id: format!("{}\n{listing}", include_str!("documents/by_id.graphql")),
            by_mark: format!("{}\n{listing}", include_str!("documents/by_mark.graphql")),
            variants: format!("{}\n{variant}", include_str!("documents/variants.graphql")),
            variants_of_one: format!("{}\n{variant}", include_str!("documents/variants_of_one.graphql")),
            create: format!("{}\n{listing}", include_str!("documents/create.graphql")),
            export: export(locations),
            locations: u32::try_from(locations.len()).unwrap_or(u32::MAX / 4),
        }
    }

    /// A variant, its options, its item with its measurement and weight; a level and its quantity at each location.
    const fn variant_cost(&self) -> u32 {
        5 + 2 * self.locations
    }

    /// A product, the number of its variants, its pictures, its first variant.
    pub const fn listing_cost(&self) -> u32 {
        2 + (2 + PICTURES * 2) + (2 + self.variant_cost())
    }

    pub fn listings_page(&self) -> u32 {
        page(3, self.listing_cost())
    }

    pub fn listings_cost(&self) -> u32 {
        3 + self.listings_page() * self.listing_cost()
    }

    pub const fn by_id_cost(&self, count: u32) -> u32 {
        count * self.listing_cost()
    }

    pub fn variants_page(&self) -> u32 {
        page(3, self.variant_cost() + 1)
    }

    pub fn variants_cost(&self) -> u32 {
        3 + self.variants_page() * (self.variant_cost() + 1)
    }

    pub fn variants_of_one_page(&self) -> u32 {
        page(4, self.variant_cost())
    }

    pub fn variants_of_one_cost(&self) -> u32 {
        4 + self.variants_of_one_page() * self.variant_cost()
    }

    /// 0.2 points a variant, 1.9 a file, 0.4 a metafield (schema, `ProductSetInput`), and what is read back.
    pub fn create_cost(&self, variants: usize, files: usize) -> u32 {
        let input = (2 * variants + 19 * files + 4).div_ceil(10);
        MUTATION + self.listing_cost() + 2 + 1 + u32::try_from(input).unwrap_or(MOST_POINTS)
    }
}

/// How many items of `each` points fit into a query that costs `fixed` points by itself.
fn page(fixed: u32, each: u32) -> u32 {
    ((MOST_POINTS - fixed) / each.max(1)).clamp(1, MOST_ITEMS)
}

fn levels(locations: &[LocationId]) -> String {
    format!("fragment Levels on InventoryItem {{\n  tracked\n{}}}\n", levels_at(locations))
}

/// The same as a list of products with their variants asks for; in an export lists have edges, and each node that has a
/// list of its own, or stands in one, its identifier.
fn export(locations: &[LocationId]) -> String {
    let levels = levels_at(locations);
    format!(
        "{{ products(query: \"{EVERY_STATUS}\") {{ edges {{ node {{
  id title descriptionHtml vendor productType status updatedAt isGiftCard hasOnlyDefaultVariant onlineStoreUrl
  variantsCount {{ count }}
  variants {{ edges {{ node {{
    id position sku barcode price compareAtPrice requiresComponents
    selectedOptions {{ name value }}
    inventoryItem {{ id measurement {{ weight {{ value unit }} }} tracked\n{levels} }}
  }} }} }}
  media {{ edges {{ node {{ ... on MediaImage {{ id image {{ url }} }} }} }} }}
}} }} }} }}"
    )
}

fn levels_at(locations: &[LocationId]) -> String {
    let mut fragment = String::new();
    for (place, location) in locations.iter().enumerate() {
        // A JSON string is a GraphQL string too.
        let id = serde_json::Value::from(location.0.as_str());
        fragment.push_str(&format!(
            "  at{place}: inventoryLevel(locationId: {id}) {{ quantities(names: [\"available\"]) {{ quantity }} }}\n"
        ));
    }
    fragment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RemoteId;

    #[test]
    fn pages_fit_into_a_query_for_any_number_of_locations() {
        for count in 0..300 {
            let location = |n| LocationId(RemoteId::new(format!("gid://shopify/Location/{n}")).unwrap());
            let documents = Documents::new(&(0..count).map(location).collect::<Vec<_>>());
            for cost in [documents.listings_cost(), documents.variants_cost(), documents.variants_of_one_cost()] {
                assert!(cost <= MOST_POINTS, "{count} locations: {cost}");
            }
        }
        const { assert!(ORDERS_COST <= MOST_POINTS && ORDER_LINES_COST <= MOST_POINTS && ORDER_PARTS_COST <= MOST_POINTS) };
        assert!(
            part_lines_cost(PARTS_PAGE, PARTS_PAGE) <= MOST_POINTS && part_lines_cost(1, MOST_ITEMS) <= MOST_POINTS
        );
        assert!(STOCK_COST <= MOST_POINTS && levels_cost(LEVELS_PAGE) <= MOST_POINTS && TEST_COST <= MOST_POINTS);
    }
}
