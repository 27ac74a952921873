//! How the form looks.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::clean;
use crate::keys::{Action, Place};
use crate::protocol::{PlatformRow, TestReport};
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{framed, highlight, middle, piece, put, put_line, put_right, put_wrapped, text};
use crate::tui::world::World;

use super::form::{Field, Form, What};
use super::state::State;

/// With its frame. Over a slow line a taller one takes long to open, and longer to close: what lies below is sent again.
const HIGHEST: u16 = 22;

impl State {
    pub(super) fn draw(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        if let Some(page) = &self.page {
            page.draw(area, buffer, world);
            return;
        }
        let area = middle(area, area.width, HIGHEST);
        match &self.form {
            None => {
                let inner = framed(buffer, area, "Connect a shop: which one?", theme);
                self.draw_platforms(inner, buffer, world);
            }
            Some(form) => {
                let title = format!("Connect {} ({})", form.platform.name, form.platform.side.label());
                let inner = framed(buffer, area, &title, theme);
                let wide = inner.width >= 96;
                let left = if wide { Rect { width: inner.width * 5 / 9, ..inner } } else { inner };
                let used = self.draw_form(left, buffer, form, world);
                let docs = if wide {
                    Rect { x: inner.x + left.width + 2, width: inner.width - left.width - 2, ..inner }
                } else {
                    let y = (used + 1).min(inner.bottom());
                    Rect { y, height: inner.bottom() - y, ..inner }
                };
                self.draw_docs(docs, buffer, &form.platform, world);
            }
        }
    }

    fn draw_platforms(&self, inner: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let Some(platforms) = &self.platforms else {
            put(buffer, inner.x, inner.y, "Reading…", inner.width, theme.plain());
            return;
        };
        let tell = |buffer: &mut Canvas| {
            let Some(platform) = platforms.get(self.cursor) else { return };
            buffer.row(self.cursor as u64, platforms.len() as u64, |buffer| {
                let words = [platform.name.as_str(), platform.side.label(), platform.guarantee.as_str()];
                buffer.say_all(Manner::Plain, words);
            });
        };
        buffer.tell_or_draw(tell, |buffer| self.platforms_drawn(platforms, inner, buffer, world));
    }

    fn platforms_drawn(&self, platforms: &[PlatformRow], inner: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let mut y = inner.y;
        for (at, platform) in platforms.iter().enumerate() {
            if y >= inner.bottom() {
                return;
            }
            let line = Rect { y, height: 1, ..inner };
            let pieces = vec![
                piece(format!("{:<3}", platform.mark), theme.side(platform.side)),
                piece(format!("{:<20}", platform.name), theme.strong()),
                piece(format!("{:<12}", platform.side.label()), theme.plain()),
                piece(format!("API {}", platform.api_version), theme.quiet()),
            ];
            put_line(buffer, line.x, y, &Line::from(pieces), line.width);
            if at == self.cursor {
                highlight(buffer, line, theme.cursor());
            }
            y += 1;
        }
        if let Some(platform) = platforms.get(self.cursor) {
            let rest = |y: u16| Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
            let after = put_wrapped(buffer, rest(y + 1), &platform.guarantee, theme.plain());
            self.draw_docs(rest(after + 1), buffer, platform, world);
        }
    }

    /// The fields; returns the line after them.
    fn draw_form(&self, area: Rect, buffer: &mut Canvas, form: &Form, world: &World) -> u16 {
        let theme = world.theme;
        let labels = form.fields.iter().filter(|field| !matches!(field.what, What::Test | What::Connect));
        let longest = labels.map(|field| text::width(&field.label)).max().unwrap_or(0);
        let label_width = (longest + 2).clamp(18, 28).min(area.width * 9 / 20);
        let below = below(form, self, area.width, world);
        let room = usize::from(area.height).saturating_sub(below.len().min(9) + 1).max(1);
        let top = if form.focus >= room { form.focus + 1 - room } else { 0 };
        let tell = |buffer: &mut Canvas| {
            tell_form(form, buffer);
            buffer.say_all(Manner::Plain, text::unwrapped(&below, area.width));
        };
        buffer.tell_or_draw(tell, |buffer| {
            let mut y = area.y;
            for (at, field) in form.fields.iter().enumerate().skip(top).take(room) {
                let line = Rect { y, height: 1, ..area };
                if y >= area.bottom() {
                    break;
                }
                let focused = at == form.focus;
                let mark = if focused { ">" } else { " " };
                put(buffer, line.x, y, mark, 1, theme.key());
                let value =
                    Rect { x: line.x + label_width + 2, width: line.width.saturating_sub(label_width + 2), ..line };
                draw_field(buffer, line, value, field, form, focused, theme);
                y += 1;
            }
            y += 1;
            for line in &below {
                if y >= area.bottom() {
                    break;
                }
                put_line(buffer, area.x, y, line, area.width);
                y += 1;
            }
            y
        })
    }

