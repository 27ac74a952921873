//! Frames against a terminal's own idea of them: whatever is drawn after whatever, the terminal shows what was meant.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::tui::canvas::Canvas;

use super::sheet::Look;
use super::{Emulated, Screen};

#[derive(Debug, Clone)]
enum Deed {
    Write {
        x: u16,
        y: u16,
        text: String,
        style: Style,
    },
    Erase(Rect),
    Paint(Rect, Style),
    /// Rows from here to there move by so many.
    Move {
        top: u16,
        bottom: u16,
        by: i16,
    },
    /// A box in the middle, as popups draw it.
    Box(Rect),
    /// Somebody else wrote to the terminal.
    Forget,
}

fn style() -> impl Strategy<Value = Style> {
    let colour = prop::sample::select(vec![Color::Reset, Color::Red, Color::LightBlue, Color::Indexed(200)]);
    let modifiers = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::BOLD | Modifier::UNDERLINED,
        Modifier::REVERSED,
        Modifier::REVERSED | Modifier::ITALIC,
    ]);
    let ground = prop::sample::select(vec![Color::Reset, Color::Reset, Color::Reset, Color::Green]);
    // The emulated terminal has one place for both.
    let neither = Style::new().remove_modifier(Modifier::BOLD | Modifier::DIM);
    (colour, ground, modifiers).prop_map(move |(fg, bg, modifiers)| neither.fg(fg).bg(bg).add_modifier(modifiers))
}

fn area() -> impl Strategy<Value = Rect> {
    (0u16..50, 0u16..14, 1u16..50, 1u16..14).prop_map(|(x, y, width, height)| Rect { x, y, width, height })
}

fn deed() -> impl Strategy<Value = Deed> {
    let letters = prop::sample::select(vec!["a", "B", " ", "  ", "─", "é", "茶", "e\u{301}", "👩", "…", "12345"]);
    let text = prop::collection::vec(letters, 1..30).prop_map(|letters| letters.concat());
    prop_oneof![
        8 => (0u16..50, 0u16..14, text, style()).prop_map(|(x, y, text, style)| Deed::Write { x, y, text, style }),
        2 => area().prop_map(Deed::Erase),
        2 => (area(), style()).prop_map(|(area, style)| Deed::Paint(area, style)),
        4 => (0u16..14, 0u16..14, -6i16..=6).prop_map(|(top, bottom, by)| Deed::Move { top, bottom, by }),
        1 => area().prop_map(Deed::Box),
        1 => Just(Deed::Forget),
    ]
}

