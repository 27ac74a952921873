//! Tokens over a platform that really lets them end, rotates them, and loses answers; kept on a real disk.

use std::sync::Mutex as StdMutex;
use std::time::Duration;

use crate::domain::{BaseUrl, Budget, LoginAddress, LoginBody};
use crate::http::{Http, HttpOptions};
use crate::login::imitation::{Imitation, Mishap, Rule};
use crate::login::{CLIENT, SECRET, begin, exchange, returned};
use crate::platform::ManualClock;
use crate::secrets::{Keyring, SecretError, SecretStore};

use super::*;

const fn login(rotation: Rotation) -> Login {
    Login {
        authorize: LoginAddress { host: Some("https://page.example"), path: "/authorize" },
        regions: &[],
        token: LoginAddress { host: None, path: "/token" },
        refresh: LoginAddress { host: None, path: "/token" },
        scopes: "all",
        pkce: true,
        body: LoginBody::Form,
        extra: &[],
        brings: &[],
        rotation,
        redirect: "https://localhost/",
        code_lives: 60,
    }
}

static KEPT: Login = login(Rotation::Kept);
static UNTIL_FIRST_USE: Login = login(Rotation::UntilFirstUse);
static ONCE: Login = login(Rotation::Once);
/// Seconds that a token lives.
const LIVES: i64 = 3600;
const EACH: [(Rule, &Login); 3] = [(Rule::Kept, &KEPT), (Rule::UntilFirstUse, &UNTIL_FIRST_USE), (Rule::Once, &ONCE)];

/// A keyring whose process dies, or whose disk is full, at the next writing.
#[derive(Default)]
struct Fragile {
    inner: Option<Arc<dyn Keyring>>,
    fails: StdMutex<usize>,
    saved: StdMutex<usize>,
}

impl Keyring for Fragile {
    fn keep(&self, changed: &Credentials) -> Result<(), SecretError> {
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            let why = std::io::Error::other("no space left on device");
            return Err(SecretError::Io { doing: "write", path: "secrets.toml".into(), why });
        }
        *self.saved.lock().unwrap() += 1;
        self.inner.as_ref().unwrap().keep(changed)
    }
}

struct Shop {
    imitation: Arc<Imitation>,
    login: &'static Login,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    ring: Arc<Fragile>,
}

impl Shop {
    /// Logged in through the page; the keys are on the disk.
    async fn logged_in(rule: Rule, login: &'static Login) -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(1_795_287_600_000)));
        let watch = clock.clone();
        let imitation = Imitation::start(rule, LIVES, Arc::new(move || watch.now().0 / 1000)).await;
        let folder = tempfile::tempdir().unwrap();
        let shop = Self { imitation, login, clock, folder, ring: Arc::default() };
        let typed = [(CLIENT, "app-1"), (SECRET, "s3cret-of-the-app")];
        let typed: Credentials = typed.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
        let base = BaseUrl::new(&shop.imitation.url, false).unwrap();
        let begun = begin(login, &base, "app-1", None, &crate::login::random().unwrap());
        let address = shop.imitation.says_yes(&begun.url);
        let code = returned(login, &begun, &address).unwrap();
        let tokens = exchange(&shop.http(&typed), login, &typed, &begun, &code, shop.clock.now()).await.unwrap();
        let mut all = typed;
        all.extend(tokens.credentials());
        shop.store().put("c1", &all).unwrap();
        shop.started()
    }

    fn store(&self) -> SecretStore {
        SecretStore::open(&self.folder.path().join("secrets")).unwrap()
    }

    fn http(&self, credentials: &Credentials) -> Http {
        Http::new(HttpOptions {
            platform: "Shop",
            base_url: BaseUrl::new(&self.imitation.url, false).unwrap(),
            ca_pem: None,
            budget: Budget { burst: 1000, per_second_milli: 1_000_000, concurrent: 10, source: "a test" },
            timeout: Duration::from_secs(20),
            clock: self.clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: |_, body| Some(String::from_utf8_lossy(body).into_owned()),
            seed: 1,
        })
        .unwrap()
    }

    /// The process died and is started anew: nothing is known but what is on the disk.
    fn started(mut self) -> Self {
        let store = self.store();
        self.ring = Arc::new(Fragile { inner: Some(store.keyring("c1")), ..Fragile::default() });
        self
    }

    fn keys(&self) -> Keys {
        let kept = self.store().get("c1", &[]).unwrap();
        let desk = LoginDesk { http: self.http(&kept), keyring: self.ring.clone() };
        Keys::of("Shop", self.login, desk, self.clock.clone(), &kept).unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
    }

    /// One call of the API as connectors make it: once more after a refusal, if there is hope.
    async fn call(&self, keys: &Keys) -> Result<(), PlatformError> {
        let token = keys.token().await?;
        if self.imitation.takes(token.reveal()) || !keys.forget(&token).await {
            return Ok(());
        }
        let token = keys.token().await?;
        assert!(self.imitation.takes(token.reveal()), "a token that was just given is refused");
        Ok(())
    }

