//! The terminal's cursor and attributes while a frame is written, and the shortest bytes that change them.
//!
//! Only what every terminal knows is used: ECMA-48's movements, attributes and erasing. Repeating a character (REP)
//! would save bytes in long lines, but some terminals show nothing for it.

use ratatui::style::{Color, Modifier};

use super::sheet::{Look, Slot, Text};

const ESCAPE: &str = "\x1b[";

/// Where the cursor stands, how the next character will look, and the bytes that made it so.
#[derive(Debug, Clone)]
pub struct Pen {
    bytes: Vec<u8>,
    /// Not known after what terminals take for wider or narrower than we do, and behind the last column.
    x: Option<u16>,
    y: Option<u16>,
    look: Look,
    width: u16,
}

impl Pen {
    /// At an unknown place of a screen so wide, with plain attributes.
    pub fn new(width: u16) -> Self {
        Self { bytes: Vec::new(), x: None, y: None, look: Look::PLAIN, width }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn x(&self) -> Option<u16> {
        self.x
    }

    pub fn is_in_row(&self, y: u16) -> bool {
        self.y == Some(y)
    }

    /// Another pen at the same place, to see how much something would cost.
    pub fn trial(&self) -> Self {
        Self { bytes: Vec::new(), ..*self }
    }

    /// Takes over what a trial did.
    pub fn adopt(&mut self, trial: Self) {
        self.bytes.extend_from_slice(&trial.bytes);
        *self = Self { bytes: std::mem::take(&mut self.bytes), ..trial };
    }

    /// What was written, with plain attributes at the end.
    pub fn finish(mut self) -> Vec<u8> {
        self.wear(Look::PLAIN);
        self.bytes
    }

    /// A control sequence: its parameters and its final byte.
    fn control(&mut self, sequence: &str) {
        self.bytes.extend_from_slice(ESCAPE.as_bytes());
        self.bytes.extend_from_slice(sequence.as_bytes());
    }

    pub fn go_to(&mut self, x: u16, y: u16) {
        if (self.x, self.y) == (Some(x), Some(y)) {
            return;
        }
        let absolute = match (x, y) {
            (0, 0) => format!("{ESCAPE}H"),
            (0, _) => format!("{ESCAPE}{}H", y + 1),
            _ => format!("{ESCAPE}{};{}H", y + 1, x + 1),
        };
        let relative = self.y.map(|from| vertical(from, y) + &horizontal(self.x, x));
        let shortest = relative.filter(|relative| relative.len() < absolute.len()).unwrap_or(absolute);
        self.bytes.extend_from_slice(shortest.as_bytes());
        (self.x, self.y) = (Some(x), Some(y));
    }

    /// Makes what is written next look so.
    pub fn wear(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        let absolute = match look {
            Look::PLAIN => String::new(),
            // Nothing before the first semicolon is a zero: all off.
            look => format!(";{}", codes(look).join(";")),
        };
        let relative = changes(self.look, look).join(";");
        let either = relative.len() <= absolute.len() && !relative.is_empty();
        let shortest = if either || self.look == Look::PLAIN { relative } else { absolute };
        self.control(&format!("{shortest}m"));
        self.look = look;
    }

    /// Writes what stands in a cell; the cursor must be there.
    pub fn put(&mut self, slot: &Slot) {
        let unseen = slot.is_blank() && self.look.of_blank() == slot.look;
        if !unseen {
            self.wear(slot.look);
        }
        match &slot.text {
            Text::One(character) => {
                self.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Text::Many(text) => self.bytes.extend_from_slice(text.as_bytes()),
            Text::Pictured(_) => self.bytes.push(b' '),
            Text::Covered => return,
        }
        // Behind the last column terminals differ in where the cursor is; and a wide one there may be in the next row.
        let after = self.x.map_or(self.width, |x| x + slot.width);
        if after + 1 >= self.width && !slot.is_steady() {
            self.y = None;
        }
        self.x = self.x.map(|x| x + 1).filter(|x| slot.is_steady() && *x < self.width);
    }

    /// Whether erasing leaves plain blanks: terminals erase with the colours that are set.
    fn erases_plainly(&self) -> bool {
        self.look.of_blank() == Look::PLAIN
    }

    /// Erases from here to the end of the row.
    pub fn erase_rest(&mut self) {
        if !self.erases_plainly() {
            self.wear(Look::PLAIN);
        }
        self.control("K");
    }

    /// Erases so many cells from here on; the cursor stays.
    pub fn erase(&mut self, count: u16) {
        if !self.erases_plainly() {
            self.wear(Look::PLAIN);
        }
        self.control(&format!("{count}X"));
    }

    /// Moves the rows from `top` to `bottom` up by so many, or down if that is negative: lines are deleted or inserted
    /// inside a scroll region, which even the oldest terminals can do.
    pub fn scroll(&mut self, top: u16, bottom: u16, by: i32) {
        self.wear(Look::PLAIN);
        self.control(&format!("{};{}r", top + 1, bottom + 1));
        // Setting the region sends the cursor home; whether that is the screen's or the region's is seen differently.
        (self.x, self.y) = (None, None);
        self.go_to(0, top);
        let count = match by.unsigned_abs() {
            1 => String::new(),
            more => more.to_string(),
        };
        self.control(&format!("{count}{}", if by > 0 { "M" } else { "L" }));
        self.control("r");
        (self.x, self.y) = (Some(0), Some(0));
    }
}

/// From one row to another, in the same column.
fn vertical(from: u16, to: u16) -> String {
    if from == to {
        return String::new();
    }
    let distance = from.abs_diff(to);
    let count = if distance == 1 { String::new() } else { distance.to_string() };
    let feeds = usize::from(distance);
    match from < to {
        // A line feed goes down and does nothing else while the terminal is raw.
        true if feeds <= 3 => "\n".repeat(feeds),
        true => format!("{ESCAPE}{count}B"),
        false => format!("{ESCAPE}{count}A"),
    }
}

/// From one column, which may be unknown, to another, in the same row.
fn horizontal(from: Option<u16>, to: u16) -> String {
    if from == Some(to) {
        return String::new();
    }
    if to == 0 {
        return "\r".to_owned();
    }
    let absolute = format!("{ESCAPE}{}G", to + 1);
    let Some(from) = from else { return absolute };
    let distance = from.abs_diff(to);
    let count = if distance == 1 { String::new() } else { distance.to_string() };
    let steps = usize::from(distance);
    let relative = match from < to {
        true => format!("{ESCAPE}{count}C"),
        false if steps <= 3 => "\x08".repeat(steps),
        false => format!("{ESCAPE}{count}D"),
    };
    if relative.len() <= absolute.len() { relative } else { absolute }
}

/// (attribute, on, off)
const ATTRIBUTES: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// The numbers that make plain text look so (ECMA-48, 8.3.117).
fn codes(look: Look) -> Vec<String> {
    changes(Look::PLAIN, look)
}

/// The numbers that make text of one look have another.
fn changes(from: Look, to: Look) -> Vec<String> {
    let (gone, mut new) = (from.attributes - to.attributes, to.attributes - from.attributes);
    let mut numbers: Vec<u8> = Vec::new();
    for (attribute, _, off) in ATTRIBUTES {
        if !gone.contains(attribute) || numbers.contains(&off) {
            continue;
        }
        numbers.push(off);
        // One number takes away two of them, so that the other one must be said again.
        for (other, _, also) in ATTRIBUTES {
            if also == off {
                new |= other & to.attributes;
            }
        }
    }
    numbers.extend(ATTRIBUTES.iter().filter(|(attribute, ..)| new.contains(*attribute)).map(|(_, on, _)| *on));
    let mut codes: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    if from.letters != to.letters {
        codes.push(colour(to.letters, 0));
    }
    if from.ground != to.ground {
        codes.push(colour(to.ground, 10));
    }
    codes
}

/// A colour's number: as letters, or as ground, which is ten more.
fn colour(colour: Color, ground: u8) -> String {
    let number = match colour {
        Color::Reset => 39,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Indexed(number) => return format!("{};5;{number}", 38 + ground),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", 38 + ground),
    };
    (number + ground).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOLD: Look = Look { attributes: Modifier::BOLD, ..Look::PLAIN };

    fn written(draw: impl FnOnce(&mut Pen)) -> String {
        let mut pen = Pen::new(80);
        pen.go_to(10, 10);
        pen.bytes.clear();
        draw(&mut pen);
        String::from_utf8(pen.bytes).unwrap()
    }

    #[test]
    fn the_cursor_takes_the_shortest_way() {
        assert_eq!(written(|pen| pen.go_to(10, 12)), "\n\n");
        assert_eq!(written(|pen| pen.go_to(0, 11)), "\n\r");
        assert_eq!(written(|pen| pen.go_to(8, 10)), "\x08\x08");
        assert_eq!(written(|pen| pen.go_to(40, 10)), "\x1b[30C");
        assert_eq!(written(|pen| pen.go_to(10, 9)), "\x1b[A");
        assert_eq!(written(|pen| pen.go_to(0, 0)), "\x1b[H");
        assert_eq!(written(|pen| pen.go_to(60, 30)), "\x1b[31;61H");
    }

    #[test]
    fn a_look_is_changed_by_what_is_shortest_to_say() {
        let red = Look { letters: Color::Red, ..BOLD };
        assert_eq!(written(|pen| pen.wear(red)), "\x1b[1;31m");
        let after = |first: Look, then: Look| {
            written(|pen| {
                pen.wear(first);
                pen.bytes.clear();
                pen.wear(then);
            })
        };
        assert_eq!(after(red, BOLD), "\x1b[39m");
        assert_eq!(after(BOLD, red), "\x1b[31m");
        assert_eq!(after(red, Look::PLAIN), "\x1b[m");
        let dim = Look { attributes: Modifier::DIM, ..Look::PLAIN };
        assert_eq!(after(BOLD, dim), "\x1b[;2m");
        let dim_red = Look { letters: Color::Red, ..dim };
        assert_eq!(after(red, dim_red), "\x1b[22;2m");
    }

    #[test]
    fn a_blank_takes_any_look_that_it_does_not_show() {
        let blank = Slot::ERASED;
        let text = written(|pen| {
            pen.wear(BOLD);
            pen.put(&Slot { text: Text::One('a'), look: BOLD, width: 1 });
            pen.put(&blank);
            pen.put(&Slot { text: Text::One('b'), look: BOLD, width: 1 });
        });
        assert_eq!(text, "\x1b[1ma b");
        let reversed = Look { attributes: Modifier::REVERSED, ..Look::PLAIN };
        let text = written(|pen| {
            pen.put(&Slot { look: reversed, ..blank.clone() });
            pen.put(&blank);
        });
        assert_eq!(text, "\x1b[7m \x1b[m ");
    }
}