    /// How to get the key; read with the page keys.
    fn draw_docs(&self, area: Rect, buffer: &mut Canvas, platform: &PlatformRow, world: &World) {
        if area.height < 3 || area.width < 20 {
            return;
        }
        let tell = |buffer: &mut Canvas| {
            buffer.say(Manner::Quiet, format!("How to connect {}:", platform.name));
            buffer.say_all(Manner::Quiet, paragraphs(&platform.docs).iter().map(|line| read_aloud(line)));
        };
        buffer.tell_or_draw(tell, |buffer| self.docs_drawn(area, buffer, platform, world));
    }

    fn docs_drawn(&self, area: Rect, buffer: &mut Canvas, platform: &PlatformRow, world: &World) {
        let theme = world.theme;
        put(buffer, area.x, area.y, &format!("How to connect {}", platform.name), area.width, theme.heading());
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let lines: Vec<(String, Style)> = paragraphs(&platform.docs)
            .into_iter()
            .flat_map(|line| {
                let style = if line.starts_with('#') { theme.strong() } else { theme.plain() };
                let line = read_aloud(&line);
                text::wrapped(&line, body.width).into_iter().map(move |line| (line, style))
            })
            .collect();
        let top = self.docs.top(lines.len(), body.height);
        for (y, (line, style)) in (body.y..body.bottom()).zip(lines.iter().skip(top)) {
            put(buffer, body.x, y, line, body.width, *style);
        }
        if let Some(shown) = self.docs.shown() {
            let key = world.key(Place::Form, Action::PageDown);
            let words = format!("{key}: {shown}");
            put_right(buffer, Rect { height: 1, ..area }, &Line::styled(words, theme.quiet()));
        }
    }
}

/// For who listens: each field with what stands in it, and the one that has the focus.
fn tell_form(form: &Form, buffer: &mut Canvas) {
    for (at, field) in form.fields.iter().enumerate() {
        let focused = at == form.focus;
        let label = &field.label;
        let words = match &field.what {
            What::Test | What::Connect => format!("button {label}"),
            What::AllowHttp => format!("{label}: {}", if form.allow_http { "yes" } else { "no" }),
            What::Location(at) => {
                let words = match form.locations.iter().position(|ticked| ticked == at) {
                    Some(0) => "counts, and is written to",
                    Some(_) => "counts",
                    None => "does not count",
                };
                format!("{label}: {words}")
            }
            What::Name | What::BaseUrl | What::Credential(_) | What::CaFile => {
                let Some(entry) = &field.entry else { continue };
                let typed = entry.told(label);
                let needed = if field.required && entry.text().is_empty() { ", needed" } else { "" };
                let words = format!("{}{needed}", typed.said());
                if focused {
                    buffer.types(typed);
                }
                buffer.say(Manner::Plain, words);
                continue;
            }
        };
        if focused {
            buffer.focus(words.clone());
        }
        buffer.say(Manner::Plain, words);
    }
}

/// Markdown's paragraphs and list items as one line each, however they are broken in the file, without its title: the box
/// has one.
fn paragraphs(docs: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let text = docs.lines().skip_while(|line| line.starts_with("# ") || line.trim().is_empty());
    for line in text {
        let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        let own = line.trim().is_empty() || numbered || line.starts_with(['#', '-', '*', '|', '`']);
        match lines.last_mut() {
            Some(last) if !own && !last.is_empty() && !last.starts_with('#') => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.trim_end().to_owned()),
        }
    }
    lines
}

