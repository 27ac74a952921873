//! What the command line takes.

mod exchange;
mod keeping;
mod report;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::Side;
use crate::protocol::ProductSort;

pub use exchange::{CleanUpArguments, MAPPING};
pub use keeping::{
    AutoPushName, ConflictsArguments, CorrectionArguments, DecisionName, FieldsArguments, HistoryArguments,
    PauseArguments, SettingsArguments, StatusName, StockArguments, StockVerb, Switch, SyncArguments,
    SynchronizeArguments, UndoArguments, UnlinkArguments,
};
pub use report::{ClassName, KeyName, LinkArguments, ReportArguments};

/// Over the options that every command takes, in its help.
const EVERYWHERE: &str = "Options of every command";

/// The columns of a catalogue file, in short; the whole story is told where it is read.
const COLUMNS: &str = "\
Columns of a catalogue file, in any order; one row is one variant:
  title                           required in the first row of a product
  id                              rows with the same id are variants of one product
  description, brand, category    text
  status                          active (also if blank), draft or archived
  price, sku, barcode             a price is written 1234.50
  quantity, quantity: LOCATION    blank: never counted
  tracked                         yes or no
  image                           addresses, separated by blanks
  option: NAME                    the value of an option, as in `option: Size`
";

/// Keeps a shop's till and its online stores in step.
///
/// Without a command it opens the terminal interface. Data is printed on stdout, everything else on stderr.
///
/// Exit codes: 0 done, 1 failed, 2 wrong use, 3 done in part (some items refused or failed), 4 a platform cannot be
/// reached or refuses the key, 5 the store or the engine cannot be used.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Arguments {
    /// Keep configuration, data and state under this folder instead of the system's places
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub home: Option<PathBuf>,

    /// Print data as one JSON document
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,

    /// Draw the terminal interface with ASCII only
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub ascii: bool,

    /// Mark the row of the cursor at its beginning only: fewer bytes on a slow line
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub slim: bool,

    /// For a screen reader or a braille display: draw nothing, say everything as plain lines
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub reader: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: two sandbox shops with a catalogue and live sales, in the terminal
    Demo(DemoArguments),
    /// Serve sandbox shops on loopback that speak the platforms' HTTP; prints addresses and keys as JSON
    #[command(after_long_help = COLUMNS)]
    Sandbox(SandboxArguments),
    /// Connect a shop; asks for its keys without echo
    Connect(ConnectArguments),
    /// List the connections, or remove one
    Connections(ConnectionsArguments),
    /// List the platforms that can be connected, their limits and what syncs
    Platforms(PlatformsArguments),
    /// Read what changed in the shops
    Import(ImportArguments),
    /// List products
    Products(ProductsArguments),
    /// Show one product, its variants on both sides
    Product(ProductArguments),
    /// Show the link report: what can be linked, or what cannot and why
    Report(ReportArguments),
    /// List what is wrong inside a shop, and what the other side could not take; with how each is mended
    CleanUp(CleanUpArguments),
    /// Link products that exist on both sides
    #[command(after_long_help = MAPPING)]
    Link(LinkArguments),
    /// Push products to the side that lacks them
    Push(PushArguments),
    /// Say that products are not one any more; nothing changes in the shops
    Unlink(UnlinkArguments),
    /// Read what changed now, and tell every shop what it is owed
    Sync(SyncArguments),
    /// Bring the side that is wrong to the other one's quantity, price, or both
    Synchronize(SynchronizeArguments),
    /// Explain a stock figure, correct it, or tell a shop everything again
    Stock(StockArguments),
    /// Show what happened to products: old → new, when, where and why
    History(HistoryArguments),
    /// Take back what a job did, where nobody has changed it since
    Undo(UndoArguments),
    /// List what needs a decision, or decide it
    Conflicts(ConflictsArguments),
    /// Write nothing of these products until they are resumed
    Pause(PauseArguments),
    /// Keep paused products in step again
    Resume(PauseArguments),
    /// Show or change how a connection is kept in step: interval, locations, share, buffer, auto-push
    Settings(SettingsArguments),
    /// Show or change which fields are kept in step between a till and a store, and which side is right
    Fields(FieldsArguments),
    /// List jobs, show their steps, pause, resume, cancel, retry
    Jobs(JobsArguments),
    /// List the keys of the terminal interface
    Keys(KeysArguments),
    /// Show how the terminal looks and what it tells of, or write the file that says so
    Config(ConfigArguments),
    /// Say what the engine is doing
    Status,
    /// Run the engine in the foreground
    Serve,
    /// End the engine; jobs go on at its next start
    Stop,
}

