//! What the imitation keeps beside the shop: permissions, granted tokens, keys of done writes, work in the background.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::Timestamp;

/// How long the key of a write is remembered.
const KEY_LIFE_SECONDS: u64 = 86_400;

#[derive(Debug, Clone)]
pub(super) struct State {
    /// What the key may do.
    pub scopes: Vec<&'static str>,
    /// Unique metafields of products, as `namespace.key`.
    pub definitions: BTreeSet<String>,
    /// Tokens that were given for id and secret, and when they end.
    pub granted: BTreeMap<String, Timestamp>,
    /// Products made in the background: how often they were asked for.
    pub operations: BTreeMap<u64, Work>,
    /// Exports, by number.
    pub exports: BTreeMap<u64, Export>,
    /// Every export fails.
    pub exports_fail: bool,
    /// Somebody else's export is running.
    pub others_export: bool,
    /// What the request called this machine.
    pub host: String,
    /// When the request that is answered came.
    pub now: Timestamp,
    keys: BTreeMap<String, Done>,
    /// Numbers for what the shop does not number itself.
    next: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Work {
    pub product: String,
    pub looks: u32,
}

/// A query in the background, carried out at once and shown when its time has come.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub begun: Timestamp,
    /// A line for each node.
    pub file: String,
    pub objects: u64,
    pub fails: bool,
}

/// A write that was made under a key.
#[derive(Debug, Clone)]
struct Done {
    /// What was asked for.
    input: Value,
    /// What was answered; `None` where it was refused.
    payload: Option<Value>,
    at: Timestamp,
}

/// What a key says about a write.
pub(super) enum Known {
    /// Never seen.
    New,
    /// Done before; answer the same.
    Done(Value),
    Failed,
    /// Seen with other parameters.
    Other,
}

impl State {
    pub fn new(scopes: Vec<&'static str>) -> Self {
        Self {
            scopes,
            definitions: BTreeSet::new(),
            granted: BTreeMap::new(),
            operations: BTreeMap::new(),
            exports: BTreeMap::new(),
            exports_fail: false,
            others_export: false,
            host: String::new(),
            now: Timestamp(0),
            keys: BTreeMap::new(),
            next: 1,
        }
    }

    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    pub fn known(&mut self, key: &str, input: &Value, now: Timestamp) -> Known {
        self.keys.retain(|_, done| now.seconds_since(done.at) < KEY_LIFE_SECONDS);
        match self.keys.get(key) {
            None => Known::New,
            Some(done) if done.input != *input => Known::Other,
            Some(Done { payload: Some(payload), .. }) => Known::Done(payload.clone()),
            Some(_) => Known::Failed,
        }
    }

    pub fn remember(&mut self, key: &str, input: &Value, payload: Option<Value>, now: Timestamp) {
        self.keys.insert(key.to_owned(), Done { input: input.clone(), payload, at: now });
    }

    pub fn may(&self, scope: &str) -> bool {
        let implied = scope.strip_prefix("read_").map(|thing| format!("write_{thing}"));
        self.scopes.iter().any(|known| *known == scope || implied.as_deref() == Some(known))
    }
}
