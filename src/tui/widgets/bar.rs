//! Progress.

/// `██████░░░░`, so many cells wide. Full only when everything is done; something when anything is.
pub fn bar(done: u64, total: Option<u64>, width: u16) -> String {
    let cells = usize::from(width);
    let full = match total {
        None | Some(0) => 0,
        Some(total) if done >= total => cells,
        Some(total) => {
            let share = u128::from(done) * cells as u128 / u128::from(total);
            let share = usize::try_from(share).unwrap_or(cells);
            share.max(usize::from(done > 0)).min(cells.saturating_sub(1))
        }
    };
    format!("{}{}", "█".repeat(full), "░".repeat(cells - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_at_the_end() {
        assert_eq!(bar(0, Some(1000), 5), "░░░░░");
        assert_eq!(bar(1, Some(1000), 5), "█░░░░");
        assert_eq!(bar(999, Some(1000), 5), "████░");
        assert_eq!(bar(1000, Some(1000), 5), "█████");
        assert_eq!(bar(7, None, 3), "░░░");
        assert_eq!(bar(7, Some(0), 0), "");
    }
}
