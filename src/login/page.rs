//! The page on which a merchant says yes, and what the browser brings back from it.
//!
//! What comes back is pasted by a person, from a browser that may show nothing but a failed page: it may be whole or in
//! part, in quotation marks, or broken into lines by a terminal. No sentence made here repeats any of it but the
//! platform's own words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{BaseUrl, Login, clean};
use crate::secrets::{Credentials, Secret};

use super::host;

/// A login that waits for the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// To be opened in any browser, on any machine.
    pub url: String,
    /// Comes back unchanged; another one is another login's answer.
    pub state: String,
    /// RFC 7636: the code is of no use without it. `None` where the platform knows no PKCE.
    pub verifier: Option<Secret>,
    pub redirect: String,
}

/// What the redirect brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub code: Secret,
    /// Credentials that came with it, by name.
    pub brought: Credentials,
}

/// Begins a login. `random` are fresh random bytes: the first 16 become the state, the other 48 the verifier, so that
/// what everybody sees tells nothing of what nobody may.
pub fn begin(login: &Login, base: &BaseUrl, client: &str, redirect: Option<&str>, random: &[u8; 64]) -> Begun {
    let (state, verifier) = random.split_at(16);
    let state = URL_SAFE_NO_PAD.encode(state);
    let verifier = login.pkce.then(|| URL_SAFE_NO_PAD.encode(verifier));
    let redirect = redirect.unwrap_or(login.redirect).to_owned();
    let region = login.regions.iter().find(|(known, _)| *known == base.as_str()).map(|(_, page)| *page);
    let page = region.map_or_else(|| host(login.authorize, base).to_string(), str::to_owned);
    let address = format!("{page}{}", login.authorize.path);
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("response_type", "code").append_pair("client_id", client);
    parameters.append_pair("redirect_uri", &redirect).append_pair("state", &state);
    if !login.scopes.is_empty() {
        parameters.append_pair("scope", login.scopes);
    }
    for (name, value) in login.extra {
        parameters.append_pair(name, value);
    }
    if let Some(verifier) = &verifier {
        parameters.append_pair("code_challenge", &challenge(verifier));
        parameters.append_pair("code_challenge_method", "S256");
    }
    let url = format!("{address}?{}", parameters.finish());
    Begun { url, state, verifier: verifier.map(Secret::new), redirect }
}

/// RFC 7636, 4.2: `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))`.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()).as_ref())
}

const NO_CODE: &str = "that address has no code: paste the one that the browser shows after you said yes";

/// Reads what a person pasted: the whole address the browser was sent to, its query alone, or the bare code.
///
/// The error says what is wrong with it, and does not repeat it: it may hold a code.
pub fn returned(login: &Login, begun: &Begun, pasted: &str) -> Result<Returned, String> {
    let pasted = pasted.trim().trim_matches(|mark: char| "\"'<>`“”‘’„«»".contains(mark) || mark.is_whitespace());
    if pasted.is_empty() {
        return Err("nothing was pasted".to_owned());
    }
    // Terminals break long lines, and no address has blanks of its own.
    let joined: String = pasted.split_whitespace().collect();
    let address = joined.contains("://") || joined.starts_with("localhost") || joined.starts_with("127.0.0.1");
    let after = |mark| joined.split_once(mark).map(|(_, after)| after);
    let query = match after('?').or_else(|| after('#').filter(|_| address)) {
        Some(query) => query,
        None if address => return Err(NO_CODE.to_owned()),
        None if is_query(&joined) => joined.as_str(),
        None => return bare(login, begun, pasted),
    };
    let query = query.split('#').next().filter(|query| !query.is_empty()).or_else(|| after('#')).unwrap_or_default();
    let all: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let value = |name: &str| all.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, v)| v);
    // The page of another login, or a link that somebody sent.
    if value("state").is_some_and(|state| *state != begun.state) {
        return Err("that address is the answer to another login: use the page that was opened last".to_owned());
    }
    if let Some(error) = value("error") {
        let told = value("error_description").filter(|_| value("code").is_none());
        return Err(refusal(error, told.map_or("", String::as_str), begun));
    }
    if value("response_type").is_some() {
        let why = "that is the address of the login page: open it, say yes, and paste the one the browser shows then";
        return Err(why.to_owned());
    }
    let code = value("code").ok_or(NO_CODE)?;
    if !plausible(code) {
        return Err(NO_CODE.to_owned());
    }
    let brought = login
        .brings
        .iter()
        .filter_map(|(theirs, ours)| value(theirs).map(|value| ((*ours).to_owned(), Secret::new(value.clone()))));
    Ok(Returned { code: Secret::new(code.clone()), brought: brought.collect() })
}

/// `code=…&state=…`, in any order and with anything else.
fn is_query(text: &str) -> bool {
    let named = |part: &str| part.split_once('=').is_some_and(|(name, _)| ["code", "state", "error"].contains(&name));
    text.split('&').any(named)
}

/// A code by itself, as it stands in an address or as it is meant.
fn bare(login: &Login, begun: &Begun, pasted: &str) -> Result<Returned, String> {
    // A code that was broken into lines has no blanks at the ends of them; words of a person have some in between.
    let code: String = pasted.split(['\r', '\n']).map(str::trim).collect();
    let encoded = format!("code={}", code.replace('+', "%2B").replace('&', "%26"));
    let decoded = url::form_urlencoded::parse(encoded.as_bytes()).next().map(|(_, value)| value.into_owned());
    let code = decoded.filter(|code| plausible(code)).unwrap_or_default();
    if code.is_empty() {
        return Err("that is no code and no address: paste what stands in the browser's address line".to_owned());
    }
    if code == begun.state {
        return Err("that is the part of the address after state=; the code stands after code=".to_owned());
    }
    if !login.brings.is_empty() {
        return Err("the code alone is not enough here: paste the whole address".to_owned());
    }
    Ok(Returned { code: Secret::new(code), brought: Credentials::new() })
}

/// RFC 6749, A.11: a code is made of visible ASCII characters.
fn plausible(code: &str) -> bool {
    code.len() >= 4 && code.chars().all(|letter| letter.is_ascii_graphic())
}

/// The platform's no, in its own words where it has some (RFC 6749, 4.1.2.1).
fn refusal(error: &str, told: &str, begun: &Begun) -> String {
    let why = match error {
        "access_denied" => "somebody said no on the page, or this user may not say yes",
        "unauthorized_client" => "this app may not log in so; look at its settings there",
        "invalid_scope" => "the app lacks a permission that is needed; look at its settings there",
        "invalid_request" | "unsupported_response_type" => "the page did not understand us; check the client id",
        "server_error" | "temporarily_unavailable" => "its page has a problem of its own; try again in a while",
        _ => "the login was refused",
    };
    // Words that came with the address may repeat it.
    let told: String = clean(told).chars().take(200).collect();
    match told.is_empty() || told.contains(&begun.state) {
        true => format!("the platform did not allow it: {why}"),
        false => format!("the platform did not allow it: {why} ({told})"),
    }
}

#[cfg(test)]
mod tests;
