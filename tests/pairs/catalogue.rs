//! What the two shops sell: something on both sides, and on each side something simple and something with variants that
//! the other side lacks.

use std::collections::BTreeMap;

use counterpart::domain::Quantity;
use counterpart::sandbox::{ShopProduct, ShopVariant};

/// On both sides.
pub const MUG: &str = "Tea Mug";
/// At the till alone.
pub const LAMP: &str = "Desk Lamp";
pub const SHIRT: &str = "Wool Shirt";
/// In the store alone.
pub const CANDLE: &str = "Beeswax Candle";
pub const SCARF: &str = "Linen Scarf";

fn variant(sku: &str, values: &[&str], stock: i64) -> ShopVariant {
    ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        price: Some(1990),
        tracked: true,
        levels: BTreeMap::from([(1, Quantity::units(stock))]),
        ..ShopVariant::plain()
    }
}

fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    let mut product = ShopProduct::simple(title, ShopVariant::plain());
    product.options = options.iter().map(|option| (*option).to_owned()).collect();
    product.variants = variants;
    product
}

fn mug() -> ShopProduct {
    product(MUG, &[], vec![variant("MUG", &[], 7)])
}

pub fn till() -> Vec<ShopProduct> {
    let shirts = vec![
        variant("SHIRT-S-RED", &["S", "Red"], 3),
        variant("SHIRT-S-BLUE", &["S", "Blue"], 5),
        variant("SHIRT-M-RED", &["M", "Red"], 2),
        variant("SHIRT-M-BLUE", &["M", "Blue"], 6),
    ];
    vec![mug(), product(LAMP, &[], vec![variant("LAMP", &[], 4)]), product(SHIRT, &["Size", "Colour"], shirts)]
}

pub fn store() -> Vec<ShopProduct> {
    let scarves = vec![variant("SCARF-GREY", &["Grey"], 1), variant("SCARF-GREEN", &["Green"], 8)];
    vec![mug(), product(CANDLE, &[], vec![variant("CANDLE", &[], 9)]), product(SCARF, &["Colour"], scarves)]
}
