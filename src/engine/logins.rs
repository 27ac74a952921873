//! Logins on a platform's page that wait: first for the merchant to say yes, then for the shop to be connected.
//!
//! They are held in memory and end with the engine: nothing of a shop depends on them yet. What a platform changes while
//! such a login is tried goes back into it at once, so that no test of a connection uses up its keys. A code is exchanged
//! once, whoever asks for it how often.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Connection, Login, Timestamp};
use crate::login::{self, Begun};
use crate::platform::Profile;
use crate::protocol::{ConnectionDraft, LoginRow, Problem, Reply};
use crate::rules::CatalogueView;
use crate::secrets::{Credentials, HeldKeys, Keyring, Secret};

use super::connections;
use super::problem;
use super::shops::ShopAddress;
use super::truth::Truth;

/// How long a login waits for its next step, in seconds. A person has to find the right password first.
const PATIENCE: i64 = 3600;
/// More of them are nobody's; the oldest give way.
const MOST: usize = 32;

/// A login under way, or one that is done and not yet used.
pub struct Waiting {
    pub profile: &'static Profile,
    /// What the platform gave; empty before the merchant said yes.
    pub keys: Arc<HeldKeys>,
    /// What the shop is to be called, if that was said already.
    pub name: String,
    login: &'static Login,
    address: ShopAddress,
    /// What the merchant typed.
    typed: Credentials,
    begun: Begun,
    /// One step at a time: a code works once, and so do some keys.
    turn: tokio::sync::Mutex<()>,
    /// When it was last heard of. A std mutex: nothing is awaited while it is held.
    touched: Mutex<Timestamp>,
}

/// All that wait, by the names given to the fronts.
#[derive(Default)]
pub struct Logins(Mutex<BTreeMap<String, Arc<Waiting>>>);

impl Logins {
    fn all<T>(&self, look: impl FnOnce(&mut BTreeMap<String, Arc<Waiting>>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, id: &str, waiting: Waiting, now: Timestamp) {
        self.all(|all| {
            all.retain(|_, known| !known.is_stale(now));
            while all.len() >= MOST {
                let oldest = all.iter().min_by_key(|(_, known)| known.touched()).map(|(id, _)| id.clone());
                oldest.and_then(|id| all.remove(&id));
            }
            all.insert(id.to_owned(), Arc::new(waiting));
        });
    }

    fn find(&self, id: &str, now: Timestamp) -> Result<Arc<Waiting>, Problem> {
        let found = self.all(|all| {
            all.retain(|_, known| !known.is_stale(now));
            all.get(id).cloned()
        });
        let found = found.ok_or_else(|| {
            problem::usage(
                "this login is not waiting any more: an hour has passed, or the engine was started anew",
                AGAIN,
            )
        })?;
        *found.touched.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(found)
    }

    /// It became a connection.
    pub fn forget(&self, id: Option<&str>) {
        id.map(|id| self.all(|all| all.remove(id)));
    }
}

const AGAIN: &str = "begin again with `counterpart connect`";

impl Waiting {
    fn touched(&self) -> Timestamp {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        self.touched().plus_seconds(PATIENCE) < now
    }

    /// What a connection is made with.
    pub fn credentials(&self) -> Result<Credentials, Problem> {
        let kept = self.keys.kept();
        if kept.is_empty() {
            let name = self.profile.name;
            return Err(problem::usage(
                format!("nobody has said yes on the page of {name} yet"),
                "open the address, say yes, and paste the address that the browser shows then",
            ));
        }
        let mut all = self.typed.clone();
        all.extend(kept);
        Ok(all)
    }

