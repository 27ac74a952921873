//! The command line: one file per subcommand, the same engine behind it as behind the terminal.
//!
//! Data goes to stdout, everything else to stderr. With `--json` data is one JSON document. Speaks the protocol only.

mod across;
mod arguments;
mod clean_up;
mod config;
mod confirm;
mod connect;
mod connections;
mod explained;
mod follow;
mod from_file;
mod front;
mod history;
mod import;
mod jobs;
mod keeping;
mod keys;
mod link;
mod output;
mod plan;
mod platforms;
mod products;
mod push;
mod report;
mod settings;
mod stock;

use crate::client::Client;
use crate::config::Home;
use crate::error::{Exit, Failure};

pub use arguments::{Arguments, Command, DemoArguments, SandboxArguments};
use front::Front;

/// Runs one of the commands that talk to the engine.
pub async fn run(command: &Command, json: bool, home: &Home) -> Result<Exit, Failure> {
    if let Command::Keys(arguments) = command {
        return keys::run(arguments, json, home);
    }
    if let Command::Config(arguments) = command {
        return config::run(arguments, json, home);
    }
    if matches!(command, Command::Stop) {
        return stop(home).await;
    }
    let client = Client::attach(home, true).await?;
    let front = Front { client, json };
    match command {
        Command::Connect(arguments) => connect::run(&front, arguments).await,
        Command::Connections(arguments) => connections::run(&front, arguments).await,
        Command::Platforms(arguments) => platforms::run(&front, arguments).await,
        Command::Import(arguments) => import::run(&front, arguments).await,
        Command::Products(arguments) => products::list(&front, arguments).await,
        Command::Product(arguments) => products::show(&front, arguments).await,
        Command::Report(arguments) => report::run(&front, arguments).await,
        Command::CleanUp(arguments) => clean_up::run(&front, arguments).await,
        Command::Link(arguments) => link::run(&front, arguments).await,
        Command::Push(arguments) => push::run(&front, arguments).await,
        Command::Unlink(arguments) => keeping::unlink(&front, arguments).await,
        Command::Sync(arguments) => keeping::sync(&front, arguments).await,
        Command::Synchronize(arguments) => keeping::synchronize(&front, arguments).await,
        Command::Stock(arguments) => stock::run(&front, arguments).await,
        Command::History(arguments) => history::run(&front, arguments).await,
        Command::Undo(arguments) => keeping::undo(&front, arguments).await,
        Command::Conflicts(arguments) => keeping::conflicts(&front, arguments).await,
        Command::Pause(arguments) => keeping::pause(&front, arguments, true).await,
        Command::Resume(arguments) => keeping::pause(&front, arguments, false).await,
        Command::Settings(arguments) => settings::run(&front, arguments).await,
        Command::Fields(arguments) => settings::fields(&front, arguments).await,
        Command::Jobs(arguments) => jobs::run(&front, arguments).await,
        Command::Status => connections::status(&front).await,
        Command::Demo(_)
        | Command::Sandbox(_)
        | Command::Serve
        | Command::Stop
        | Command::Keys(_)
        | Command::Config(_) => Ok(Exit::Usage),
    }
}

/// Ends the engine. That there is none is what was wanted.
async fn stop(home: &Home) -> Result<Exit, Failure> {
    let Some(client) = Client::attach_if_there(home).await? else {
        output::remark("no engine is running");
        return Ok(Exit::Success);
    };
    let exit = Front { client, json: false }.done(crate::protocol::Request::Shutdown).await?;
    output::remark("the engine has ended; jobs go on at its next start");
    Ok(exit)
}
