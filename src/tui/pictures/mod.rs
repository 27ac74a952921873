//! Pictures on a terminal: by its own graphics where it has some, else by coloured half blocks, else by letters.
//!
//! | file | what lives there |
//! |---|---|
//! | `blocks.rs` | points as cells: half blocks in colours, letters as shades |
//! | `kitty.rs` `sixel.rs` | points as bytes for terminals with graphics |
//!
//! Only plain points come in here, from the engine. Cells are drawn like all others. Graphics lie outside the cells: a
//! popup hangs them on the canvas, and the screen sends them, and takes them down when they are covered or gone.

mod blocks;
mod kitty;
mod sixel;

use std::sync::Arc;

use image::RgbImage;
use image::imageops;
use ratatui::layout::Rect;

use crate::protocol::{MOST_POINTS, Picture, fitted_size};
use crate::tui::canvas::Canvas;
use crate::tui::line::Speed;
use crate::tui::theme::Theme;

pub use kitty::{GONE, moved, taken_down, thrown_away};

/// Asks what graphics there are: those of kitty (a picture of one point is tried), how large a cell is, and as the last,
/// which every terminal answers, what it is. Nothing waits for the answers.
pub const QUESTION: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c";

/// What a terminal says of its graphics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It took the picture that was tried.
    Kitty,
    /// What it is, as far as it matters.
    Attributes { sixel: bool },
    /// How wide and high a cell is, in points.
    Cell(u16, u16),
}

/// Graphics of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Graphics {
    Kitty,
    Sixel,
}

/// How many colours letters can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Red, green and blue as they are.
    Full,
    /// The 256 that all terminals number alike.
    Indexed,
    /// The terminal's own sixteen, in which no picture can be drawn: nobody knows what they look like.
    Few,
}

/// What the terminal can do for a picture, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    pub graphics: Option<Graphics>,
    pub depth: Depth,
    /// How wide and high a cell is, in points.
    pub cell: Option<(u16, u16)>,
    pub speed: Speed,
    /// It is not asked what graphics it has.
    pub mute: bool,
}

impl Default for Means {
    fn default() -> Self {
        Self { graphics: None, depth: Depth::Full, cell: None, speed: Speed::default(), mute: false }
    }
}

/// As terminals have it that do not say.
const CELL: (u16, u16) = (8, 16);
/// What is believed of a cell's size, at the most.
const LARGEST_CELL: u16 = 100;

impl Means {
    /// As the environment says. tmux and screen pass no graphics on to what they run in, and an old console would print
    /// the question. `cell`: as the terminal's driver says.
    pub fn of_environment(cell: Option<(u16, u16)>) -> Self {
        let value = |name| std::env::var(name).unwrap_or_default();
        let inside = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let term = value("TERM");
        let never = ["tmux", "screen", "linux", "vt"].iter().any(|name| term.starts_with(name));
        let mute = never || inside("TMUX") || inside("STY");
        let mut means = Self { depth: Depth::of(&value("COLORTERM"), &term), mute, ..Self::default() };
        if let Some((width, height)) = cell {
            means.measured(width, height);
        }
        means
    }

    /// Takes an answer of the terminal. Its own protocol is better than what terminals had before it.
    pub fn hear(&mut self, said: Said) {
        match said {
            Said::Kitty => self.graphics = Some(Graphics::Kitty),
            Said::Attributes { sixel: true } if self.graphics.is_none() => self.graphics = Some(Graphics::Sixel),
            Said::Attributes { .. } => {}
            Said::Cell(width, height) => self.measured(width, height),
        }
    }

    fn measured(&mut self, width: u16, height: u16) {
        let fits = |side: u16| (1..=LARGEST_CELL).contains(&side);
        if fits(width) && fits(height) {
            self.cell = Some((width, height));
        }
    }

    /// The graphics that can be used: what is drawn by points must know how many a cell has.
    pub fn graphics(&self) -> Option<Graphics> {
        self.graphics.filter(|graphics| *graphics == Graphics::Kitty || self.cell.is_some())
    }

    /// Into how many points a picture is to fit that is drawn in so many cells.
    pub fn points(&self, width: u16, height: u16) -> (u16, u16) {
        let most = |points: u16| points.clamp(1, MOST_POINTS);
        match self.graphics() {
            None => (most(width), most(height.saturating_mul(2))),
            Some(_) => {
                let (wide, high) = self.cell.unwrap_or(CELL);
                (most(width.saturating_mul(wide)), most(height.saturating_mul(high)))
            }
        }
    }
}

impl Depth {
    fn of(colorterm: &str, term: &str) -> Self {
        const MANY: [&str; 6] = ["256color", "kitty", "alacritty", "foot", "wezterm", "ghostty"];
        if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::Full
        } else if MANY.iter().any(|name| term.contains(name)) {
            Self::Indexed
        } else {
            Self::Few
        }
    }
}

/// A picture as points.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster(Arc<RgbImage>);

impl Raster {
    /// `None` for what has fewer points than it says.
    pub fn of(picture: Picture) -> Option<Self> {
        let Picture { width, height, points, .. } = picture;
        let has_points = width > 0 && height > 0;
        RgbImage::from_raw(width.into(), height.into(), points).filter(|_| has_points).map(|all| Self(Arc::new(all)))
    }

    fn side(points: u32) -> u16 {
        u16::try_from(points).unwrap_or(u16::MAX)
    }

