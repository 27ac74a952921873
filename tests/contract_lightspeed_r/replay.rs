//! An account that answers with what was recorded or documented, whatever it is asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use counterpart::domain::Timestamp;
use counterpart::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop};

/// By thing: the whole body of an answer.
#[derive(Default)]
pub struct Replay(pub BTreeMap<String, Value>);

impl Replay {
    /// Puts in what this answer holds.
    pub fn with(mut self, thing: &str, body: &Value) -> Self {
        self.0.insert(thing.to_owned(), body.clone());
        self
    }
}

impl Imitation for Replay {
    fn platform(&self) -> &'static str {
        "lightspeed-r"
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![("client_id", "recorded".to_owned()), ("access_token", "recorded-token".to_owned())]
    }

    fn answer(&mut self, _: &mut Shop, request: &Incoming, _: Timestamp) -> Outgoing {
        let path = request.path.trim_start_matches("/API/V3/").trim_end_matches(".json");
        let parts: Vec<&str> = path.split('/').collect();
        let thing = match parts[..] {
            ["Account"] => "accounts",
            ["Account", _] => "Account",
            ["Account", _, thing, ..] => thing,
            _ => "",
        };
        match (request.method.as_str(), self.0.get(thing)) {
            ("GET", Some(body)) => Outgoing::json(200, body),
            // "none = key absent"
            ("GET", None) => Outgoing::json(200, &json!({"@attributes": {"next": "", "previous": ""}})),
            _ => Outgoing::json(405, &json!({"httpCode": "405", "message": "nothing is written here"})),
        }
    }

    fn failure(&self, _: Failure, _: Timestamp) -> Outgoing {
        Outgoing::json(500, &json!({}))
    }
}
