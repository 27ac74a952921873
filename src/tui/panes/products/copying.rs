//! What of the row under the cursor goes into the clipboard of whoever sits at the terminal.

use crate::protocol::NoticeLevel;
use crate::tui::wish::Wish;
use crate::tui::words;

use super::state::State;

/// Room for any quantity.
const WIDE: u16 = 20;

impl State {
    /// The SKU; of a product that has none, or several, the title.
    pub(super) fn copy_name(&self) -> Vec<Wish> {
        let Some(row) = self.rows.chosen() else { return Vec::new() };
        match &row.sku {
            Some(sku) => sent(sku.to_string(), &format!("The SKU {sku}")),
            None => sent(row.title.to_string(), &format!("The title “{}”", row.title)),
        }
    }

    /// Title, SKU, price, both quantities and where it is: a line for a table.
    pub(super) fn copy_row(&self) -> Vec<Wish> {
        let Some(row) = self.rows.chosen() else { return Vec::new() };
        let quantity = |shown| words::quantity(shown, WIDE).trim().to_owned();
        let cells = [
            row.title.to_string(),
            row.sku.as_ref().map(ToString::to_string).unwrap_or_default(),
            words::prices(row.price),
            quantity(row.in_store),
            quantity(row.online),
            row.marks.join(" "),
        ];
        sent(cells.join("\t"), &format!("The row of “{}”", row.title))
    }
}

/// Nobody can know whether it arrived: not every terminal does it.
fn sent(text: String, what: &str) -> Vec<Wish> {
    vec![Wish::Copy(text), Wish::toast(NoticeLevel::Info, format!("{what} is sent to your terminal's clipboard"))]
}
