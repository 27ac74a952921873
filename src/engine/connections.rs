//! Connecting and disconnecting shops, and what is said of them.

use std::sync::Arc;

use crate::domain::{
    BaseUrl, Connection, ConnectionId, ConnectionState, Feed, Job, JobId, JobKind, JobState, Location, PlatformId,
    Progress, Text,
};
use crate::platform::{Findings, Profile, SharedConnector};
use crate::protocol::{ConnectionDraft, ConnectionRow, NoticeLevel, PlatformRow, Problem, Reply, TestReport};
use crate::rules::CatalogueView;
use crate::secrets::{Credentials, HeldKeys};
use crate::store::Entry;

use super::gauges::Rates;
use super::logins::{self, Waiting};
use super::problem;
use super::shops::ShopAddress;
use super::truth::{Known, Truth};

/// A connector for a known connection, with its secrets.
pub fn open(truth: &Truth, id: ConnectionId) -> Result<SharedConnector, Problem> {
    let connection = truth.read(|known| known.catalogue.now().connection(id).cloned());
    let connection = connection.ok_or_else(|| not_there(id))?;
    let profile =
        truth.shops.profile(&connection.platform.0).ok_or_else(|| no_platform(truth, &connection.platform.0))?;
    let fields: Vec<&str> = profile.credentials.iter().map(|field| field.name).collect();
    let keyring = truth.secrets.keyring(id);
    let credentials = truth.secrets.get(id, &fields).map_err(|error| problem::secret(&error))?;
    truth.shops.connect(&kept_address(&connection), credentials, keyring).map_err(|error| problem::platform(&error))
}

/// Where a known connection's shop is.
pub fn kept_address(connection: &Connection) -> ShopAddress {
    ShopAddress {
        platform: connection.platform.0.clone(),
        base_url: connection.base_url.clone(),
        ca_file: connection.ca_file.clone(),
        locations: connection.locations.clone(),
        currency: Some(connection.currency),
    }
}

pub fn not_there(id: ConnectionId) -> Problem {
    problem::usage(format!("there is no connection {id}"), "see which there are with `counterpart connections`")
}

pub fn no_platform(truth: &Truth, id: &str) -> Problem {
    let known: Vec<&str> = truth.shops.profiles().iter().map(|profile| profile.id).collect();
    problem::usage(format!("there is no platform named {id:?}"), format!("one of: {}", known.join(", ")))
}

/// What a draft comes to once it is checked.
struct Checked {
    profile: &'static Profile,
    address: ShopAddress,
    credentials: Credentials,
    /// Where keys go that the platform changes on the way.
    keys: Arc<HeldKeys>,
}

fn check(truth: &Truth, draft: &ConnectionDraft) -> Result<Checked, Problem> {
    let profile = truth.shops.profile(draft.platform.trim()).ok_or_else(|| no_platform(truth, &draft.platform))?;
    let address = address(profile, draft)?;
    for field in profile.credentials.iter().filter(|field| field.required) {
        let given = draft.credentials.get(field.name).is_some_and(|secret| !secret.reveal().is_empty());
        if !given {
            let hint = format!("how to get it stands in `counterpart connect {} --help`", profile.id);
            return Err(problem::usage(format!("{} needs its {}", profile.name, field.label), hint));
        }
    }
    let known = |name: &String| profile.credentials.iter().any(|field| field.name == name);
    let credentials: Credentials =
        draft.credentials.iter().filter(|(name, _)| known(name)).map(|(n, s)| (n.clone(), s.clone())).collect();
    logins::not_needed(profile, &credentials)?;
    Ok(Checked { profile, address, credentials, keys: Arc::default() })
}

/// The keys are those of a login where one is named, and those of the draft else.
fn checked(truth: &Truth, draft: &ConnectionDraft, login: Option<&Waiting>) -> Result<Checked, Problem> {
    let Some(login) = login else { return check(truth, draft) };
    let address = login.address_for(draft)?;
    Ok(Checked { profile: login.profile, address, credentials: login.credentials()?, keys: login.keys.clone() })
}

