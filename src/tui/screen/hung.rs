//! Pictures in a terminal's own graphics, which hang over the cells of a screen.
//!
//! A picture is sent when nothing covers it and it does not hang there already. It is taken down as soon as something
//! is drawn over it: of kitty's graphics by its number, of sixel by what is written into its cells. While one hangs,
//! nothing is scrolled, since terminals differ in whether they take it along.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::canvas::BELOW;
use crate::tui::pictures::{self, Graphic, Graphics};

use super::sheet::Sheet;

/// A picture at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hanging {
    /// As many cells as the graphic covers.
    pub area: Rect,
    pub graphic: Arc<Graphic>,
}

impl Hanging {
    fn number(&self) -> u32 {
        self.graphic.number
    }

    /// Whether its cells are as they were left for it.
    fn is_bare(&self, buffer: &Buffer) -> bool {
        let is_left = |place| buffer.cell(place).is_some_and(|cell| cell.symbol().starts_with(BELOW));
        !self.area.is_empty() && self.area.positions().all(is_left)
    }
}

/// What hangs on the terminal, and what it holds.
#[derive(Debug, Default)]
pub struct Hung {
    shown: Vec<Hanging>,
    /// Numbers of pictures that need not be sent again.
    held: Vec<u32>,
    /// There was one, ever.
    any: bool,
}

