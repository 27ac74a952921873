//! `link`: pairs, or everything that the report shows.

use super::arguments::{ClassName, KeyName, LinkArguments};
use super::front::{Front, unexpected};
use super::plan::{carry_out, nothing_chosen};
use super::report::{pair, ready};
use super::{across, from_file};
use crate::error::{Exit, Failure};
use crate::protocol::{LinkChoice, LinkSelection, Reply, ReportTab, ReportView, Request, Window};

pub async fn run(front: &Front, arguments: &LinkArguments) -> Result<Exit, Failure> {
    if let Some(file) = arguments.from.as_ref().or(arguments.mapping.as_ref()) {
        return from_file::run(front, file, arguments).await;
    }
    if arguments.across {
        ready(front, false, false).await?;
        return across::link(front, arguments).await;
    }
    let (variants, listings): (Vec<&String>, Vec<&String>) =
        arguments.pairs.iter().partition(|pair| pair.starts_with(['v', 'V']));
    if !variants.is_empty() {
        if let Some(pair) = listings.first() {
            return Err(Failure::new(Exit::Usage, format!("{pair:?} is a pair of listings among pairs of variants"))
                .hint("link one kind, then the other"));
        }
        return from_file::variants(front, &variants, arguments).await;
    }
    if arguments.pairs.is_empty() && !arguments.all {
        return Err(Failure::new(Exit::Usage, "nothing was chosen to link").hint(
            "name pairs as `counterpart report` shows them (l12=l873), or use --all, --across, --from or --mapping",
        ));
    }
    ready(front, false, arguments.suggestions || !arguments.pairs.is_empty()).await?;
    let primary = arguments.primary.side();
    let mut selection = LinkSelection { everything: None, choices: Vec::new() };
    if arguments.all {
        let view = ReportView {
            tab: if arguments.suggestions { ReportTab::Suggestions } else { ReportTab::Candidates },
            search: arguments.search.clone(),
            matched: arguments.matched.map(KeyName::key),
            class: arguments.class.map(ClassName::class),
            reason: None,
        };
        let window = Window { offset: 0, limit: 1 };
        match front.ask(Request::Report { view: view.clone(), window }).await? {
            Reply::Report { total: 0, .. } => {
                let hint = "`counterpart report --refresh` compares again, `report --without` says why not";
                return nothing_chosen(front, "the report shows nothing that can be linked", hint);
            }
            Reply::Report { .. } => {}
            other => return Err(unexpected(&other)),
        }
        selection.everything = Some((view, primary));
    }
    for named in &arguments.pairs {
        let (in_store, online) = pair(named)?;
        selection.choices.push(LinkChoice { in_store, online, ticked: true, primary });
    }
    carry_out(front, Request::PlanLink { selection }, &arguments.plan).await
}
