//! Where connectors come from. The engine takes them through [`Shops`], so that tests put doubles there.

use std::sync::Arc;

use crate::connectors::{Account, Platform};
use crate::domain::{BaseUrl, Currency, Location};
use crate::http::{Http, HttpOptions};
use crate::login::{self, LoginDesk};
use crate::platform::{Budget, Clock, PlatformError, Profile, SharedConnector};
use crate::rules::presets::Preset;
use crate::secrets::{Credentials, Keyring};

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

    /// Makes a connector. Calls nobody. Keys that the platform changes are kept in `keyring`.
    fn connect(
        &self,
        shop: &ShopAddress,
        credentials: Credentials,
        keyring: Arc<dyn Keyring>,
    ) -> Result<SharedConnector, PlatformError>;

    /// A client for the platform's token endpoint; `None` where there is no login. Calls nobody.
    fn login_client(&self, shop: &ShopAddress, credentials: &Credentials) -> Result<Option<Http>, PlatformError> {
        let _ = (shop, credentials);
        Ok(None)
    }

    /// A client for files that the shop names, such as pictures; it has no keys. `None` where none can be read. Calls
    /// nobody.
    fn file_client(&self, shop: &ShopAddress) -> Result<Option<Http>, PlatformError> {
        let _ = shop;
        Ok(None)
    }
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

    fn connect(
        &self,
        shop: &ShopAddress,
        credentials: Credentials,
        keyring: Arc<dyn Keyring>,
    ) -> Result<SharedConnector, PlatformError> {
        let platform = platform(shop)?;
        let http = self.client(platform, shop, shop.base_url.clone(), &credentials, platform.profile.budget)?;
        let login = self.login_client(shop, &credentials)?.map(|http| LoginDesk { http, keyring });
        let (locations, currency) = (shop.locations.clone(), shop.currency);
        (platform.connect)(Account { http, credentials, clock: self.clock.clone(), locations, currency, login })
    }

    fn login_client(&self, shop: &ShopAddress, credentials: &Credentials) -> Result<Option<Http>, PlatformError> {
        let platform = platform(shop)?;
        let Some(login) = platform.profile.login else { return Ok(None) };
        let host = login::host(login.token, &shop.base_url);
        self.client(platform, shop, host, credentials, login::BUDGET).map(Some)
    }

    fn file_client(&self, shop: &ShopAddress) -> Result<Option<Http>, PlatformError> {
        let platform = platform(shop)?;
        let base_url = shop.base_url.clone();
        self.client(platform, shop, base_url, &Credentials::new(), platform.profile.budget).map(Some)
    }
}

impl RealShops {
    fn client(
        &self,
        platform: &Platform,
        shop: &ShopAddress,
        base_url: BaseUrl,
        credentials: &Credentials,
        budget: Budget,
    ) -> Result<Http, PlatformError> {
        let profile = platform.profile;
        let ca_pem = match &shop.ca_file {
            None => None,
            Some(file) => {
                let read = std::fs::read(file);
                Some(read.map_err(|why| refused(format!("the certificate file {file} cannot be read: {why}")))?)
            }
        };
        // What the profile does not name came from a login, and is a secret too.
        let open = |name: &str| {
            name == login::ENDS || profile.credentials.iter().any(|field| field.name == name && !field.secret)
        };
        let secrets = credentials.iter().filter(|(name, _)| !open(name)).map(|(_, secret)| secret.clone());
        Http::new(HttpOptions {
            platform: profile.name,
            base_url,
            ca_pem,
            budget,
            timeout: profile.timeout,
            clock: self.clock.clone(),
            secrets: secrets.collect(),
            explain: platform.explain,
            // Two shops behind one proxy should not try again in the same moment.
            seed: seed(shop),
        })
    }
}

fn platform(shop: &ShopAddress) -> Result<&'static Platform, PlatformError> {
    crate::connectors::named(&shop.platform)
        .ok_or_else(|| refused(format!("there is no platform named {:?}", shop.platform)))
}

fn refused(why: String) -> PlatformError {
    PlatformError::Refused { platform: "counterpart", why }
}

fn seed(shop: &ShopAddress) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&blake3::hash(shop.base_url.as_str().as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
