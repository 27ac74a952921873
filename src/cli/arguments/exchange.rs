//! What cleaning up and files take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::PlanArguments;
use crate::domain::Flaw;

/// What a file of pairs looks like; told under `link --help`.
pub const MAPPING: &str = "\
A file for --mapping or --from: one row is one pair. Commas, semicolons or tabs; UTF-8 or UTF-16; or JSON, a list of
objects. The first row names the columns, in any order and in capitals or not:
  pos sku, pos id, pos barcode                    the product of the till; also `our sku`, `till sku`, `sku (NAME)`
  ecommerce sku, ecommerce id, ecommerce barcode  the product of the store; also `their sku`, `online sku`, `sku (NAME)`
  link                                            if it is there: only rows with yes, y, x, true or 1
  primary                                         pos or ecommerce; blank: as --primary says
NAME is a connection or its platform. An id is a number as the report shows it (l12, or v34 for a variant), or the
platform's own. Other columns are left alone. A row that cannot be linked is named with its line and the reason.
";

#[derive(Debug, Args)]
pub struct CleanUpArguments {
    /// Only this connection
    pub connection: Option<String>,
    /// Only this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    pub problem: Vec<FlawName>,
    /// Words to look for in title, SKU and barcode
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
    /// Write the list to a file that spreadsheets open
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// With --csv: mark the file as UTF-8, for spreadsheets that would take it for something else
    #[arg(long, requires = "csv")]
    pub bom: bool,
    /// Write the mends that are known to the shops, after asking
    #[arg(long, conflicts_with = "csv")]
    pub mend: bool,
    #[command(flatten)]
    pub plan: PlanArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FlawName {
    /// The same title and options on several products
    Duplicate,
    /// Titles that are nearly the same
    NearDuplicate,
    /// One SKU on several variants
    SharedSku,
    /// One barcode on several variants
    SharedBarcode,
    /// Two variants with the same options
    DuplicateVariant,
    /// No SKU
    MissingSku,
    /// Letters, or a wrong check digit
    InvalidBarcode,
    /// Look-alike letters and what a wrong encoding left
    SpecialCharacter,
    /// More than the other side's platform takes
    OverALimit,
}

impl FlawName {
    pub const fn flaw(self) -> Flaw {
        match self {
            Self::Duplicate => Flaw::Duplicate,
            Self::NearDuplicate => Flaw::NearDuplicate,
            Self::SharedSku => Flaw::SharedSku,
            Self::SharedBarcode => Flaw::SharedBarcode,
            Self::DuplicateVariant => Flaw::DuplicateVariant,
            Self::MissingSku => Flaw::MissingSku,
            Self::InvalidBarcode => Flaw::InvalidBarcode,
            Self::SpecialCharacter => Flaw::SpecialCharacter,
            Self::OverALimit => Flaw::OverLimit,
        }
    }
}
