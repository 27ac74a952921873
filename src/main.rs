//! Parses arguments, chooses a program, tells failures, sets the exit code.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use counterpart::cli::{self, Arguments, Command, DemoArguments};
use counterpart::config::Home;
use counterpart::engine::{self, RealShops};
use counterpart::error::{Exit, Failure};
use counterpart::platform::{Clock, SystemClock};
use counterpart::wardrobe::Wardrobe;
use counterpart::{client, demo, server, tui};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Nobody else reads what we write, whatever the shell says.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return told(&Failure::new(Exit::Failure, format!("cannot start: {why}"))),
    };
    let ended = runtime.block_on(run(&arguments));
    // Blocking reads of the terminal must not hold the exit up.
    runtime.shutdown_background();
    match ended {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => told(&failure),
    }
}

async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    // Whole, since the engine may outlive the folder we were called in, and is named in messages.
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let named = arguments.home.as_deref().map(|path| Home::at(&whole(path)));
    if let Some(Command::Sandbox(sandbox)) = &arguments.command {
        return demo::sandbox(&demo::Sandbox {
            platforms: sandbox.platform.clone(),
            catalogues: sandbox.catalogue.clone(),
            products: sandbox.products,
            port: sandbox.port,
            faults: sandbox.fault.clone(),
            traffic: sandbox.traffic,
            largest_plan: sandbox.largest_plan,
        })
        .await;
    }
    let home = match named.clone().or_else(Home::of_user) {
        Some(home) => home,
        None => return Err(Failure::new(Exit::Usage, "there is no home folder").hint("name one with --home")),
    };
    match &arguments.command {
        None => {
            let look = dressed(arguments, &home)?;
            let client = client::Client::attach(&home, true).await.map_err(|problem| Failure {
                exit: problem.kind.exit(),
                message: problem.message,
                hint: problem.hint,
            })?;
            tui::run_attached(client, look).await.map_err(screen_failed)?;
            Ok(Exit::Success)
        }
        Some(Command::Demo(demo)) => {
            let look = dressed(arguments, &home)?;
            show(demo, named, tui::Options { jobs_go_on: false, ..look }).await
        }
        Some(Command::Serve) => serve(&home).await,
        Some(command) => cli::run(command, arguments.json, &home).await,
    }
}

/// The keys, and how the terminal is to look; all is read again when its files change.
fn dressed(arguments: &Arguments, home: &Home) -> Result<tui::Options, Failure> {
    // Before anything is started for a screen that cannot be.
    tui::check()?;
    let mut wardrobe = Wardrobe::new(home, arguments.ascii, arguments.slim).for_a_reader(arguments.reader);
    let dress = wardrobe.dress();
    Ok(tui::Options { dress, wardrobe: Some(wardrobe), jobs_go_on: true, browser: has_browser() })
}

/// Whether a browser that is started here is seen by who sits at the terminal: not at the other end of an SSH line.
fn has_browser() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let far_away = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    let screen = cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    screen && !far_away
}

/// Shows a demo until somebody leaves it.
async fn show(arguments: &DemoArguments, home: Option<Home>, look: tui::Options) -> Result<Exit, Failure> {
    let story = demo::Story {
        products: arguments.products,
        traffic: arguments.traffic,
        platforms: arguments.platforms.clone(),
        faults: arguments.fault.clone(),
    };
    let demo = demo::Demo::open(&story, home).await?;
    let shown = tui::run_attached(demo.client(), look).await;
    demo.close().await;
    shown.map(|()| Exit::Success).map_err(screen_failed)
}

fn screen_failed(why: anyhow::Error) -> Failure {
    why.downcast::<Failure>().unwrap_or_else(|why| Failure::new(Exit::Failure, format!("{why:#}")))
}

/// The engine in the foreground; its log goes to stderr, `RUST_LOG` says how much of it.
async fn serve(home: &Home) -> Result<Exit, Failure> {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("counterpart=info"));
    tracing_subscriber::fmt().with_env_filter(level).with_writer(std::io::stderr).with_ansi(false).init();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let shops = RealShops::shared(Arc::clone(&clock));
    let ready = |socket: &Path| tracing::info!("listening on {}", socket.display());
    server::serve(home, shops, clock, engine::Options::at(&home.data), ready).await.map_err(|problem| Failure {
        exit: problem.kind.exit(),
        message: problem.message,
        hint: problem.hint,
    })?;
    Ok(Exit::Success)
}

fn told(failure: &Failure) -> ExitCode {
    // Nobody may be there to read it: that changes nothing about how it ended.
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "error: {}", failure.message);
    if let Some(hint) = &failure.hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
    ExitCode::from(failure.exit as u8)
}
