//! `link`: pairs, or everything that the report shows.

use super::arguments::LinkArguments;
use super::front::{Front, number, unexpected};
use super::plan::{carry_out, nothing_chosen};
use super::report::ready;
use super::{across, from_file};
use crate::domain::ListingId;
use crate::error::{Exit, Failure};
use crate::protocol::{LinkChoice, LinkSelection, Reply, ReportTab, ReportView, Request, Window};

pub async fn run(front: &Front, arguments: &LinkArguments) -> Result<Exit, Failure> {
    if let Some(file) = arguments.from.as_ref().or(arguments.mapping.as_ref()) {
        return from_file::run(front, file, arguments).await;
    }
    if arguments.across {
        ready(front, false).await?;
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
    ready(front, false).await?;
    let primary = arguments.primary.side();
    let mut selection = LinkSelection { everything: None, choices: Vec::new() };
    if arguments.all {
        let view = ReportView { tab: ReportTab::Candidates, search: arguments.search.clone() };
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
    for pair in &arguments.pairs {
        let numbers = pair.split_once('=').and_then(|(a, b)| Some((number(a, 'l')?, number(b, 'l')?)));
        let Some((in_store, online)) = numbers else {
            return Err(
                Failure::new(Exit::Usage, format!("{pair:?} is no pair of listings")).hint("write it as l12=l873")
            );
        };
        let (in_store, online) = (ListingId(in_store), ListingId(online));
        selection.choices.push(LinkChoice { in_store, online, ticked: true, primary });
    }
    carry_out(front, Request::PlanLink { selection }, &arguments.plan).await
}