/// Where the shop is, as a person wrote it.
pub fn address(profile: &'static Profile, draft: &ConnectionDraft) -> Result<ShopAddress, Problem> {
    let raw = match (draft.base_url.trim(), profile.default_base_url) {
        ("", Some(default)) => default,
        ("", None) => return Err(problem::usage("the shop's address is missing", profile.base_url_help)),
        (given, _) => given,
    };
    let base_url = BaseUrl::new(raw, draft.allow_http).map_err(|why| problem::usage(why, profile.base_url_help))?;
    Ok(ShopAddress {
        platform: profile.id.to_owned(),
        base_url,
        ca_file: draft.ca_file.clone().filter(|file| !file.trim().is_empty()),
        locations: Vec::new(),
        currency: None,
    })
}

/// What the platform says of itself. Keys that it changed on the way take the place of the ones that were given.
async fn call(truth: &Truth, checked: &mut Checked) -> Result<Findings, Problem> {
    let connector = truth.shops.connect(&checked.address, checked.credentials.clone(), checked.keys.clone());
    let connector = connector.map_err(|error| problem::platform(&error))?;
    let findings = connector.test().await;
    checked.credentials.extend(checked.keys.kept());
    findings.map_err(|error| problem::platform(&error))
}

fn report(profile: &Profile, findings: &Findings) -> TestReport {
    TestReport {
        shop_name: findings.shop_name.to_string(),
        currency: findings.currency.to_string(),
        locations: findings.locations.clone(),
        permissions: findings.permissions.clone(),
        missing_permissions: findings.missing_permissions.clone(),
        warnings: findings.warnings.clone(),
        guarantee: profile.guarantee.sentence.to_owned(),
    }
}

/// Calls the platform and says what it found. Keeps nothing.
pub async fn test(truth: &Truth, draft: &ConnectionDraft) -> Result<Reply, Problem> {
    let login = logins::named(truth, draft)?;
    let _alone = logins::alone(&login).await;
    let mut checked = checked(truth, draft, login.as_deref())?;
    let findings = call(truth, &mut checked).await?;
    locations(&checked, draft, &findings)?;
    Ok(Reply::Tested(report(checked.profile, &findings)))
}

/// The locations in use, by identifier or by name; the platform's default one if none is named.
fn locations(checked: &Checked, draft: &ConnectionDraft, findings: &Findings) -> Result<Vec<Location>, Problem> {
    let wanted: Vec<&str> = draft.locations.iter().map(|wanted| wanted.trim()).filter(|w| !w.is_empty()).collect();
    let names: Vec<&str> = findings.locations.iter().map(|location| location.name.as_str()).collect();
    if wanted.is_empty() {
        let default = findings.locations.iter().find(|l| l.active).or(findings.locations.first());
        return default.map(|default| vec![default.clone()]).ok_or_else(|| {
            let name = checked.profile.name;
            problem::failure(format!("{name} has no location that holds stock"), format!("make one in {name}"))
        });
    }
    let mut used: Vec<Location> = Vec::new();
    for wanted in wanted {
        let by_id = findings.locations.iter().find(|location| location.id.0.as_str() == wanted);
        let folded = crate::rules::filter::folded(wanted);
        let mut by_name = findings.locations.iter().filter(|l| crate::rules::filter::folded(&l.name) == folded);
        let (first, second) = (by_name.next(), by_name.next());
        let location = match (by_id, first, second) {
            (Some(location), ..) | (None, Some(location), None) => location,
            (None, Some(_), Some(_)) => {
                let ids: Vec<String> = findings.locations.iter().map(|l| format!("{} {}", l.id, l.name)).collect();
                let hint = format!("name it by its identifier: {}", ids.join(", "));
                return Err(problem::usage(format!("several locations are named {wanted:?}"), hint));
            }
            (None, None, _) => {
                return Err(problem::usage(
                    format!("{} has no location {wanted:?}", findings.shop_name),
                    format!("it has: {}", names.join(", ")),
                ));
            }
        };
        if !used.iter().any(|known| known.id == location.id) {
            used.push(location.clone());
        }
    }
    Ok(used)
}

