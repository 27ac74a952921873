//! From the bytes that a terminal sends to keys, pastes and answers, however the line cuts them apart.
//!
//! A state machine made for control sequences (`vte`) finds their ends, so that one that nobody knows is left out whole:
//! no letter of it ever becomes a key. What that machine cannot know is decided here: whether an escape byte is the Esc
//! key or the beginning of something. It is the key when nothing follows for a while.

use std::time::Duration;

use vte::{Params, Parser, Perform};

use crate::keys::{Code, Key};
use crate::tui::pictures::Said;
use crate::tui::pointer::Pointer;

use super::codes::{self, Held};

/// What was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    Paste(String),
    Pointer(Pointer),
    /// The terminal's background, as it answered: from 0 (black) to 1,000 (white).
    Background(u16),
    /// What the terminal says of its graphics.
    Graphics(Said),
    /// The terminal has done all that it was sent before it was asked.
    Ready,
}

/// An escape byte alone for so long is the key. Lines cut an arrow key's bytes apart by up to 50 ms.
const ESCAPE: Duration = Duration::from_millis(75);
/// A sequence whose end does not come for so long is forgotten.
const SEQUENCE: Duration = Duration::from_secs(1);
/// A paste whose end does not come for so long is taken as it is.
const PASTE: Duration = Duration::from_secs(5);
/// Where pastes are not marked: so many different characters at once are no typing, and end when nothing follows for a
/// while.
const TYPED_AT_ONCE: usize = 5;
const UNMARKED: Duration = Duration::from_millis(75);
/// What kitty's graphics answer to our question begins with: the number that it was asked under.
const KITTY: &[u8] = b"Gi=31;OK";
/// Of a longer paste the rest is left out.
const LONGEST_PASTE: usize = 1 << 20;

#[derive(Default)]
pub struct Reading {
    parser: Parser,
    heard: Heard,
    /// An escape byte came last.
    escape: bool,
    /// The terminal does not say where a paste begins and ends.
    unmarked: bool,
}

#[derive(Default)]
struct Heard {
    found: Vec<Input>,
    /// An escape byte came right before a character: it was typed with Alt.
    alt: bool,
    next: Next,
    paste: Option<String>,
    /// A sequence has begun and not ended.
    under_way: bool,
    /// What an application's string says (`ESC _`), for which the state machine has no word.
    string: Option<Vec<u8>>,
}

/// What the next character belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Itself,
    /// `ESC O`
    SingleShift,
    /// `ESC [ [`: a function key of the Linux console.
    Console,
}

impl Reading {
    /// Of a terminal that does not mark what is pasted. A paste must not run keys there either.
    pub fn unmarked() -> Self {
        Self { unmarked: true, ..Self::default() }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        if self.unmarked && !self.escape && !self.heard.under_way && is_pasted(bytes) {
            self.heard.paste.get_or_insert_default();
        }
        for byte in bytes {
            self.take(*byte);
        }
        std::mem::take(&mut self.heard.found)
    }

    fn take(&mut self, byte: u8) {
        const BEGIN: u8 = 0x1b;
        if !std::mem::take(&mut self.escape) {
            match byte {
                BEGIN => self.escape = true,
                byte => {
                    if let Some(string) = self.heard.string.as_mut().filter(|string| string.len() < KITTY.len()) {
                        string.push(byte);
                    }
                    self.parser.advance(&mut self.heard, &[byte]);
                }
            }
            return;
        }
        let string = self.heard.string.take().filter(|_| byte == b'\\' && self.heard.paste.is_none());
        if string.is_some_and(|string| string == KITTY) {
            self.heard.found.push(Input::Graphics(Said::Kitty));
        }
        match byte {
            BEGIN => {
                self.heard.key(Key::plain(Code::Escape));
                self.escape = true;
            }
            b'[' | b']' | b'P' | b'X' | b'^' | b'_' | b'\\' => {
                self.parser.advance(&mut self.heard, &[BEGIN, byte]);
                self.heard.string = (byte == b'_').then(Vec::new);
                // After what was begun before has said its end.
                self.heard.under_way = byte != b'\\';
            }
            b'O' if self.heard.paste.is_none() => {
                self.heard.under_way = true;
                self.heard.next = Next::SingleShift;
            }
            byte => {
                self.heard.alt = self.heard.paste.is_none();
                self.parser.advance(&mut self.heard, &[byte]);
            }
        }
    }

    /// How long nothing must come until [`quiet`](Self::quiet) is to be told so; `None` if nothing is half heard.
    pub fn waits(&self) -> Option<Duration> {
        if self.heard.under_way {
            Some(SEQUENCE)
        } else if self.heard.paste.is_some() {
            Some(if self.unmarked { UNMARKED } else { PASTE })
        } else {
            self.escape.then_some(ESCAPE)
        }
    }

