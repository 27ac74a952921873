//! The step in which a merchant logs in on the platform's page: its address, and what the browser comes back with.
//!
//! The address stands on lines of its own from the first column to the last, with no box beside it, so that it can be
//! marked with a mouse in any terminal. What is pasted holds a code: it is drawn as stars and is in no debug output.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::protocol::{PlatformRow, Problem, Request};
use crate::secrets::Secret;
use crate::tui::reader::Manner;
use crate::tui::rows::Slot;
use crate::tui::widgets::{Entry, cleared, put, put_wrapped};
use crate::tui::wish::{About, Wish};
use crate::tui::words::duration;
use crate::tui::world::World;

#[derive(Debug)]
pub struct Page {
    platform: String,
    login: String,
    url: String,
    redirect: String,
    code_lives: u32,
    /// The code alone is not enough.
    whole: bool,
    pub entry: Entry,
    pub finishing: Slot,
    problem: Option<Problem>,
    /// A word that needs no answer; here, where no toast may lie over the address.
    word: &'static str,
}

impl Page {
    pub fn new(row: &PlatformRow, login: String, url: String, redirect: String, code_lives: u32) -> Self {
        let whole = row.login.as_ref().is_some_and(|login| !login.brings.is_empty());
        let (entry, finishing) = (Entry::secret(), Slot::default());
        Self {
            platform: row.name.clone(),
            login,
            url,
            redirect,
            code_lives,
            whole,
            entry,
            finishing,
            problem: None,
            word: "",
        }
    }

    pub fn act(&mut self, action: Action) -> Vec<Wish> {
        match action {
            Action::Copy => {
                self.word = "The address was given to the terminal's clipboard; not every terminal takes it";
                vec![Wish::Copy(self.url.clone())]
            }
            Action::Confirm if self.entry.text().trim().is_empty() => {
                self.word = "Paste the address that the browser shows after you said yes";
                Vec::new()
            }
            Action::Confirm => {
                (self.problem, self.word) = (None, "");
                let (login, pasted) = (self.login.clone(), Secret::new(self.entry.text()));
                let request = Request::FinishLogin { login, pasted };
                let ask = |number| Wish::Ask { about: About::FinishLogin, number, request };
                self.finishing.ask().map(ask).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The same page can be opened again; what was pasted is of no more use.
    pub fn failed(&mut self, problem: Problem) {
        self.entry = Entry::secret();
        (self.problem, self.word) = (Some(problem), "");
    }

    /// What the browser does after the yes, and what to do then.
    fn then(&self) -> String {
        let local = ["://localhost", "://127.0.0.1", "://[::1]"].iter().any(|host| self.redirect.contains(host));
        let goes = match local {
            true => format!(
                "Then the browser goes to {} and says that it cannot be reached. That is as it should be",
                self.redirect
            ),
            false => format!("Then the browser goes to {}", self.redirect),
        };
        let lives = duration(u64::from(self.code_lives));
        let alone = if self.whole { "; the code alone is not enough" } else { "" };
        format!(
            "{goes}: copy the whole address from its address line and paste it here, within {lives} of your yes{alone}."
        )
    }

    pub fn draw(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let area = cleared(buffer, area);
        buffer.titled(&format!("Log in to {}", self.platform));
        buffer.silently(|buffer| {
            put(buffer, area.x, area.y, &"─".repeat(usize::from(area.width)), area.width, theme.accent());
            put(buffer, area.x + 2, area.y, &format!(" Log in to {} ", self.platform), area.width - 2, theme.strong());
        });
        let text = |y: u16| Rect {
            x: area.x + 1,
            y,
            width: area.width.saturating_sub(2),
            height: area.bottom().saturating_sub(y),
        };
        let key = world.key(Place::Login, Action::Copy);
        let roomy = area.height >= 16;
        let letters: Vec<char> = self.url.chars().collect();
        let lines: Vec<String> =
            letters.chunks(usize::from(area.width.max(1))).map(|line| line.iter().collect()).collect();
        // The entry and a word about what went wrong must stay on the smallest screen; half an address is of no use.
        let room = area.height.saturating_sub(if self.problem.is_some() { 9 } else { 6 });
        let fits = lines.len() <= usize::from(room);
        let words = match fits {
            true => format!("Open this address in a browser, on any machine, and say yes ({key} copies it):"),
            false => format!("{key} copies the address, a larger window shows it: open it in a browser and say yes"),
        };
        let mut y = put_wrapped(buffer, text(area.y + 1), &words, theme.plain()) + u16::from(roomy);
        buffer.say(Manner::Plain, self.url.as_str());
        for line in lines.iter().filter(|_| fits) {
            buffer.silently(|buffer| put(buffer, area.x, y, line, area.width, theme.accent()));
            y += 1;
        }
        y += u16::from(roomy);
        if area.bottom().saturating_sub(y) >= 6 {
            y = put_wrapped(buffer, text(y), &self.then(), theme.plain()) + u16::from(roomy);
        }
        let label = "Address: ";
        let line = text(y);
        let x = put(buffer, line.x, y, label, line.width, theme.strong());
        let room = Rect { x, y, width: line.right().saturating_sub(x), height: u16::from(y < area.bottom()) };
        self.entry.draw(buffer, room, true, theme.strong(), theme);
        y += 1 + u16::from(roomy);
        if self.finishing.is_open() {
            put_wrapped(buffer, text(y), &format!("Asking {} for keys…", self.platform), theme.accent());
        } else if !self.word.is_empty() {
            put_wrapped(buffer, text(y), self.word, theme.plain());
        } else if let Some(problem) = &self.problem {
            y = put_wrapped(buffer, text(y), &problem.message, theme.bad());
            if let Some(hint) = &problem.hint {
                put_wrapped(buffer, text(y), &format!("→ {hint}"), theme.good());
            }
        }
    }
}
