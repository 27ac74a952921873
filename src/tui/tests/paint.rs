//! A screen as text: what is written, and below it how it looks, one letter for each style.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// What is written. A wide character stands for its two cells.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let mut skip = 0;
        let mut line = String::new();
        for cell in row {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = usize::from(crate::tui::widgets::text::width(cell.symbol())).saturating_sub(1);
            line.push_str(cell.symbol());
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buffer.content.chunks(usize::from(buffer.area.width).max(1))
}

/// `bold cyan`; empty for the terminal's own.
fn style(cell: &Cell) -> String {
    let mut words: Vec<String> = Vec::new();
    let modifiers = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ];
    words.extend(modifiers.iter().filter(|(on, _)| cell.modifier.contains(*on)).map(|(_, word)| (*word).to_owned()));
    if cell.fg != Color::Reset {
        words.push(cell.fg.to_string().to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", cell.bg.to_string().to_lowercase()));
    }
    words.join(" ")
}

/// Text and styles.
pub fn picture(buffer: &Buffer) -> String {
    let mut legend: Vec<String> = Vec::new();
    let mut map = String::new();
    for row in rows(buffer) {
        let mut line = String::new();
        for cell in row {
            let style = style(cell);
            let letter = if style.is_empty() {
                ' '
            } else {
                let at = legend.iter().position(|known| *known == style).unwrap_or_else(|| {
                    legend.push(style);
                    legend.len() - 1
                });
                char::from(b'a' + u8::try_from(at.min(25)).unwrap())
            };
            line.push(letter);
        }
        map.push_str(line.trim_end());
        map.push('\n');
    }
    let legend: String = legend
        .iter()
        .enumerate()
        .map(|(at, style)| format!("{} = {style}\n", char::from(b'a' + at.min(25) as u8)))
        .collect();
    format!("{}\n── styles ──\n{map}\n{legend}", text(buffer))
}
