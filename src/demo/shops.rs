//! Sandbox shops, filled and open.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::connectors::{self, Platform};
use crate::domain::{Currency, Side};
use crate::error::{Exit, Failure};
use crate::platform::Clock;
use crate::sandbox::{Faults, RunningTraffic, Shop, ShopProduct, ShopServer, Traffic, catalogue, synthetic};

const TILL: &str = include_str!("../../assets/demo-till.csv");
const ONLINE: &str = include_str!("../../assets/demo-online.csv");

/// The same shops each time.
const SEED: u64 = 2026;

/// What the two sides sell.
pub struct Catalogues {
    till: Vec<ShopProduct>,
    online: Vec<ShopProduct>,
}

impl Catalogues {
    /// The built-in ones, or synthetic ones of about `products` products.
    pub fn new(products: Option<usize>) -> Result<Self, Failure> {
        let (till, online) = match products {
            Some(count) => synthetic::synthetic(SEED, count),
            None => (read("the built-in till catalogue", TILL)?, read("the built-in online catalogue", ONLINE)?),
        };
        Ok(Self { till, online })
    }

    fn of(&self, side: Side) -> &[ShopProduct] {
        match side {
            Side::InStore => &self.till,
            Side::Online => &self.online,
        }
    }
}

/// A shop to be opened.
pub struct Wanted<'a> {
    pub platform: &'a str,
    /// 0: any free one.
    pub port: u16,
    pub faults: &'a [String],
    /// A CSV file to fill it from.
    pub catalogue: Option<&'a str>,
}

pub struct OpenShop {
    pub platform: &'static Platform,
    pub server: ShopServer,
    pub credentials: Vec<(&'static str, String)>,
}

pub async fn open(wanted: &Wanted<'_>, catalogues: &Catalogues, clock: &Arc<dyn Clock>) -> Result<OpenShop, Failure> {
    let platform = platform(wanted.platform)?;
    let faults = Faults::parse(wanted.faults.iter().map(String::as_str), SEED)
        .map_err(|why| Failure::new(Exit::Usage, format!("--fault: {why}")))?;
    let products = match wanted.catalogue {
        Some(path) => read_file(platform, path)?,
        None => catalogues.of(platform.profile.side).to_vec(),
    };
    let euro = Currency::new("EUR").map_err(|why| Failure::new(Exit::Failure, why.to_string()))?;
    let (name, locations): (&str, &[&str]) = match (platform.profile.side, platform.profile.has_locations) {
        (Side::InStore, true) => ("Harbour & Hill", &["Harbour Street", "Market Stall"]),
        (Side::InStore, false) => ("Harbour & Hill", &["Harbour Street"]),
        (Side::Online, _) => ("Harbour & Hill Online", &["Warehouse"]),
    };
    let mut shop = Shop::new(name, euro, locations);
    let now = clock.now();
    let main = shop.locations.first().map_or(0, |location| location.number);
    for mut product in products {
        for variant in &mut product.variants {
            // A catalogue says how many, not where: they are at the first location.
            if let Some(level) = variant.levels.remove(&0) {
                variant.levels.insert(main, level);
            }
        }
        shop.insert(product, now);
    }
    let imitation = (platform.imitate)();
    let credentials = imitation.credentials();
    let address = SocketAddr::from(([127, 0, 0, 1], wanted.port));
    let server = ShopServer::start(imitation, shop, faults, Arc::clone(clock), address).await.map_err(|why| {
        Failure::new(Exit::Failure, format!("cannot open the {} sandbox on port {}: {why}", platform.profile.name, wanted.port))
            .hint("another program may use the port; choose one with --port")
    })?;
    Ok(OpenShop { platform, server, credentials })
}

fn platform(id: &str) -> Result<&'static Platform, Failure> {
    connectors::named(id).ok_or_else(|| {
        let known: Vec<&str> = connectors::all().iter().map(|platform| platform.profile.id).collect();
        Failure::new(Exit::Usage, format!("there is no platform {id:?}")).hint(format!("there are {}", known.join(", ")))
    })
}

/// Sales in all shops, `per_minute` in each.
pub fn traffic(shops: &[OpenShop], per_minute: u32, clock: Arc<dyn Clock>) -> RunningTraffic {
    let shared = shops.iter().map(|shop| shop.server.shop()).collect();
    Traffic::new(SEED).run(shared, per_minute, clock)
}

fn read(name: &str, text: &str) -> Result<Vec<ShopProduct>, Failure> {
    catalogue::read(text).map_err(|why| Failure::new(Exit::Failure, format!("{name}: {why}")))
}

/// Our own columns, or the platform's export.
fn read_file(platform: &Platform, path: &str) -> Result<Vec<ShopProduct>, Failure> {
    let failed = |why: String| Failure::new(Exit::Usage, format!("{path}: {why}"));
    let text = std::fs::read_to_string(path).map_err(|why| failed(format!("cannot be read: {why}")))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|why| failed(why.to_string()))?.clone();
    let rows: Vec<csv::StringRecord> =
        reader.records().collect::<Result<_, _>>().map_err(|why| failed(why.to_string()))?;
    match (platform.read_export)(&columns, &rows) {
        Some(read) => read.map_err(failed),
        None => catalogue::read(&text).map_err(|why| failed(why.to_string())),
    }
}