    /// The address that the login was begun with. A draft may leave it out, and must not name another.
    pub fn address_for(&self, draft: &ConnectionDraft) -> Result<ShopAddress, Problem> {
        let mut address = self.address.clone();
        let named = !draft.base_url.trim().is_empty();
        if draft.platform.trim() != self.profile.id
            || (named && connections::address(self.profile, draft)?.base_url != address.base_url)
        {
            return Err(problem::usage("this login belongs to another shop", AGAIN));
        }
        if let Some(file) = draft.ca_file.as_ref().filter(|file| !file.trim().is_empty()) {
            address.ca_file = Some(file.clone());
        }
        Ok(address)
    }
}

/// The login that a draft names.
pub fn named(truth: &Truth, draft: &ConnectionDraft) -> Result<Option<Arc<Waiting>>, Problem> {
    draft.login.as_deref().map(|id| truth.logins.find(id, truth.now())).transpose()
}

/// Returns when nobody else uses this login.
pub async fn alone(login: &Option<Arc<Waiting>>) -> Option<tokio::sync::MutexGuard<'_, ()>> {
    match login {
        Some(login) => Some(login.turn.lock().await),
        None => None,
    }
}

/// Whether a field is one of the app's keys, which a login needs, or a key by itself.
fn is_of_the_app(name: &str) -> bool {
    [login::CLIENT, login::SECRET].contains(&name)
}

pub fn row(profile: &Profile, login: &Login) -> LoginRow {
    let names = |wanted: &dyn Fn(&str, bool) -> bool| {
        let fields = profile.credentials.iter().filter(|field| wanted(field.name, field.secret));
        fields.map(|field| field.name.to_owned()).collect::<Vec<_>>()
    };
    let brought = |name: &str| login.brings.iter().any(|(_, ours)| *ours == name);
    LoginRow {
        redirect: login.redirect.to_owned(),
        code_lives: login.code_lives,
        asks: names(&|name, secret| !brought(name) && (is_of_the_app(name) || !secret)),
        brings: names(&|name, _| brought(name)),
        instead: names(&|name, secret| secret && !is_of_the_app(name)),
    }
}

/// Where there is a login, the app's keys alone are none: refuses them, and says what to do.
pub fn not_needed(profile: &Profile, given: &Credentials) -> Result<(), Problem> {
    let Some(login) = profile.login else { return Ok(()) };
    let has = |name: &String| given.get(name).is_some_and(|value| !value.reveal().is_empty());
    let instead = row(profile, login).instead;
    if instead.iter().any(has) {
        return Ok(());
    }
    let name = profile.name;
    Err(problem::usage(
        format!("{name} wants you to log in on its page first"),
        format!("`counterpart connect {}` shows the address of the page", profile.id),
    ))
}

/// Makes the address of the page.
pub fn begin(truth: &Truth, draft: &ConnectionDraft, redirect: Option<&str>) -> Result<Reply, Problem> {
    let id = draft.platform.trim();
    let profile = truth.shops.profile(id).ok_or_else(|| connections::no_platform(truth, id))?;
    let Some(login) = profile.login else {
        let hint = format!("`counterpart platforms {}` says how to get a key", profile.id);
        return Err(problem::usage(format!("{} has no page to log in on", profile.name), hint));
    };
    let mut draft = draft.clone();
    again(truth, profile, login, &mut draft)?;
    let address = connections::address(profile, &draft)?;
    let asks = row(profile, login).asks;
    let given = |name: &str| draft.credentials.get(name).filter(|value| !value.reveal().is_empty()).cloned();
    let typed: Credentials = asks.iter().filter_map(|name| given(name).map(|value| (name.clone(), value))).collect();
    for field in profile.credentials {
        let needed = field.required || field.name == login::CLIENT;
        if needed && asks.iter().any(|name| name == field.name) && !typed.contains_key(field.name) {
            let hint = format!("`counterpart platforms {}` says where it is found", profile.id);
            return Err(problem::usage(format!("{} needs its {}", profile.name, field.label), hint));
        }
    }
    let redirect = redirect.map(str::trim).filter(|redirect| !redirect.is_empty());
    if let Some(Err(why)) = redirect.map(url::Url::parse) {
        return Err(problem::usage(
            format!("the redirect address is none: {why}"),
            format!("give the one that is registered with the app, such as {}", login.redirect),
        ));
    }
    let random = login::random().map_err(|error| problem::platform(&error))?;
    let client = given(login::CLIENT).unwrap_or_else(|| Secret::new(""));
    let begun = login::begin(login, &address.base_url, client.reveal(), redirect, &random);
    let number = login::random().map_err(|error| problem::platform(&error))?;
    let id: String = number.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let told = Reply::LoginBegun {
        login: id.clone(),
        url: begun.url.clone(),
        redirect: begun.redirect.clone(),
        code_lives: login.code_lives,
    };
    let waiting = Waiting {
        profile,
        keys: Arc::default(),
        name: draft.name.trim().to_owned(),
        login,
        address,
        typed,
        begun,
        turn: tokio::sync::Mutex::default(),
        touched: Mutex::new(truth.now()),
    };
    truth.logins.add(&id, waiting, truth.now());
    Ok(told)
}

