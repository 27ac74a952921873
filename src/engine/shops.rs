//! Where connectors come from. The engine takes them through [`Shops`], so that tests put doubles there.

use std::sync::Arc;

use crate::connectors::Account;
use crate::domain::{BaseUrl, Currency, Location};
use crate::http::{Http, HttpOptions};
use crate::platform::{Clock, PlatformError, Profile, SharedConnector};
use crate::rules::presets::Preset;
use crate::secrets::Credentials;

/// What is known of a shop before a connector is made for it.
#[derive(Debug, Clone)]
pub struct ShopAddress {
    /// The platform's name as the registry knows it.
    pub platform: String,
    pub base_url: BaseUrl,
    pub ca_file: Option<String>,
    /// Empty before the first test.
    pub locations: Vec<Location>,
    /// Unknown before the first test.
    pub currency: Option<Currency>,
}

/// The platforms that can be connected, and the way to their connectors.
pub trait Shops: Send + Sync {
    fn profiles(&self) -> Vec<&'static Profile>;

    fn profile(&self, platform: &str) -> Option<&'static Profile> {
        self.profiles().into_iter().find(|profile| profile.id == platform)
    }

    /// Sets of field rules that can be chosen, the default first.
    fn presets(&self) -> Vec<Preset> {
        crate::connectors::presets()
    }

    /// Makes a connector. Calls nobody.
    fn connect(&self, shop: &ShopAddress, credentials: Credentials) -> Result<SharedConnector, PlatformError>;
}

/// The real ones: the list of connectors, each behind its own HTTP client.
pub struct RealShops {
    clock: Arc<dyn Clock>,
}

impl RealShops {
    pub fn shared(clock: Arc<dyn Clock>) -> Arc<dyn Shops> {
        Arc::new(Self { clock })
    }
}

impl Shops for RealShops {
    fn profiles(&self) -> Vec<&'static Profile> {
        crate::connectors::all().iter().map(|platform| platform.profile).collect()
    }

    fn connect(&self, shop: &ShopAddress, credentials: Credentials) -> Result<SharedConnector, PlatformError> {
        let refused = |why: String| PlatformError::Refused { platform: "counterpart", why };
        let platform = crate::connectors::named(&shop.platform)
            .ok_or_else(|| refused(format!("there is no platform named {:?}", shop.platform)))?;
        let profile = platform.profile;
        let ca_pem = match &shop.ca_file {
            None => None,
            Some(file) => {
                let read = std::fs::read(file);
                Some(read.map_err(|why| refused(format!("the certificate file {file} cannot be read: {why}")))?)
            }
        };
        let secret = |name: &str| profile.credentials.iter().any(|field| field.name == name && field.secret);
        let secrets = credentials.iter().filter(|(name, _)| secret(name)).map(|(_, secret)| secret.clone());
        let http = Http::new(HttpOptions {
            platform: profile.name,
            base_url: shop.base_url.clone(),
            ca_pem,
            budget: profile.budget,
            timeout: profile.timeout,
            clock: self.clock.clone(),
            secrets: secrets.collect(),
            explain: platform.explain,
            // Two shops behind one proxy should not try again in the same moment.
            seed: seed(shop),
        })?;
        let (locations, currency) = (shop.locations.clone(), shop.currency);
        (platform.connect)(Account { http, credentials, clock: self.clock.clone(), locations, currency })
    }
}

fn seed(shop: &ShopAddress) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&blake3::hash(shop.base_url.as_str().as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
