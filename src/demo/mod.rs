//! Everything in one process: sandbox shops, an engine, and a client joined to it by a pipe in memory.
//!
//! The one place outside the connectors that names platforms: a demo is a story, and its two shops have names.

mod sandbox;
mod shops;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::client::Client;
use crate::config::Home;
use crate::engine::{Engine, Options, RealShops};
use crate::error::{Exit, Failure};
use crate::platform::{Clock, SystemClock};
use crate::protocol::{ConnectionDraft, Problem, Reply, Request};
use crate::sandbox::RunningTraffic;
use crate::secrets::{Secret, SecretStore};
use crate::server;
use crate::store::Store;

pub use sandbox::{Sandbox, run as sandbox};
use shops::{OpenShop, Stocked, Wanted};

/// The till and the online store of the story, if nobody asks for others.
const STORY: [&str; 2] = ["square", "shopify"];

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct Story {
    /// So many products, made up; `None` for the built-in catalogue.
    pub products: Option<u64>,
    /// Sales a minute in each shop.
    pub traffic: u32,
    /// Identifiers of the platforms, separated by commas.
    pub platforms: Option<String>,
    pub faults: Vec<String>,
}

/// A demo at work.
pub struct Demo {
    client: Client,
    serving: JoinHandle<()>,
    engine: Engine,
    traffic: Option<RunningTraffic>,
    shops: Vec<OpenShop>,
    /// Last, so that it is removed when nobody uses it any more.
    folder: Folder,
}

impl Demo {
    /// Opens shops and engine. With `home` the store is kept there; the shops are made anew each time, from the same
    /// catalogue, and listen where the kept connections expect them.
    pub async fn open(story: &Story, home: Option<Home>) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (home, folder) = match home {
            Some(home) => (home, Folder(None)),
            None => Folder::temporary()?,
        };
        let (store, opened) = Store::open(&home.store()).map_err(|why| failure(server::store_problem(&why)))?;
        let secrets = SecretStore::open(&home.secrets()).map_err(|why| failure(server::secret_problem(&why)))?;
        let shops = RealShops::shared(Arc::clone(&clock));
        let engine =
            Engine::start(store, opened, secrets, shops, Arc::clone(&clock), Options::demo()).await.map_err(failure)?;
        let (near, far) = tokio::io::duplex(1 << 20);
        let serving = tokio::spawn(server::serve_stream(engine.clone(), far));
        let client = Client::over(near).await.map_err(failure)?;
        let shops = open_shops(story, &client, &clock).await?;
        let traffic = shops::traffic(&shops, story.traffic, &clock);
        Ok(Self { client, serving, engine, traffic, shops, folder })
    }

    /// For the terminal that shows it.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Ends everything, in order; returns when nothing runs any more.
    pub async fn close(self) {
        let Self { client, serving, engine, traffic, shops, folder } = self;
        client.close().await;
        if let Some(traffic) = traffic {
            traffic.stop().await;
        }
        let _ = serving.await;
        engine.stop().await;
        for shop in shops {
            shop.server.shutdown().await;
        }
        drop(folder);
    }
}

fn failure(problem: Problem) -> Failure {
    Failure { exit: problem.kind.exit(), message: problem.message, hint: problem.hint }
}

/// Opens the shops and connects them where they are not connected yet.
async fn open_shops(story: &Story, client: &Client, clock: &Arc<dyn Clock>) -> Result<Vec<OpenShop>, Failure> {
    let wanted: Vec<String> = match &story.platforms {
        Some(named) => named.split(',').map(|name| name.trim().to_owned()).collect(),
        None => STORY.iter().map(|name| (*name).to_owned()).collect(),
    };
    let known = match client.ask(Request::Status).await.map_err(failure)? {
        Reply::Status(status) => status.connections,
        _ => Vec::new(),
    };
    let stocked = story.products.map_or(Stocked::BuiltIn, Stocked::Synthetic);
    let mut open = Vec::new();
    for platform in &wanted {
        let connected = known.iter().find(|row| row.platform.eq_ignore_ascii_case(platform));
        let port = connected.and_then(|row| row.base_url.rsplit(':').next()?.parse().ok()).unwrap_or(0);
        let wanted = Wanted { platform, port, faults: &story.faults, stocked, largest_plan: true };
        let shop = shops::open(&wanted, clock).await?;
        if connected.is_none() {
            let credentials = shop.credentials.iter();
            let draft = ConnectionDraft {
                platform: platform.clone(),
                name: String::new(),
                base_url: shop.server.url(),
                allow_http: false,
                ca_file: None,
                locations: Vec::new(),
                credentials: credentials
                    .map(|(name, value)| ((*name).to_owned(), Secret::new(value.clone())))
                    .collect(),
                login: None,
            };
            client.ask(Request::Connect { draft }).await.map_err(failure)?;
        }
        open.push(shop);
    }
    Ok(open)
}

/// A folder that is removed when the demo ends, where no home was named.
struct Folder(Option<PathBuf>);

impl Folder {
    fn temporary() -> Result<(Home, Self), Failure> {
        let path = std::env::temp_dir().join(format!("counterpart-demo-{}", std::process::id()));
        let made = std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&path);
        made.map_err(|why| {
            Failure::new(Exit::Failure, format!("cannot create {} for the demo: {why}", path.display()))
                .hint("name another folder with --home")
        })?;
        Ok((Home::at(&path), Self(Some(path))))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
