//! An answer as a connector gets it: status, headers, the whole body.

use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::{Timestamp, clean};

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When the call was sent, by our clock.
    pub sent_at: Timestamp,
}

impl Answer {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON. The error says where it stops being what is expected, and quotes nothing of the body: an
    /// answer may hold keys.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        if self.is_html() {
            return Err(format!("an HTML page instead of JSON{}", self.page_title()));
        }
        if self.body.is_empty() {
            return Err("an empty answer instead of JSON".to_owned());
        }
        serde_json::from_slice(&self.body).map_err(|why| describe(&why))
    }

    /// Whether this is a page for a browser: a login form, a proxy's notice, a maintenance page.
    pub fn is_html(&self) -> bool {
        let declared = self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("text/html"));
        let start = self.body.trim_ascii_start();
        let looks = [&b"<!doctype"[..], b"<html"]
            .iter()
            .any(|mark| start.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)));
        // A declared page that begins like JSON is JSON: some shops send it with the wrong type.
        looks || (declared && !matches!(start.first(), Some(b'{' | b'[')))
    }

    /// ` ("Maintenance")`, or nothing.
    pub(super) fn page_title(&self) -> String {
        let start = self.body.get(..8192).unwrap_or(&self.body);
        let text = String::from_utf8_lossy(start);
        let lower = text.to_ascii_lowercase();
        let title = lower.find("<title>").and_then(|open| {
            let from = open + "<title>".len();
            lower.get(from..)?.find("</title>").and_then(|length| text.get(from..from + length))
        });
        match title.map(clean).filter(|title| !title.is_empty()) {
            Some(title) => format!(" ({:?})", title.chars().take(80).collect::<String>()),
            None => String::new(),
        }
    }

    /// The address in `Link: <…>; rel="next"`, if there is one. Not checked yet: [`super::Http::next_page`] does that.
    pub(super) fn next_link(&self) -> Option<Url> {
        let links = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
        links.flat_map(|(_, value)| split_links(value)).find_map(|(address, parameters)| {
            let is_next = parameters.split(';').any(|parameter| {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
                name.trim().eq_ignore_ascii_case("rel") && relations.any(|known| known.eq_ignore_ascii_case("next"))
            });
            if is_next { Url::parse(address).ok() } else { None }
        })
    }
}

/// `<a>; rel="x", <b>; rel="y"` as pairs of address and parameters. Addresses may hold commas.
fn split_links(value: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((address, after)) = after.split_once('>') else { break };
        let end = after.find('<').unwrap_or(after.len());
        let (parameters, next) = after.split_at(end);
        found.push((address, parameters.trim_end().trim_end_matches(',')));
        rest = next;
    }
    found
}

/// A parser's complaint without the value it stumbled over.
fn describe(why: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", why.line(), why.column());
    match why.classify() {
        serde_json::error::Category::Eof => format!("JSON that breaks off at {place}"),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => format!("malformed JSON at {place}"),
        serde_json::error::Category::Data => {
            let text = why.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            let told = if text.starts_with("missing field") || text.starts_with("duplicate field") {
                text
            } else {
                // "invalid type: string "the value", expected u64": only what comes last is ours.
                text.rfind("expected ").map_or("an unexpected value", |at| &text[at..])
            };
            format!("JSON of another shape at {place}: {told}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, body: &str) -> Answer {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Answer { status: 200, headers, body: body.into(), sent_at: Timestamp(0) }
    }

    #[test]
    fn a_complaint_says_where_and_quotes_nothing() {
        let shape = answer("application/json", r#"{"id": "canary"}"#);
        let message = shape.json::<std::collections::BTreeMap<String, u64>>().unwrap_err();
        assert_eq!(message, "JSON of another shape at line 1, column 15: expected u64");
        let message = answer("application/json", "{\"a\":\n canary").json::<serde_json::Value>().unwrap_err();
        assert_eq!(message, "malformed JSON at line 2, column 2");
        let message = answer("application/json", "[1, 2").json::<serde_json::Value>().unwrap_err();
        assert_eq!(message, "JSON that breaks off at line 1, column 5");
    }

    #[test]
    fn a_page_is_called_a_page() {
        let page = answer("text/html", "<!DOCTYPE html><title>Back\u{1b} soon</title>");
        assert_eq!(page.json::<serde_json::Value>().unwrap_err(), r#"an HTML page instead of JSON ("Back soon")"#);
        assert!(answer("text/html; charset=utf-8", " {\"a\": 1}").json::<serde_json::Value>().is_ok());
    }

    #[test]
    fn depth_is_bounded() {
        let deep = answer("application/json", &"[".repeat(100_000));
        assert!(deep.json::<serde_json::Value>().is_err());
    }

    #[test]
    fn the_next_link_is_found_among_others() {
        let mut page = answer("application/json", "[]");
        assert_eq!(page.next_link(), None);
        page.headers.push((
            "Link".into(),
            r#"<https://a.example/p?page=1,2>; rel="prev", <https://a.example/p?page=3>; title="x"; rel="next""#.into(),
        ));
        assert_eq!(page.next_link().unwrap().as_str(), "https://a.example/p?page=3");
    }
}
