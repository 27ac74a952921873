//! Sandbox shops, filled and open.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::connectors::{self, Platform};
use crate::domain::{Currency, Side};
use crate::error::{Exit, Failure};
use crate::platform::Clock;
use crate::sandbox::{
    Faults, PICTURES, RunningTraffic, Shop, ShopProduct, ShopServer, Synthetic, Table, Traffic, read_products,
    read_table, stand_on_its_line,
};

const TILL: &str = include_str!("../../assets/demo-till.csv");
const ONLINE: &str = include_str!("../../assets/demo-online.csv");

/// Where made-up catalogues say that their pictures are.
const INVENTED: &str = "https://pictures.example/";
/// The same shops each time.
const SEED: u64 = 2026;

/// What a shop sells.
#[derive(Debug, Clone, Copy)]
pub enum Stocked<'a> {
    /// The catalogue of the story.
    BuiltIn,
    /// So many products, made up.
    Synthetic(u64),
    /// A CSV file: our columns, or the platform's own export.
    File(&'a Path),
}

/// A shop to be opened.
pub struct Wanted<'a> {
    pub platform: &'a str,
    /// 0: any free one.
    pub port: u16,
    pub faults: &'a [String],
    pub stocked: Stocked<'a>,
    /// As many calls as the platform's largest plan allows, instead of its usual one.
    pub largest_plan: bool,
}

pub struct OpenShop {
    pub platform: &'static Platform,
    pub server: ShopServer,
    pub credentials: Vec<(&'static str, String)>,
}

/// Fills a shop and opens it on loopback.
pub async fn open(wanted: &Wanted<'_>, clock: &Arc<dyn Clock>) -> Result<OpenShop, Failure> {
    let platform = platform(wanted.platform)?;
    let faults = Faults::parse(wanted.faults.iter().map(String::as_str), SEED)
        .map_err(|why| Failure::new(Exit::Usage, format!("--fault: {why}")))?;
    let shop = stocked(platform, wanted.stocked, clock)?;
    let mut imitation = (platform.imitate)();
    if wanted.largest_plan {
        imitation.on_the_largest_plan();
    }
    let credentials = imitation.credentials();
    let address = SocketAddr::from(([127, 0, 0, 1], wanted.port));
    let server = ShopServer::start(imitation, shop, faults, Arc::clone(clock), address).await.map_err(|why| {
        Failure::new(
            Exit::Failure,
            format!("cannot open the {} sandbox on port {}: {why}", platform.profile.name, wanted.port),
        )
        .hint("another program may use the port; choose one with --port")
    })?;
    let url = server.url();
    server.shop().alter(|shop| hang_pictures(shop, &url));
    Ok(OpenShop { platform, server, credentials })
}

/// The shop shows pictures of its own instead of those at an invented address; of some things, several.
fn hang_pictures(shop: &mut Shop, url: &str) {
    for product in shop.products.values_mut() {
        let hung = |address: &String| match address.strip_prefix(INVENTED) {
            None => vec![address.clone()],
            Some(name) => {
                let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
                // The same number in every shop that has it; made-up products by the million have one each.
                let several = name.contains('-') && name.len() % 3 == 0;
                let views = ["", "-2", "-3"].into_iter().take(if several { 3 } else { 1 });
                views.map(|view| format!("{url}{PICTURES}{name}{view}.png")).collect()
            }
        };
        product.images = product.images.iter().flat_map(hung).collect();
    }
}

/// Sales in all shops, `per_minute` in each; `None` for none.
pub fn traffic(shops: &[OpenShop], per_minute: u32, clock: &Arc<dyn Clock>) -> Option<RunningTraffic> {
    let sales = u64::from(per_minute) * shops.len() as u64;
    let pause = Duration::from_millis(60_000_u64.checked_div(sales)?);
    let shared = shops.iter().map(|shop| shop.server.shop()).collect();
    let traffic = Traffic::new(SEED);
    Some(RunningTraffic::start(traffic, shared, Arc::clone(clock), pause, |_| ControlFlow::Continue(())))
}

fn platform(id: &str) -> Result<&'static Platform, Failure> {
    connectors::named(&id.to_lowercase()).ok_or_else(|| {
        let known: Vec<&str> = connectors::all().iter().map(|platform| platform.profile.id).collect();
        Failure::new(Exit::Usage, format!("there is no platform {id:?}"))
            .hint(format!("there are {}", known.join(", ")))
    })
}

fn stocked(platform: &Platform, stocked: Stocked<'_>, clock: &Arc<dyn Clock>) -> Result<Shop, Failure> {
    let euro = Currency::new("EUR").map_err(|why| Failure::new(Exit::Failure, why.to_string()))?;
    let side = platform.profile.side;
    let (name, locations): (&str, &[&str]) = match (side, platform.profile.has_locations) {
        (Side::InStore, true) => ("Harbour & Hill", &["Harbour Street", "Market Stall"]),
        (Side::InStore, false) => ("Harbour & Hill", &["Harbour Street"]),
        (Side::Online, _) => ("Harbour & Hill Online", &["Warehouse"]),
    };
    let mut shop = Shop::new(name, euro, locations);
    let products: Box<dyn Iterator<Item = ShopProduct>> = match (stocked, side) {
        (Stocked::Synthetic(count), Side::InStore) => Box::new(Synthetic::new(SEED, count).till()),
        (Stocked::Synthetic(count), Side::Online) => Box::new(Synthetic::new(SEED, count).online()),
        (Stocked::BuiltIn, Side::InStore) => {
            Box::new(read(&shop, "the built-in till catalogue", TILL.as_bytes())?.into_iter())
        }
        (Stocked::BuiltIn, Side::Online) => {
            Box::new(read(&shop, "the built-in online catalogue", ONLINE.as_bytes())?.into_iter())
        }
        (Stocked::File(path), _) => Box::new(read_file(platform, &shop, path)?.into_iter()),
    };
    let now = clock.now();
    for product in products {
        shop.insert(product, now);
    }
    Ok(shop)
}

fn read(shop: &Shop, name: &str, source: impl std::io::Read) -> Result<Vec<ShopProduct>, Failure> {
    read_table(source)
        .and_then(|table| read_products(&table, shop.currency, &shop.locations))
        .map_err(|why| Failure::new(Exit::Usage, format!("{name}: {why}")))
}

/// The platform's export if these are its columns, else our own form.
fn read_file(platform: &Platform, shop: &Shop, path: &Path) -> Result<Vec<ShopProduct>, Failure> {
    let failed = |why: String| {
        Failure::new(Exit::Usage, format!("{}: {why}", path.display()))
            .hint("`counterpart sandbox --help` names the columns; the platform's own export is taken as it is")
    };
    let text = std::fs::read(path).map_err(|why| failed(format!("cannot be read: {why}")))?;
    // Exports may have ragged rows, which our own form refuses; so each reads for itself.
    let mut export = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_slice());
    let placed = |row: csv::Result<csv::StringRecord>| {
        row.map(|mut row| {
            stand_on_its_line(&mut row, &text);
            row
        })
    };
    let columns = export.headers().cloned();
    if let (Ok(columns), Ok(rows)) = (columns, export.records().map(placed).collect::<Result<Vec<_>, _>>())
        && let Some(products) = (platform.read_export)(&columns, &rows)
    {
        return products.map_err(failed);
    }
    let table: Table = read_table(text.as_slice()).map_err(|why| failed(why.to_string()))?;
    read_products(&table, shop.currency, &shop.locations).map_err(|why| failed(why.to_string()))
}
