//! Takes every secret out of text before anybody sees it: in the clear, percent-encoded, in base64, and joined as
//! `key:secret` in base64, which is how Basic authorisation travels.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::domain::clean;
use crate::secrets::Secret;

use super::request::segment;

/// A shorter secret cannot be told from ordinary text; no platform gives any.
const SHORTEST: usize = 4;

/// The forms to look for, the longest first, so that a part never leaves the rest of the whole standing.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    forms: Vec<String>,
    /// The forms of each secret that came later, the oldest first: they are in `forms` too, until too many others came.
    late: VecDeque<Vec<String>>,
}

/// Later secrets that are remembered. Tokens that change every half hour would fill the memory otherwise, and only what
/// was sent or given lately can come back in an answer.
const MOST_LATE: usize = 32;

impl Redaction {
    pub(super) fn of(secrets: &[Secret]) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let value = secret.reveal();
            add_forms(&mut forms, value);
            for other in secrets {
                add_base64(&mut forms, &format!("{value}:{}", other.reveal()));
            }
        }
        Self::sorted(forms)
    }

    /// With the values of one request's headers, whole and without the scheme (`Bearer …`).
    pub(super) fn with(&self, headers: &[(&'static str, Secret)]) -> Self {
        let mut forms = self.forms.clone();
        for (_, secret) in headers {
            let value = secret.reveal();
            add_forms(&mut forms, value);
            if let Some((_, credentials)) = value.split_once(' ') {
                add_forms(&mut forms, credentials);
            }
        }
        Self::sorted(forms)
    }

    /// One more secret.
    pub(super) fn add(&mut self, secret: &Secret) {
        let mut fresh = Vec::new();
        add_forms(&mut fresh, secret.reveal());
        if fresh.iter().all(|form| form.len() < SHORTEST || self.forms.contains(form)) {
            return;
        }
        // What was there from the beginning stays.
        fresh.retain(|form| !self.forms.contains(form));
        let mut forms = std::mem::take(&mut self.forms);
        if self.late.len() >= MOST_LATE {
            let old = self.late.pop_front().unwrap_or_default();
            forms.retain(|form| !old.contains(form));
        }
        forms.extend(fresh.iter().cloned());
        self.late.push_back(fresh);
        self.forms = Self::sorted(forms).forms;
    }

    fn sorted(mut forms: Vec<String>) -> Self {
        forms.retain(|form| form.len() >= SHORTEST);
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms, late: VecDeque::new() }
    }

    /// Text that may be shown: cleaned of what steers a terminal, without secrets, at most `most` characters.
    pub(super) fn text(&self, raw: &str, most: usize) -> String {
        // Cleaning comes first: taking a hidden character out could put a secret together again. Cutting comes last:
        // half a secret is not recognised any more.
        let mut text = clean(raw);
        for form in &self.forms {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), "***");
            }
        }
        if text.chars().count() > most {
            text = text.chars().take(most).collect::<String>() + "…";
        }
        text
    }
}

fn add_forms(forms: &mut Vec<String>, value: &str) {
    forms.push(value.to_owned());
    forms.push(clean(value));
    forms.push(segment(value));
    forms.push(url::form_urlencoded::byte_serialize(value.as_bytes()).collect());
    // As JSON writers escape it; PHP's writes `\/`.
    forms.push(value.replace('/', "\\/"));
    add_base64(forms, value);
}

fn add_base64(forms: &mut Vec<String>, value: &str) {
    let plain = STANDARD.encode(value);
    forms.push(segment(&plain));
    forms.push(plain);
    forms.push(STANDARD_NO_PAD.encode(value));
    forms.push(URL_SAFE_NO_PAD.encode(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_form_of_a_secret_survives(
            key in "[!-~]{8,40}", secret in "[!-~]{8,40}", before in ".{0,20}", after in ".{0,20}", most in 1usize..200,
        ) {
            let redaction = Redaction::of(&[Secret::new(key.clone()), Secret::new(secret.clone())]);
            let basic = STANDARD.encode(format!("{key}:{secret}"));
            for form in [&key, &secret, &segment(&secret), &basic] {
                let shown = redaction.text(&format!("{before}{form}{after}"), most);
                prop_assert!(!shown.contains(form.as_str()), "{shown}");
            }
        }
    }

    #[test]
    fn of_the_secrets_that_came_later_the_last_ones_are_hidden_and_of_the_first_ones_all() {
        let mut redaction = Redaction::of(&[Secret::new("from-the-start")]);
        for number in 0..1_000 {
            redaction.add(&Secret::new(format!("token-number-{number}/")));
            redaction.add(&Secret::new("from-the-start"));
        }
        assert_eq!(redaction.text("from-the-start token-number-999/ token-number-980%2F", 99), "*** *** ***");
        assert!(redaction.forms.len() < 400, "{} forms are remembered", redaction.forms.len());
    }

    #[test]
    fn a_header_counts_without_its_scheme() {
        let redaction = Redaction::default().with(&[("Authorization", Secret::new("Bearer shpat_canary"))]);
        assert_eq!(redaction.text("token shpat_canary is\u{1b} wrong", 99), "token *** is wrong");
        assert_eq!(redaction.text("Bearer shpat_\u{200b}canary", 99), "***");
    }
}
