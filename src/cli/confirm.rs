//! Asking before anything is written.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::error::{Exit, Failure};

/// Asks on stderr, reads a line. Without a person at the keyboard it refuses and names the flag.
pub fn confirm(question: &str, yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, format!("{question} There is nobody to answer"))
            .hint("add --yes to go ahead, or --dry-run to see what would be done"));
    }
    let _ = write!(io::stderr().lock(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|why| Failure::new(Exit::Failure, format!("cannot read the answer: {why}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