    /// Nothing came for that long.
    pub fn quiet(&mut self) -> Vec<Input> {
        if std::mem::take(&mut self.heard.under_way) {
            self.parser = Parser::new();
            self.heard.next = Next::Itself;
            self.heard.string = None;
            self.escape = false;
        } else if let Some(paste) = self.heard.paste.take() {
            self.heard.found.push(Input::Paste(paste));
            self.escape = false;
        } else if std::mem::take(&mut self.escape) {
            self.heard.key(Key::plain(Code::Escape));
        }
        self.heard.alt = false;
        std::mem::take(&mut self.heard.found)
    }
}

/// A key that is held sends the same again and again, and one with a sequence of its own begins with an escape byte.
fn is_pasted(bytes: &[u8]) -> bool {
    let letters = bytes.iter().filter(|byte| !(0x80..0xc0).contains(*byte)).count();
    letters > TYPED_AT_ONCE && !bytes.contains(&0x1b) && bytes.windows(2).any(|two| two[0] != two[1])
}

impl Heard {
    /// A key, unless it is part of what is pasted.
    fn key(&mut self, key: Key) {
        let alt = std::mem::take(&mut self.alt);
        if self.paste.is_none() {
            self.found.push(Input::Key(Key { alt: key.alt || alt, ..key }));
        }
    }

    fn keys(&mut self, held: Held, code: Option<Code>) {
        if let Some(code) = code {
            self.key(held.with(code));
        }
    }

    fn pointed(&mut self, parameters: &Params, action: char) {
        let mut numbers = parameters.iter().map(|part| part.first().copied().unwrap_or(0));
        if let (Some(button), Some(x), Some(y)) = (numbers.next(), numbers.next(), numbers.next()) {
            let pointer = Pointer::of(button, x, y, action == 'm').filter(|_| matches!(action, 'M' | 'm'));
            self.found.extend(pointer.map(Input::Pointer));
        }
    }

    fn pasted(&mut self, character: char) {
        if let Some(paste) = self.paste.as_mut().filter(|paste| paste.len() < LONGEST_PASTE) {
            paste.push(character);
        }
    }
}

impl Perform for Heard {
    fn print(&mut self, character: char) {
        self.under_way = false;
        if self.paste.is_some() {
            return self.pasted(character);
        }
        let code = match std::mem::take(&mut self.next) {
            Next::SingleShift => codes::single_shifted(character),
            Next::Console => {
                ('A'..='E').position(|letter| letter == character).and_then(|at| codes::numbered(at as u16 + 11))
            }
            Next::Itself if character == '\u{7f}' => Some(Code::Backspace),
            // Bytes that are no text.
            Next::Itself if character == char::REPLACEMENT_CHARACTER => None,
            Next::Itself => Some(Code::Character(character)),
        };
        self.keys(Held::default(), code);
        self.alt = false;
    }

    fn execute(&mut self, byte: u8) {
        self.next = Next::Itself;
        match (self.paste.is_some(), byte) {
            (true, b'\r' | b'\n') => self.pasted('\n'),
            (true, b'\t') => self.pasted('\t'),
            (true, _) => {}
            (false, byte) => {
                if let Some(key) = codes::control(byte) {
                    self.key(key);
                }
                self.alt = false;
            }
        }
    }

