//! A call as a connector describes it: plain data, so that it can be compared in tests.

use crate::secrets::Secret;

use super::multipart::Part;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Empty,
    Json(serde_json::Value),
    Form(Vec<(String, String)>),
    Parts(Vec<Part>),
}

/// A call. The path is relative to the base URL and begins with a slash.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Identifiers from outside go in through [`segment`].
    pub path: String,
    /// Not yet percent-encoded.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(&'static str, String)>,
    /// Marked sensitive, and redacted everywhere: `("Authorization", "Bearer …")`.
    pub secret_headers: Vec<(&'static str, Secret)>,
    pub body: Body,
    /// Units of the rate budget.
    pub cost: u32,
    /// Statuses beside 2xx that the caller wants to see instead of an error.
    pub accept: &'static [u16],
    /// It follows on a reading and undoes what happens in between: it goes ahead of everything that waits.
    pub prompt: bool,
}

impl Request {
    /// A call without query, headers and body that costs one unit.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: Body::Empty,
            cost: 1,
            accept: &[],
            prompt: false,
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::Put, path)
    }

    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::Patch, path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path)
    }

    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn secret_header(mut self, name: &'static str, value: Secret) -> Self {
        self.secret_headers.push((name, value));
        self
    }

    #[must_use]
    pub fn json(mut self, body: serde_json::Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    #[must_use]
    pub fn parts(mut self, parts: Vec<Part>) -> Self {
        self.body = Body::Parts(parts);
        self
    }

    /// Never for calls that do not each follow on a call that stood in line: the others would starve.
    #[must_use]
    pub const fn prompt(mut self) -> Self {
        self.prompt = true;
        self
    }

    #[must_use]
    pub const fn cost(mut self, units: u32) -> Self {
        self.cost = units;
        self
    }

    #[must_use]
    pub const fn accept(mut self, statuses: &'static [u16]) -> Self {
        self.accept = statuses;
        self
    }
}

/// One segment of a path, percent-encoded, so that an identifier can never reach another address.
pub fn segment(raw: &str) -> String {
    let mut encoded = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(char::from(byte)),
            // A dot is harmless except in the segments "." and "..", which a URL takes as steps.
            b'.' if raw != "." && raw != ".." => encoded.push('.'),
            // Even encoded, dots alone would be taken as steps: they are doubly encoded and thereby not found.
            b'.' => encoded.push_str("%252E"),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_in_its_segment() {
        assert_eq!(segment("AB-12_c~.3"), "AB-12_c~.3");
        assert_eq!(segment("a/b?c#d%2e é"), "a%2Fb%3Fc%23d%252e%20%C3%A9");
        for steps in [".", ".."] {
            let url = url::Url::parse(&format!("https://shop.example/api/{}/x", segment(steps))).unwrap();
            assert!(url.path().starts_with("/api/"), "{url}");
        }
    }
}
