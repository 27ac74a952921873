//! Error bodies: `{code, message, data: {status}}`, with the codes and sentences of WooCommerce's controllers.

use serde_json::{Value, json};

use crate::sandbox::Outgoing;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub code: String,
    pub message: String,
    pub status: u16,
    /// Beside the status.
    pub data: Vec<(&'static str, Value)>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned(), status, data: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.data.push((name, value));
        self
    }

    /// As it stands in a batch's answer, too.
    pub(super) fn body(&self) -> Value {
        let mut data = json!({"status": self.status});
        for (name, value) in &self.data {
            data[*name] = value.clone();
        }
        json!({"code": self.code, "message": self.message, "data": data})
    }

    pub(super) fn outgoing(&self) -> Outgoing {
        Outgoing::json(self.status, &self.body())
    }
}

pub(super) fn no_route() -> Problem {
    Problem::new(404, "rest_no_route", "No route was found matching the URL and request method.")
}

pub(super) fn cannot(what: &str, sentence: &str) -> Problem {
    Problem::new(401, &format!("woocommerce_rest_cannot_{what}"), sentence)
}

pub(super) fn authentication(message: &str) -> Problem {
    Problem::new(401, "woocommerce_rest_authentication_error", message)
}

pub(super) fn invalid_product() -> Problem {
    Problem::new(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
}

/// When reading.
pub(super) fn missing_variation() -> Problem {
    Problem::new(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
}

/// When writing, where WooCommerce says 400.
pub(super) fn invalid_target(post_type: &str) -> Problem {
    Problem::new(400, &format!("woocommerce_rest_{post_type}_invalid_id"), "Invalid ID.")
}

pub(super) fn invalid_parameter(name: &str, why: &str) -> Problem {
    Problem::new(400, "rest_invalid_param", &format!("Invalid parameter(s): {name}")).with("params", json!({name: why}))
}

/// A number in a path; the routes match digits only.
pub(super) fn number(raw: &str) -> Result<u64, Problem> {
    if !raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_route());
    }
    raw.parse().map_err(|_| no_route())
}