    /// It works, and goes on working for a day.
    async fn goes_on(&self, keys: &Keys) {
        for _ in 0..96 {
            self.call(keys).await.unwrap();
            self.pass(900);
        }
    }
}

#[tokio::test]
async fn a_token_is_changed_when_half_of_its_life_is_over_and_not_before() {
    for (rule, login) in EACH {
        let shop = Shop::logged_in(rule, login).await;
        let keys = shop.keys();
        let first = keys.token().await.unwrap();
        shop.pass(LIVES / 2 - 1);
        assert_eq!(keys.token().await.unwrap(), first);
        assert_eq!(shop.imitation.calls(), 1);
        shop.pass(1);
        let second = keys.token().await.unwrap();
        assert!(second != first && shop.imitation.takes(second.reveal()));
        assert_eq!((shop.imitation.calls(), *shop.ring.saved.lock().unwrap()), (2, 1));
        assert_eq!(shop.store().get("c1", &[]).unwrap()[ACCESS], second, "{rule:?}: it is on the disk");
        shop.goes_on(&keys).await;
        assert_eq!(keys.ends(), None);
    }
}

#[tokio::test]
async fn all_who_wait_are_helped_by_one_refresh() {
    let shop = Shop::logged_in(Rule::Once, &ONCE).await;
    let keys = Arc::new(shop.keys());
    shop.pass(LIVES + 1);
    let asking: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let keys = keys.clone();
                async move { keys.token().await }
            })
        })
        .collect();
    let mut tokens = Vec::new();
    for asked in asking {
        tokens.push(asked.await.unwrap().unwrap());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), shop.imitation.calls()), (1, 2));
}

#[tokio::test]
async fn a_token_that_is_refused_before_its_end_is_changed_once() {
    let shop = Shop::logged_in(Rule::UntilFirstUse, &UNTIL_FIRST_USE).await;
    let keys = shop.keys();
    let first = keys.token().await.unwrap();
    shop.imitation.forget_access();
    assert!(keys.forget(&first).await && keys.forget(&first).await);
    let second = keys.token().await.unwrap();
    // The same news by a slower call is about a token that nobody uses any more.
    assert!(keys.forget(&first).await);
    assert_eq!(keys.token().await.unwrap(), second);
    assert_eq!(shop.imitation.calls(), 2);
    shop.goes_on(&keys).await;
}

#[tokio::test]
async fn a_refresh_that_fails_holds_nobody_up_while_the_old_token_is_good() {
    let shop = Shop::logged_in(Rule::Once, &ONCE).await;
    let keys = shop.keys();
    let first = keys.token().await.unwrap();
    shop.pass(LIVES / 2);
    shop.imitation.mishaps(&[Mishap::Unavailable; 6]);
    assert_eq!(keys.token().await.unwrap(), first);
    // Sent twice, and then not again for a minute.
    assert_eq!(keys.token().await.unwrap(), first);
    shop.pass(PAUSE);
    assert_eq!(keys.token().await.unwrap(), first);
    assert_eq!((shop.imitation.calls(), keys.ends()), (1, None), "nothing got through, and nothing is lost");
    // To its end, and past it: now there is nothing to go on with.
    shop.pass(LIVES / 2);
    let why = keys.token().await.unwrap_err();
    assert!(why.passes(), "{why}");
    // Those who come within the minute hear the same at once.
    assert_eq!(keys.token().await.unwrap_err(), why);
    shop.pass(PAUSE);
    assert_ne!(keys.token().await.unwrap(), first);
    shop.goes_on(&keys).await;
}

#[tokio::test]
async fn a_permission_that_was_taken_back_is_told_once_and_for_all() {
    let shop = Shop::logged_in(Rule::Kept, &KEPT).await;
    let keys = shop.keys();
    let first = keys.token().await.unwrap();
    let refresh = shop.store().get("c1", &[]).unwrap()[REFRESH].clone();
    shop.imitation.revoke();
    assert!(keys.forget(&first).await);
    let why = keys.token().await.unwrap_err();
    assert!(matches!(&why, PlatformError::Unauthorised { .. }) && why.to_string().ends_with("log in again"), "{why}");
    for secret in [refresh.reveal(), first.reveal(), "s3cret"] {
        assert!(!why.to_string().contains(secret), "{why}");
    }
    let calls = shop.imitation.calls();
    shop.pass(PAUSE);
    assert_eq!(keys.token().await.unwrap_err(), why);
    assert_eq!(shop.imitation.calls(), calls, "the platform is not asked for ever");
    assert!(!keys.forget(&first).await, "another try is not worth it");
}

