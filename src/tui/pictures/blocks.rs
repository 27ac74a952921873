//! Points as cells. A half block shows two of them: one in the colour of the letters, one in that of the ground. Where
//! there are no colours, a letter shows by its ink how light two points are.

use image::{Rgb, RgbImage};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::tui::canvas::Canvas;
use crate::tui::theme::{Theme, Tone};

use super::{Depth, Raster};

/// From no ink to much of it.
const INK: &[u8] = b" .:-=+*#%@";
/// How bright the 256 colours' cube is at each of its steps.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

pub fn halves(raster: &Raster, area: Rect, buffer: &mut Canvas, depth: Depth) -> (u16, u16) {
    each_cell(raster, area, buffer, |upper, lower| match lower {
        None => ('▀', Style::new().fg(colour(upper, depth))),
        Some(lower) => match (colour(upper, depth), colour(lower, depth)) {
            (upper, lower) if upper == lower => (' ', Style::new().bg(upper)),
            (upper, lower) => ('▀', Style::new().fg(upper).bg(lower)),
        },
    })
}

pub fn letters(raster: &Raster, area: Rect, buffer: &mut Canvas, theme: Theme) -> (u16, u16) {
    // Ink is light on a dark ground and dark on a light one.
    let is_light = theme.tone == Tone::Light;
    each_cell(raster, area, buffer, |upper, lower| {
        let light = (luma(upper) + luma(lower.unwrap_or(upper))) / 2;
        let ink = if is_light { 255 - light } else { light };
        let letter = INK.get(ink as usize * INK.len() / 256).copied().unwrap_or(b' ');
        (char::from(letter), Style::new())
    })
}

/// Writes cell by cell what two points, one above the other, are shown by.
fn each_cell(
    raster: &Raster,
    area: Rect,
    buffer: &mut Canvas,
    shown: impl Fn(Rgb<u8>, Option<Rgb<u8>>) -> (char, Style),
) -> (u16, u16) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return (0, 0);
    }
    let points = raster.fitted(area.width, area.height.saturating_mul(2));
    let (wide, high) = points.size();
    let (width, height) = (wide.min(area.width), high.div_ceil(2).min(area.height));
    let point = |all: &RgbImage, x: u16, y: u16| all.get_pixel_checked(x.into(), y.into()).copied();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let Some(upper) = point(&points.0, x, y * 2) else { continue };
        let (letter, style) = shown(upper, point(&points.0, x, y * 2 + 1));
        if let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) {
            cell.reset();
            cell.set_char(letter).set_style(style);
        }
    }
    (width, height)
}

fn luma(Rgb([red, green, blue]): Rgb<u8>) -> u32 {
    (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1_000
}

fn colour(Rgb([red, green, blue]): Rgb<u8>, depth: Depth) -> Color {
    match depth {
        Depth::Full => {
            // 32 steps are as many as an eye tells apart here, and what is equal beside each other is sent once.
            let [red, green, blue] = [red, green, blue].map(|part| part & 0xf8 | part >> 5);
            Color::Rgb(red, green, blue)
        }
        Depth::Indexed | Depth::Few => Color::Indexed(nearest([red, green, blue])),
    }
}

/// The nearest of the 256 colours: of the cube from 16 on, or of the greys from 232 on.
fn nearest(colour: [u8; 3]) -> u8 {
    let steps = colour.map(|part| {
        let far = |step: &(u8, u8)| step.1.abs_diff(part);
        (0u8..).zip(STEPS).min_by_key(far).unwrap_or((0, 0))
    });
    let [red, green, blue] = steps.map(|(step, _)| step);
    let mean = colour.iter().map(|part| u16::from(*part)).sum::<u16>() / 3;
    let grey = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let distance = |other: [u8; 3]| -> u32 {
        colour.iter().zip(other).map(|(part, other)| u32::from(part.abs_diff(other)).pow(2)).sum()
    };
    if distance([8 + grey * 10; 3]) < distance(steps.map(|(_, part)| part)) {
        232 + grey
    } else {
        16 + 36 * red + 6 * green + blue
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::tui::pictures::tests::raster;

    fn canvas() -> Canvas {
        let mut canvas = Canvas::drawn(Rect::new(0, 0, 60, 20));
        for y in 0..20 {
            canvas.set_string(0, y, "o".repeat(60), Style::new().red());
        }
        canvas
    }

    fn is_as_before(buffer: &Buffer, drawn: Rect) -> bool {
        let before = canvas();
        buffer.area.positions().all(|place| drawn.contains(place) || buffer[place] == before[place])
    }

    #[test]
    fn two_points_are_a_cell() {
        let points = RgbImage::from_raw(2, 3, vec![255, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 95, 95, 95]);
        let raster = Raster(Arc::new(points.unwrap()));
        let mut buffer = canvas();
        assert_eq!(halves(&raster, Rect::new(3, 4, 10, 10), &mut buffer, Depth::Full), (2, 2));
        assert!(is_as_before(&buffer, Rect::new(3, 4, 2, 2)));
        let cell = |x, y| (buffer[(x, y)].symbol(), buffer[(x, y)].fg, buffer[(x, y)].bg);
        assert_eq!(cell(3, 4), ("▀", Color::Rgb(255, 0, 0), Color::Rgb(0, 0, 255)));
        assert_eq!(cell(4, 4), (" ", Color::Reset, Color::Rgb(0, 0, 0)), "the same above and below");
        assert_eq!(cell(3, 5), ("▀", Color::Rgb(255, 255, 255), Color::Reset), "nothing is below");
        let mut buffer = canvas();
        halves(&raster, Rect::new(3, 4, 10, 10), &mut buffer, Depth::Indexed);
        assert_eq!(buffer[(3, 4)].fg, Color::Indexed(196));
        assert_eq!(buffer[(4, 5)].fg, Color::Indexed(59), "as it is in the cube");
        assert_eq!((nearest([0; 3]), nearest([255; 3]), nearest([128; 3])), (16, 231, 244));
    }

    #[test]
    fn letters_have_ink_where_the_ground_has_none() {
        let points = RgbImage::from_raw(1, 4, vec![255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0]).unwrap();
        let raster = Raster(Arc::new(points));
        let drawn = |tone| {
            let mut buffer = canvas();
            letters(&raster, Rect::new(0, 0, 5, 5), &mut buffer, Theme { tone, ..Theme::default() });
            (buffer[(0, 0)].symbol().to_owned(), buffer[(0, 1)].symbol().to_owned())
        };
        assert_eq!(drawn(Tone::Dark), ("@".to_owned(), " ".to_owned()));
        assert_eq!(drawn(Tone::Light), (" ".to_owned(), "@".to_owned()));
    }

    proptest! {
        /// Whatever the picture and wherever it is drawn.
        #[test]
        fn nothing_is_written_outside(
            width in 1u16..90, height in 1u16..90,
            area in (0u16..80, 0u16..30, 0u16..80, 0u16..30),
            depth in prop::sample::select(vec![Depth::Full, Depth::Indexed, Depth::Few]),
        ) {
            let (x, y, wide, high) = area;
            let area = Rect { x, y, width: wide, height: high };
            let theme = Theme { ascii: false, ..Theme::default() };
            let mut buffer = canvas();
            let (wide, high) = super::super::draw(&raster(width, height), area, &mut buffer, depth, theme);
            let drawn = Rect { width: wide, height: high, ..area };
            prop_assert!(area.intersection(drawn) == drawn || drawn.is_empty(), "{drawn:?} of {area:?}");
            prop_assert!(is_as_before(&buffer, drawn));
        }
    }
}
