//! How a merchant logs in where a platform demands OAuth 2, as data.
//!
//! The grant is the authorisation code (RFC 6749, 4.1), with PKCE (RFC 7636) where the platform knows it: a terminal
//! program keeps no secret from the one who runs it.

use serde::Serialize;

/// Where a call of the login goes. A connection whose base URL is this machine's own (a sandbox) sends all of them
/// there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LoginAddress {
    /// `https://cloud.example`, without a slash at its end; `None`: the connection's base URL.
    pub host: Option<&'static str>,
    /// Begins with a slash.
    pub path: &'static str,
}

/// What becomes of a refresh token when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It goes on.
    Kept,
    /// A new one comes, and the old one works until the new access token is used first. So the new pair is stored
    /// before that, and a crash in between loses nothing.
    UntilFirstUse,
    /// A new one comes and the old one is dead. If the answer is lost, so is the login, once the access token ends;
    /// therefore it is refreshed long before that, and the merchant is told in time.
    Once,
}

/// How the token endpoint takes its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginBody {
    Form,
    Json,
}

/// A platform's login.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The page on which the merchant says yes.
    pub authorize: LoginAddress,
    /// Where each region has a page of its own: the connection's base URL, and the host of its page.
    pub regions: &'static [(&'static str, &'static str)],
    /// Changes a code for tokens.
    pub token: LoginAddress,
    /// Changes a refresh token for new ones.
    pub refresh: LoginAddress,
    /// Separated by blanks; empty where permissions are set with the app.
    pub scopes: &'static str,
    pub pkce: bool,
    pub body: LoginBody,
    /// Parameters that the page wants besides.
    pub extra: &'static [(&'static str, &'static str)],
    /// What the redirect brings besides the code, and the credential that it becomes: `("merchant_id", "merchant")`.
    pub brings: &'static [(&'static str, &'static str)],
    pub rotation: Rotation,
    /// The redirect URI that is used unless another is named; to be registered with the app.
    pub redirect: &'static str,
    /// Seconds that a code lives.
    pub code_lives: u32,
}