/// Tests, keeps, and starts the first import. A connection of the same name and address gets the new key.
pub async fn connect(truth: &Arc<Truth>, draft: &ConnectionDraft) -> Result<Reply, Problem> {
    let login = logins::named(truth, draft)?;
    let _alone = logins::alone(&login).await;
    let mut checked = checked(truth, draft, login.as_deref())?;
    let findings = call(truth, &mut checked).await?;
    if !findings.missing_permissions.is_empty() {
        return Err(problem::failure(
            format!("the key lacks permissions: {}", findings.missing_permissions.join(", ")),
            format!("give it these in {} and connect again", checked.profile.name),
        ));
    }
    let mut locations = locations(&checked, draft, &findings)?;
    let name = Text::some(&draft.name).or_else(|| Text::some(&login.as_ref()?.name));
    let name = name.unwrap_or_else(|| findings.shop_name.clone());
    let mut pen = truth.pen().await;
    let before = truth.read(|known| {
        let all = known.catalogue.now().connections();
        let folded = crate::rules::filter::folded(&name);
        let same = all.into_iter().find(|known| crate::rules::filter::folded(&known.name) == folded);
        same.cloned()
    });
    if let Some(before) = &before
        && (before.platform.0 != checked.profile.id || before.base_url != checked.address.base_url)
    {
        return Err(problem::usage(
            format!("another connection is named {name:?} already"),
            "give this one another name",
        ));
    }
    if let Some(before) = &before
        && draft.locations.iter().all(|named| named.trim().is_empty())
    {
        // A new key is no new choice. What is not there any more does not count.
        let still = |used: &&Location| findings.locations.iter().any(|there| there.id == used.id);
        let used: Vec<Location> = before.locations.iter().filter(still).cloned().collect();
        locations = if used.is_empty() { locations } else { used };
    }
    let connection = Connection {
        id: before.as_ref().map_or_else(|| pen.connection(), |before| before.id),
        platform: PlatformId(checked.profile.id.to_owned()),
        side: checked.profile.side,
        name,
        base_url: checked.address.base_url.clone(),
        ca_file: checked.address.ca_file.clone(),
        currency: findings.currency,
        locations,
        connected_at: before.as_ref().map_or_else(|| truth.now(), |before| before.connected_at),
    };
    let id = connection.id;
    let old = truth.secrets.get(id, &[]).ok().filter(|_| before.is_some());
    truth.secrets.put(id, &checked.credentials).map_err(|error| problem::secret(&error))?;
    // The import that begins with the commit must not find the connector with the old key.
    truth.drop_connector(id);
    let running = truth.read(|known| running_import(known, id, true));
    let import = running.unwrap_or_else(|| pen.job());
    let mut entries = vec![Entry::ConnectionKept(connection.clone())];
    if !truth.read(|known| known.catalogue.now().has_settings(id)) {
        entries.push(super::sync::settings::first(&connection, checked.profile.order_feed));
    }
    if running.is_none() {
        let job = new_import(truth, import, &connection, true);
        entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
    }
    if let Err(problem) = pen.commit(entries).await {
        // Nobody would ever look for them again.
        let undone = match old {
            Some(old) => truth.secrets.put(id, &old),
            None => truth.secrets.remove(id),
        };
        // It keeps what the platform changes again.
        truth.drop_connector(id);
        if let Err(error) = undone {
            tracing::error!(%error, "the secrets of a connection that was not kept are still there");
        }
        return Err(problem);
    }
    truth.drop_connector(id);
    truth.logins.forget(draft.login.as_deref());
    truth.stands(id, None);
    truth.keep_in_mind(|known| {
        if let Some(standing) = known.standing.get_mut(&id) {
            standing.places = Some(findings.locations.clone());
        }
    });
    resume_after_login(truth, id).await?;
    truth.ordered();
    Ok(Reply::Connected { connection: id, report: report(checked.profile, &findings), import })
}

