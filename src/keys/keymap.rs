//! Which key means what: the built-in `keymap.toml`, changed key by key by the user's own file.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Mistake;

use super::{Action, Key, Place};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    key: Key,
    action: Action,
}

/// All bindings, by place, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    places: BTreeMap<Place, Vec<Binding>>,
}

const BUILT_IN: &str = include_str!("../../keymap.toml");

impl Keymap {
    /// The keys that the program is built with. A test holds that the file has no mistake.
    pub fn built_in() -> Self {
        let mut keymap = Self { places: BTreeMap::new() };
        keymap.change(BUILT_IN);
        keymap
    }

    /// The built-in keys, changed by a user's file. With the mistakes found in it, in its order.
    pub fn with(user: &str) -> (Self, Vec<Mistake>) {
        let mut keymap = Self::built_in();
        let errors = keymap.change(user);
        (keymap, errors)
    }

    /// What a key means at a place: there, or at the places it belongs to.
    pub fn action(&self, place: Place, key: Key) -> Option<Action> {
        let here = self.places.get(&place).and_then(|bindings| bindings.iter().find(|binding| binding.key == key));
        match here {
            Some(binding) => Some(binding.action),
            None => self.action(place.parent()?, key),
        }
    }

    /// The keys of an action as they work at a place, the place's own first, those that something nearer hides left out.
    pub fn keys(&self, place: Place, action: Action) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut at = Some(place);
        while let Some(here) = at {
            let bindings = self.places.get(&here).map(Vec::as_slice).unwrap_or_default();
            keys.extend(
                bindings
                    .iter()
                    .filter(|binding| binding.action == action && self.action(place, binding.key) == Some(action))
                    .map(|binding| binding.key),
            );
            at = here.parent();
        }
        keys
    }

    /// The actions bound at exactly this place, each once, in the order of the file.
    pub fn actions(&self, place: Place) -> Vec<Action> {
        let mut actions = Vec::new();
        for binding in self.places.get(&place).map(Vec::as_slice).unwrap_or_default() {
            if !actions.contains(&binding.action) {
                actions.push(binding.action);
            }
        }
        actions
    }

    /// Applies a file; what is wrong with it is returned and changes nothing.
    fn change(&mut self, text: &str) -> Vec<Mistake> {
        let (document, mistakes) = DeTable::parse_recoverable(text);
        let mut errors: Vec<Mistake> = mistakes
            .iter()
            .map(|mistake| Mistake::at(text, mistake.span().unwrap_or(0..0), mistake.message().to_owned()))
            .collect();
        let mut bindings = Vec::new();
        for (name, table) in document.get_ref() {
            match (Place::named(name.get_ref()), table.get_ref()) {
                (Some(place), DeValue::Table(table)) => {
                    for (key, action) in table {
                        match understood(key, action) {
                            Ok((read, action)) => bindings.push((key.span(), place, read, action)),
                            Err((span, message)) => errors.push(Mistake::at(text, span, message)),
                        }
                    }
                }
                (Some(_), _) => errors.push(Mistake::at(
                    text,
                    table.span(),
                    format!("{name} must be a table: [{name}]", name = name.get_ref()),
                )),
                (None, _) => errors.push(Mistake::at(
                    text,
                    name.span(),
                    format!("{:?} is no place; {}", name.get_ref(), places()),
                )),
            }
        }
        bindings.sort_by_key(|(span, ..)| span.start);
        for (span, place, key, action) in &bindings {
            let twice = bindings.iter().any(|(other, p, k, _)| other.start < span.start && p == place && k == key);
            if twice {
                errors.push(Mistake::at(
                    text,
                    span.clone(),
                    format!("{key} is bound twice in [{}]; the first one counts", place.name()),
                ));
                continue;
            }
            let known = self.places.entry(*place).or_default();
            known.retain(|binding| binding.key != *key);
            known.extend(action.map(|action| Binding { key: *key, action }));
        }
        errors.sort_by_key(|error| (error.line, error.column));
        errors
    }
}

