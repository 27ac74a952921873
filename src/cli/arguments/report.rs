//! What `report` and `link` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{PlanArguments, SideName};
use crate::domain::{Likelihood, MatchKey, ReasonKind};

/// What two listings can have in common.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KeyName {
    Barcode,
    Sku,
    Title,
}

impl KeyName {
    pub const fn key(self) -> MatchKey {
        match self {
            Self::Barcode => MatchKey::Barcode,
            Self::Sku => MatchKey::Sku,
            Self::Title => MatchKey::Title,
        }
    }
}

/// How much a suggestion can be trusted.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ClassName {
    /// Of a hundred of these at most one is wrong
    Sure,
    /// More likely one product than not
    Likely,
    /// Less likely one product than not
    Possible,
}

impl ClassName {
    pub const fn class(self) -> Likelihood {
        match self {
            Self::Sure => Likelihood::Sure,
            Self::Likely => Likelihood::Likely,
            Self::Possible => Likelihood::Possible,
        }
    }
}

fn reason(raw: &str) -> Result<ReasonKind, String> {
    ReasonKind::named(&raw.replace('-', "_")).ok_or_else(|| {
        let names: Vec<&str> = ReasonKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("there is no such reason; one of {}", names.join(", "))
    })
}

#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Make it anew first
    #[arg(long)]
    pub refresh: bool,
    /// Show what has no candidate, and why
    #[arg(long)]
    pub without: bool,
    /// Show what is probably one product, with what speaks for it and against it
    #[arg(long, conflicts_with = "without")]
    pub suggestions: bool,
    /// Show products with variants whose variants are single items on the other side
    #[arg(long, conflicts_with_all = ["without", "suggestions", "rejected", "matched", "reason", "explain"])]
    pub across: bool,
    /// Write the whole report to a file that spreadsheets open, FILE.csv or FILE.json; `link --from` reads it back
    #[arg(long, value_name = "FILE", conflicts_with_all = ["without", "suggestions", "rejected", "matched", "reason", "explain", "across"])]
    pub export: Option<PathBuf>,
    /// With --export: mark the file as UTF-8, for spreadsheets that would take it for something else
    #[arg(long, requires = "export")]
    pub bom: bool,
    /// Show the pairs that you rejected
    #[arg(long, conflicts_with_all = ["without", "suggestions"])]
    pub rejected: bool,
    /// Words to look for in title, SKU and barcode
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
    /// Only candidates that agree in this
    #[arg(long, value_name = "KEY", conflicts_with_all = ["without", "suggestions", "rejected"])]
    pub matched: Option<KeyName>,
    /// Only what cannot be linked for this reason, such as price_differs
    #[arg(long, value_name = "REASON", value_parser = reason, conflicts_with_all = ["suggestions", "rejected"])]
    pub reason: Option<ReasonKind>,
    /// Only suggestions of this class; without it, those that are sure or likely
    #[arg(long, value_name = "CLASS", requires = "suggestions")]
    pub class: Option<ClassName>,
    /// Tell all that is known of how this is linked, or why it is not: a SKU, a barcode, a title or a number such as l12
    #[arg(long, value_name = "PRODUCT", conflicts_with_all = ["without", "suggestions", "rejected", "matched", "reason"])]
    pub explain: Option<String>,
    /// Say that this pair is not one product: it does not come up again
    #[arg(long, value_name = "IN-STORE=ONLINE", conflicts_with = "explain")]
    pub reject: Vec<String>,
    /// Take a rejection back: the pair, or `last` for those that were made last
    #[arg(long, value_name = "IN-STORE=ONLINE", conflicts_with_all = ["explain", "reject"])]
    pub unreject: Option<String>,
}

#[derive(Debug, Args)]
pub struct LinkArguments {
    /// Pairs of listings as the report shows them, candidates or suggestions: l12=l873; or of variants: v31=v902
    #[arg(value_name = "IN-STORE=ONLINE")]
    pub pairs: Vec<String>,
    /// Everything that the report (or --search) shows; suggestions only with --suggestions
    #[arg(long, conflicts_with = "pairs")]
    pub all: bool,
    /// Every variant that `report --across` (or --search) has found a single item for
    #[arg(long, conflicts_with_all = ["pairs", "all"])]
    pub across: bool,
    /// Rows with a yes in the column `link` of a file that `report --export` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pairs", "all", "across"])]
    pub from: Option<PathBuf>,
    /// Every row of a file that says which product here is which product there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pairs", "all", "across", "from"])]
    pub mapping: Option<PathBuf>,
    /// With a file or with pairs of variants: look for the products of the till in this connection only
    #[arg(long, value_name = "NAME")]
    pub till: Option<String>,
    /// The same for the online store
    #[arg(long, value_name = "NAME")]
    pub store: Option<String>,
    /// With --all: the suggestions, and not the candidates
    #[arg(long, requires = "all")]
    pub suggestions: bool,
    /// With --suggestions: only those of this class
    #[arg(long, value_name = "CLASS", requires = "suggestions")]
    pub class: Option<ClassName>,
    /// With --all: only candidates that agree in this
    #[arg(long, value_name = "KEY", requires = "all", conflicts_with = "suggestions")]
    pub matched: Option<KeyName>,
    /// With --all or --across: only rows with these words
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
    /// The side whose quantities are right
    #[arg(long, value_name = "SIDE")]
    pub primary: SideName,
    #[command(flatten)]
    pub plan: PlanArguments,
}