    pub fn size(&self) -> (u16, u16) {
        (Self::side(self.0.width()), Self::side(self.0.height()))
    }

    /// As wide and high as it may be in so many points, never larger than it is.
    fn fitted(&self, width: u16, height: u16) -> Self {
        let (wide, high) = fitted_size(self.size(), (width, height));
        if (wide, high) == self.size() {
            return self.clone();
        }
        Self(Arc::new(imageops::thumbnail(self.0.as_ref(), wide.into(), high.into())))
    }
}

/// A picture in a terminal's own graphics.
#[derive(PartialEq, Eq)]
pub struct Graphic {
    pub graphics: Graphics,
    /// The same for the same points in the same room, so that none is sent twice.
    pub number: u32,
    /// How many cells it covers.
    pub width: u16,
    pub height: u16,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Graphic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { graphics, number, width, height, bytes } = self;
        write!(f, "Graphic({graphics:?} {number}, {width} × {height} cells, {} bytes)", bytes.len())
    }
}

impl Graphic {
    /// In at most so many cells; `None` where the terminal has no graphics. `column`: the same picture twice beside each
    /// other is two.
    pub fn of(raster: &Raster, means: &Means, column: usize, width: u16, height: u16) -> Option<Self> {
        let graphics = means.graphics()?;
        let (cell_width, cell_height) = means.cell.unwrap_or(CELL);
        let most = (width.saturating_mul(cell_width), height.saturating_mul(cell_height));
        let raster = raster.fitted(most.0, most.1);
        let (wide, high) = raster.size();
        let cells = |points: u16, cell: u16, most: u16| points.div_ceil(cell.max(1)).clamp(1, most.max(1));
        let (width, height) = (cells(wide, cell_width, width), cells(high, cell_height, height));
        let mut hash = blake3::Hasher::new();
        hash.update(raster.0.as_raw()).update(&wide.to_le_bytes());
        hash.update(&width.to_le_bytes()).update(&height.to_le_bytes()).update(&column.to_le_bytes());
        let [a, b, c, ..] = *hash.finalize().as_bytes();
        // Some programs show numbers of 24 bits at the most; 0 is none.
        let number = u32::from_le_bytes([a, b, c, 0]).max(1);
        let bytes = match graphics {
            Graphics::Kitty => kitty::shown(&raster.0, number, width, height)?,
            Graphics::Sixel => sixel::shown(&raster.0),
        };
        Some(Self { graphics, number, width, height, bytes })
    }

    /// What shows it where the cursor stands.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Draws a picture into cells, from their upper left corner on; says how many it took.
pub fn draw(raster: &Raster, area: Rect, buffer: &mut Canvas, depth: Depth, theme: Theme) -> (u16, u16) {
    let coloured = theme.colour && !theme.ascii;
    match depth {
        Depth::Full | Depth::Indexed if coloured => blocks::halves(raster, area, buffer, depth),
        Depth::Full | Depth::Indexed | Depth::Few => blocks::letters(raster, area, buffer, theme),
    }
}

/// Whether cells show no colours of a picture.
pub fn is_drawn_in_letters(depth: Depth, theme: Theme) -> bool {
    depth == Depth::Few || !theme.colour || theme.ascii
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// So many points, each of a colour of its own as far as there are colours.
    pub fn raster(width: u16, height: u16) -> Raster {
        let points = RgbImage::from_fn(width.into(), height.into(), |x, y| {
            image::Rgb([(x * 7) as u8, (y * 5) as u8, ((x + y) * 3) as u8])
        });
        Raster(Arc::new(points))
    }

    #[test]
    fn what_a_terminal_can_show_is_read_from_what_it_says() {
        for (colorterm, term, depth) in [
            ("truecolor", "xterm-256color", Depth::Full),
            ("24bit", "xterm", Depth::Full),
            ("", "xterm-256color", Depth::Indexed),
            ("", "xterm-kitty", Depth::Indexed),
            ("", "xterm", Depth::Few),
            ("", "linux", Depth::Few),
            ("", "", Depth::Few),
        ] {
            assert_eq!(Depth::of(colorterm, term), depth, "{colorterm:?} {term:?}");
        }
        let mut means = Means::default();
        assert_eq!(means.points(30, 10), (30, 20));
        means.hear(Said::Attributes { sixel: true });
        assert_eq!(means.graphics(), None, "nobody knows how large a cell is");
        means.hear(Said::Cell(0, 16));
        means.hear(Said::Cell(10, 4_000));
        assert_eq!(means.cell, None);
        means.hear(Said::Cell(10, 20));
        assert_eq!((means.graphics(), means.points(30, 10)), (Some(Graphics::Sixel), (300, 200)));
        means.hear(Said::Kitty);
        means.hear(Said::Attributes { sixel: true });
        means.hear(Said::Attributes { sixel: false });
        assert_eq!(means.graphics(), Some(Graphics::Kitty));
    }

    #[test]
    fn a_picture_with_fewer_points_than_it_says_is_none() {
        let picture = |width, height, bytes| Picture {
            width,
            height,
            points: vec![0; bytes],
            whole: (1, 1),
            bytes: 1,
            kind: String::new(),
        };
        assert!(Raster::of(picture(2, 2, 12)).is_some());
        assert!(Raster::of(picture(2, 2, 11)).is_none());
        assert!(Raster::of(picture(0, 2, 0)).is_none());
    }
}