/// A key and its action; `None` for `"none"`.
type Read = (Key, Option<Action>);

fn understood(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    action: &Spanned<DeValue<'_>>,
) -> Result<Read, (Range<usize>, String)> {
    let read: Key = key.get_ref().parse().map_err(|why| (key.span(), why))?;
    let Some(name) = action.get_ref().as_str() else {
        return Err((action.span(), format!("the action of {read} must be a text such as \"down\"")));
    };
    if name == "none" {
        return Ok((read, None));
    }
    let action = Action::named(name).ok_or_else(|| {
        let known = Action::ALL.iter().map(|action| action.name());
        (action.span(), format!("{name:?} is no action{}", Mistake::meant(name, known)))
    })?;
    Ok((read, Some(action)))
}

fn places() -> String {
    let names: Vec<String> = Place::ALL.iter().map(|place| format!("[{}]", place.name())).collect();
    format!("there are {}", names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Code;

    #[test]
    fn the_built_in_file_has_no_mistake_and_every_action_has_a_key() {
        let mut keymap = Keymap { places: BTreeMap::new() };
        assert_eq!(keymap.change(BUILT_IN), []);
        for action in Action::ALL {
            let bound = Place::ALL.iter().any(|place| !keymap.keys(*place, *action).is_empty());
            assert!(bound, "{} has no key", action.name());
        }
    }

    #[test]
    fn every_key_can_be_typed_over_any_terminal() {
        for bindings in Keymap::built_in().places.values() {
            for Binding { key, .. } in bindings {
                assert!(!key.alt, "{key} needs Alt");
                assert!(key.code != Code::Character('['), "{key} needs AltGr on many keyboards");
            }
        }
    }

    #[test]
    fn a_users_file_changes_single_keys() {
        let (keymap, errors) =
            Keymap::with("[products]\n\"p\" = \"none\"\n\"x\" = \"push\"\n[list]\n\"n\" = \"down\"\n");
        assert_eq!(errors, []);
        assert_eq!(keymap.action(Place::Products, Key::character('p')), None);
        assert_eq!(keymap.action(Place::Products, Key::character('x')), Some(Action::Push));
        assert_eq!(keymap.action(Place::Products, Key::character('j')), Some(Action::Down));
        // The report's own `n` is nearer than the list's.
        assert_eq!(keymap.action(Place::Report, Key::character('n')), Some(Action::NextPage));
        assert_eq!(keymap.action(Place::Typing, Key::character('q')), None);
    }

    #[test]
    fn mistakes_are_told_with_line_and_column_and_change_nothing() {
        let text = "[products]\n\"p\" = \"psuh\"\n\"hyper-x\" = \"push\"\n[produkte]\n\"a\" = \"down\"\n[list]\n\"j\" = \"up\"\n\"j\" = \"first\"\n\"k\" = 3\n";
        let (keymap, errors) = Keymap::with(text);
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 5, "{told:#?}");
        assert_eq!(told[0], "line 2, column 7: \"psuh\" is no action; did you mean \"push\"?");
        assert!(told[1].starts_with("line 3, column 1: \"hyper-x\" is no key"), "{}", told[1]);
        assert!(told[2].starts_with("line 4, column 2: \"produkte\" is no place"), "{}", told[2]);
        assert!(told[3].starts_with("line 8, column 1: "), "{}", told[3]);
        assert!(told[4].starts_with("line 9, column 7: "), "{}", told[4]);
        assert_eq!(keymap.action(Place::Products, Key::character('p')), Some(Action::Push));
        assert_eq!(keymap.action(Place::List, Key::character('k')), Some(Action::Up));
    }

    #[test]
    fn bad_syntax_loses_no_default() {
        let (keymap, errors) = Keymap::with("[list\n\"j\" = \n");
        assert!(!errors.is_empty());
        assert_eq!(keymap.action(Place::List, Key::character('j')), Some(Action::Down));
    }
}
