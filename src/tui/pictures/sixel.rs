//! Sixel graphics: six rows of points at a time, once for each colour in them. What is written into the cells later
//! takes them away again.
//!
//! DEC's manual of the VT330/VT340, chapter 14. Of colours there are those of a cube with six steps a side; what is lost
//! by that is given to the neighbours (Floyd and Steinberg).

use std::fmt::Write;

use image::{Rgb, RgbImage};

const STEPS: i32 = 5;
/// Of a band, in points.
const BAND: u32 = 6;

/// Shows a picture where the cursor stands. Rows that do not fill a band are left out, so that no row hangs over.
pub fn shown(points: &RgbImage) -> Vec<u8> {
    let height = if points.height() > BAND { points.height() / BAND * BAND } else { points.height() };
    let numbers = numbered(points);
    let width = points.width();
    let at = |x: u32, y: u32| numbers.get((y * width + x) as usize).copied().unwrap_or(0);
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    let mut is_used = [false; 216];
    (0..height).for_each(|y| (0..width).for_each(|x| is_used[usize::from(at(x, y))] = true));
    for (number, _) in is_used.iter().enumerate().filter(|(_, used)| **used) {
        let part = |place: usize| number / place % 6 * 20;
        // Writing into a text does not fail.
        let _ = write!(text, "#{number};2;{};{};{}", part(36), part(6), part(1));
    }
    for top in (0..height).step_by(BAND as usize) {
        let rows = top..(top + BAND).min(height);
        let mut colours: Vec<u8> = rows.clone().flat_map(|y| (0..width).map(move |x| at(x, y))).collect();
        colours.sort_unstable();
        colours.dedup();
        for (nth, colour) in colours.iter().enumerate() {
            if nth > 0 {
                text.push('$');
            }
            let _ = write!(text, "#{colour}");
            let column = |x: u32| {
                let bits = rows.clone().zip(0u8..).filter(|(y, _)| at(x, *y) == *colour);
                63 + bits.map(|(_, bit)| 1 << bit).sum::<u8>()
            };
            line(&mut text, (0..width).map(column));
        }
        text.push('-');
    }
    text.push_str("\x1b\\");
    text.into_bytes()
}

/// A band in one colour; what is repeated is counted, and nothing at its end is left out.
fn line(text: &mut String, columns: impl Iterator<Item = u8>) {
    const NOTHING: u8 = 63;
    let mut runs: Vec<(u8, usize)> = Vec::new();
    for column in columns {
        match runs.last_mut() {
            Some((last, count)) if *last == column => *count += 1,
            _ => runs.push((column, 1)),
        }
    }
    if runs.last().is_some_and(|(column, _)| *column == NOTHING) {
        runs.pop();
    }
    for (column, count) in runs {
        let column = char::from(column);
        if count > 3 {
            let _ = write!(text, "!{count}{column}");
        } else {
            (0..count).for_each(|_| text.push(column));
        }
    }
}

/// Each point's colour by its number in the cube.
fn numbered(points: &RgbImage) -> Vec<u8> {
    let width = points.width() as usize;
    // What the row before and this row were given, one place to the left; in sixteenths.
    let (mut here, mut below) = (vec![[0i32; 3]; width + 2], vec![[0i32; 3]; width + 2]);
    let mut numbers = Vec::with_capacity(points.len() / 3);
    for row in points.rows() {
        for (x, Rgb(point)) in row.enumerate() {
            let mut number = 0;
            for part in 0..3 {
                let wanted = i32::from(point[part]) + here[x + 1][part] / 16;
                let step = ((wanted * STEPS + 127) / 255).clamp(0, STEPS);
                let lost = (wanted - step * 255 / STEPS).clamp(-255, 255);
                here[x + 2][part] += lost * 7;
                below[x][part] += lost * 3;
                below[x + 1][part] += lost * 5;
                below[x + 2][part] += lost;
                number = number * (STEPS + 1) + step;
            }
            numbers.push(u8::try_from(number).unwrap_or(215));
        }
        std::mem::swap(&mut here, &mut below);
        below.fill([0; 3]);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where, and in which colour.
    type Point = ((u32, u32), u32);

    /// What a terminal makes of it: how large it is, and the points that are drawn.
    fn drawn(bytes: &[u8]) -> ((u32, u32), Vec<Point>) {
        let text = std::str::from_utf8(bytes).unwrap();
        let text = text.strip_prefix("\x1bP0;1;0q\"1;1;").unwrap().strip_suffix("\x1b\\").unwrap();
        let (width, text) = text.split_once(';').unwrap();
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap();
        let size = (width.parse().unwrap(), text[..end].parse().unwrap());
        let mut points = Vec::new();
        let (mut x, mut y, mut colour, mut count) = (0u32, 0u32, 0u32, 1u32);
        let mut letters = text[end..].chars().peekable();
        let number = |letters: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut digits = String::new();
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            digits.parse::<u32>().unwrap()
        };
        while let Some(letter) = letters.next() {
            match letter {
                '#' => {
                    colour = number(&mut letters);
                    while letters.next_if_eq(&';').is_some() {
                        assert!(number(&mut letters) <= 100);
                    }
                }
                '!' => count = number(&mut letters),
                '$' => x = 0,
                '-' => (x, y) = (0, y + 6),
                '?'..='~' => {
                    let bits = letter as u32 - 63;
                    for (at, bit) in (x..x + count).flat_map(|at| (0..6).map(move |bit| (at, bit))) {
                        if bits >> bit & 1 == 1 {
                            points.push(((at, y + bit), colour));
                        }
                    }
                    (x, count) = (x + count, 1);
                }
                other => panic!("{other:?}"),
            }
        }
        (size, points)
    }

    #[test]
    fn every_point_is_drawn_once_in_the_nearest_colour() {
        // Colours of the cube, so that nothing is lost.
        let points = RgbImage::from_fn(40, 18, |x, y| Rgb([(x / 8 * 51) as u8, (y / 3 * 51) as u8, 0]));
        let (size, mut found) = drawn(&shown(&points));
        assert_eq!(size, (40, 18));
        found.sort_unstable();
        let wanted: Vec<_> = (0..40).flat_map(|x| (0..18).map(move |y| ((x, y), x / 8 * 36 + (y / 3) * 6))).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn no_row_hangs_over_and_what_lies_between_is_mixed() {
        let points = RgbImage::from_pixel(20, 23, Rgb([128, 128, 128]));
        let (size, found) = drawn(&shown(&points));
        assert_eq!((size, found.len()), ((20, 18), 20 * 18));
        let light = found.iter().filter(|(_, colour)| *colour > 107).count();
        assert!((60..300).contains(&light), "{light} of 360 are lighter than grey");
        assert_eq!(drawn(&shown(&RgbImage::new(3, 2))).1.len(), 6);
    }
}
