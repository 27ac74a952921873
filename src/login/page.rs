//! The page on which a merchant says yes, and what the browser brings back from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{BaseUrl, Login};
use crate::secrets::Credentials;
use crate::secrets::Secret;

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

/// Begins a login. `random` are fresh random bytes: the first half becomes the state, the whole the verifier.
pub fn begin(login: &Login, base: &BaseUrl, client: &str, redirect: Option<&str>, random: &[u8; 64]) -> Begun {
    let state = URL_SAFE_NO_PAD.encode(blake3::hash(&random[..32]).as_bytes());
    let verifier = login.pkce.then(|| URL_SAFE_NO_PAD.encode(&random[16..]));
    let redirect = redirect.unwrap_or(login.redirect).to_owned();
    let address = format!("{}{}", host(login.authorize, base), login.authorize.path);
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
        let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        parameters.append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(hash.as_ref()));
        parameters.append_pair("code_challenge_method", "S256");
    }
    let url = format!("{address}?{}", parameters.finish());
    Begun { url, state, verifier: verifier.map(Secret::new), redirect }
}

/// Reads what a person pasted: the whole address the browser was sent to, its query alone, or the bare code.
///
/// The error says what is wrong with it, and does not repeat it: it may hold a code.
pub fn returned(login: &Login, begun: &Begun, pasted: &str) -> Result<Returned, String> {
    let pasted = pasted.trim().trim_matches(['"', '\'', '<', '>']);
    if pasted.is_empty() {
        return Err("nothing was pasted".to_owned());
    }
    let query = match pasted.split_once('?') {
        Some((_, query)) => query,
        None if pasted.contains("://") => {
            return Err("that address has no code: paste the one that the browser shows after you said yes".to_owned());
        }
        None if pasted.contains('=') && pasted.contains("code") => pasted,
        None if pasted.chars().any(char::is_whitespace) => {
            return Err("that is no code and no address: paste what stands in the browser's address line".to_owned());
        }
        None if !login.brings.is_empty() => {
            return Err("the code alone is not enough here: paste the whole address".to_owned());
        }
        None => return Ok(Returned { code: Secret::new(pasted), brought: Credentials::new() }),
    };
    let query = query.split('#').next().unwrap_or_default();
    let all: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let value = |name: &str| all.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, v)| v);
    if let Some(error) = value("error") {
        let told = value("error_description").unwrap_or(error);
        return Err(format!("the platform did not allow it: {}", crate::domain::clean(told)));
    }
    // The page of another login, or a link that somebody sent.
    if value("state").is_some_and(|state| *state != begun.state) {
        return Err("that address is the answer to another login: use the page that was opened last".to_owned());
    }
    let code = value("code").ok_or_else(|| {
        "that address has no code: paste the one that the browser shows after you said yes".to_owned()
    })?;
    let brought = login
        .brings
        .iter()
        .filter_map(|(theirs, ours)| value(theirs).map(|value| ((*ours).to_owned(), Secret::new(value.clone()))));
    Ok(Returned { code: Secret::new(code.clone()), brought: brought.collect() })
}
