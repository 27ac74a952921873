//! Runs tests whose names are known at run time only, and understands of the usual test runner's language what `cargo
//! test` and `cargo nextest` say: `--list`, `--ignored`, `--exact`, `--skip`, and names.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    list: bool,
    ignored: bool,
    exact: bool,
    names: Vec<String>,
    skip: Vec<String>,
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut asked = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => asked.list = true,
                "--ignored" => asked.ignored = true,
                "--exact" => asked.exact = true,
                "--skip" => asked.skip.extend(arguments.next()),
                // These have a value, which is no name.
                "--format" | "--color" | "--test-threads" | "--logfile" | "-Z" => drop(arguments.next()),
                other if other.starts_with('-') => {}
                name => asked.names.push(name.to_owned()),
            }
        }
        asked
    }

    fn wants(&self, test: &str) -> bool {
        let fits = |name: &String| if self.exact { test == name } else { test.contains(name.as_str()) };
        (self.names.is_empty() || self.names.iter().any(fits)) && !self.skip.iter().any(fits) && !self.ignored
    }
}

pub fn run<T: FnOnce()>(tests: Vec<(String, T)>) -> ExitCode {
    let asked = Asked::read(std::env::args().skip(1));
    let wanted: Vec<(String, T)> = tests.into_iter().filter(|(name, _)| asked.wants(name)).collect();
    if asked.list {
        for (name, _) in &wanted {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let mut failed = Vec::new();
    let all = wanted.len();
    for (name, test) in wanted {
        let passed = catch_unwind(AssertUnwindSafe(test)).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            failed.push(name);
        }
    }
    println!("{} passed, {} failed: {}", all - failed.len(), failed.len(), failed.join(", "));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