    fn csi_dispatch(&mut self, parameters: &Params, intermediates: &[u8], ignore: bool, action: char) {
        self.under_way = false;
        if !ignore && intermediates == b"<" && self.paste.is_none() {
            return self.pointed(parameters, action);
        }
        if !ignore && intermediates == b"?" && action == 'c' && self.paste.is_none() {
            let sixel = parameters.iter().any(|part| part.first() == Some(&4));
            self.found.push(Input::Graphics(Said::Attributes { sixel }));
        }
        // What has another sign before its numbers answers a question that we do not ask.
        if ignore || !intermediates.is_empty() {
            return;
        }
        let mut parameters = parameters.iter();
        let number = parameters.next().and_then(|part| part.first()).copied().unwrap_or(0);
        let (modifiers, kind) = match parameters.next() {
            Some([modifiers, kind, ..]) => (*modifiers, *kind),
            Some([modifiers]) => (*modifiers, 1),
            Some([]) | None => (1, 1),
        };
        let third = parameters.next().and_then(|part| part.first()).copied().unwrap_or(0);
        let held = Held::of(modifiers);
        match (action, number) {
            ('~', 200) => self.paste = Some(self.paste.take().unwrap_or_default()),
            ('~', 201) => {
                if let Some(paste) = self.paste.take() {
                    self.found.push(Input::Paste(paste));
                }
            }
            _ if self.paste.is_some() => {}
            ('n', 0) => self.found.push(Input::Ready),
            ('t', 6) => self.found.push(Input::Graphics(Said::Cell(third, modifiers))),
            ('[', _) => {
                self.under_way = true;
                self.next = Next::Console;
            }
            // A key that was let go.
            _ if kind == 3 => {}
            ('~', 27) => self.keys(held, codes::spelled(third)),
            ('~', number) => self.keys(held, codes::numbered(number)),
            ('u', number) => self.keys(held, codes::spelled(number)),
            (letter, _) => self.keys(held, codes::lettered(letter)),
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        // The end of a string; other keys with Alt never come here.
        self.under_way = false;
    }

    fn osc_dispatch(&mut self, parts: &[&[u8]], bell_terminated: bool) {
        if let [b"11", colour] = parts
            && let Some(brightness) = codes::brightness(colour)
        {
            self.found.push(Input::Background(brightness));
        }
        // The other ending is a sequence of its own, still to come.
        self.under_way = !bell_terminated;
    }

    fn unhook(&mut self) {
        self.under_way = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as the screen shows them, pastes in quotes, `ready` and numbers for the terminal's answers.
    fn words(inputs: &[Input]) -> Vec<String> {
        let word = |input: &Input| match input {
            Input::Key(key) => key.to_string(),
            Input::Paste(text) => format!("{text:?}"),
            Input::Ready => "ready".to_owned(),
            Input::Background(brightness) => brightness.to_string(),
            Input::Graphics(Said::Kitty) => "kitty".to_owned(),
            Input::Graphics(Said::Attributes { sixel }) => if *sixel { "sixel" } else { "no sixel" }.to_owned(),
            Input::Graphics(Said::Cell(width, height)) => format!("{width} × {height}"),
            Input::Pointer(Pointer { x, y, did }) => format!("{did:?} {x} {y}"),
        };
        inputs.iter().map(word).collect()
    }

    fn read(bytes: &[u8]) -> Vec<String> {
        let mut reading = Reading::default();
        let mut inputs = reading.feed(bytes);
        while reading.waits().is_some() {
            inputs.extend(reading.quiet());
        }
        words(&inputs)
    }

    /// (what a terminal sends, what it means)
    const SENT: &[(&[u8], &[&str])] = &[
        (b"j", &["j"]),
        ("é茶".as_bytes(), &["é", "茶"]),
        (b"\r\t\x7f\x01\x1a\x00", &["Enter", "Tab", "Backspace", "Ctrl-a", "Ctrl-z", "Ctrl-Space"]),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", &["↑", "↓", "→", "←"]),
        (b"\x1bOA\x1bOB\x1bOH\x1bOF", &["↑", "↓", "Home", "End"]),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", &["Home", "End", "Home", "End", "Home", "End"]),
        (b"\x1b[2~\x1b[3~\x1b[5~\x1b[6~", &["Ins", "Del", "PgUp", "PgDn"]),
        (b"\x1bOP\x1bOR\x1b[15~\x1b[17~\x1b[24~\x1b[[A\x1b[[E", &["F1", "F3", "F5", "F6", "F12", "F1", "F5"]),
        (b"\x1b[Z\x1b[1;5A\x1b[1;3B", &["Shift-Tab", "Ctrl-↑", "Alt-↓"]),
        (b"\x1bj\x1b/\x1b \x1b\r", &["Alt-j", "Alt-/", "Alt-Space", "Alt-Enter"]),
        (b"\x1b\xc3\xa9", &["Alt-é"]),
        (b"\x1b[27u\x1b[106;5u\x1b[97;2u\x1b[97;1:3u\x1b[27;5;106~", &["Esc", "Ctrl-j", "A", "Ctrl-j"]),
        (b"\x1b", &["Esc"]),
        (b"\x1b\x1b[B", &["Esc", "↓"]),
        (b"\x1b\x1b", &["Esc", "Esc"]),
        (b"\x1b[200~q\r\nGS-1\tx\x1b[31m\x1b\x1b[201~j", &["\"q\\n\\nGS-1\\tx\"", "j"]),
        // Answers and other talk: the state, what it is, its colours, where its cursor is, its modes, its name.
        (b"\x1b[0nj", &["ready", "j"]),
        (b"\x1b[?1;2cj\x1b[>0;276;0ck", &["no sixel", "j", "k"]),
        (b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\j\x1b]11;rgb:0/0/0\x07k", &["117", "j", "0", "k"]),
        (b"\x1b]11;rgb:ffff/ff/f\x07\x1b]11;rgba:fd/f6/e3/80\x07\x1b]10;rgb:0/0/0\x07j", &["1000", "963", "j"]),
        (b"\x1b]11;none\x07\x1b]11;rgb:x/0/0\x07j", &["j"]),
        (b"\x1b[12;40Rj\x1b[1;1Rk\x1b[?12;40Rl", &["j", "k", "l"]),
        (b"\x1b[?2026;2$yj\x1b[?0uk\x1b[?997;1nl", &["j", "k", "l"]),
        (b"\x1bP>|xterm(370)\x1b\\j\x1b_Gi=1;OK\x1b\\k", &["j", "k"]),
        (b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;4;22cj", &["kitty", "10 × 20", "sixel", "j"]),
        (b"\x1b_Gi=31;EINVAL:no\x1b\\j\x1b_Gi=31;OK", &["j"]),
        (b"\x1b[200~\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?4c\x1b[201~j", &["\"\"", "j"]),
        (b"\x1b[<0;5;9Mj\x1b[<0;5;9mk\x1b[Il\x1b[O;", &["Press 4 8", "j", "Release 4 8", "k", "l", ";"]),
        (b"\x1b[<32;300;2M\x1b[<65;1;1M\x1b[<68;1;1Mj", &["Drag 299 1", "WheelDown 0 0", "WheelUp 0 0", "j"]),
        (b"\x1b[<2;1;1M\x1b[<35;1;1M\x1b[<0;0;1M\x1b[<0;1Mj", &["j"]),
        (b"\x1b[999;999;999zj", &["j"]),
        // Bytes that are no text.
        (b"\xff\xfej", &["j"]),
    ];

    #[test]
    fn keys_pastes_and_answers_are_told_apart() {
        for (bytes, wanted) in SENT {
            assert_eq!(read(bytes), *wanted, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn where_pastes_are_not_marked_much_at_once_is_one_and_runs_no_key() {
        let mut reading = Reading::unmarked();
        assert_eq!(words(&reading.feed(b"jjjjjjjjjj")).len(), 10, "a key that is held");
        assert_eq!(words(&reading.feed(b"12j")), ["1", "2", "j"]);
        assert_eq!(words(&reading.feed(b"\x1b[B\x1b[B\x1b[B")), ["↓", "↓", "↓"]);
        assert_eq!(words(&reading.feed(b"GS-001\rq")), Vec::<String>::new());
        assert_eq!(words(&reading.feed(b"y\r")), Vec::<String>::new(), "the rest of it, a moment later");
        assert_eq!(reading.waits(), Some(UNMARKED));
        assert_eq!(words(&reading.quiet()), ["\"GS-001\\nqy\\n\""]);
        assert_eq!(words(&reading.feed(b"q")), ["q"]);
    }

    #[test]
    fn wherever_the_line_cuts_it_means_the_same() {
        for (bytes, wanted) in SENT {
            for cut in 1..bytes.len() {
                let mut reading = Reading::default();
                let mut inputs = reading.feed(&bytes[..cut]);
                // Less than what would make a key of an escape byte passes between the two.
                inputs.extend(reading.feed(&bytes[cut..]));
                while reading.waits().is_some() {
                    inputs.extend(reading.quiet());
                }
                assert_eq!(words(&inputs), *wanted, "{:?} cut at {cut}", String::from_utf8_lossy(bytes));
            }
        }
    }

    #[test]
    fn what_never_ends_takes_no_keys_with_it() {
        for begun in [&b"\x1b[12;"[..], b"\x1b]11;rgb:", b"\x1bP", b"\x1bO", b"\x1b[[", b"\x1b_G", b"\xc3"] {
            let mut reading = Reading::default();
            let mut inputs = reading.feed(begun);
            while reading.waits().is_some() {
                inputs.extend(reading.quiet());
            }
            inputs.extend(reading.feed(b"j"));
            assert_eq!(words(&inputs), ["j"], "{:?}", String::from_utf8_lossy(begun));
        }
    }

    #[test]
    fn only_the_escape_byte_alone_is_soon_a_key() {
        let mut reading = Reading::default();
        assert_eq!(reading.waits(), None);
        reading.feed(b"\x1b");
        assert_eq!(reading.waits(), Some(ESCAPE));
        reading.feed(b"[");
        assert_eq!(reading.waits(), Some(SEQUENCE));
        assert_eq!(words(&reading.feed(b"A")), ["↑"]);
        assert_eq!(reading.waits(), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_and_end(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut reading = Reading::default();
            reading.feed(&bytes);
            for _ in 0..4 {
                reading.quiet();
            }
            assert_eq!(reading.waits(), None);
            let after = words(&reading.feed(b"\x1b[Bj"));
            assert!(after.ends_with(&["↓".to_owned(), "j".to_owned()]), "{after:?}");
        }
    }
}
