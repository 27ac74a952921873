//! `sandbox`: shops on loopback that speak the platforms' HTTP, until somebody stops them.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::shops::{self, OpenShop, Stocked, Wanted};
use crate::cli::SandboxArguments;
use crate::connectors;
use crate::error::{Exit, Failure};
use crate::platform::{Clock, SystemClock};

pub async fn run(arguments: &SandboxArguments) -> Result<Exit, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let filled = arguments.products.map_or(Stocked::BuiltIn, Stocked::Synthetic);
    let files: Vec<(&str, &str)> = arguments
        .catalogue
        .iter()
        .map(|given| {
            given.split_once('=').ok_or_else(|| {
                Failure::new(Exit::Usage, format!("--catalogue {given:?} names no platform"))
                    .hint("write it as platform=file.csv")
            })
        })
        .collect::<Result<_, _>>()?;
    let all: Vec<&str> = connectors::all().iter().map(|platform| platform.profile.id).collect();
    let wanted: Vec<&str> = match arguments.platform.is_empty() {
        true => all,
        false => arguments.platform.iter().map(String::as_str).collect(),
    };
    let mut open: Vec<OpenShop> = Vec::new();
    for (place, platform) in wanted.iter().enumerate() {
        let port = match arguments.port {
            0 => 0,
            first => first.saturating_add(u16::try_from(place).unwrap_or(0)),
        };
        let file = files.iter().find(|(name, _)| name == platform);
        let stocked = file.map_or(filled, |(_, path)| Stocked::File(Path::new(path)));
        open.push(
            shops::open(
                &Wanted { platform, port, faults: &arguments.fault, stocked, largest_plan: arguments.largest_plan },
                &clock,
            )
            .await?,
        );
    }
    announce(&open)?;
    let traffic = shops::traffic(&open, arguments.traffic, &clock);
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