/// What was paused because of the old key goes on.
async fn resume_after_login(truth: &Arc<Truth>, id: ConnectionId) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let entries = truth.read(|known| {
        let paused = known.board.runs().filter(|run| run.wants_login == Some(id) && run.job.state == JobState::Paused);
        paused
            .map(|run| Entry::JobKept(Job { state: JobState::Running, note: None, ..run.job.clone() }))
            .collect::<Vec<_>>()
    });
    pen.commit(entries).await
}

/// Forgets a connection with its listings and links. Nothing is written to the platform.
pub async fn disconnect(truth: &Arc<Truth>, id: ConnectionId) -> Result<Reply, Problem> {
    let pen = truth.pen().await;
    let now = truth.now();
    let entries = truth.read(|known| {
        let name = known.catalogue.now().connection(id).ok_or_else(|| not_there(id))?.name.clone();
        let mut entries = Vec::new();
        for run in known.board.runs().filter(|run| !run.job.state.ended()) {
            match run.job.kind {
                JobKind::Import { connection, .. } if connection == id => {
                    let job = Job { state: JobState::Cancelled, ended_at: Some(now), ..run.job.clone() };
                    entries.push(Entry::JobKept(job));
                }
                JobKind::Import { .. } => {}
                _ if run.touches(id) => {
                    let message = format!("{} still writes to {name}", run.job.title);
                    return Err(problem::failure(message, format!("wait for job {}, or cancel it", run.job.id)));
                }
                _ => {}
            }
        }
        entries.push(Entry::ConnectionRemoved(id));
        Ok((name, entries))
    });
    let (name, entries) = entries?;
    pen.commit(entries).await?;
    truth.drop_connector(id);
    truth.ordered();
    truth.secrets.remove(id).map_err(|error| problem::secret(&error))?;
    let hint = Some("nothing was changed in the shop itself".to_owned());
    truth.announcer.notice(NoticeLevel::Info, format!("{name} is disconnected"), hint, None);
    Ok(Reply::Done)
}

/// Starts imports, or names those that are under way already.
pub async fn start_imports(truth: &Arc<Truth>, only: Option<ConnectionId>, full: bool) -> Result<Reply, Problem> {
    let mut pen = truth.pen().await;
    let chosen: Vec<Connection> = truth.read(|known| {
        let all = known.catalogue.now().connections().into_iter();
        all.filter(|connection| only.is_none_or(|only| connection.id == only)).cloned().collect()
    });
    if chosen.is_empty() {
        return Err(only.map_or_else(
            || problem::usage("no shop is connected yet", "connect one first: `counterpart connect <platform>`"),
            not_there,
        ));
    }
    let mut jobs = Vec::new();
    let mut entries = Vec::new();
    for connection in &chosen {
        let running = truth.read(|known| running_import(known, connection.id, full));
        if let Some(job) = running {
            jobs.push(job);
            continue;
        }
        // The first import is a full one, whatever was asked.
        let first = truth.read(|known| read_at(known, connection.id).is_none());
        let job = new_import(truth, pen.job(), connection, full || first);
        jobs.push(job.id);
        entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
    }
    pen.commit(entries).await?;
    truth.ordered();
    Ok(Reply::Started { jobs })
}

fn running_import(known: &Known, id: ConnectionId, full: bool) -> Option<JobId> {
    let jobs = known.board.runs().map(|run| &run.job).filter(|job| !job.state.ended());
    let mut covering = jobs.filter(|job| match job.kind {
        JobKind::Import { connection, full: whole } => connection == id && (whole || !full),
        _ => false,
    });
    covering.next().map(|job| job.id)
}