impl Hung {
    /// Whether the terminal was ever sent a picture, so that it is to be told when we leave.
    pub fn any(&self) -> bool {
        self.any
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Those that nothing covers.
    pub fn bare(buffer: &Buffer, pictures: &[Hanging]) -> Vec<Hanging> {
        pictures.iter().filter(|picture| picture.is_bare(buffer)).cloned().collect()
    }

    /// Whether just these hang already.
    pub fn shows(&self, bare: &[Hanging]) -> bool {
        self.shown == bare
    }

    /// Nothing of what was sent can be relied on; what may still be there is thrown away.
    pub fn forget(&mut self) -> Vec<u8> {
        let held = !std::mem::take(&mut self.held).is_empty();
        self.shown.clear();
        if held { pictures::GONE.to_vec() } else { Vec::new() }
    }

    /// Before the cells are drawn: what does not hang any more. `all`: also those that are covered just now, which the
    /// terminal is to hold.
    pub fn take_down(&mut self, bare: &[Hanging], all: &[Hanging]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let is_held = |number: u32| all.iter().any(|picture| picture.number() == number);
        for gone in self.shown.iter().filter(|shown| !bare.contains(shown)) {
            // One that only moves is shown elsewhere, and here no more.
            let moves = bare.iter().any(|picture| picture.number() == gone.number());
            if gone.graphic.graphics == Graphics::Kitty && is_held(gone.number()) && !moves {
                bytes.extend_from_slice(&pictures::taken_down(gone.number()));
            }
        }
        self.shown.retain(|shown| bare.contains(shown));
        self.held.retain(|number| {
            let held = is_held(*number);
            if !held {
                bytes.extend_from_slice(&pictures::thrown_away(*number));
            }
            held
        });
        bytes
    }

    /// After the cells are drawn: what is to hang now and does not.
    pub fn hang(&mut self, bare: Vec<Hanging>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for picture in bare.iter().filter(|picture| !self.shown.contains(picture)) {
            let Hanging { area, graphic } = picture;
            bytes.extend_from_slice(format!("\x1b[{};{}H", area.y + 1, area.x + 1).as_bytes());
            match graphic.graphics {
                Graphics::Kitty if self.held.contains(&graphic.number) => {
                    bytes.extend_from_slice(&pictures::moved(graphic.number, graphic.width, graphic.height));
                }
                Graphics::Kitty => {
                    self.held.push(graphic.number);
                    bytes.extend_from_slice(graphic.bytes());
                }
                Graphics::Sixel => bytes.extend_from_slice(graphic.bytes()),
            }
            self.any = true;
        }
        self.shown = bare;
        bytes
    }
}

/// Leaves the cells alone that pictures hang over, or would if nothing covered them.
pub fn marked(mut sheet: Sheet, buffer: &Buffer, pictures: &[Hanging]) -> Sheet {
    for picture in pictures {
        for place in picture.area.intersection(buffer.area).positions() {
            if buffer.cell(place).is_some_and(|cell| cell.symbol().starts_with(BELOW)) {
                sheet.hang(place.x, place.y, picture.number());
            }
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use ratatui::style::Style;

    use crate::tui::canvas::Canvas;
    use crate::tui::pictures::{Means, tests::raster};
    use crate::tui::screen::{Emulated, Screen};

    use super::*;

    fn graphic(graphics: Graphics, size: u16) -> Arc<Graphic> {
        let means = Means { graphics: Some(graphics), cell: Some((10, 20)), ..Means::default() };
        Arc::new(Graphic::of(&raster(size, size), &means, 0, 40, 10).unwrap())
    }

    const SIZES: [u16; 3] = [30, 100, 140];

    /// Of each size, for kitty and as sixel; they take long to make.
    static MADE: LazyLock<Vec<(Arc<Graphic>, Arc<Graphic>)>> =
        LazyLock::new(|| SIZES.map(|size| (graphic(Graphics::Kitty, size), graphic(Graphics::Sixel, size))).to_vec());

    fn canvas(picture: Option<(u16, u16, &Arc<Graphic>)>, over: &str) -> Canvas {
        let mut canvas = Canvas::drawn(Rect::new(0, 0, 60, 14));
        for y in 0..14 {
            canvas.set_string(0, y, "text ".repeat(12), Style::new());
        }
        if let Some((x, y, graphic)) = picture {
            canvas.hang(x, y, graphic);
        }
        canvas.set_string(2, 2, over, Style::new());
        canvas
    }

    fn frame(screen: &mut Screen, canvas: &Canvas) -> String {
        String::from_utf8(screen.frame(canvas, canvas.pictures())).unwrap()
    }

    #[test]
    fn a_picture_is_sent_once_and_thrown_away_when_it_is_gone() {
        let graphic = graphic(Graphics::Kitty, 100);
        let mut screen = Screen::new();
        frame(&mut screen, &canvas(None, ""));
        let hung = frame(&mut screen, &canvas(Some((2, 1, &graphic)), ""));
        assert!(hung.contains("\x1b[2;3H\x1b_Ga=T"), "{hung:?}");
        assert!(hung.ends_with("\x1b\\\x1b[?2026l"), "within the frame");
        assert_eq!(frame(&mut screen, &canvas(Some((2, 1, &graphic)), "")), "");
        // Something is written over it, and goes away.
        let covered = frame(&mut screen, &canvas(Some((2, 1, &graphic)), "over"));
        assert!(covered.contains(&format!("a=d,d=i,i={}", graphic.number)) && !covered.contains("a=T"));
        let bare = frame(&mut screen, &canvas(Some((2, 1, &graphic)), ""));
        assert!(bare.contains("a=p") && !bare.contains("a=T") && bare.len() < 200, "{bare:?}");
        // It moves.
        let moved = frame(&mut screen, &canvas(Some((4, 3, &graphic)), ""));
        assert!(moved.contains("\x1b[4;5H\x1b_Ga=p") && !moved.contains("a=T") && !moved.contains("a=d"), "{moved:?}");
        let gone = frame(&mut screen, &canvas(None, ""));
        assert!(gone.contains(&format!("a=d,d=I,i={}", graphic.number)), "{gone:?}");
        assert_eq!(frame(&mut screen, &canvas(None, "")), "");
        // Somebody else wrote to the terminal.
        frame(&mut screen, &canvas(Some((2, 1, &graphic)), ""));
        screen.forget();
        let again = frame(&mut screen, &canvas(Some((2, 1, &graphic)), ""));
        assert!(again.find("a=d,d=A").unwrap() < again.find("a=T").unwrap());
        assert!(screen.has_sent_pictures());
    }

    #[test]
    fn where_sixel_was_every_cell_is_written_again() {
        let graphic = graphic(Graphics::Sixel, 100);
        let mut screen = Screen::new();
        let blank = Canvas::drawn(Rect::new(0, 0, 60, 14));
        let hung = {
            let mut canvas = Canvas::drawn(Rect::new(0, 0, 60, 14));
            canvas.hang(5, 3, &graphic);
            canvas
        };
        frame(&mut screen, &blank);
        let shown = frame(&mut screen, &hung);
        assert!(shown.starts_with("\x1b[?2026h\x1b[4;6H\x1bP0;1;0q"), "nothing else is sent where nothing was");
        let gone = frame(&mut screen, &blank);
        assert!(!gone.contains("\x1bP"));
        // As many rows as it covered, each erased or written over from its first cell on.
        assert_eq!(gone.matches("\x1b[K").count() + gone.matches('X').count(), usize::from(graphic.height), "{gone:?}");
        assert!(gone.contains("\x1b[4;6H"));
    }

    /// A terminal in which a picture stands in its cells, until something is written or erased there.
    struct Sixels(vt100::Parser);

    impl Sixels {
        const PICTURE: &str = "█";

        fn new() -> Self {
            let cells = |count| std::num::NonZero::new(count).unwrap();
            Self(vt100::Parser::new(cells(14), cells(60), 0))
        }

        fn take(&mut self, bytes: &[u8], canvas: &Canvas) {
            self.0.process(bytes);
            if !bytes.windows(4).any(|part| part == b"\x1bP0;") {
                return;
            }
            for picture in Hung::bare(canvas, canvas.pictures()) {
                for y in picture.area.top()..picture.area.bottom() {
                    let row = Self::PICTURE.repeat(usize::from(picture.area.width));
                    self.0.process(format!("\x1b[{};{}H{row}", y + 1, picture.area.x + 1).as_bytes());
                }
            }
        }

        /// Where a picture is not whole that nothing covers, or is left where none hangs.
        fn lacks(&self, canvas: &Canvas) -> Option<String> {
            let bare = Hung::bare(canvas, canvas.pictures());
            canvas.area.positions().find_map(|place| {
                let shows = self.0.screen().cell(place.y, place.x)?.contents() == Self::PICTURE;
                let within = |all: &[Hanging]| all.iter().any(|picture| picture.area.contains(place));
                // What is left of a covered picture may stay or go.
                let right = if within(canvas.pictures()) { shows || !within(&bare) } else { !shows };
                (!right).then(|| format!("at {place}: {shows}"))
            })
        }
    }

    proptest! {
        /// Whatever hangs and whatever is written beside it and over it: the cells are right, and what is drawn anew
        /// hangs the same as what was drawn step by step.
        #[test]
        fn cells_are_right_whatever_hangs_over_them(
            deeds in prop::collection::vec(
                (any::<bool>(), 0u16..50, 0u16..12, 0..SIZES.len(), "[a-c ]{0,9}"), 1..20),
            sixel in any::<bool>(),
        ) {
            let (mut terminal, mut shown) = (Emulated::new(60, 14), Sixels::new());
            for (hangs, x, y, size, over) in deeds {
                let (kitty, dec) = &MADE[size];
                let graphic = if sixel { dec } else { kitty };
                let canvas = canvas(hangs.then_some((x, y, graphic)), &over);
                let bytes = terminal.draw_with(&canvas, canvas.pictures());
                prop_assert_eq!(terminal.differs(&canvas), None);
                // Sixel is gone where it is written: then it must have been sent again, or not be bare.
                let anew = Screen::new().frame(&canvas, canvas.pictures());
                let sends = |bytes: &[u8]| bytes.windows(4).any(|part| part == b"\x1b_Ga" || part == b"\x1bP0;");
                let bare = !Hung::bare(&canvas, canvas.pictures()).is_empty();
                prop_assert_eq!(sends(&anew), bare);
                prop_assert!(bare || !sends(&bytes) || !sixel);
                if sixel {
                    shown.take(&bytes, &canvas);
                    prop_assert_eq!(shown.lacks(&canvas), None);
                }
            }
        }
    }
}