#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Make a synthetic catalogue of this many products instead of the built-in one
    #[arg(long, value_name = "N")]
    pub products: Option<u64>,
    /// Sales a minute in each shop; 0 for none
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub traffic: u32,
    /// The platforms of the two shops; square,shopify if left out
    #[arg(long, value_name = "PLATFORM,PLATFORM")]
    pub platforms: Option<String>,
    /// Inject faults, as with `sandbox --fault`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Only these platforms
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Vec<String>,
    /// Fill a platform's shop from a CSV file, ours or the platform's own export
    #[arg(long, value_name = "PLATFORM=FILE")]
    pub catalogue: Vec<String>,
    /// Make a synthetic catalogue of this many products
    #[arg(long, value_name = "N")]
    pub products: Option<u64>,
    /// First port; each further shop takes the next one. 0: any free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Inject faults: `429:0.05`, `5xx:every=20`, `slow=300`, `late=300`, `cut-before:0.02`, `cut-after:0.02`,
    /// `cut-inside:nth=3`, `malformed`, `html`, `redirect=URL`; further conditions are `path=…` and `method=…`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
    /// Sales a minute in each shop
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub traffic: u32,
    /// Allow as many calls as each platform's largest plan does, instead of its usual one
    #[arg(long)]
    pub largest_plan: bool,
}

#[derive(Debug, Args)]
pub struct ConnectArguments {
    /// The platform; `counterpart platforms` lists them
    pub platform: String,
    /// What to call it; the shop's own name if left out
    #[arg(long)]
    pub name: Option<String>,
    /// The shop's address, where the platform has no common one, or a sandbox's
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Further certificate authorities to trust, as PEM
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// A location whose stock counts, by name or identifier; may be repeated, the first is written to
    #[arg(long, value_name = "LOCATION")]
    pub location: Vec<String>,
    /// Send the key over plain http to a host that is not this machine
    #[arg(long)]
    pub allow_http: bool,
    /// Only call the platform and say what is there
    #[arg(long)]
    pub test: bool,
    /// Read the keys as `name=value` lines from standard input
    #[arg(long)]
    pub keys_from_stdin: bool,
    /// Do not wait for the first import
    #[arg(long)]
    pub no_wait: bool,
    /// Where the platform has a page to log in on: print its address and the number of the login as JSON, and end
    #[arg(long, conflicts_with_all = ["login", "test"])]
    pub login_url: bool,
    /// Go on with the login of this number
    #[arg(long, value_name = "NUMBER")]
    pub login: Option<String>,
    /// With --login: read the address (or the code) that the browser came back with from standard input
    #[arg(long, value_name = "-", requires = "login", value_parser = ["-"], allow_hyphen_values = true)]
    pub code: Option<String>,
    /// Let the page send the browser to this address instead of the usual one; it must be registered with the app
    #[arg(long, value_name = "URL")]
    pub redirect: Option<String>,
}

