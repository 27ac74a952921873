//! The one table of everything that a key can mean.

macro_rules! actions {
    ($($variant:ident $name:literal $label:literal $help:literal;)+) => {
        /// What a key can mean. What it does is decided by the pane or popup that is asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $help] $variant,)+ }

        impl Action {
            /// In the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As `keymap.toml` writes it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// One or two words for the hint bar.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// A line for the help.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }

            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

actions! {
    Down "down" "down" "One row down";
    Up "up" "up" "One row up";
    PageDown "page_down" "page" "One screen down";
    PageUp "page_up" "page" "One screen up";
    HalfPageDown "half_page_down" "half page" "Half a screen down";
    HalfPageUp "half_page_up" "half page" "Half a screen up";
    First "first" "first" "First row";
    Last "last" "last" "Last row";
    Left "left" "left" "To the left: previous page of the report, previous button";
    Right "right" "right" "To the right: next page of the report, next button";
    Open "open" "open" "Open what the cursor stands on";
    Toggle "toggle" "tick" "Tick or untick the row and go one down";
    Range "range" "range" "Begin a range; press again to tick everything between";
    SelectPage "select_page" "tick page" "Tick the whole page: 50 products, or 100 rows of the report";
    SelectAll "select_all" "tick all" "Tick everything that the filter shows";
    SelectNone "select_none" "untick" "Untick everything";
    Invert "invert" "invert" "Tick what is not ticked, of everything that the filter shows";
    Search "search" "search" "Search in title, SKU and barcode while you type";
    NextFilter "next_filter" "filter" "Next filter: none, In-store, Online, Both, Neither; or steps: all, in trouble, waiting";
    PreviousFilter "previous_filter" "filter" "Previous filter";
    HideSoldOut "hide_sold_out" "hide sold-out" "Hide what is sold out on every side, or show it again";
    Sort "sort" "sort" "Sort by the next column";
    ReverseSort "reverse_sort" "reverse" "Turn the sort order round";
    Mark "mark" "mark" "Mark the product with a letter, to come back to it";
    GoToMark "go_to_mark" "go to mark" "Back to a product that is marked with a letter; ' for where the last jump began";
    Push "push" "push" "Push the ticked products, or the one under the cursor, to the other side";
    NextStatus "next_status" "status" "Next filter by status: none, Conflict, Failing, Out of sync, In orders, In sync, Paused, Base";
    PreviousStatus "previous_status" "status" "Previous filter by status";
    Synchronize "synchronize" "synchronize" "Bring the side that is wrong to the other one's quantity or price, for the ticked products";
    Adjust "adjust" "adjust stock" "Correct the stock: set or add, with a reason; every linked shop is told";
    Explain "explain" "explain stock" "Explain the stock: what each channel shows, and why";
    ShowHistory "show_history" "history" "Show what happened to this product";
    PauseSync "pause_sync" "pause sync" "Write nothing of the ticked products, or keep them in step again";
    Unlink "unlink" "unlink" "Say that the ticked products are not one any more; nothing changes in the shops";
    NextPage "next_page" "next page" "Next page of the report";
    PreviousPage "previous_page" "previous page" "Previous page of the report";
    Primary "primary" "primary" "Change the primary system of the row: whose quantity is right";
    PagePrimaryPos "page_primary_pos" "page: POS" "POS is primary for the whole page, and tick it";
    PagePrimaryOnline "page_primary_online" "page: eCommerce" "eCommerce is primary for the whole page, and tick it";
    WholeReport "whole_report" "whole report" "Tick the whole report and choose its primary system";
    NextTab "next_tab" "next tab" "Next list of the report: what can be linked, suggestions, what cannot, what you rejected";
    PreviousTab "previous_tab" "previous tab" "Previous list of the report";
    WhyNot "why_not" "why" "Why is this not linked? All that is known of it: links, reasons, what is like it";
    Accept "accept" "accept" "Say that the two are one: plan their link, or that of all ticked ones";
    Reject "reject" "reject" "Say that the two are not one; the pair does not come up again";
    TakeBack "take_back" "take back" "Take back what you rejected last, or the rejected pair under the cursor";
    Mend "mend" "mend" "Mend what is in the way, where a field has to change; you see the plan first";
    RefreshReport "refresh_report" "refresh" "Make the link report anew";
    Link "link" "link items" "Link the ticked rows";
    Export "export" "to a file" "Write the list to a file that a spreadsheet opens";
    FromFile "from_file" "from a file" "Link what a file says: a report that was edited, or a list of SKUs that belong together";
    Pause "pause" "pause" "Pause the job, or let it go on";
    CancelJob "cancel_job" "cancel" "Cancel the job; what is done stays done";
    RetryFailed "retry_failed" "try again" "Try the failed steps again, after a look at what is there";
    ForgetJob "forget_job" "clear away" "Clear an ended job away";
    Undo "undo" "undo" "Take back what the job did, where nobody has changed it since";
    OfThis "of_this" "this product" "Only what happened to this product, or everything again";
    Columns "columns" "columns" "Choose which columns this list shows, and how wide; it is remembered";
    AsBuilt "as_built" "as built" "The column as it was at first";
    Chart "chart" "what it can" "What this platform can: how quantities are written, the limits, what becomes of each field";
    Test "test" "test" "Call the platform and say what is there";
    Disconnect "disconnect" "disconnect" "Forget the connection; nothing is changed on the platform";
    Copy "copy" "copy" "Copy the address that is shown, through the terminal and also over SSH";
    OpenPage "open_page" "web page" "Show the addresses of the product's pages, and open one in a browser";
    Pictures "pictures" "pictures" "Show the pictures of the product, those of all shops beside each other; only this reads them";
    NextPicture "next_picture" "next" "Next picture of the product";
    PreviousPicture "previous_picture" "previous" "Previous picture of the product";
    Sharpen "sharpen" "sharper" "Draw the pictures with the terminal's own graphics over a slow line, too; what that costs stands below them";
    CopyName "copy_name" "copy SKU" "Copy the SKU, or the title where there is none, into your terminal's clipboard";
    CopyRow "copy_row" "copy row" "Copy the row into your terminal's clipboard, with tabs between the columns";
    Confirm "confirm" "do it" "Yes, do it";
    NextField "next_field" "next field" "Next field of the form";
    PreviousField "previous_field" "previous field" "Previous field of the form";
    ShowProducts "show_products" "Products" "Show the Products pane";
    ShowReport "show_report" "Link Report" "Show the Link Report pane";
    ShowJobs "show_jobs" "Jobs" "Show the Jobs pane";
    ShowJournal "show_journal" "Journal" "Show the Journal pane: what happened, and why";
    NextPane "next_pane" "next pane" "Next pane";
    PreviousPane "previous_pane" "previous pane" "Previous pane";
    Connect "connect" "connect" "Connect a shop";
    Connections "connections" "connections" "Show the connections and what each can promise";
    Import "import" "import" "Read what changed in all shops now";
    SyncNow "sync_now" "sync now" "Read what changed and tell every shop what it is owed, now";
    Across "across" "single items" "List products whose variants are single items on the other side, and link them variant by variant";
    CleanUp "clean_up" "clean up" "List what is wrong in the shops: duplicates, barcodes, SKUs; and mend it";
    Conflicts "conflicts" "conflicts" "List what needs your decision";
    Settings "settings" "settings" "How shops are kept in step: interval, locations, share, fields";
    Troubles "troubles" "troubles" "List everything that went wrong since this terminal was opened";
    Guide "guide" "first steps" "First steps: connect two shops, link one product to try";
    Help "help" "help" "Show the keys for where you are; Enter runs one";
    Palette "palette" "everything" "Find anything that can be done, here or in another pane, and do it";
    Back "back" "back" "One step back";
    Redraw "redraw" "redraw" "Draw the whole screen again";
    Where "where" "where am I" "Say once more where you are, for who listens (--reader); else as redraw";
    Suspend "suspend" "suspend" "Back to the shell; `fg` returns";
    Quit "quit" "quit" "Leave; jobs go on";
}

/// Where a key is pressed. A place's own keys win over those of its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Everywhere,
    List,
    Products,
    Report,
    Jobs,
    Journal,
    Steps,
    Detail,
    Plan,
    Why,
    Choice,
    Connections,
    Across,
    CleanUp,
    Columns,
    Pages,
    Pictures,
    Letter,
    Form,
    Login,
    Typing,
}

impl Place {
    pub const ALL: &'static [Self] = &[
        Self::Everywhere,
        Self::List,
        Self::Products,
        Self::Report,
        Self::Jobs,
        Self::Journal,
        Self::Steps,
        Self::Detail,
        Self::Plan,
        Self::Why,
        Self::Choice,
        Self::Connections,
        Self::Across,
        Self::CleanUp,
        Self::Columns,
        Self::Pages,
        Self::Pictures,
        Self::Letter,
        Self::Form,
        Self::Login,
        Self::Typing,
    ];

    /// The table in `keymap.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Products => "products",
            Self::Report => "report",
            Self::Jobs => "jobs",
            Self::Journal => "journal",
            Self::Steps => "steps",
            Self::Detail => "detail",
            Self::Plan => "plan",
            Self::Why => "why",
            Self::Choice => "choice",
            Self::Connections => "connections",
            Self::Across => "across",
            Self::CleanUp => "clean_up",
            Self::Columns => "columns",
            Self::Pages => "pages",
            Self::Pictures => "pictures",
            Self::Letter => "letter",
            Self::Form => "form",
            Self::Login => "login",
            Self::Typing => "typing",
        }
    }

    /// As headings say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::List => "In every list",
            Self::Products => "Products",
            Self::Report => "Link Report",
            Self::Jobs => "Jobs",
            Self::Journal => "Journal",
            Self::Steps => "Steps of a job",
            Self::Detail => "One product",
            Self::Plan => "Inside a plan",
            Self::Why => "Why it is not linked",
            Self::Choice => "Questions",
            Self::Connections => "Connections",
            Self::Across => "Variants and single items",
            Self::CleanUp => "Clean-up list",
            Self::Columns => "Columns of a list",
            Self::Pages => "Pages of a product",
            Self::Pictures => "Pictures of a product",
            Self::Letter => "While a mark's letter is waited for",
            Self::Form => "Forms",
            Self::Login => "Logging in on a platform's page",
            Self::Typing => "While typing a search",
        }
    }

    /// Whose keys count too. Where text is typed, no other place's keys do: letters are letters there.
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::Everywhere | Self::Letter | Self::Form | Self::Login | Self::Typing => None,
            Self::List => Some(Self::Everywhere),
            Self::Products
            | Self::Report
            | Self::Jobs
            | Self::Journal
            | Self::Steps
            | Self::Detail
            | Self::Plan
            | Self::Why
            | Self::Choice
            | Self::Connections
            | Self::Across
            | Self::CleanUp
            | Self::Columns
            | Self::Pages
            | Self::Pictures => Some(Self::List),
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|place| place.name() == name)
    }
}