fn act(buffer: &mut Canvas, deed: &Deed) {
    match deed {
        Deed::Write { x, y, text, style } => {
            buffer.set_string(*x, *y, text, *style);
        }
        Deed::Erase(area) => {
            let area = area.intersection(buffer.area);
            area.positions().for_each(|place| buffer[place].reset());
        }
        Deed::Paint(area, style) => crate::tui::widgets::highlight(buffer, *area, *style),
        Deed::Move { top, bottom, by } => {
            let before = Buffer::clone(buffer);
            for y in *top..=*bottom {
                let from = i32::from(y) + i32::from(*by);
                for x in 0..buffer.area.width {
                    buffer[(x, y)].reset();
                    if let Ok(from) = u16::try_from(from)
                        && (*top..=*bottom).contains(&from)
                    {
                        buffer[(x, y)] = before[(x, from)].clone();
                    }
                }
            }
        }
        Deed::Box(area) => {
            let theme = crate::tui::theme::Theme::default();
            crate::tui::widgets::framed(buffer, *area, "A title", theme);
        }
        Deed::Forget => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_terminal_shows_what_was_drawn_whatever_it_showed_before(deeds in prop::collection::vec(deed(), 1..40)) {
        let mut buffer = Canvas::drawn(Rect::new(0, 0, 50, 14));
        let mut terminal = Emulated::new(50, 14);
        for deed in &deeds {
            act(&mut buffer, deed);
            if matches!(deed, Deed::Forget) {
                terminal.disturb(b"\x1b[3;3Hnoise of somebody else\x1b[31m");
            }
            terminal.draw(&buffer);
            prop_assert_eq!(terminal.differs(&buffer), None, "after {:?}", deed);
        }
    }
}

/// A list as the panes draw it: head, rows of which one is reversed, foot.
fn listed(top: u16, cursor: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    buffer.set_string(0, 0, "  Title                                 SKU", Style::new().dim());
    for row in 0..36u16 {
        let y = row + 2;
        let title = format!(" [ ]  Teapot number {}, hand made of the best clay", u32::from(row + top) * 7919 % 1009);
        buffer.set_string(0, y, title, Style::new());
        buffer.set_string(60, y, format!("GS-{:05}", (row + top) * 31), Style::new().dim());
        buffer.set_string(80, y, format!("{}.50 EUR", row + top), Style::new());
        buffer.set_string(100, y, "in sync", Style::new().green());
        if row + top == cursor {
            let look = Style::new().fg(Color::Reset).remove_modifier(Modifier::DIM).add_modifier(Modifier::REVERSED);
            buffer.set_style(Rect::new(1, y, 119, 1), look);
        }
    }
    buffer.set_string(100, 39, format!("row {cursor} of 9999"), Style::new().dim());
    buffer
}

#[test]
fn a_list_that_moves_is_moved_by_the_terminal() {
    let mut terminal = Emulated::new(120, 40);
    let mut longest = 0;
    terminal.draw(&listed(0, 35));
    let steps = (1..20).chain((0..19).rev());
    for top in steps {
        let next = listed(top, top + 35);
        let bytes = terminal.draw(&next);
        assert_eq!(terminal.differs(&next), None);
        longest = longest.max(bytes.len());
        assert!(bytes.windows(2).any(|part| part == b"[M" || part == b"[L"), "{:?}", String::from_utf8_lossy(&bytes));
    }
    // Two rows' text and a few sequences.
    assert!(longest <= 400, "{longest} bytes");
}

#[test]
fn a_style_is_said_once_and_taken_back() {
    let area = Rect::new(0, 0, 12, 2);
    let mut screen = Screen::new();
    screen.frame(&Buffer::empty(area), &[]);
    let mut buffer = Buffer::empty(area);
    buffer.set_string(1, 1, "ab", Style::new().dim());
    buffer.set_string(3, 1, "c", Style::new().magenta().bold());
    buffer.set_string(4, 1, "d", Style::new());
    buffer.set_string(7, 1, "茶x", Style::new().on_light_blue());
    let frame = String::from_utf8(screen.frame(&buffer, &[])).unwrap();
    let wanted = "\u{1b}[2;2H\u{1b}[2mab\u{1b}[;1;35mc\u{1b}[md  \u{1b}[104m茶\u{1b}[10Gx\u{1b}[m";
    assert_eq!(frame, format!("\u{1b}[?2026h{wanted}\u{1b}[?2026l"));
}

#[test]
fn a_frame_holds_what_changed_and_nothing_else() {
    let area = Rect::new(0, 0, 20, 2);
    let mut screen = Screen::new();
    let mut buffer = Buffer::empty(area);
    buffer.set_string(0, 0, "Teapot", Style::new());
    let first = String::from_utf8(screen.frame(&buffer, &[])).unwrap();
    assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"), "{first:?}");
    assert!(first.contains("Teapot"));
    assert!(screen.frame(&buffer, &[]).is_empty());

    buffer.set_string(0, 0, "Teapod", Style::new());
    let second = String::from_utf8(screen.frame(&buffer, &[])).unwrap();
    assert!(second.contains('d') && !second.contains("Teapo"), "{second:?}");

    buffer.set_string(0, 0, "      ", Style::new());
    let third = String::from_utf8(screen.frame(&buffer, &[])).unwrap();
    assert_eq!(third, "\u{1b}[?2026h\u{1b}[H\u{1b}[K\u{1b}[?2026l");

    screen.forget();
    assert!(screen.frame(&buffer, &[]).windows(4).any(|part| part == b"\x1b[2J"));
}

#[test]
fn what_looks_the_same_is_the_same() {
    let bold = Look { attributes: Modifier::BOLD, ..Look::PLAIN };
    assert_eq!(bold.of_blank(), Look::PLAIN);
    let underlined = Look { attributes: Modifier::UNDERLINED, ..Look::PLAIN };
    assert_eq!(underlined.of_blank(), underlined);
}
