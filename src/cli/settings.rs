//! `settings` and `fields`: how connections are kept in step, and what between them.

use super::arguments::{AutoPushName, FieldsArguments, SettingsArguments, Switch};
use super::front::{Front, unexpected};
use super::output::{Table, print_json, remark};
use crate::domain::{AutoPush, Direction, Field, Interval, LocationId, Quantity, SyncSettings, UnexplainedDrop};
use crate::error::{Exit, Failure};
use crate::protocol::{PresetRow, Reply, Request, RulesRow, SettingsDraft, SettingsRow};

pub async fn run(front: &Front, arguments: &SettingsArguments) -> Result<Exit, Failure> {
    let mut rows = rows(front).await?;
    if let Some(name) = &arguments.connection {
        let id = front.connection(name).await?.id;
        rows.retain(|row| row.connection == id);
    }
    if !changes(arguments) {
        return show(front, &rows);
    }
    let (Some(row), Some(_)) = (rows.first(), &arguments.connection) else {
        return Err(Failure::new(Exit::Usage, "which connection's settings are to change was not said")
            .hint("name it: `counterpart settings NAME --share 50`"));
    };
    let settings = changed(row.settings.clone(), arguments)?;
    let locations = locations(row, &arguments.location)?;
    let draft = SettingsDraft { connection: row.connection, settings, locations };
    front.done(Request::KeepSettings { draft }).await?;
    if front.json {
        // As they are now: what was left out stays, and the engine may know better.
        let kept = self::rows(front).await?;
        print_json(&kept.iter().filter(|kept| kept.connection == row.connection).collect::<Vec<_>>())?;
    }
    remark(&format!("{}: the settings are kept", row.name));
    Ok(Exit::Success)
}

async fn rows(front: &Front) -> Result<Vec<SettingsRow>, Failure> {
    match front.ask(Request::Settings).await? {
        Reply::Settings { rows } => Ok(rows),
        other => Err(unexpected(&other)),
    }
}

const fn changes(arguments: &SettingsArguments) -> bool {
    arguments.automatic.is_some()
        || arguments.every.is_some()
        || arguments.auto_push.is_some()
        || arguments.share.is_some()
        || arguments.buffer.is_some()
        || arguments.hold_from.is_some()
        || arguments.master.is_some()
        || arguments.ask_share.is_some()
        || arguments.ask_least.is_some()
        || !arguments.location.is_empty()
}

fn quantity(raw: &str) -> Result<Quantity, Failure> {
    raw.parse().map_err(|why| Failure::new(Exit::Usage, format!("{why}")).hint("write it as 12 or 2.5"))
}

fn changed(mut settings: SyncSettings, arguments: &SettingsArguments) -> Result<SyncSettings, Failure> {
    if let Some(automatic) = arguments.automatic {
        settings.automatic = automatic == Switch::On;
    }
    if let Some(every) = &arguments.every {
        settings.every = match every.as_str() {
            "continuous" => Interval::Continuous,
            minutes => Interval::Minutes(minutes.parse().map_err(|_| {
                Failure::new(Exit::Usage, format!("{minutes:?} is no interval"))
                    .hint("`continuous`, or minutes from 15 to 1440")
            })?),
        };
    }
    if let Some(how) = arguments.auto_push {
        settings.auto_push = match how {
            AutoPushName::Off => AutoPush::Off,
            AutoPushName::Published => AutoPush::Published,
            AutoPushName::Draft => AutoPush::Draft,
        };
    }
    settings.share = arguments.share.unwrap_or(settings.share);
    if let Some(buffer) = &arguments.buffer {
        settings.buffer = quantity(buffer)?;
    }
    if let Some(from) = &arguments.hold_from {
        settings.unexplained = match from.as_str() {
            "off" => UnexplainedDrop::PassOn,
            from => UnexplainedDrop::HoldFrom(quantity(from)?),
        };
    }
    if let Some(master) = arguments.master {
        settings.master = master == Switch::On;
    }
    settings.asks.share = arguments.ask_share.unwrap_or(settings.asks.share);
    settings.asks.least = arguments.ask_least.unwrap_or(settings.asks.least);
    Ok(settings)
}

