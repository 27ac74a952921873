//! The keys that a merchant types, pipes or keeps in the environment.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::output::remark;
use crate::error::{Exit, Failure};
use crate::protocol::PlatformRow;
use crate::secrets::{Credentials, Secret};

/// Environment first (`COUNTERPART_TOKEN`), then standard input, then the keyboard. With them, whether there is a key
/// among them: where there is a login, the keys of the app alone are none. `again`: the shop is known already, and what
/// is left out is as it was.
pub fn credentials(platform: &PlatformRow, from_stdin: bool, again: bool) -> Result<(Credentials, bool), Failure> {
    let mut credentials = if from_stdin { piped(platform)? } else { Credentials::new() };
    for (name, ..) in &platform.credentials {
        if let Ok(value) = std::env::var(format!("COUNTERPART_{}", name.to_uppercase())) {
            credentials.insert(name.clone(), Secret::new(value));
        }
    }
    let mut keyboard = Keyboard { platform, asks: io::stdin().is_terminal() && !from_stdin, shown: false };
    let Some(login) = &platform.login else {
        let all: Vec<&String> = platform.credentials.iter().map(|(name, ..)| name).collect();
        keyboard.ask(&all, &mut credentials, "leave blank if you have none")?;
        return complete(platform, credentials, &all).map(|credentials| (credentials, true));
    };
    let instead: Vec<&String> = login.instead.iter().collect();
    let asks: Vec<&String> = login.asks.iter().collect();
    let none = |credentials: &Credentials| !instead.iter().any(|name| credentials.contains_key(*name));
    if none(&credentials) && !asks.iter().any(|name| credentials.contains_key(*name)) {
        keyboard.ask(&instead, &mut credentials, "leave blank to log in with a browser")?;
    }
    if !none(&credentials) {
        let rest: Vec<&String> = login.brings.iter().collect();
        keyboard.ask(&rest, &mut credentials, "leave blank if you have none")?;
        let needed: Vec<&String> = rest.into_iter().chain(instead).collect();
        return complete(platform, credentials, &needed).map(|credentials| (credentials, true));
    }
    if again {
        keyboard.ask(&asks, &mut credentials, "leave blank for the one in use")?;
        return Ok((credentials, false));
    }
    keyboard.ask(&asks, &mut credentials, "leave blank if you have none")?;
    complete(platform, credentials, &asks).map(|credentials| (credentials, false))
}

/// `name=value` lines of standard input.
fn piped(platform: &PlatformRow) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::new();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|why| Failure::new(Exit::Failure, format!("cannot read the keys: {why}")))?;
        if line.trim().is_empty() {
            continue;
        }
        // Nothing of the line is repeated: any part of it may be a key.
        let known = line.split_once('=').and_then(|(name, value)| {
            let name = name.trim().to_lowercase();
            platform.credentials.iter().any(|(known, ..)| *known == name).then_some((name, value))
        });
        let Some((name, value)) = known else {
            return Err(Failure::new(
                Exit::Usage,
                format!("line {} of standard input is no key of {}", number + 1, platform.name),
            )
            .hint(format!("a line is {}", names(platform))));
        };
        credentials.insert(name, Secret::new(value));
    }
    Ok(credentials)
}

struct Keyboard<'a> {
    platform: &'a PlatformRow,
    asks: bool,
    /// How to get the keys is said once, before the first question.
    shown: bool,
}

impl Keyboard<'_> {
    /// Asks for those of these that are not there yet.
    fn ask(&mut self, names: &[&String], credentials: &mut Credentials, blank: &str) -> Result<(), Failure> {
        if !self.asks {
            return Ok(());
        }
        for (name, label, secret, required) in &self.platform.credentials {
            if !names.contains(&name) || credentials.contains_key(name) {
                continue;
            }
            if !self.shown {
                remark(&format!("{}\n", self.platform.docs.trim()));
                self.shown = true;
            }
            let needed = *required && blank.ends_with("none");
            let prompt = if needed { format!("{label}: ") } else { format!("{label} ({blank}): ") };
            let typed = if *secret {
                rpassword::prompt_password(prompt)
            } else {
                let _ = write!(io::stderr().lock(), "{prompt}");
                io::stdin().lock().lines().next().unwrap_or_else(|| Ok(String::new()))
            };
            let typed = typed.map_err(|why| Failure::new(Exit::Failure, format!("cannot read {label}: {why}")))?;
            if !typed.trim().is_empty() {
                credentials.insert(name.clone(), Secret::new(typed));
            }
        }
        Ok(())
    }
}

/// Refuses keys among which something is missing that is needed, of these.
fn complete(platform: &PlatformRow, credentials: Credentials, needed: &[&String]) -> Result<Credentials, Failure> {
    let lacking: Vec<&str> = platform
        .credentials
        .iter()
        .filter(|(name, _, _, required)| *required && needed.contains(&name) && !credentials.contains_key(name))
        .map(|(name, ..)| name.as_str())
        .collect();
    if lacking.is_empty() && (!credentials.is_empty() || platform.credentials.is_empty()) {
        return Ok(credentials);
    }
    if lacking.is_empty() {
        // Each one may be left out, since there are several ways to log in; all of them at once may not.
        let any: Vec<String> =
            platform.credentials.iter().map(|(name, ..)| format!("COUNTERPART_{}", name.to_uppercase())).collect();
        return Err(Failure::new(Exit::Usage, format!("{} needs a key, and none was given", platform.name)).hint(
            format!(
                "set what you have of {}, or use --keys-from-stdin; `counterpart platforms {}` says which to make",
                any.join(", "),
                platform.id
            ),
        ));
    }
    let variables: Vec<String> = lacking.iter().map(|name| format!("COUNTERPART_{}", name.to_uppercase())).collect();
    Err(Failure::new(Exit::Usage, format!("{} needs {}", platform.name, lacking.join(" and "))).hint(format!(
        "set {} or use --keys-from-stdin; keys are not taken as arguments, since `ps` shows those",
        variables.join(" and ")
    )))
}

/// `token=… or secret=…`
fn names(platform: &PlatformRow) -> String {
    let names: Vec<String> = platform.credentials.iter().map(|(name, ..)| format!("{name}=…")).collect();
    names.join(" or ")
}
