//! A file that a spreadsheet opens: a table, or the same rows as a JSON list. It is written beside its place and put there
//! when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::domain::Text;
use crate::protocol::{Problem, ProblemKind};
use crate::rules::exchange::{BOM, line};

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    WriteOver,
    LeaveIt,
}

/// A file in the making: a table, or the same rows as a JSON list.
pub struct Sheet {
    out: BufWriter<File>,
    part: PathBuf,
    file: PathBuf,
    columns: Vec<String>,
    json: bool,
    rows: u64,
}

impl Sheet {
    /// What the name ends in decides what is written.
    pub fn new(file: &Path, columns: &[&str], bom: bool, if_there: IfThere) -> Result<Self, Problem> {
        if if_there == IfThere::LeaveIt && file.exists() {
            return Err(Problem {
                kind: ProblemKind::Usage,
                message: format!("{} is there already", file.display()),
                hint: Some("choose another name, or say that it is to be written over".to_owned()),
            });
        }
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let json = ending == "json";
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let out = File::create(&part).map_err(|why| cannot(file, &why))?;
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        let mut sheet = Self { out: BufWriter::new(out), part, file: file.to_owned(), columns, json, rows: 0 };
        if json {
            sheet.put("[")?;
        } else {
            if bom {
                sheet.put(BOM)?;
            }
            let head = line(&sheet.columns);
            sheet.put(&head)?;
        }
        Ok(sheet)
    }

    fn put(&mut self, text: &str) -> Result<(), Problem> {
        self.out.write_all(text.as_bytes()).map_err(|why| cannot(&self.file, &why))
    }

    /// A value for each column.
    pub fn row(&mut self, values: &[&str]) -> Result<(), Problem> {
        self.rows += 1;
        if !self.json {
            return self.put(&line(values));
        }
        let fields: Map<String, Value> = self
            .columns
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), Value::String((*value).to_owned())))
            .collect();
        let before = if self.rows == 1 { "\n  " } else { ",\n  " };
        let text = format!("{before}{}", Value::Object(fields));
        self.put(&text)
    }

    /// Puts the file in its place; its name.
    pub fn finish(mut self) -> Result<String, Problem> {
        if self.json {
            self.put("\n]\n")?;
        }
        let whole = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        whole.and_then(|()| std::fs::rename(&self.part, &self.file)).map_err(|why| cannot(&self.file, &why))?;
        Ok(self.file.display().to_string())
    }
}

impl Drop for Sheet {
    /// Of a file that was not finished nothing stays; one that was is not there under this name any more.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.part);
    }
}

fn cannot(file: &Path, why: &std::io::Error) -> Problem {
    Problem {
        kind: ProblemKind::Failure,
        message: format!("cannot write {}: {why}", file.display()),
        hint: Some("name a file in a folder that is there and yours".to_owned()),
    }
}

pub fn shown(text: &Option<Text>) -> String {
    text.as_ref().map(ToString::to_string).unwrap_or_default()
}