fn locations(row: &SettingsRow, named: &[String]) -> Result<Option<Vec<LocationId>>, Failure> {
    let mut chosen = Vec::new();
    for name in named {
        let is_it = |(location, _): &&(crate::domain::Location, bool)| {
            location.name.eq_ignore_ascii_case(name) || location.id.to_string() == *name
        };
        let found = row.locations.iter().find(is_it).ok_or_else(|| {
            let known: Vec<&str> = row.locations.iter().map(|(location, _)| location.name.as_str()).collect();
            Failure::new(Exit::Usage, format!("{} has no location {name:?}", row.name))
                .hint(format!("it has {}", known.join(", ")))
        })?;
        chosen.push(found.0.id.clone());
    }
    Ok((!chosen.is_empty()).then_some(chosen))
}

fn show(front: &Front, rows: &[SettingsRow]) -> Result<Exit, Failure> {
    if front.json {
        print_json(rows)?;
        return Ok(Exit::Success);
    }
    let mut table = Table::new(&[
        ("CONNECTION", false),
        ("AUTOMATIC", false),
        ("EVERY", false),
        ("NEXT LOOK", false),
        ("AUTO-PUSH", false),
        ("SHARE", true),
        ("BUFFER", true),
        ("UNEXPLAINED FALL", false),
        ("ASKS ABOVE", false),
        ("LOCATIONS", false),
        ("QUANTITIES", false),
    ]);
    for row in rows {
        let settings = &row.settings;
        let locations: Vec<String> = row
            .locations
            .iter()
            .map(|(location, used)| if *used { location.name.to_string() } else { format!("({})", location.name) })
            .collect();
        let drift = row.drift.as_ref().map(|drift| format!(" {drift}")).unwrap_or_default();
        table.row(vec![
            row.name.to_string(),
            if settings.automatic { "on" } else { "off" }.to_owned(),
            match settings.every {
                Interval::Continuous => "continuous".to_owned(),
                Interval::Minutes(minutes) => format!("{minutes} min"),
            },
            row.next_look.clone(),
            match settings.auto_push {
                AutoPush::Off => "off",
                AutoPush::Published => "published",
                AutoPush::Draft => "draft",
            }
            .to_owned(),
            format!("{} %", settings.share),
            settings.buffer.to_string(),
            match settings.unexplained {
                _ if settings.master => "passed on: stock is kept here".to_owned(),
                UnexplainedDrop::PassOn => "passed on".to_owned(),
                UnexplainedDrop::HoldFrom(from) => format!("held from {from}"),
            },
            match settings.asks.share {
                100.. => "never".to_owned(),
                share => format!("{share} %, from {}", settings.asks.least),
            },
            locations.join(", "),
            format!("{}{drift}", row.guarantee),
        ]);
    }
    table.print()?;
    Ok(Exit::Success)
}

