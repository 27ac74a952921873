//! First steps: two shops connected, read, and one product linked to try. Which of them are done, the engine's status
//! tells, so the guide is right whenever and wherever it is opened.

use ratatui::text::Line;

use crate::domain::Side;
use crate::keys::{Action, Place};
use crate::protocol::ConnectionRow;

use super::widgets::{piece, text};
use super::words;
use super::world::World;

/// A step, and what to do for it, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    done: bool,
    text: String,
}

fn steps(world: &World) -> Vec<Step> {
    let key = |place, action| world.key(place, action);
    let everywhere = |action| key(Place::Everywhere, action);
    let connected = |side: Side, shop: &str| match world.connections_of(side).as_slice() {
        [] => {
            let connect = everywhere(Action::Connect);
            let words = format!("Press {connect} to connect your {shop}: the form says how to get its key");
            Step { done: false, text: words }
        }
        shops => Step { done: true, text: format!("Your {shop} is connected: {}", names(shops)) },
    };
    let till = connected(Side::InStore, "till");
    let mut shop = connected(Side::Online, "online store");
    if !till.done && !shop.done {
        shop.text = "Then your online store, in the same way".to_owned();
    }
    let both = till.done && shop.done;
    let is_read = both && world.connections().iter().all(|row| row.read_at.is_some());
    let products = world.connections().iter().map(|row| row.listings).sum();
    let read = match (is_read, both) {
        (true, _) => format!("All are read: {}", words::counted(products, "product")),
        (false, true) => format!("They are being read; {} shows how far", everywhere(Action::ShowJobs)),
        (false, false) => "Then they are read, which changes nothing there".to_owned(),
    };
    let linked = world.status.as_ref().and_then(|status| status.report.as_ref()).map_or(0, |report| report.linked);
    let link = match linked {
        0 => format!(
            "Link one product to try it: {} shows what matches, {} ticks a row, {} plans its link; you see every write \
             before it is done",
            everywhere(Action::ShowReport),
            key(Place::Report, Action::Toggle),
            key(Place::Report, Action::Link),
        ),
        linked => format!("{} linked and kept in step", words::counted(linked, "product")),
    };
    let journal = format!(
        "Sell it, or change its stock: {} shows what came in and who was told; {} in Jobs takes a job back",
        everywhere(Action::ShowJournal),
        key(Place::Jobs, Action::Undo),
    );
    vec![
        till,
        shop,
        Step { done: is_read, text: read },
        Step { done: linked > 0, text: link },
        Step { done: false, text: journal },
    ]
}

fn names(shops: &[&ConnectionRow]) -> String {
    let names: Vec<&str> = shops.iter().map(|row| row.name.as_str()).collect();
    names.join(", ")
}

/// Whether nothing can be linked yet, so that the guide is the best thing to show.
pub fn is_needed(world: &World) -> bool {
    let lacks = |side| world.connections_of(side).is_empty();
    world.status.is_some() && (lacks(Side::InStore) || lacks(Side::Online))
}

/// The steps, wrapped; only the one that is due where they would be higher than `height`.
pub fn lines(world: &World, width: u16, height: usize) -> Vec<Line<'static>> {
    let theme = world.theme;
    let steps = steps(world);
    let due = steps.iter().position(|step| !step.done).unwrap_or(0);
    let drawn = |(place, step): (usize, &Step)| {
        let sign = match (step.done, place == due) {
            (true, _) => "[x]",
            (false, true) => "[→]",
            (false, false) => "[ ]",
        };
        let style = if place == due { theme.strong() } else { theme.quiet() };
        let wrapped = text::wrapped(&step.text, width.saturating_sub(4)).into_iter().enumerate();
        let line = move |(number, words): (usize, String)| {
            let margin = if number == 0 { format!("{sign} ") } else { "    ".to_owned() };
            Line::from(vec![piece(margin, style), piece(words, style)])
        };
        wrapped.map(line).collect::<Vec<_>>()
    };
    let blocks: Vec<Vec<Line<'static>>> = steps.iter().enumerate().map(drawn).collect();
    let all: usize = blocks.iter().map(Vec::len).sum();
    if all <= height {
        return blocks.into_iter().flatten().collect();
    }
    blocks.into_iter().nth(due).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::world;

    fn said(world: &World) -> Vec<String> {
        lines(world, 200, 100).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_step_that_is_due_follows_from_what_is_there() {
        let mut world = world();
        let connections = world.connections().to_vec();
        let status = world.status.as_mut().unwrap();
        status.report = None;
        status.connections = Vec::new();
        assert!(is_needed(&world));
        assert!(said(&world)[0].starts_with("[→] Press c to connect your till"), "{:?}", said(&world));

        let till = connections.iter().find(|row| row.side == Side::InStore).unwrap().clone();
        world.status.as_mut().unwrap().connections = vec![till.clone()];
        assert!(is_needed(&world));
        let told = said(&world);
        assert!(told[0].starts_with("[x] Your till is connected") && told[0].contains(till.name.as_str()), "{told:?}");
        assert!(told[1].starts_with("[→] Press c to connect your online store"), "{told:?}");

        let mut shop = connections.iter().find(|row| row.side == Side::Online).unwrap().clone();
        shop.read_at = None;
        world.status.as_mut().unwrap().connections = vec![till.clone(), shop.clone()];
        assert!(!is_needed(&world), "there is something to look at");
        assert!(said(&world)[2].starts_with("[→] They are being read"), "{:?}", said(&world));

        shop.read_at = till.read_at;
        world.status.as_mut().unwrap().connections = vec![till, shop];
        assert!(said(&world)[3].starts_with("[→] Link one product to try it"), "{:?}", said(&world));
    }

    #[test]
    fn where_there_is_little_room_only_the_step_that_is_due_is_told() {
        let mut world = world();
        world.status.as_mut().unwrap().connections.clear();
        let few: String = lines(&world, 36, 4).iter().map(|line| format!("{line}\n")).collect();
        assert!(few.contains("connect your till") && !few.contains("online store"), "{few}");
    }
}