#[derive(Debug, Args)]
pub struct ConnectionsArguments {
    /// Forget this connection with its listings and links; nothing changes on the platform
    #[arg(long, value_name = "NAME")]
    pub remove: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct PlatformsArguments {
    /// Only this one, with how to get its key
    pub platform: Option<String>,
}

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Only this connection
    pub connection: Option<String>,
    /// Read everything again, and find what was deleted
    #[arg(long)]
    pub full: bool,
    /// Do not wait for the end
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PresenceName {
    InStore,
    Online,
    Both,
    Neither,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortName {
    Title,
    Sku,
    Price,
    Pos,
    Ecommerce,
    Status,
}

impl SortName {
    pub const fn sort(self) -> ProductSort {
        match self {
            Self::Title => ProductSort::Title,
            Self::Sku => ProductSort::Sku,
            Self::Price => ProductSort::Price,
            Self::Pos => ProductSort::InStoreQuantity,
            Self::Ecommerce => ProductSort::OnlineQuantity,
            Self::Status => ProductSort::Status,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideName {
    Pos,
    Ecommerce,
}

impl SideName {
    pub const fn side(self) -> Side {
        match self {
            Self::Pos => Side::InStore,
            Self::Ecommerce => Side::Online,
        }
    }
}

/// Which products.
#[derive(Debug, Args)]
pub struct FilterArguments {
    /// Only products that exist there
    #[arg(long, value_name = "WHERE")]
    pub filter: Option<PresenceName>,
    /// Only products that stand so
    #[arg(long, value_name = "STATUS")]
    pub status: Option<StatusName>,
    /// Leave out what is sold out on every side
    #[arg(long)]
    pub hide_sold_out: bool,
    /// Words to look for in title, SKU and barcode
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
}

#[derive(Debug, Args)]
pub struct ProductsArguments {
    #[command(flatten)]
    pub filter: FilterArguments,
    /// The column to sort by
    #[arg(long, value_name = "COLUMN", default_value = "title")]
    pub sort: SortName,
    /// The other way round: Z to A, most to least
    #[arg(long)]
    pub descending: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(Debug, Args)]
pub struct ProductArguments {
    /// Its number as `products` shows it (l12), or its SKU
    pub product: String,
    /// Save its main picture here too: a PNG of at most 640 × 640 points
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
}

/// What happens with a plan.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// Show every write that would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Do not wait for the end of the job
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Args)]
pub struct PushArguments {
    /// Products by number (l12) or SKU
    pub products: Vec<String>,
    /// Everything that the filter shows
    #[arg(long, conflicts_with = "products")]
    pub all: bool,
    #[command(flatten)]
    pub filter: FilterArguments,
    /// The side to push to
    #[arg(long, value_name = "SIDE")]
    pub to: SideName,
    /// The connection to push to, if the side has several
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// As draft: customers do not see it until it is published there
    #[arg(long)]
    pub draft: bool,
    #[command(flatten)]
    pub plan: PlanArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JobVerb {
    /// All jobs, newest first
    List,
    /// Every step of a job, with what went wrong
    Show,
    /// Wait for its end, and say how it went
    Wait,
    /// Hold it; what is under way is finished
    Pause,
    /// Let a paused job go on
    Resume,
    /// End it; what is done stays done
    Cancel,
    /// Try its failed steps again, after a look at what is there
    Retry,
    /// Clear an ended job away
    Forget,
}

impl JobVerb {
    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Show => "show",
            Self::Wait => "wait",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Forget => "forget",
        }
    }
}

#[derive(Debug, Args)]
pub struct JobsArguments {
    /// What to do with a job; without it, list all jobs
    pub verb: Option<JobVerb>,
    /// Its number: j3
    pub job: Option<String>,
    /// With `show`: only steps that failed or need you
    #[arg(long)]
    pub troubled: bool,
}

#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// Write the file, with every setting, its default, and what it does; a file that is there stays as it is
    #[arg(long, conflicts_with = "location")]
    pub init: bool,
    /// Say where your own counterpart.toml belongs
    #[arg(long = "where")]
    pub location: bool,
}

#[derive(Debug, Args)]
pub struct KeysArguments {
    /// The built-in keys as the README has them
    #[arg(long)]
    pub markdown: bool,
    /// Say where your own keymap.toml belongs
    #[arg(long = "where")]
    pub location: bool,
}