pub async fn fields(front: &Front, arguments: &FieldsArguments) -> Result<Exit, Failure> {
    let (mut rows, presets) = match front.ask(Request::Rules).await? {
        Reply::Rules { rows, presets } => (rows, presets),
        other => return Err(unexpected(&other)),
    };
    if let Some(till) = front.connection_id(arguments.till.as_deref()).await? {
        rows.retain(|row| row.rules.in_store == till);
    }
    if let Some(store) = front.connection_id(arguments.store.as_deref()).await? {
        rows.retain(|row| row.rules.online == store);
    }
    let changes = !arguments.rules.is_empty()
        || arguments.preset.is_some()
        || arguments.quantity.is_some()
        || arguments.deletes.is_some();
    if !changes {
        return show_rules(front, &rows, &presets);
    }
    let [row] = rows.as_slice() else {
        return Err(Failure::new(Exit::Usage, format!("{} pairs of a till and a store are meant", rows.len()))
            .hint("say which with --till NAME and --store NAME"));
    };
    if let Some(preset) = &arguments.preset {
        let request =
            Request::ApplyPreset { in_store: row.rules.in_store, online: row.rules.online, preset: preset.clone() };
        front.done(request).await?;
        remark(&format!("{} and {} follow the preset {preset}", row.in_store, row.online));
        if arguments.rules.is_empty() && arguments.quantity.is_none() && arguments.deletes.is_none() {
            return kept(front, row).await;
        }
    }
    let mut rules = match (&arguments.preset, front.ask(Request::Rules).await?) {
        (Some(_), Reply::Rules { rows, .. }) => rows
            .into_iter()
            .find(|known| known.rules.in_store == row.rules.in_store && known.rules.online == row.rules.online)
            .map_or_else(|| row.rules.clone(), |known| known.rules),
        _ => row.rules.clone(),
    };
    for rule in &arguments.rules {
        let (field, direction) = rule.split_once('=').ok_or_else(|| {
            Failure::new(Exit::Usage, format!("{rule:?} is no rule")).hint("write it as price=pos-to-ecommerce")
        })?;
        let field = Field::of_word(field).ok_or_else(|| {
            let words: Vec<String> = Field::ALL.into_iter().map(Field::word).collect();
            Failure::new(Exit::Usage, format!("there is no field {field:?}"))
                .hint(format!("there are {}", words.join(", ")))
        })?;
        rules.fields.insert(field, direction_of(direction)?);
    }
    if let Some(quantity) = arguments.quantity {
        rules.quantity = quantity == Switch::On;
    }
    if let Some(deletes) = &arguments.deletes {
        rules.deletes = direction_of(deletes)?;
    }
    front.done(Request::KeepRules { rules }).await?;
    remark(&format!("{} and {}: the rules are kept", row.in_store, row.online));
    kept(front, row).await
}

/// With `--json`, the rules of a pair as they are now.
async fn kept(front: &Front, row: &RulesRow) -> Result<Exit, Failure> {
    if front.json {
        let Reply::Rules { rows, .. } = front.ask(Request::Rules).await? else { return Ok(Exit::Success) };
        let is_it =
            |kept: &&RulesRow| (kept.rules.in_store, kept.rules.online) == (row.rules.in_store, row.rules.online);
        print_json(&rows.iter().filter(is_it).collect::<Vec<_>>())?;
    }
    Ok(Exit::Success)
}

fn direction_of(word: &str) -> Result<Direction, Failure> {
    match word {
        "off" => Ok(Direction::Off),
        "pos-to-ecommerce" | "to-ecommerce" => Ok(Direction::ToOnline),
        "ecommerce-to-pos" | "to-pos" => Ok(Direction::ToInStore),
        other => Err(Failure::new(Exit::Usage, format!("{other:?} is no direction"))
            .hint("off, pos-to-ecommerce or ecommerce-to-pos")),
    }
}

fn show_rules(front: &Front, rows: &[RulesRow], presets: &[PresetRow]) -> Result<Exit, Failure> {
    if front.json {
        print_json(&(rows, presets))?;
        return Ok(Exit::Success);
    }
    let mut table =
        Table::new(&[("TILL", false), ("STORE", false), ("FIELD", false), ("DIRECTION", false), ("NOTE", false)]);
    for row in rows {
        let line = |field: &str, direction: &str, note: &str| {
            vec![
                row.in_store.to_string(),
                row.online.to_string(),
                field.to_owned(),
                direction.to_owned(),
                note.to_owned(),
            ]
        };
        table.row(line("quantity", if row.rules.quantity { "both ways" } else { "off" }, ""));
        for field in Field::ALL {
            let note = match (row.not_to_online.contains(&field), row.not_to_in_store.contains(&field)) {
                (true, true) => "cannot be written on either side",
                (true, false) => "cannot be written to the store",
                (false, true) => "cannot be written to the till",
                (false, false) => "",
            };
            table.row(line(&field.word(), row.rules.direction(field).label(), note));
        }
        table.row(line("deletes", row.rules.deletes.label(), ""));
    }
    table.print()?;
    for preset in presets {
        remark(&format!("preset {}: {}", preset.name, preset.sentence));
    }
    Ok(Exit::Success)
}
