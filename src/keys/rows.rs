//! Rows made of actions and keys: the one source of the hint bar, the help, `counterpart keys` and the README.

use super::{Action, Key, Keymap, Place};

/// An action with its keys at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub place: Place,
    pub action: Action,
    /// `j ↓`
    pub keys: String,
}

impl Keymap {
    /// Everything that works at a place, the nearest first, each action once.
    pub fn rows(&self, place: Place) -> Vec<KeyRow> {
        let mut rows: Vec<KeyRow> = Vec::new();
        let mut at = Some(place);
        while let Some(here) = at {
            for action in self.actions(here) {
                if rows.iter().any(|row| row.action == action) {
                    continue;
                }
                let keys = self.shown(place, action);
                if !keys.is_empty() {
                    rows.push(KeyRow { place: here, action, keys });
                }
            }
            at = here.parent();
        }
        rows
    }

    /// The keys of an action at a place, as shown: `j ↓`. Empty if it has none.
    pub fn shown(&self, place: Place, action: Action) -> String {
        let keys: Vec<String> = self.keys(place, action).iter().map(ToString::to_string).collect();
        keys.join(" ")
    }

    /// The first key of an action at a place, for hints.
    pub fn hint(&self, place: Place, action: Action) -> Option<String> {
        self.keys(place, action).first().map(ToString::to_string)
    }
}

/// All keys as Markdown tables, one for each place: the README's chapter.
pub fn markdown(keymap: &Keymap) -> String {
    let mut text = String::new();
    for place in Place::ALL {
        let actions = keymap.actions(*place);
        if actions.is_empty() {
            continue;
        }
        text.push_str(&format!("**{}**\n\n| key | action | what it does |\n|---|---|---|\n", place.title()));
        for action in actions {
            // In a table, a line between two cells stands even inside of code.
            let shown = |key: &Key| format!("`{}`", key.to_string().replace('|', "\\|"));
            let keys: Vec<String> = keymap.keys(*place, action).iter().map(shown).collect();
            text.push_str(&format!("| {} | `{}` | {} |\n", keys.join(" "), action.name(), action.help()));
        }
        text.push('\n');
    }
    text
}
