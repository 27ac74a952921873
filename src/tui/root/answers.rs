//! Answers: whose they are, what they are for the root itself, and those that come when nobody waits any more.

use crate::files::Done;
use crate::keys::{Action, Place};
use crate::protocol::{NoticeLevel, Problem, Reply, Request, RowsRead};
use crate::tui::popups::written;
use crate::tui::wish::{About, Asker, Effect, Message, Tag, Wish};

use super::Root;

impl Root {
    pub(super) fn answered(&mut self, tag: Tag, answer: Result<Reply, Problem>) -> Vec<Effect> {
        let Tag { asker, about, number } = tag;
        match asker {
            Asker::Root => {
                let wishes = self.root_answered(about, number, answer);
                self.carry(asker, wishes)
            }
            Asker::Pane(pane) => self.tell_pane(pane, Message::Answer { about, number, answer }),
            Asker::Popup(popup) if self.popups.has(popup) => {
                self.tell_popup(popup, Message::Answer { about, number, answer })
            }
            Asker::Popup(_) => {
                let wishes = too_late(about, answer);
                self.carry(Asker::Root, wishes)
            }
        }
    }

    fn root_answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        match about {
            About::Status if self.status.take(number) => {
                if let Ok(Reply::Status(status)) = answer {
                    self.world.status = Some(status);
                    return Vec::new();
                }
                // It is asked again with the next minute or event.
                Wish::unanswered("The engine did not say how it is", &answer)
            }
            About::Import if self.import.take(number) => match answer {
                Ok(Reply::Started { .. }) => {
                    let key = self.world.key(Place::Everywhere, Action::ShowJobs);
                    let text = format!("All shops are being read; {key} shows how far");
                    vec![Wish::toast(NoticeLevel::Info, text)]
                }
                answer => Wish::unanswered("The shops could not be read", &answer),
            },
            About::SyncNow if self.sync_now.take(number) => match answer {
                Ok(Reply::Done) => {
                    vec![Wish::toast(NoticeLevel::Info, "All shops are read now, and told what they are owed")]
                }
                answer => Wish::unanswered("The shops could not be read", &answer),
            },
            About::Status | About::Import | About::SyncNow | About::Drop => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    /// Only popups ask for files.
    pub(super) fn filed(&mut self, tag: Tag, answer: Result<Done, Problem>) -> Vec<Effect> {
        match tag.asker {
            Asker::Popup(popup) if self.popups.has(popup) => {
                let wishes = self.popups.filed(popup, tag.number, answer).unwrap_or_default();
                self.carry(tag.asker, wishes)
            }
            Asker::Popup(_) | Asker::Pane(_) | Asker::Root => self.carry(Asker::Root, filed_too_late(answer)),
        }
    }
}

/// An answer for a popup that was closed meanwhile. A plan that nobody will look at is given back.
fn too_late(about: About, answer: Result<Reply, Problem>) -> Vec<Wish> {
    match (about, answer) {
        (About::Plan, Ok(Reply::Planned(summary) | Reply::RowsRead(RowsRead { plan: Some(summary), .. }))) => {
            let request = Request::DropPlan { plan: summary.plan };
            vec![Wish::Ask { about: About::Drop, number: summary.plan.0, request }]
        }
        (About::Disconnect | About::Apply | About::Connect | About::Decide, Err(problem)) => {
            vec![Wish::problem("That did not work", &problem)]
        }
        (_, Ok(_) | Err(_)) => Vec::new(),
    }
}

/// The same of a file. That something was written is said, since it is there now.
fn filed_too_late(answer: Result<Done, Problem>) -> Vec<Wish> {
    match answer {
        Ok(Done::Written(done)) => vec![written(&done)],
        Ok(Done::Read(_)) => Vec::new(),
        Err(problem) => vec![Wish::problem("That did not work", &problem)],
    }
}
