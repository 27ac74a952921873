//! An access token that is still good.
//!
//! It is changed when half of its life is over, so that a refresh that goes wrong has the other half to be mended in.
//! The new pair is on the disk before either half of it is used. A refresh whose answer was lost is sent again where the
//! platform allows that; where it does not, and the old refresh token is dead, the old access token is used to its end,
//! and from then on the merchant is asked to log in again.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::{Login, Timestamp};
use crate::platform::{Clock, PlatformError, WriteError};
use crate::secrets::{Credentials, Secret};

use super::tokens::{self, Tokens};
use super::{ACCESS, ENDS, LoginDesk, REFRESH};

/// The longest wait before a token's end at which it is changed: half of its life, and no more than this.
const EARLY: i64 = 12 * 3600;
/// How long nothing is tried after a refresh that failed while the old token is still good.
const PAUSE: i64 = 60;

/// A connection's tokens. Shared by all its calls.
pub struct Keys {
    platform: &'static str,
    login: &'static Login,
    desk: LoginDesk,
    clock: Arc<dyn Clock>,
    /// What the merchant typed: client id and secret.
    client: Credentials,
    /// An async mutex: it is held while a new token is fetched, so that one refresh is enough for all who wait.
    held: Mutex<Held>,
}

struct Held {
    access: Option<Secret>,
    refresh: Option<Secret>,
    ends: Option<Timestamp>,
    /// When it was given, as far as known: half of its life is counted from here.
    since: Timestamp,
    /// The platform refused it, whatever its end.
    refused: bool,
    not_before: Timestamp,
}

impl Keys {
    /// From a connection's credentials; `None` if nobody logged in yet. Calls nobody.
    pub fn of(
        platform: &'static str,
        login: &'static Login,
        desk: LoginDesk,
        clock: Arc<dyn Clock>,
        credentials: &Credentials,
    ) -> Option<Self> {
        let field = |name: &str| credentials.get(name).filter(|value| !value.reveal().is_empty()).cloned();
        let (access, refresh) = (field(ACCESS), field(REFRESH));
        if access.is_none() && refresh.is_none() {
            return None;
        }
        let ends = field(ENDS).and_then(|ends| ends.reveal().parse::<i64>().ok()).map(|s| Timestamp(s * 1000));
        let since = clock.now();
        let held = Held { access, refresh, ends, since, refused: false, not_before: Timestamp(0) };
        Some(Self { platform, login, desk, clock, client: credentials.clone(), held: Mutex::new(held) })
    }

    /// The token to call with.
    pub async fn token(&self) -> Result<Secret, PlatformError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        let good = !held.refused && held.ends.is_none_or(|ends| now < ends);
        let old = held.access.clone().filter(|_| good);
        if let Some(old) = &old
            && (!due(&held, now) || now < held.not_before)
        {
            return Ok(old.clone());
        }
        match self.refresh(&mut held, now).await {
            Ok(fresh) => Ok(fresh),
            Err(why) => {
                held.not_before = now.plus_seconds(PAUSE);
                // It still works: nobody is held up by a refresh that can be tried again.
                match old {
                    Some(old) => {
                        tracing::warn!(platform = self.platform, %why, "the login could not be renewed yet");
                        Ok(old)
                    }
                    None => Err(why),
                }
            }
        }
    }

    /// Tells that the platform refused a token; `true` if another can be had, so that the call is worth another try.
    pub async fn forget(&self, refused: &Secret) -> bool {
        let mut held = self.held.lock().await;
        // Another call may have fetched a new one meanwhile.
        if held.access.as_ref() == Some(refused) {
            held.refused = true;
            held.not_before = Timestamp(0);
        }
        held.refresh.is_some() || !held.refused
    }

    /// Until when the login lasts if it cannot be renewed; `None`: it renews itself, or that was never said.
    pub async fn ends(&self) -> Option<Timestamp> {
        let held = self.held.lock().await;
        held.ends.filter(|_| held.refresh.is_none())
    }

    async fn refresh(&self, held: &mut Held, now: Timestamp) -> Result<Secret, PlatformError> {
        let Some(with) = held.refresh.clone() else {
            return Err(self.over("the login has ended and there is no refresh token"));
        };
        let mut told = tokens::refresh(&self.desk.http, self.login, &self.client, &with, now).await;
        if let Err(WriteError::Unknown(why)) = &told {
            // Where the old one is dead now this is refused, and nothing is worse; where it is not, nothing is lost.
            tracing::info!(platform = self.platform, %why, "a refresh had no answer and is sent once more");
            told = tokens::refresh(&self.desk.http, self.login, &self.client, &with, now).await;
        }
        let fresh = match told {
            Ok(fresh) => fresh,
            Err(WriteError::NotApplied(
                PlatformError::Refused { why, .. } | PlatformError::Unauthorised { why, .. },
            )) => {
                held.refresh = None;
                return Err(self.over(&format!("the login could not be renewed ({why})")));
            }
            Err(WriteError::NotApplied(why) | WriteError::Unknown(why)) => return Err(why),
        };
        self.take(held, &fresh, now)
    }

    /// Stored first, used then: a crash in between finds the new pair, or the old one with the new one never used.
    fn take(&self, held: &mut Held, fresh: &Tokens, now: Timestamp) -> Result<Secret, PlatformError> {
        self.desk.http.conceal(&fresh.access);
        if let Some(refresh) = &fresh.refresh {
            self.desk.http.conceal(refresh);
        }
        if let Err(why) = self.desk.keyring.keep(&fresh.credentials()) {
            // Kept in memory all the same: the old pair may be dead.
            tracing::error!(platform = self.platform, %why, "renewed keys could not be written");
        }
        *held = Held {
            access: Some(fresh.access.clone()),
            refresh: fresh.refresh.clone().or_else(|| held.refresh.clone()),
            ends: fresh.ends,
            since: now,
            refused: false,
            not_before: Timestamp(0),
        };
        Ok(fresh.access.clone())
    }

    fn over(&self, why: &str) -> PlatformError {
        PlatformError::Unauthorised { platform: self.platform, why: format!("{why}; log in again") }
    }
}

/// Whether it is time to change the token.
fn due(held: &Held, now: Timestamp) -> bool {
    let Some(ends) = held.ends.filter(|_| held.refresh.is_some()) else { return false };
    let left = (ends.0 - held.since.0).max(0) / 1000;
    now.plus_seconds((left / 2).min(EARLY)) >= ends
}
