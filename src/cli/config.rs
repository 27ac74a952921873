//! `config`: the file that says how the terminal looks and what it tells of.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::ConfigArguments;
use super::output::{Table, print, print_json, remark};
use crate::config::{Home, Preferences};
use crate::error::{Exit, Failure};
use crate::wardrobe;

#[derive(Serialize)]
struct Row {
    setting: String,
    value: String,
}

pub fn run(arguments: &ConfigArguments, json: bool, home: &Home) -> Result<Exit, Failure> {
    let path = home.preferences();
    if arguments.location {
        print(&path.display().to_string())?;
        return Ok(Exit::Success);
    }
    if arguments.init {
        return write(home);
    }
    let (preferences, mistakes) = wardrobe::preferences(home);
    let rows: Vec<Row> = preferences.settings().into_iter().map(|(setting, value)| Row { setting, value }).collect();
    if json {
        print_json(&rows)?;
    } else {
        let mut table = Table::new(&[("SETTING", false), ("VALUE", false)]);
        for row in &rows {
            table.row(vec![row.setting.clone(), row.value.clone()]);
        }
        table.print()?;
        if !path.exists() {
            remark("these are the defaults; `counterpart config --init` writes the file to change them");
        }
    }
    for mistake in &mistakes {
        remark(&format!("warning: {mistake}; the default counts"));
    }
    Ok(if mistakes.is_empty() { Exit::Success } else { Exit::Partial })
}

fn write(home: &Home) -> Result<Exit, Failure> {
    let path = home.preferences();
    let failed = |why: io::Error| Failure::new(Exit::Failure, format!("{} cannot be written: {why}", path.display()));
    std::fs::create_dir_all(&home.config).map_err(failed)?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    match file {
        Ok(mut file) => {
            file.write_all(Preferences::FILE.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            remark(&format!("written: {}; every setting stands there with its default", path.display()));
            Ok(Exit::Success)
        }
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::new(Exit::Usage, format!("{} is there already and was left as it is", path.display()))
                .hint("change it with any editor, or move it away first"))
        }
        Err(why) => Err(failed(why)),
    }
}
