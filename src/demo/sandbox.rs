//! `sandbox`: shops on loopback that speak the platforms' HTTP, until somebody stops them.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::shops::{self, OpenShop, Stocked, Wanted};
use crate::connectors;
use crate::error::{Exit, Failure};
use crate::platform::{Clock, SystemClock};

/// Which shops are to be served, and how.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Identifiers; none for all platforms.
    pub platforms: Vec<String>,
    /// `platform=file.csv`
    pub catalogues: Vec<String>,
    /// So many products, made up; `None` for the built-in catalogue.
    pub products: Option<u64>,
    /// The first one; each further shop takes the next. 0: any free ones.
    pub port: u16,
    pub faults: Vec<String>,
    /// Sales a minute in each shop.
    pub traffic: u32,
    pub largest_plan: bool,
}

/// Serves until SIGINT or SIGTERM.
pub async fn run(wanted: &Sandbox) -> Result<Exit, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let filled = wanted.products.map_or(Stocked::BuiltIn, Stocked::Synthetic);
    let files: Vec<(&str, &str)> = wanted
        .catalogues
        .iter()
        .map(|given| {
            given.split_once('=').ok_or_else(|| {
                Failure::new(Exit::Usage, format!("--catalogue {given:?} names no platform"))
                    .hint("write it as platform=file.csv")
            })
        })
        .collect::<Result<_, _>>()?;
    let all: Vec<&str> = connectors::all().iter().map(|platform| platform.profile.id).collect();
    let platforms: Vec<&str> = match wanted.platforms.is_empty() {
        true => all,
        false => wanted.platforms.iter().map(String::as_str).collect(),
    };
    // A file that no shop takes would be left out without a word.
    if let Some((name, _)) = files.iter().find(|(name, _)| !platforms.iter().any(|one| one.eq_ignore_ascii_case(name)))
    {
        return Err(Failure::new(Exit::Usage, format!("--catalogue is for {name:?}, which is not served"))
            .hint(format!("served are {}", platforms.join(", "))));
    }
    let mut open: Vec<OpenShop> = Vec::new();
    for (place, platform) in platforms.iter().enumerate() {
        let port = match wanted.port {
            0 => 0,
            first => first.saturating_add(u16::try_from(place).unwrap_or(0)),
        };
        let file = files.iter().find(|(name, _)| name.eq_ignore_ascii_case(platform));
        let stocked = file.map_or(filled, |(_, path)| Stocked::File(Path::new(path)));
        open.push(
            shops::open(
                &Wanted { platform, port, faults: &wanted.faults, stocked, largest_plan: wanted.largest_plan },
                &clock,
            )
            .await?,
        );
    }
    announce(&open)?;
    let traffic = shops::traffic(&open, wanted.traffic, &clock);
    until_stopped().await?;
    if let Some(traffic) = traffic {
        traffic.stop().await;
    }
    for shop in open {
        shop.server.shutdown().await;
    }
    Ok(Exit::Success)
}

/// One JSON document on stdout: where the shops are and which keys they take.
fn announce(open: &[OpenShop]) -> Result<(), Failure> {
    let shops: Vec<_> = open
        .iter()
        .map(|shop| {
            let url = shop.server.url();
            let credentials: serde_json::Map<String, serde_json::Value> =
                shop.credentials.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({
                "platform": shop.platform.profile.id,
                "base_url": url,
                "credentials": credentials,
                "products": shop.server.shop().look(|shop| shop.products.len()),
                "control": format!("{url}/_sandbox"),
            })
        })
        .collect();
    use std::io::Write;
    let text = serde_json::to_string_pretty(&json!({ "shops": shops })).unwrap_or_default();
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|why| Failure::new(Exit::Failure, format!("cannot print the addresses: {why}")))
}

async fn until_stopped() -> Result<(), Failure> {
    let failed = |why| Failure::new(Exit::Failure, format!("cannot wait for signals: {why}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
