//! What parts of the terminal say to each other, all of it plain data that a test can compare.
//!
//! A [`Message`] tells a pane or popup what happened; it answers with [`Wish`]es for its parent. What the root cannot
//! do itself leaves it as an [`Effect`], for `run/` to carry out.

use crate::config::{Arranged, Arrangement};
use crate::domain::{JobId, ListingId, ProductId, Side};
use crate::files::{List, Order};
use crate::keys::{Action, Key, Place};
use crate::protocol::{
    JobOrder, LinkOf, NoticeLevel, PlanSummary, Problem, Reply, ReportRow, Request, RulesRow, SettingsRow, Topic,
};

/// Which question an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    pub asker: Asker,
    pub about: About,
    /// Counted by the asker, for each `about` on its own.
    pub number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asker {
    Root,
    Pane(Pane),
    /// By number: a popup that is gone gets no answers, and a new one not those of an old one.
    Popup(u64),
}

/// What a question is about; of each kind, one asker has at most one open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Status,
    /// The window of a list.
    Rows,
    /// The numbers of the products to be ticked.
    Ticking,
    /// The numbers of the products that a filter shows, to count the ticked ones among them.
    Hidden,
    /// Where a product stands in the list.
    Place,
    /// Rows of the report to be ticked.
    Gathering,
    Detail,
    /// The picture in this column.
    Picture(u8),
    Platforms,
    Plan,
    Refusals,
    Apply,
    Drop,
    Order,
    Test,
    Connect,
    BeginLogin,
    FinishLogin,
    Disconnect,
    Import,
    Refresh,
    Decide,
    SyncNow,
    Reject,
    TakeBack,
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    Products,
    Report,
    Jobs,
    Journal,
}

impl Pane {
    pub const ALL: [Self; 4] = [Self::Products, Self::Report, Self::Jobs, Self::Journal];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Products => "Products",
            Self::Report => "Link Report",
            Self::Jobs => "Jobs",
            Self::Journal => "Journal",
        }
    }

    /// What shows it.
    pub const fn action(self) -> Action {
        match self {
            Self::Products => Action::ShowProducts,
            Self::Report => Action::ShowReport,
            Self::Jobs => Action::ShowJobs,
            Self::Journal => Action::ShowJournal,
        }
    }

    /// Whose keys are its own.
    pub const fn place(self) -> Place {
        match self {
            Self::Products => Place::Products,
            Self::Report => Place::Report,
            Self::Jobs => Place::Jobs,
            Self::Journal => Place::Journal,
        }
    }
}

/// What a pane or popup is told.
#[expect(clippy::large_enum_variant, reason = "one at a time, and most of them are answers")]
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A key that means something here.
    Action(Action),
    /// A key that means nothing by itself, where text is typed.
    Key(Key),
    Paste(String),
    Answer {
        about: About,
        number: u64,
        answer: Result<Reply, Problem>,
    },
    /// The engine says that something else is true now.
    Changed(Topic),
    /// The engine is there again: whatever was asked before will not be answered.
    Attached,
    /// A popup's answer for the pane that opened it.
    Told(Told),
}

/// What popups decide for panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A push was started: its products are no longer ticked.
    Pushed,
    /// A link was started: nothing is ticked any more.
    Linked,
    /// The primary system for the whole report, which is ticked with it.
    WholeReport(Side),
    /// The same for what the search and the filter found only.
    EverythingFound(Side),
    Untick,
    /// The ticked pairs are not one.
    RejectTicked,
    /// The pair under the cursor is not.
    RejectChosen,
    /// Tick or untick one product.
    Toggle(ProductId),
    /// Something for a job; the Jobs pane sends the orders of all.
    Order(JobId, JobOrder),
    /// The history of one product is to be shown.
    HistoryOf(ProductId),
}

/// What a pane or popup wants of its parent.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    Ask {
        about: About,
        number: u64,
        request: Request,
    },
    /// A file of this machine is to be read or written.
    File {
        number: u64,
        order: Order,
    },
    Open(Opening),
    /// Close the popup that says so.
    Close,
    Toast(Notice),
    /// Something went wrong: shown, and kept in the list of troubles.
    Trouble(Notice),
    /// Into the clipboard of whoever sits at the terminal.
    Copy(String),
    /// An address, into a browser of this machine.
    Browse(String),
    /// A column of a list as a person wants it; `None`: as it was built in.
    Arrange {
        list: &'static str,
        column: &'static str,
        to: Option<Arranged>,
    },
    /// To know what graphics the terminal has; it is asked once.
    KnowTerminal,
    /// As if the key for it had been pressed.
    Act(Action),
    Tell(Pane, Told),
}

impl Wish {
    pub fn toast(level: NoticeLevel, text: impl Into<String>) -> Self {
        Self::Toast(Notice { level, text: text.into(), hint: None })
    }

