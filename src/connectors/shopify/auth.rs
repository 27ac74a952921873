//! The key: a static token, or a client's id and secret that are changed into a token for a day.
//!
//! A token that was given for id and secret lives in memory only; it is changed for a new one some minutes before it
//! ends, and once more where the shop refuses it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::Timestamp;
use crate::http::{Http, Request};
use crate::platform::{Clock, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::NAME;
use super::wire;

/// How long before its end a token is changed.
const EARLY: Duration = Duration::from_secs(600);
/// Shopify, "Client credentials grant": a token lives 24 hours.
const DAY: i64 = 86_400;

pub(super) struct Keys {
    clock: Arc<dyn Clock>,
    kind: Kind,
}

enum Kind {
    Static(Secret),
    Client {
        id: Secret,
        secret: Secret,
        /// An async mutex: it is held while a new token is fetched, so that one is enough for all who wait.
        granted: Mutex<Option<Granted>>,
    },
}

struct Granted {
    token: Secret,
    until: Timestamp,
}

impl Keys {
    /// The token wins where both are given.
    pub fn new(credentials: &Credentials, clock: Arc<dyn Clock>) -> Result<Self, PlatformError> {
        let field = |name: &str| credentials.get(name).filter(|value| !value.reveal().is_empty()).cloned();
        let kind = match (field("token"), field("client_id"), field("client_secret")) {
            (Some(token), _, _) => Kind::Static(token),
            (None, Some(id), Some(secret)) => Kind::Client { id, secret, granted: Mutex::new(None) },
            _ => {
                return Err(refused("no key was given: it takes a token, or a client ID and its secret".to_owned()));
            }
        };
        Ok(Self { clock, kind })
    }

    /// The token to call with.
    pub async fn token(&self, http: &Http) -> Result<Secret, PlatformError> {
        let (id, secret, granted) = match &self.kind {
            Kind::Static(token) => return Ok(token.clone()),
            Kind::Client { id, secret, granted } => (id, secret, granted),
        };
        let mut granted = granted.lock().await;
        if let Some(known) = granted.as_ref().filter(|known| self.clock.now() < known.until) {
            return Ok(known.token.clone());
        }
        let fresh = grant(http, id, secret).await?;
        let life = fresh.expires_in.unwrap_or(DAY).max(0);
        let early = i64::try_from(EARLY.as_secs()).unwrap_or(0).min(life / 2);
        let token = Secret::new(fresh.access_token);
        *granted = Some(Granted { token: token.clone(), until: self.clock.now().plus_seconds(life - early) });
        Ok(token)
    }

    /// Forgets a token that the shop refused; `false` if there is no other to be had.
    pub async fn forget(&self, refused: &Secret) -> bool {
        let Kind::Client { granted, .. } = &self.kind else { return false };
        let mut granted = granted.lock().await;
        // Another call may have fetched a new one meanwhile.
        if granted.as_ref().is_some_and(|known| known.token == *refused) {
            *granted = None;
        }
        true
    }
}

/// Asking for a token changes nothing that matters, so it is sent as a read and tried again where the line breaks.
async fn grant(http: &Http, id: &Secret, secret: &Secret) -> Result<wire::Grant, PlatformError> {
    let form = vec![
        ("grant_type".to_owned(), "client_credentials".to_owned()),
        ("client_id".to_owned(), id.reveal().to_owned()),
        ("client_secret".to_owned(), secret.reveal().to_owned()),
    ];
    let request = Request::post("/admin/oauth/access_token").header("Accept", "application/json").form(form);
    match http.read(request).await {
        Ok(answer) => answer.json().map_err(|why| http.unexpected(&why)),
        Err(PlatformError::Refused { why, .. }) => {
            Err(refused(format!("client ID and secret were not accepted ({why})")))
        }
        Err(other) => Err(other),
    }
}

pub(super) fn refused(why: String) -> PlatformError {
    PlatformError::Unauthorised { platform: NAME, why }
}