pub fn new_import(truth: &Truth, id: JobId, connection: &Connection, full: bool) -> Job {
    let title = if full { format!("Import {}", connection.name) } else { format!("Update from {}", connection.name) };
    Job {
        id,
        kind: JobKind::Import { connection: connection.id, full },
        title,
        state: JobState::Queued,
        created_at: truth.now(),
        started_at: None,
        ended_at: None,
        progress: Progress::default(),
        note: None,
    }
}

/// When a connection's data was last read through; `None` before the first import came to its end.
pub fn read_at(known: &Known, id: ConnectionId) -> Option<crate::domain::Timestamp> {
    let standing = known.standing.get(&id)?;
    let swept = standing.swept?;
    let cursor = standing.cursors.get(&Feed::Listings).map(|(_, at)| *at).max(standing.looked);
    // While a sweep is under way its cursor says nothing about the whole.
    if running_import(known, id, true).is_some() { Some(swept) } else { Some(cursor.map_or(swept, |at| at.max(swept))) }
}

pub fn row(truth: &Truth, known: &Known, rates: &Rates, connection: &Connection) -> ConnectionRow {
    let rate = rates.get(&connection.id);
    let profile = truth.shops.profile(&connection.platform.0);
    let state = known.standing.get(&connection.id).and_then(|standing| standing.state.clone());
    ConnectionRow {
        id: connection.id,
        name: connection.name.clone(),
        platform: profile.map_or_else(|| connection.platform.0.clone(), |profile| profile.name.to_owned()),
        mark: profile.map_or_else(|| "??".to_owned(), |profile| profile.mark.to_owned()),
        side: connection.side,
        base_url: connection.base_url.to_string(),
        state: state.unwrap_or(ConnectionState::Unknown),
        locations: connection.locations.clone(),
        listings: known.catalogue.now().there(connection.id).listings,
        read_at: read_at(known, connection.id),
        guarantee: profile.map_or_else(String::new, |profile| profile.guarantee.sentence.to_owned()),
        login_ends: known.standing.get(&connection.id).and_then(|standing| standing.login_ends),
        log_in: logins::command(connection),
        rate: rate.map(|(rate, _)| *rate),
        gauge: rate.map_or(0, |(_, step)| *step),
    }
}

pub fn platform_row(profile: &Profile) -> PlatformRow {
    let limit = |what: &str, limit: &crate::platform::Limit| {
        (what.to_owned(), limit.most.map(|most| most as u64), limit.source.to_owned())
    };
    PlatformRow {
        id: profile.id.to_owned(),
        name: profile.name.to_owned(),
        mark: profile.mark.to_owned(),
        side: profile.side,
        api_version: profile.api_version.to_owned(),
        default_base_url: profile.default_base_url.map(str::to_owned),
        base_url_help: profile.base_url_help.to_owned(),
        credentials: profile
            .credentials
            .iter()
            .map(|field| (field.name.to_owned(), field.label.to_owned(), field.secret, field.required))
            .collect(),
        login: profile.login.map(|login| logins::row(profile, login)),
        docs: profile.docs.to_owned(),
        guarantee: profile.guarantee.sentence.to_owned(),
        writes: profile.stock_write.sentence().to_owned(),
        fields: profile
            .fields
            .iter()
            .map(|field| (field.field.to_owned(), field.theirs.to_owned(), field.note.to_owned()))
            .collect(),
        uses: profile.fields.iter().map(|field| profile.use_of(field).to_owned()).collect(),
        limits: vec![
            limit("products", &profile.product_limit),
            limit("variants of a product", &profile.variant_limit),
            limit("options of a product", &profile.option_limit),
            limit("characters of a title", &profile.title_limit),
            limit("characters of a SKU", &profile.sku_limit),
            (
                "calls or points a minute".to_owned(),
                Some(u64::from(profile.budget.per_second_milli) * 60 / 1000),
                profile.budget.source.to_owned(),
            ),
        ],
    }
}
