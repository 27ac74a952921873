//! Everything in one process: sandbox shops, an engine, and a terminal joined to it by a pipe in memory.
//!
//! The one place outside the connectors that names platforms: a demo is a story, and its two shops have names.

mod sandbox;
mod shops;

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::DemoArguments;
use crate::client::Client;
use crate::config::Home;
use crate::engine::{Engine, Options, RealShops};
use crate::error::{Exit, Failure};
use crate::keys::Keymap;
use crate::platform::{Clock, SystemClock};
use crate::protocol::{ConnectionDraft, Request};
use crate::secrets::{Secret, SecretStore};
use crate::server;
use crate::store::Store;
use crate::tui;

pub use sandbox::run as sandbox;
use shops::{OpenShop, Stocked, Wanted};

/// The till and the online store of the story, if nobody asks for others.
const STORY: [&str; 2] = ["square", "shopify"];

/// Shows the program at work. With `home` the store is kept there; the shops are made anew each time, from the same
/// catalogue, and listen where the kept connections expect them.
pub async fn run(
    arguments: &DemoArguments,
    home: Option<Home>,
    keymap: Keymap,
    look: tui::Options,
) -> Result<Exit, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let temporary = tempfile_folder(&home)?;
    let home = home.unwrap_or_else(|| Home::at(&temporary.path));
    let (store, opened) = Store::open(&home.store()).map_err(|why| Failure::new(Exit::Store, why.to_string()))?;
    let secrets = SecretStore::open(&home.secrets()).map_err(|why| Failure::new(Exit::Failure, why.to_string()))?;
    let engine = Engine::start(
        store,
        opened,
        secrets,
        RealShops::shared(Arc::clone(&clock)),
        Arc::clone(&clock),
        Options::demo(),
    )
    .await
    .map_err(|problem| Failure::new(problem.kind.exit(), problem.message))?;

    let (near, far) = tokio::io::duplex(1 << 20);
    let serving = tokio::spawn(server::serve_stream(engine.clone(), far));
    let client = Client::over(near).await.map_err(|problem| Failure::new(problem.kind.exit(), problem.message))?;

    let open = open_shops(arguments, &client, &clock).await?;
    let traffic = shops::traffic(&open, arguments.traffic, &clock);
    let look = tui::Options { jobs_go_on: false, ..look };
    let outcome = tui::run_attached(client, keymap, look).await;

    if let Some(traffic) = traffic {
        traffic.stop().await;
    }
    let _ = serving.await;
    engine.stop().await;
    for shop in open {
        shop.server.shutdown().await;
    }
    drop(temporary);
    outcome.map(|()| Exit::Success).map_err(|why| Failure::new(Exit::Failure, format!("{why:#}")))
}

/// Opens the two shops and connects them where they are not connected yet.
async fn open_shops(
    arguments: &DemoArguments,
    client: &Client,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<OpenShop>, Failure> {
    let failed = |problem: crate::protocol::Problem| Failure::new(problem.kind.exit(), problem.message);
    let wanted: Vec<String> = match &arguments.platforms {
        Some(named) => named.split(',').map(|name| name.trim().to_owned()).collect(),
        None => STORY.iter().map(|name| (*name).to_owned()).collect(),
    };
    let known = match client.ask(Request::Status).await.map_err(failed)? {
        crate::protocol::Reply::Status(status) => status.connections,
        _ => Vec::new(),
    };
    let stocked = arguments.products.map_or(Stocked::BuiltIn, Stocked::Synthetic);
    let mut open = Vec::new();
    for platform in &wanted {
        let connected = known.iter().find(|row| row.platform.eq_ignore_ascii_case(platform));
        let port = connected.and_then(|row| row.base_url.rsplit(':').next()?.parse().ok()).unwrap_or(0);
        let wanted = Wanted { platform, port, faults: &arguments.fault, stocked, largest_plan: true };
        let shop = shops::open(&wanted, clock).await?;
        if connected.is_none() {
            let draft = ConnectionDraft {
                platform: platform.clone(),
                name: String::new(),
                base_url: shop.server.url(),
                allow_http: false,
                ca_file: None,
                locations: Vec::new(),
                credentials: shop
                    .credentials
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), Secret::new(value.clone())))
                    .collect(),
            };
            client.ask(Request::Connect { draft }).await.map_err(failed)?;
        }
        open.push(shop);
    }
    Ok(open)
}

/// A folder that is removed when the demo ends, where none was named.
struct Folder {
    path: PathBuf,
    remove: bool,
}

fn tempfile_folder(home: &Option<Home>) -> Result<Folder, Failure> {
    if home.is_some() {
        return Ok(Folder { path: PathBuf::new(), remove: false });
    }
    let path = std::env::temp_dir().join(format!("counterpart-demo-{}", std::process::id()));
    let made = std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&path);
    made.map_err(|why| {
        Failure::new(Exit::Failure, format!("cannot create {} for the demo: {why}", path.display()))
            .hint("name another folder with --home")
    })?;
    Ok(Folder { path, remove: true })
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.remove {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
