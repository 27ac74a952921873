//! A terminal for tests: it is sent frames, and says whether it shows what was drawn.

use std::num::NonZero;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::Screen;
use super::hung::Hanging;
use super::sheet::Sheet;

/// A terminal that keeps what it was sent.
pub struct Emulated {
    parser: vt100::Parser,
    screen: Screen,
}

impl Emulated {
    pub fn new(width: u16, height: u16) -> Self {
        let cells = |count| NonZero::new(count).unwrap();
        Self { parser: vt100::Parser::new(cells(height), cells(width), 0), screen: Screen::new() }
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        let cells = |count| NonZero::new(count).unwrap();
        self.parser.screen_mut().set_size(cells(height), cells(width));
    }

    /// What it shows is not known any more.
    pub fn forget(&mut self) {
        self.screen.forget();
    }

    /// Somebody else writes to it.
    pub fn disturb(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.forget();
    }

    /// Draws, and says with how many bytes.
    pub fn draw(&mut self, next: &Buffer) -> Vec<u8> {
        self.draw_with(next, &[])
    }

    /// The same with pictures, of which the terminal says nothing.
    pub fn draw_with(&mut self, next: &Buffer, pictures: &[Hanging]) -> Vec<u8> {
        let bytes = self.screen.frame(next, pictures);
        self.parser.process(&bytes);
        bytes
    }

    /// Where the terminal shows something else than this, in words.
    pub fn differs(&self, from: &Buffer) -> Option<String> {
        let (shown, wanted) = (Sheet::of(&self.shown(from.area)), Sheet::of(from).without_pictures());
        (0..wanted.height).find_map(|y| {
            let at = shown.row(y).iter().zip(wanted.row(y)).position(|(shown, wanted)| shown != wanted)?;
            let (shown, wanted) = (&shown.row(y)[at], &wanted.row(y)[at]);
            Some(format!("row {y}, column {at}: {shown:?} instead of {wanted:?}"))
        })
    }

    /// What the terminal shows, as a buffer.
    fn shown(&self, area: Rect) -> Buffer {
        let mut buffer = Buffer::empty(area);
        for y in 0..area.height {
            for x in 0..area.width {
                let Some(cell) = self.parser.screen().cell(y, x) else { continue };
                if cell.is_wide_continuation() {
                    continue;
                }
                let symbol = if cell.contents().is_empty() { " " } else { cell.contents() };
                let attributes = [
                    (cell.bold(), Modifier::BOLD),
                    (cell.dim(), Modifier::DIM),
                    (cell.italic(), Modifier::ITALIC),
                    (cell.underline(), Modifier::UNDERLINED),
                    (cell.inverse(), Modifier::REVERSED),
                ];
                let attributes =
                    attributes.iter().filter(|(on, _)| *on).fold(Modifier::empty(), |all, (_, one)| all | *one);
                let style = Style::new().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor()));
                buffer[(x, y)].set_symbol(symbol).set_style(style.add_modifier(attributes));
            }
        }
        buffer
    }
}

fn colour(colour: vt100::Color) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(number) => NAMED.get(usize::from(number)).copied().unwrap_or(Color::Indexed(number)),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