/// Markdown without its marks: emphasis and code are read as words here.
fn read_aloud(line: &str) -> String {
    let line = clean(line.trim_start_matches('#').trim_start());
    let (bullet, rest) = match line.strip_prefix("* ") {
        Some(rest) => ("- ", rest),
        None => ("", line.as_str()),
    };
    format!("{bullet}{}", rest.replace(['*', '`'], ""))
}

fn draw_field(buffer: &mut Canvas, line: Rect, value: Rect, field: &Field, form: &Form, focused: bool, theme: Theme) {
    let style = if focused { theme.strong() } else { theme.plain() };
    match &field.what {
        What::Test | What::Connect => {
            let words = format!("[ {} ]", field.label);
            let x = put(buffer, line.x + 2, line.y, &words, line.width.saturating_sub(2), theme.strong());
            if focused {
                highlight(buffer, Rect { x: line.x + 2, width: x.saturating_sub(line.x + 2), ..line }, theme.cursor());
            }
            return;
        }
        What::AllowHttp => {
            put(buffer, value.x, value.y, if form.allow_http { "[x] yes" } else { "[ ] no" }, value.width, style);
        }
        What::Location(at) => {
            let place = form.locations.iter().position(|ticked| ticked == at);
            let words = match place {
                Some(0) => "[x] counts, and is written to",
                Some(_) => "[x] counts",
                None => "[ ] does not count",
            };
            put(buffer, value.x, value.y, words, value.width, style);
        }
        What::Name | What::BaseUrl | What::Credential(_) | What::CaFile => {
            if let Some(entry) = &field.entry {
                let blank = entry.text().is_empty() && !focused;
                if blank {
                    let words = if field.required { "(needed)" } else { "–" };
                    put(buffer, value.x, value.y, words, value.width, theme.quiet());
                } else {
                    entry.draw(buffer, value, focused, style, theme);
                }
            }
        }
    }
    let room = value.x.saturating_sub(line.x + 3);
    put(buffer, line.x + 2, line.y, &field.label, room, style);
}

/// What is said below the fields: help, progress, what the test found, or what went wrong.
fn below(form: &Form, state: &State, width: u16, world: &World) -> Vec<Line<'static>> {
    let theme = world.theme;
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut add = |words: &str, style: Style| {
        lines.extend(text::wrapped(words, width).into_iter().map(|line| Line::styled(line, style)));
    };
    if let Some(field) = form.focused().filter(|field| !field.help.is_empty()) {
        add(&field.help, theme.quiet());
    }
    if state.beginning.is_open() {
        add("Asking for the page to log in on…", theme.accent());
    } else if state.testing.is_open() || state.connecting.is_open() {
        add("Calling the shop…", theme.accent());
    } else if let Some(problem) = &state.problem {
        add(&problem.message, theme.bad());
        if let Some(hint) = &problem.hint {
            add(&format!("→ {hint}"), theme.good());
        }
    } else if let Some(report) = &form.report {
        found(report, &mut add, theme);
    } else {
        let key = world.key(Place::Form, Action::Test);
        let first = if form.wants_login() { "shows the page to log in on, then " } else { "" };
        add(&format!("{key} {first}calls the shop and says what is there; nothing is kept"), theme.quiet());
    }
    lines
}

fn found(report: &TestReport, add: &mut impl FnMut(&str, Style), theme: Theme) {
    add(&format!("Found: {} ({})", report.shop_name, report.currency), theme.good().patch(theme.strong()));
    if !report.permissions.is_empty() {
        add(&format!("May: {}", report.permissions.join(", ")), theme.plain());
    }
    if !report.missing_permissions.is_empty() {
        add(&format!("May not, but should: {}", report.missing_permissions.join(", ")), theme.bad());
    }
    for warning in &report.warnings {
        add(warning, theme.warning());
    }
    add(&report.guarantee, theme.quiet());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_one_line_however_it_is_broken() {
        let docs =
            "# Connecting Shop\n\nOpen the\nsame page.\n\n1. First\n   goes on\n2. Second\n\n## Before\n- one\n- two";
        let read = paragraphs(docs);
        assert_eq!(
            read,
            ["Open the same page.", "", "1. First goes on", "2. Second", "", "## Before", "- one", "- two"]
        );
    }
}
