//! When a frame is drawn: at once, or when what it should show has come, the keys have come to rest and the line has room.

use std::time::Duration;

use crate::platform::Clock;
use crate::tui::line::QUESTION;

use super::{Engine, Session};

/// How long a frame waits for rows that are on their way; less than an eye sees.
const PATIENCE: Duration = Duration::from_millis(25);
/// Who listens would hear what is gone before it is said.
const TELLING: Duration = Duration::from_millis(300);
/// Keys that follow each other faster than this are held or typed: what is told is where they come to rest.
const REST: Duration = Duration::from_millis(120);

impl<E: Engine> Session<E> {
    /// Somebody pressed a key. What is drawn follows each one; what is told waits for the last of many.
    pub(super) fn acted(&mut self) {
        self.face.acted();
        let now = tokio::time::Instant::now();
        if self.face.is_told() && self.pressed.is_some_and(|before| now < before + REST) {
            self.not_before = now + REST;
        }
        self.pressed = Some(now);
    }

    /// Draws what happened, unless it is better to wait: for the end of a resize, for an answer that should come at once,
    /// for the line.
    pub(super) fn draw_if_due(&mut self) {
        self.due = None;
        if !self.happened {
            return;
        }
        let now = tokio::time::Instant::now();
        if !self.root.expects() {
            self.patience_ends = None;
        } else if self.patience_ends.is_none() {
            self.patience_ends = Some(now + if self.face.is_told() { TELLING } else { PATIENCE });
        }
        let due = self.patience_ends.unwrap_or(self.not_before).max(self.not_before);
        // When the line has room again is heard from it; the time is for a line from which nothing is heard.
        let held = self.pace.holds(now);
        if self.line.is_writing() {
            return;
        }
        match held.unwrap_or(due).max(due) {
            due if now >= due => self.draw(),
            due => self.due = Some(due),
        }
    }

    pub(super) fn draw(&mut self) {
        (self.due, self.happened) = (None, false);
        let mut bytes = self.face.frame(&self.root, self.clock.now());
        // What broke meanwhile has put the terminal back, and its words stand there now.
        if bytes.is_empty() || !self.tty.is_set() {
            return;
        }
        if self.face.has_sent_pictures() {
            self.tty.holds_pictures();
        }
        if !self.face.is_told() {
            if self.pace.asks() {
                bytes.extend_from_slice(QUESTION);
            }
            self.pace.sent(tokio::time::Instant::now(), bytes.len());
        }
        self.line.write(bytes);
    }
}
