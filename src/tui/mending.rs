//! Edits that take away why something cannot be linked: offered one by one, each as a plan that is seen first.

use crate::protocol::{MendRow, NoticeLevel, ReasonRow, Request};

use super::wish::{Opening, Question, Wish};

/// The edits that these reasons can be mended by.
pub fn of(reasons: &[ReasonRow]) -> Vec<&MendRow> {
    reasons.iter().flat_map(|reason| &reason.mends).collect()
}

/// One edit becomes a plan at once; of several, one is chosen.
pub fn offered(reasons: &[ReasonRow], title: &str) -> Vec<Wish> {
    let planned = |mend: &MendRow| {
        let request = Request::PlanMend { mends: vec![mend.mend.clone()] };
        Wish::Open(Opening::Planning { request, title: mend.sentence.clone() })
    };
    match of(reasons).as_slice() {
        [] => vec![Wish::toast(NoticeLevel::Info, "No edit of one field mends this; what would help stands beside it")],
        [only] => vec![planned(only)],
        several => {
            let mut answers = vec![("Leave it as it is".to_owned(), vec![Wish::Close])];
            answers.extend(several.iter().map(|mend| (mend.sentence.clone(), vec![Wish::Close, planned(mend)])));
            let text = vec!["Choose what is changed. You see the plan before anything is written.".to_owned()];
            let title = format!("Mend “{title}”");
            vec![Wish::Open(Opening::Question(Question { title, text, answers, yes: None }))]
        }
    }
}
