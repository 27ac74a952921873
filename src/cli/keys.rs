//! `keys`: the same rows as the help screen.

use serde::Serialize;

use super::arguments::KeysArguments;
use super::output::{Table, print, print_json, remark};
use crate::config::Home;
use crate::error::{Exit, Failure};
use crate::keys::{Keymap, Place, markdown};
use crate::wardrobe;

#[derive(Serialize)]
struct Row {
    place: &'static str,
    keys: Vec<String>,
    action: &'static str,
    help: &'static str,
}

pub fn run(arguments: &KeysArguments, json: bool, home: &Home) -> Result<Exit, Failure> {
    if arguments.location {
        print(&home.keymap().display().to_string())?;
        return Ok(Exit::Success);
    }
    if arguments.markdown {
        print(markdown(&Keymap::built_in()).trim_end())?;
        return Ok(Exit::Success);
    }
    let (keymap, mistakes) = wardrobe::keys(home);
    let rows: Vec<Row> = Place::ALL
        .iter()
        .flat_map(|place| keymap.actions(*place).into_iter().map(|action| (*place, action)))
        .map(|(place, action)| Row {
            place: place.title(),
            keys: keymap.keys(place, action).iter().map(ToString::to_string).collect(),
            action: action.name(),
            help: action.help(),
        })
        .collect();
    if json {
        print_json(&rows)?;
    } else {
        let mut table = Table::new(&[("WHERE", false), ("KEYS", false), ("ACTION", false), ("WHAT IT DOES", false)]);
        for row in &rows {
            table.row(vec![row.place.to_owned(), row.keys.join(" "), row.action.to_owned(), row.help.to_owned()]);
        }
        table.print()?;
    }
    for mistake in &mistakes {
        remark(&format!("warning: {mistake}; the default counts"));
    }
    Ok(if mistakes.is_empty() { Exit::Success } else { Exit::Partial })
}
