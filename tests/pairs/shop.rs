//! A shop of one platform: its sandbox behind a socket, and what can be seen and done there.

use std::net::SocketAddr;
use std::sync::Arc;

use counterpart::connectors::Platform;
use counterpart::domain::{Currency, Quantity};
use counterpart::platform::{Clock, ManualClock};
use counterpart::sandbox::{Faults, Shop, ShopProduct, ShopServer};
use counterpart::secrets::{Credentials, Secret};

pub struct OpenShop {
    pub platform: &'static Platform,
    pub server: ShopServer,
    pub credentials: Credentials,
    clock: Arc<ManualClock>,
}

impl OpenShop {
    pub async fn open(
        platform: &'static Platform,
        name: &str,
        products: Vec<ShopProduct>,
        clock: &Arc<ManualClock>,
    ) -> Self {
        let mut shop = Shop::new(name, Currency::new("EUR").unwrap(), &["Harbour Street"]);
        for product in products {
            shop.insert(product, clock.now());
        }
        let imitation = (platform.imitate)();
        let credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        Self { platform, server, credentials, clock: clock.clone() }
    }

    /// What can be sold of it, wherever it lies; `None` for what is not there or is not counted.
    pub fn level(&self, sku: &str) -> Option<Quantity> {
        self.server.shop().look(|shop| {
            let mut variants = shop.products.values().flat_map(|product| &product.variants);
            let variant = variants.find(|variant| variant.sku == sku)?;
            let is_counted = variant.tracked && !variant.levels.is_empty();
            is_counted.then(|| Quantity::sum(variant.levels.values().copied()))
        })
    }

    fn line(&self, sku: &str, units: i64) -> (u64, u64, Quantity) {
        self.server.shop().look(|shop| {
            let variant = shop.products.values().flat_map(|product| &product.variants).find(|one| one.sku == sku);
            let number = variant.unwrap_or_else(|| panic!("no {sku} at {}", self.platform.profile.name)).number;
            (number, shop.locations[0].number, Quantity::units(units))
        })
    }

    /// Over the counter.
    pub fn sells(&self, sku: &str, units: i64) {
        let (variant, location, quantity) = self.line(sku, units);
        let now = self.clock.now();
        self.server.shop().alter(|shop| shop.sell(variant, location, quantity, now)).unwrap();
    }

    /// Ordered and not handed over yet. Gives the order's number.
    pub fn is_ordered(&self, pieces: &[(&str, i64)]) -> u64 {
        let lines: Vec<_> = pieces.iter().map(|(sku, units)| self.line(sku, *units)).collect();
        let now = self.clock.now();
        self.server.shop().alter(|shop| shop.place_order(&lines, now)).unwrap()
    }

    pub fn ships(&self, order: u64) {
        let now = self.clock.now();
        assert!(self.server.shop().alter(|shop| shop.fulfil_order(order, &[], now)));
    }

    /// Titles, each as often as there are products of it.
    pub fn titles(&self) -> Vec<String> {
        let titles = |shop: &Shop| shop.products.values().map(|product| product.title.clone()).collect();
        let mut titles: Vec<String> = self.server.shop().look(titles);
        titles.sort();
        titles
    }

    /// Of all variants under this title, in alphabetical order.
    pub fn skus(&self, title: &str) -> Vec<String> {
        self.server.shop().look(|shop| {
            let products = shop.products.values().filter(|product| product.title == title);
            let mut skus: Vec<String> =
                products.flat_map(|product| &product.variants).map(|one| one.sku.clone()).collect();
            skus.sort();
            skus
        })
    }

    /// What is there, what was done to it, and what was asked last.
    pub fn told(&self) -> Vec<String> {
        let shop = self.server.shop();
        let mut told: Vec<String> = shop.look(|shop| {
            let variants = shop.products.values().flat_map(|product| &product.variants);
            let levels = variants.map(|one| format!("{} {} {:?} {:?}", one.number, one.sku, one.tracked, one.levels));
            levels.chain(shop.applied.iter().map(|done| format!("{done:?}"))).collect()
        });
        let seen = self.server.requests();
        let last = seen.iter().rev().take(20).rev();
        told.extend(last.map(|seen| format!("{:?} {} {} {:?}", seen.at, seen.method, seen.path, seen.status)));
        told
    }

    pub fn calls(&self) -> usize {
        self.server.requests().len()
    }
}