#[tokio::test]
async fn nobody_who_never_logged_in_has_keys() {
    let shop = Shop::logged_in(Rule::Kept, &KEPT).await;
    let typed: Credentials = [(CLIENT.to_owned(), Secret::new("app-1"))].into();
    let desk = LoginDesk { http: shop.http(&typed), keyring: shop.ring.clone() };
    assert!(Keys::of("Shop", &KEPT, desk, shop.clock.clone(), &typed).is_none());
}

/// Killed between every two steps of a rotation, and started anew from the disk.
mod killed {
    use super::*;

    #[tokio::test]
    async fn before_the_refresh_is_sent() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            shop.pass(LIVES / 2);
            let shop = shop.started();
            shop.goes_on(&shop.keys()).await;
        }
    }

    /// The refresh arrived, and the process died before the answer was written: for us it is as if it was lost.
    #[tokio::test]
    async fn after_the_platform_changed_them_and_before_they_are_saved() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            let keys = shop.keys();
            shop.call(&keys).await.unwrap();
            shop.pass(LIVES / 2);
            let begins = shop.clock.now();
            shop.imitation.mishaps(&[Mishap::LostAfter]);
            let kept = shop.store().get("c1", &[]).unwrap();
            let lost = tokens::refresh(&shop.http(&kept), login, &kept, &kept[REFRESH], begins).await;
            assert!(matches!(lost, Err(WriteError::Unknown(_))), "{lost:?}");
            let shop = shop.started();
            let keys = shop.keys();
            if rule != Rule::Once {
                shop.goes_on(&keys).await;
                assert_eq!(keys.ends(), None);
                continue;
            }
            // Half of its life before the end it is known, and it is still used to the last second. Started anew, half
            // of what is left has to pass first.
            shop.call(&keys).await.unwrap();
            shop.pass(LIVES / 4);
            shop.call(&keys).await.unwrap();
            let ends = begins.plus_seconds(LIVES / 2);
            assert_eq!(keys.ends(), Some(ends), "there is time to log in again");
            while shop.clock.now() < ends {
                let token = keys.token().await.unwrap();
                assert!(shop.imitation.takes(token.reveal()));
                shop.pass(60);
            }
            let why = shop.call(&keys).await.unwrap_err();
            assert!(why.to_string().ends_with("log in again"), "{why}");
        }
    }

    #[tokio::test]
    async fn after_they_are_saved_and_before_they_are_used() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            shop.pass(LIVES / 2);
            shop.keys().token().await.unwrap();
            let shop = shop.started();
            shop.goes_on(&shop.keys()).await;
        }
    }

    #[tokio::test]
    async fn after_their_first_use() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            shop.pass(LIVES / 2);
            shop.call(&shop.keys()).await.unwrap();
            let shop = shop.started();
            shop.goes_on(&shop.keys()).await;
        }
    }
}

/// The same without dying: the line breaks, or the disk is full.
mod lost {
    use super::*;

    #[tokio::test]
    async fn an_answer_that_got_lost_is_asked_for_again() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            let keys = shop.keys();
            shop.pass(LIVES / 2);
            shop.imitation.mishaps(&[Mishap::LostBefore]);
            shop.call(&keys).await.unwrap();
            assert_eq!(shop.imitation.calls(), 2);
            shop.goes_on(&keys).await;

            let shop = Shop::logged_in(rule, login).await;
            let keys = shop.keys();
            shop.pass(LIVES / 2);
            shop.imitation.mishaps(&[Mishap::LostAfter]);
            shop.call(&keys).await.unwrap();
            // Where the platform changes them at once, the one in use goes on to its end, which is told.
            assert_eq!(keys.ends().is_some(), rule == Rule::Once, "{rule:?}");
            if rule != Rule::Once {
                shop.goes_on(&keys).await;
            }
        }
    }

    #[tokio::test]
    async fn on_a_full_disk_nothing_is_used_that_would_bury_what_is_on_it() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            let keys = shop.keys();
            shop.call(&keys).await.unwrap();
            shop.pass(LIVES / 2);
            *shop.ring.fails.lock().unwrap() = 3;
            for _ in 0..5 {
                shop.call(&keys).await.unwrap();
                shop.pass(PAUSE);
            }
            // There is room again, and what is on the disk is what is in use.
            assert_eq!(*shop.ring.saved.lock().unwrap(), 1, "{rule:?}");
            let shop = shop.started();
            shop.goes_on(&shop.keys()).await;
        }
    }

    #[tokio::test]
    async fn killed_on_a_full_disk_only_those_that_work_once_are_lost() {
        for (rule, login) in EACH {
            let shop = Shop::logged_in(rule, login).await;
            let keys = shop.keys();
            shop.pass(LIVES / 2);
            *shop.ring.fails.lock().unwrap() = 1;
            shop.call(&keys).await.unwrap();
            drop(keys);
            let shop = shop.started();
            shop.pass(LIVES / 2 + 1);
            let called = shop.call(&shop.keys()).await;
            assert_eq!(called.is_err(), rule == Rule::Once, "{rule:?}: {called:?}");
        }
    }
}
