//! Numbers for things that the shop model knows by name only, as platforms number them: brands, categories, pictures.

use std::collections::HashMap;

/// Numbers from 1, in the order of first sight.
#[derive(Debug, Default)]
pub struct Register {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Register {
    pub fn of(&mut self, name: &str) -> u64 {
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                self.names.push(name.to_owned());
                self.places.insert(name.to_owned(), self.names.len() - 1);
                self.names.len() - 1
            }
        };
        at as u64 + 1
    }

    pub fn named(&self, number: u64) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.names.get(at).map(String::as_str)
    }

    /// With its own spelling, for a platform that does not tell cases apart.
    pub fn spelled(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|known| known.to_lowercase() == name.to_lowercase()).map(String::as_str)
    }

    pub fn all(&self) -> impl Iterator<Item = (u64, &str)> {
        self.names.iter().enumerate().map(|(at, name)| (at as u64 + 1, name.as_str()))
    }
}
