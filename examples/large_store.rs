//! Fills a home with a made-up till and online store of many products, without a shop: for measuring how the engine
//! carries a large catalogue. The shops are not there, so the engine that is started on it shows and does no more.
//!
//! ```sh
//! cargo run --release --example large_store -- 1000000 /var/tmp/large
//! counterpart --home /var/tmp/large
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use counterpart::config::Home;
use counterpart::domain::{
    BaseUrl, Connection, ConnectionId, Currency, KnownListing, Listing, ListingId, Location, LocationId, Money,
    OptionValue, PlatformId, RemoteId, Side, Stock, Structure, Text, Timestamp, Variant, VariantId,
};
use counterpart::sandbox::{ShopProduct, ShopVariant, Synthetic};
use counterpart::store::{Entry, Store};

/// Listings in one commit, as a page of a feed has them.
const PAGE: usize = 250;

/// Commits that wait together.
const AT_ONCE: usize = 16;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

struct Numbers {
    listing: u64,
    variant: u64,
    currency: Currency,
}

type Fault = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().collect();
    let (Some(count), Some(folder)) = (arguments.get(1).and_then(|count| count.parse().ok()), arguments.get(2)) else {
        return Err("usage: large_store <products> <folder> [till|online]".into());
    };
    let sides = match arguments.get(3).map(String::as_str) {
        None => vec![Side::InStore, Side::Online],
        Some("till") => vec![Side::InStore],
        Some(_) => vec![Side::Online],
    };
    let home = Home::at(&std::path::absolute(Path::new(folder))?);
    let (store, _) = Store::open(&home.store())?;
    let mut numbers = Numbers { listing: 0, variant: 0, currency: Currency::new("EUR")? };
    for side in sides {
        let id = ConnectionId(if side == Side::InStore { 1 } else { 2 });
        store.commit(NOW, vec![Entry::ConnectionKept(connection(id, side, numbers.currency)?)]).await?;
        let all = Synthetic::new(2026, count);
        let products: Box<dyn Iterator<Item = ShopProduct>> = match side {
            Side::InStore => Box::new(all.till()),
            Side::Online => Box::new(all.online()),
        };
        let mut waiting = tokio::task::JoinSet::new();
        let mut page = Vec::with_capacity(PAGE);
        for product in products {
            page.push(Entry::ListingSeen(Box::new(numbers.listing(id, product)?)));
            if page.len() < PAGE {
                continue;
            }
            if waiting.len() >= AT_ONCE
                && let Some(done) = waiting.join_next().await
            {
                done??;
            }
            let (store, page) = (store.clone(), std::mem::take(&mut page));
            waiting.spawn(async move { store.commit(NOW, page).await.map(|_| ()) });
        }
        while let Some(done) = waiting.join_next().await {
            done??;
        }
        page.push(Entry::Swept { connection: id, at: NOW });
        store.commit(NOW, page).await?;
        eprintln!("{}: {} listings, {} variants so far", side.label(), numbers.listing, numbers.variant);
    }
    Ok(())
}

fn connection(id: ConnectionId, side: Side, currency: Currency) -> Result<Connection, Fault> {
    let (platform, name) = match side {
        Side::InStore => ("square", "Harbour & Hill"),
        Side::Online => ("shopify", "Harbour & Hill Online"),
    };
    Ok(Connection {
        id,
        platform: PlatformId(platform.to_owned()),
        side,
        name: Text::new(name),
        base_url: BaseUrl::new("http://127.0.0.1:9", true)?,
        ca_file: None,
        currency,
        locations: vec![Location { id: location(1)?, name: Text::new("Harbour Street"), active: true }],
        connected_at: NOW,
    })
}

fn location(number: u64) -> Result<LocationId, Fault> {
    Ok(LocationId(RemoteId::new(format!("L{number:08}ABCDE"))?))
}

/// An identifier as long as those of real shops.
fn remote(connection: ConnectionId, kind: &str, number: u64) -> Result<RemoteId, Fault> {
    Ok(RemoteId::new(match connection {
        ConnectionId(1) => format!("{kind}{:022X}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        ConnectionId(_) => format!("gid://shop/{kind}/{}", 7_000_000_000_000 + number),
    })?)
}

impl Numbers {
    fn listing(&mut self, connection: ConnectionId, product: ShopProduct) -> Result<KnownListing, Fault> {
        self.listing += 1;
        let id = self.listing;
        let mut numbers = Vec::new();
        let mut variants = Vec::new();
        for variant in &product.variants {
            self.variant += 1;
            numbers.push(VariantId(self.variant));
            variants.push(self.variant(connection, &product.options, variant)?);
        }
        let options: Vec<Text> = product.options.iter().map(|option| Text::new(option)).collect();
        let listing = Listing {
            remote: remote(connection, "Product", id)?,
            title: Text::new(&product.title),
            description: counterpart::domain::plain(&product.description),
            brand: Text::some(&product.brand),
            category: Text::some(&product.category),
            status: product.status,
            structure: if options.is_empty() { Structure::Simple } else { Structure::Variable { options } },
            variants,
            images: product.images,
            page: Some(format!("https://shop.example/products/{id}")),
            updated_at: Some(Timestamp(NOW.0 - id as i64 * 1000)),
        };
        Ok(KnownListing { id: ListingId(id), connection, variants: numbers, listing, gone: false, seen_at: NOW })
    }

    fn variant(&self, connection: ConnectionId, options: &[String], shown: &ShopVariant) -> Result<Variant, Fault> {
        let mut levels = BTreeMap::new();
        for (number, level) in &shown.levels {
            levels.insert(location(*number)?, *level);
        }
        let values = options.iter().zip(&shown.values);
        Ok(Variant {
            remote: remote(connection, "Variant", self.variant)?,
            inventory: match connection {
                ConnectionId(1) => None,
                ConnectionId(_) => Some(remote(connection, "InventoryItem", self.variant)?),
            },
            options: values
                .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
                .collect(),
            sku: Text::some(&shown.sku),
            barcode: Text::some(&shown.barcode),
            price: shown.price.map(|minor| Money::new(minor, self.currency)),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock: match (shown.tracked, levels.is_empty()) {
                (false, _) => Stock::Untracked,
                (true, true) => Stock::Unknown,
                (true, false) => Stock::Tracked(levels),
            },
        })
    }
}
