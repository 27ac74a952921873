//! An access token that is still good.
//!
//! It is changed when half of its life is over, so that a refresh that goes wrong has the other half to be mended in.
//! The new pair is on the disk before either half of it is used. A refresh whose answer was lost is sent again: where
//! the old refresh token still works that mends it, and where it is dead the platform says so, and nothing is worse. In
//! that case the old access token is used to its end, of which [`Keys::ends`] warns; after it the merchant has to log in
//! again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Mutex;

use crate::domain::{Login, Rotation, Timestamp};
use crate::platform::{Clock, PlatformError, WriteError};
use crate::secrets::{Credentials, Secret};

use super::tokens::{self, Tokens};
use super::{ACCESS, ENDS, LoginDesk, REFRESH};

/// The longest wait before a token's end at which it is changed: half of its life, and no more than this.
const EARLY: i64 = 12 * 3600;
/// How long nothing is tried after a refresh that failed.
const PAUSE: i64 = 60;
/// No end that a person has to know of.
const NO_END: i64 = i64::MAX;

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
    /// What [`Keys::ends`] says, to be read while a refresh is under way.
    ends: AtomicI64,
}

struct Held {
    access: Option<Secret>,
    /// `None` as soon as the platform refused it: it is not sent a third time.
    refresh: Option<Secret>,
    ends: Option<Timestamp>,
    /// When it was given, as far as known: half of its life is counted from here.
    since: Timestamp,
    /// The platform refused it, whatever its end.
    refused: bool,
    not_before: Timestamp,
    /// Why the last refresh failed; said again to all who come before the next one.
    failed: Option<PlatformError>,
    /// Not on the disk yet, since that failed. Only where the pair before it is of no use any more.
    unsaved: Option<Tokens>,
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
        let seconds = field(ENDS).and_then(|ends| ends.reveal().parse::<i64>().ok());
        let ends = seconds.map(|seconds| Timestamp(seconds.saturating_mul(1000)));
        let held = Held {
            access,
            refresh,
            ends,
            since: clock.now(),
            refused: false,
            not_before: Timestamp(0),
            failed: None,
            unsaved: None,
        };
        let ends = AtomicI64::new(said_to_end(&held));
        Some(Self { platform, login, desk, clock, client: credentials.clone(), held: Mutex::new(held), ends })
    }

    /// The token to call with.
    pub async fn token(&self) -> Result<Secret, PlatformError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if now >= held.not_before {
            self.save_again(&mut held, now);
        }
        let good = !held.refused && held.ends.is_none_or(|ends| now < ends);
        let old = held.access.clone().filter(|_| good);
        let wait = now < held.not_before;
        match old {
            Some(old) if wait || !due(&held, now) => Ok(old),
            None if wait && let Some(failed) = &held.failed => Err(failed.clone()),
            old => {
                let told = self.refresh(&mut held, now, old.is_some()).await;
                if let Err(why) = &told {
                    held.not_before = now.plus_seconds(PAUSE);
                    held.failed = Some(why.clone());
                }
                self.ends.store(said_to_end(&held), Ordering::Relaxed);
                match (told, old) {
                    // It still works: nobody is held up by a refresh that can be tried again.
                    (Err(why), Some(old)) => {
                        tracing::warn!(platform = self.platform, %why, "the login could not be renewed yet");
                        Ok(old)
                    }
                    (told, _) => told,
                }
            }
        }
    }

    /// Tells that the platform refused a token; `true` if another can be had, so that the call is worth another try.
    pub async fn forget(&self, refused: &Secret) -> bool {
        let mut held = self.held.lock().await;
        // Another call may have fetched a new one meanwhile.
        if held.access.as_ref() == Some(refused) && !held.refused {
            held.refused = true;
            held.not_before = Timestamp(0);
            self.ends.store(said_to_end(&held), Ordering::Relaxed);
        }
        held.refresh.is_some() || !held.refused
    }

    /// Until when the login lasts if nobody logs in again; `None`: it renews itself, it is over already, or its end was
    /// never said. Waits for nobody.
    pub fn ends(&self) -> Option<Timestamp> {
        Some(self.ends.load(Ordering::Relaxed)).filter(|ends| *ends != NO_END).map(Timestamp)
    }

    /// `spare`: the token in use is still good, so there is time.
    async fn refresh(&self, held: &mut Held, now: Timestamp, spare: bool) -> Result<Secret, PlatformError> {
        let Some(with) = held.refresh.clone() else {
            return Err(match &held.failed {
                // What the platform said when it refused to renew it.
                Some(why @ PlatformError::Unauthorised { .. }) => why.clone(),
                _ => self.over("the login has ended"),
            });
        };
        let mut told = tokens::refresh(&self.desk.http, self.login, &self.client, &with, now).await;
        if let Err(WriteError::Unknown(why)) = &told {
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
        self.take(held, fresh, now, spare)
    }

    /// Stored first, used then: a crash in between finds the new pair, or the old one with the new one never used.
    fn take(&self, held: &mut Held, fresh: Tokens, now: Timestamp, spare: bool) -> Result<Secret, PlatformError> {
        let mut unsaved = None;
        if let Err(why) = self.desk.keyring.keep(&fresh.credentials()) {
            tracing::error!(platform = self.platform, %why, "renewed keys could not be written");
            if spare && self.login.rotation != Rotation::Once {
                // The pair on the disk works as long as the new one is not used, so it is not.
                let why = format!("renewed keys could not be written, the ones before are still used ({why})");
                return Err(PlatformError::Unexpected { platform: self.platform, why });
            }
            unsaved = Some(fresh.clone());
        }
        *held = Held {
            access: Some(fresh.access.clone()),
            refresh: fresh.refresh.or_else(|| held.refresh.clone()),
            ends: fresh.ends,
            since: now,
            refused: false,
            not_before: if unsaved.is_some() { now.plus_seconds(PAUSE) } else { Timestamp(0) },
            failed: None,
            unsaved,
        };
        Ok(fresh.access)
    }

    fn save_again(&self, held: &mut Held, now: Timestamp) {
        let Some(fresh) = held.unsaved.take() else { return };
        if let Err(why) = self.desk.keyring.keep(&fresh.credentials()) {
            tracing::error!(platform = self.platform, %why, "renewed keys could still not be written");
            held.not_before = now.plus_seconds(PAUSE);
            held.unsaved = Some(fresh);
        }
    }

    fn over(&self, why: &str) -> PlatformError {
        PlatformError::Unauthorised { platform: self.platform, why: format!("{why}; log in again") }
    }
}

/// The end that a person has to know of, or [`NO_END`].
fn said_to_end(held: &Held) -> i64 {
    held.ends.filter(|_| held.refresh.is_none() && !held.refused).map_or(NO_END, |ends| ends.0)
}

/// Whether it is time to change the token.
fn due(held: &Held, now: Timestamp) -> bool {
    let Some(ends) = held.ends.filter(|_| held.refresh.is_some()) else { return false };
    let left = (ends.0 - held.since.0).max(0) / 1000;
    now.plus_seconds((left / 2).min(EARLY)) >= ends
}

#[cfg(test)]
mod tests;