/// To log in again, the shop's name is enough: what is left out is as it was.
fn again(truth: &Truth, profile: &Profile, login: &Login, draft: &mut ConnectionDraft) -> Result<(), Problem> {
    let folded = crate::rules::filter::folded(draft.name.trim());
    let known = truth.read(|known| {
        let all = known.catalogue.now().connections();
        let same = |known: &&Connection| crate::rules::filter::folded(&known.name) == folded;
        all.into_iter().find(same).filter(|known| known.platform.0 == profile.id).cloned()
    });
    let Some(known) = known else { return Ok(()) };
    if draft.base_url.trim().is_empty() {
        draft.base_url = known.base_url.to_string();
        // It was accepted once.
        draft.allow_http = true;
    }
    if draft.ca_file.as_ref().is_none_or(|file| file.trim().is_empty()) {
        draft.ca_file = known.ca_file;
    }
    let asks = row(profile, login).asks;
    let fields: Vec<&str> = asks.iter().map(String::as_str).collect();
    let before = truth.secrets.get(known.id, &fields).map_err(|error| problem::secret(&error))?;
    for (name, value) in before.into_iter().filter(|(name, _)| asks.contains(name)) {
        let given = draft.credentials.entry(name).or_insert_with(|| value.clone());
        if given.reveal().is_empty() {
            *given = value;
        }
    }
    Ok(())
}

/// Changes the code for keys.
pub async fn finish(truth: &Truth, id: &str, pasted: &Secret) -> Result<Reply, Problem> {
    let waiting = truth.logins.find(id.trim(), truth.now())?;
    let _turn = waiting.turn.lock().await;
    let told = Reply::LoggedIn { login: id.trim().to_owned() };
    // Pasted twice, or brought by the browser and pasted too.
    if !waiting.keys.kept().is_empty() {
        return Ok(told);
    }
    let (login, name) = (waiting.login, waiting.profile.name);
    let lives = login.code_lives;
    let returned = login::returned(login, &waiting.begun, pasted.reveal()).map_err(|why| {
        problem::usage(why, format!("the login still waits; a code of {name} can be used for {lives} s"))
    })?;
    let http = truth.shops.login_client(&waiting.address, &waiting.typed);
    let http = http.map_err(|error| problem::platform(&error))?;
    let http = http.ok_or_else(|| problem::broken(format!("{name} has no client for its login")))?;
    let now = truth.now();
    let tokens = login::exchange(&http, login, &waiting.typed, &waiting.begun, &returned, now).await;
    let tokens = tokens.map_err(|error| Problem {
        hint: Some(format!("open the page once more and say yes: a code works once, and for {lives} s only")),
        ..problem::platform(error.cause())
    })?;
    let mut keys = returned.brought;
    keys.extend(tokens.credentials());
    waiting.keys.keep(&keys).map_err(|error| problem::secret(&error))?;
    Ok(told)
}

/// What is said of a login that cannot be renewed: the sentence, and what to do.
pub fn ending(connection: &Connection, ends: Timestamp) -> (String, String) {
    (
        format!("the login of {} ends at {ends} and cannot be renewed", connection.name),
        format!("log in again before that with `{}`", command(connection)),
    )
}

/// The command with which a person logs in again, to be typed as it is.
pub fn command(connection: &Connection) -> String {
    let name = connection.name.as_str().replace('\'', "'\\''");
    format!("counterpart connect {} --name '{name}'", connection.platform.0)
}
