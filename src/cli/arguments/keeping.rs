//! What the commands that keep shops in step take.

use clap::{Args, Subcommand, ValueEnum};

use super::{PlanArguments, SideName};
use crate::protocol::SyncFilter;

#[derive(Debug, Args)]
pub struct SyncArguments {
    /// Only this connection
    pub connection: Option<String>,
}

#[derive(Debug, Args)]
pub struct StockArguments {
    #[command(subcommand)]
    pub verb: StockVerb,
}

#[derive(Debug, Subcommand)]
pub enum StockVerb {
    /// Say where a stock figure comes from: what each channel shows, and why
    Explain {
        /// A SKU or a barcode, or a product's number (l12)
        product: String,
    },
    /// There are so many available; every linked shop is told
    Set(CorrectionArguments),
    /// So many came in (or, as -3, went); every linked shop is told
    Add(CorrectionArguments),
    /// Tell a connection again what everything linked should show there
    Refresh {
        connection: String,
        #[command(flatten)]
        plan: PlanArguments,
    },
}

#[derive(Debug, Args)]
pub struct CorrectionArguments {
    /// A product by number (l12) or SKU
    pub product: String,
    /// How many
    #[arg(allow_hyphen_values = true)]
    pub quantity: String,
    /// Which variant, where the product has several: its SKU, its barcode, or its options as `product` shows them
    #[arg(long)]
    pub variant: Option<String>,
    /// Why: it stands in the history
    #[arg(long, default_value = "")]
    pub reason: String,
    #[command(flatten)]
    pub plan: PlanArguments,
}

#[derive(Debug, Args)]
pub struct SynchronizeArguments {
    /// Products by number (l12) or SKU
    pub products: Vec<String>,
    /// Everything that is out of sync
    #[arg(long, conflicts_with = "products")]
    pub all: bool,
    /// The side, or the connection, that is wrong and follows the other one
    #[arg(long, value_name = "SIDE|NAME")]
    pub wrong: String,
    /// Quantities; both if neither --quantity nor --price is given
    #[arg(long)]
    pub quantity: bool,
    /// Prices
    #[arg(long)]
    pub price: bool,
    #[command(flatten)]
    pub plan: PlanArguments,
}

impl SynchronizeArguments {
    pub fn side(&self) -> Option<SideName> {
        SideName::from_str(&self.wrong, true).ok()
    }
}

#[derive(Debug, Args)]
pub struct UnlinkArguments {
    /// Products by number (l12) or SKU
    #[arg(required = true)]
    pub products: Vec<String>,
    #[command(flatten)]
    pub plan: PlanArguments,
}

#[derive(Debug, Args)]
pub struct UndoArguments {
    /// The job's number: j3
    pub job: String,
    #[command(flatten)]
    pub plan: PlanArguments,
}

#[derive(Debug, Args)]
pub struct PauseArguments {
    /// Products by number (l12) or SKU
    #[arg(required = true)]
    pub products: Vec<String>,
}

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Only this product: its SKU, or its number (l12)
    pub product: Option<String>,
    /// Words to look for in title, SKU, values and cause
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
    /// Only this connection
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// Only what this job did
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,
    /// At most so many lines, the newest first
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub limit: u64,
}

#[derive(Debug, Args)]
pub struct ConflictsArguments {
    /// Decide this one, as the list names it
    #[arg(requires = "decision")]
    pub conflict: Option<String>,
    /// What to do with it
    pub decision: Option<DecisionName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DecisionName {
    /// What this side shows is right; the others follow
    Accept,
    /// What this side shows is wrong; it is brought back
    Restore,
    /// Both stay as they are. Of a count nothing is written: its product is paused, and asks again when it goes on. A
    /// field is asked about again when it changes
    Leave,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AutoPushName {
    Off,
    Published,
    Draft,
}

#[derive(Debug, Args)]
pub struct SettingsArguments {
    /// Only this connection; needed to change something
    pub connection: Option<String>,
    /// Keep it in step by itself
    #[arg(long, value_name = "on|off")]
    pub automatic: Option<Switch>,
    /// How often it is looked at: `continuous`, or minutes from 15 to 1440
    #[arg(long, value_name = "MINUTES")]
    pub every: Option<String>,
    /// Push products that appear on the other side to this one, as published or as draft
    #[arg(long, value_name = "HOW")]
    pub auto_push: Option<AutoPushName>,
    /// Show only so many per cent of what is available
    #[arg(long, value_name = "PERCENT")]
    pub share: Option<u8>,
    /// Hold back so many pieces
    #[arg(long, value_name = "N")]
    pub buffer: Option<String>,
    /// Hold a fall of at least so many that no order explains, until somebody decides; `off` passes all on
    #[arg(long, value_name = "N|off")]
    pub hold_from: Option<String>,
    /// Stock is received and counted here: lower numbers are always passed on
    #[arg(long, value_name = "on|off")]
    pub master: Option<Switch>,
    /// Ask before more than so many per cent of the catalogue change by themselves, unless orders explain it; 100 never
    /// asks
    #[arg(long, value_name = "PERCENT")]
    pub ask_share: Option<u8>,
    /// Fewer changes than so many never ask
    #[arg(long, value_name = "N")]
    pub ask_least: Option<u32>,
    /// A location whose stock counts; may be repeated, stock is taken from them in this order
    #[arg(long, value_name = "LOCATION")]
    pub location: Vec<String>,
}

#[derive(Debug, Args)]
pub struct FieldsArguments {
    /// What goes where: `price=pos-to-ecommerce`, `title=off`; fields are listed without arguments
    #[arg(value_name = "FIELD=DIRECTION")]
    pub rules: Vec<String>,
    /// The till, where there are several
    #[arg(long, value_name = "NAME")]
    pub till: Option<String>,
    /// The store, where there are several
    #[arg(long, value_name = "NAME")]
    pub store: Option<String>,
    /// Take a ready-made set of rules
    #[arg(long, value_name = "PRESET")]
    pub preset: Option<String>,
    /// Keep quantities in step, both ways
    #[arg(long, value_name = "on|off")]
    pub quantity: Option<Switch>,
    /// Delete there what is deleted on the side of record: off, pos-to-ecommerce, ecommerce-to-pos
    #[arg(long, value_name = "DIRECTION")]
    pub deletes: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusName {
    InSync,
    OutOfSync,
    InOrders,
    Base,
    Conflict,
    Paused,
    Failing,
}

impl StatusName {
    pub const fn filter(self) -> SyncFilter {
        match self {
            Self::InSync => SyncFilter::InSync,
            Self::OutOfSync => SyncFilter::OutOfSync,
            Self::InOrders => SyncFilter::InOrders,
            Self::Base => SyncFilter::Base,
            Self::Conflict => SyncFilter::Conflict,
            Self::Paused => SyncFilter::Paused,
            Self::Failing => SyncFilter::Failing,
        }
    }
}