    /// A question that was answered with a problem.
    pub fn problem(doing: &str, problem: &Problem) -> Self {
        let text = format!("{doing}: {}", problem.message);
        Self::Trouble(Notice { level: NoticeLevel::Error, text, hint: problem.hint.clone() })
    }
}

impl Wish {
    /// For a question that was not answered as it should be. An answer that fits no question is a mistake of ours: it
    /// is told, and does no other harm.
    pub fn unanswered(doing: &str, answer: &Result<Reply, Problem>) -> Vec<Self> {
        match answer {
            Err(problem) => vec![Self::problem(doing, problem)],
            Ok(_) => vec![Self::Trouble(Notice {
                level: NoticeLevel::Warning,
                text: format!("{doing}: the engine answered something else than was asked"),
                hint: Some("it may be of another version; leave and start again".to_owned()),
            })],
        }
    }

    /// For a popup that asked for a plan: the plan is shown in its place.
    pub fn planned(answer: Result<Reply, Problem>) -> Vec<Self> {
        match answer {
            Ok(Reply::Planned(summary)) => vec![Self::Close, Self::Open(Opening::Plan(Box::new(summary)))],
            answer => Self::unanswered("No plan could be made", &answer),
        }
    }

    /// As [`Self::unanswered`], for a popup that has nothing to show without the answer.
    pub fn closed_unanswered(doing: &str, answer: &Result<Reply, Problem>) -> Vec<Self> {
        let mut wishes = Self::unanswered(doing, answer);
        wishes.push(Self::Close);
        wishes
    }
}

/// A sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub level: NoticeLevel,
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A popup to be opened, with what it starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    Help(Place),
    /// Everything that can be done, from here (the place and the pane that is shown) or in another pane.
    Palette(Place, Pane),
    Guide,
    Troubles,
    Product(ProductId),
    /// What a product looks like in each shop.
    Pictures {
        title: String,
        albums: Vec<Album>,
    },
    /// A row of the report with two sides.
    Pair(Box<ReportRow>),
    /// Why a listing is not linked, and all else that is known of it.
    Why(LinkOf, String),
    Push {
        products: Vec<ProductId>,
        title: String,
        towards: Option<Side>,
    },
    Plan(Box<PlanSummary>),
    Steps(JobId),
    Connections,
    /// The columns of a list, as they can be chosen.
    Columns {
        list: &'static str,
        offered: Vec<Offered>,
    },
    /// What a platform can, by the name that its connections show.
    Chart(String),
    Connect,
    Synchronize {
        products: Vec<ProductId>,
        title: String,
    },
    Adjust {
        product: ProductId,
        title: String,
    },
    Explain {
        product: ProductId,
        title: String,
    },
    /// Where the shops show it.
    Pages {
        product: ProductId,
        title: String,
    },
    /// Addresses to choose from.
    Addresses {
        title: String,
        addresses: Vec<Address>,
    },
    /// A plan that is made first.
    Planning {
        request: Request,
        title: String,
    },
    /// A list as a file.
    Export(List),
    /// Links from a file.
    FromFile,
    /// Variants that are single items on the other side.
    Across,
    CleanUp,
    Conflicts,
    Settings,
    ConnectionSettings(Box<SettingsRow>),
    /// With the names of the presets.
    Rules(Box<RulesRow>, Vec<String>),
    Question(Question),
}

/// The pictures of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    pub listing: ListingId,
    /// `In-store · Sq Harbour & Hill`
    pub shop: String,
    pub side: Side,
    /// Where they are, the main one first.
    pub addresses: Vec<String>,
}

/// Something on the web that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whose it is.
    pub shop: String,
    pub side: Side,
    pub address: String,
}

/// A column that can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    pub title: &'static str,
    /// As it is built in, in cells; for a column that takes what others leave, the least.
    pub width: u16,
    pub flexible: bool,
    /// Not shown until somebody wants it.
    pub extra: bool,
}

/// Something to decide. The first answer is the one that changes least.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub title: String,
    pub text: Vec<String>,
    pub answers: Vec<(String, Vec<Wish>)>,
    /// The answer that the key for "yes" gives.
    pub yes: Option<usize>,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Ask {
        tag: Tag,
        request: Request,
    },
    /// Read or write a file.
    File {
        tag: Tag,
        order: Order,
    },
    /// Into the clipboard, through the terminal.
    Copy(String),
    /// Into a browser of this machine.
    Browse(String),
    /// Remember which columns are wanted.
    Keep(Arrangement),
    /// Call somebody who looks elsewhere: ring, or show this on the desktop, as far as the terminal can.
    Alert {
        bell: bool,
        text: Option<String>,
    },
    /// Ask the terminal what graphics it has.
    AskTerminal,
    /// Draw everything anew, whatever the screen shows now; or say it.
    Redraw,
    /// Say where somebody is, who listens.
    Where,
    /// To the shell, until somebody says `fg`.
    Suspend,
    Leave,
}
