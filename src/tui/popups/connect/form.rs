//! The fields of the form.

use crate::domain::Location;
use crate::protocol::{ConnectionDraft, PlatformRow, TestReport};
use crate::secrets::Secret;
use crate::tui::widgets::Entry;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Name,
    BaseUrl,
    /// By its name in the platform's list.
    Credential(String),
    CaFile,
    AllowHttp,
    /// One of the locations that the test found, by its place in the report.
    Location(usize),
    Test,
    Connect,
}

#[derive(Debug)]
pub struct Field {
    pub what: What,
    pub label: String,
    pub help: String,
    pub required: bool,
    /// What is typed in; buttons and boxes have none.
    pub entry: Option<Entry>,
}

/// Everything asked for one platform.
#[derive(Debug)]
pub struct Form {
    pub platform: PlatformRow,
    pub fields: Vec<Field>,
    pub focus: usize,
    pub allow_http: bool,
    pub report: Option<TestReport>,
    /// Places in the report's locations, in the order of ticking: the first is the one written to.
    pub locations: Vec<usize>,
    /// The number of a login that is done.
    pub login: Option<String>,
}

fn typed(what: What, label: &str, help: &str, required: bool, text: &str) -> Field {
    let entry = Some(Entry::new(text));
    Field { what, label: label.to_owned(), help: help.to_owned(), required, entry }
}

fn pressed(what: What, label: &str, help: &str) -> Field {
    Field { what, label: label.to_owned(), help: help.to_owned(), required: false, entry: None }
}

impl Form {
    pub fn new(platform: PlatformRow) -> Self {
        let url = platform.default_base_url.as_deref().unwrap_or_default();
        let needed = platform.default_base_url.is_none();
        let mut fields = vec![typed(What::BaseUrl, "Address", &platform.base_url_help, needed, url)];
        for (name, label, secret, required) in &platform.credentials {
            let entry = if *secret { Entry::secret() } else { Entry::default() };
            let mut help = if *secret { "Kept apart from everything else, and never shown again" } else { "" };
            let (mut instead, mut brought) = (false, false);
            if let Some(login) = &platform.login {
                (instead, brought) = (login.instead.contains(name), login.brings.contains(name));
            }
            if instead {
                help = "Leave it blank to log in with a browser instead; the app's keys below are for that";
            } else if brought {
                help = "Belongs to the key above; a login brings it by itself";
            }
            fields.push(Field {
                what: What::Credential(name.clone()),
                label: label.clone(),
                help: help.to_owned(),
                required: *required && !brought,
                entry: Some(entry),
            });
        }
        fields.push(typed(What::Name, "Name", "What you call it; blank: the shop's own name", false, ""));
        let ca = "A file with the authority of your own server's certificate; usually blank";
        fields.push(typed(What::CaFile, "CA file", ca, false, ""));
        let http = "Send the key unencrypted: only inside a network that is yours";
        fields.push(pressed(What::AllowHttp, "Allow http", http));
        fields.push(pressed(What::Test, "Test", "Calls the shop and says what is there; keeps nothing"));
        fields.push(pressed(What::Connect, "Connect", "Tests once more, keeps it, and reads the products"));
        Self { platform, fields, focus: 0, allow_http: false, report: None, locations: Vec::new(), login: None }
    }

    pub fn focused(&self) -> Option<&Field> {
        self.fields.get(self.focus)
    }

    pub fn step(&mut self, forward: bool) {
        let count = self.fields.len().max(1);
        self.focus = (self.focus + if forward { 1 } else { count - 1 }) % count;
    }

    fn text(&self, wanted: &What) -> String {
        let field = self.fields.iter().find(|field| field.what == *wanted);
        field.and_then(|field| field.entry.as_ref()).map(|entry| entry.text().trim().to_owned()).unwrap_or_default()
    }

    /// Whether somebody has to say yes on the platform's page before the shop can be called.
    pub fn wants_login(&self) -> bool {
        let Some(login) = &self.platform.login else { return false };
        let given = |name: &String| !self.text(&What::Credential(name.clone())).is_empty();
        self.login.is_none() && !login.instead.iter().any(given)
    }

    /// The first field that must be filled in and is not; the focus goes there. `known`: names of the shops that are
    /// connected; what is left out for one of them is as it was.
    pub fn lacks(&mut self, known: &[&str]) -> Option<String> {
        let name = self.text(&What::Name);
        if self.login.is_some() || (self.wants_login() && known.iter().any(|known| known.eq_ignore_ascii_case(&name))) {
            return None;
        }
        let blank = |field: &Field| field.entry.as_ref().is_some_and(|entry| entry.text().trim().is_empty());
        let logs_in = self.wants_login();
        let login = self.platform.login.as_ref();
        let counts = |field: &Field| match (&field.what, login) {
            (What::Credential(name), Some(login)) => login.asks.contains(name) == logs_in,
            _ => true,
        };
        let at = self.fields.iter().position(|field| field.required && counts(field) && blank(field))?;
        self.focus = at;
        self.fields.get(at).map(|field| field.label.clone())
    }

    pub fn draft(&self) -> ConnectionDraft {
        let credential = |(name, ..): &(String, String, bool, bool)| {
            let value = self.text(&What::Credential(name.clone()));
            (!value.is_empty()).then(|| (name.clone(), Secret::new(value)))
        };
        let ca_file = Some(self.text(&What::CaFile)).filter(|file| !file.is_empty());
        let found = self.report.as_ref().map(|report| report.locations.as_slice()).unwrap_or_default();
        let location = |at: &usize| found.get(*at).map(|location: &Location| location.id.to_string());
        ConnectionDraft {
            platform: self.platform.id.clone(),
            name: self.text(&What::Name),
            base_url: self.text(&What::BaseUrl),
            allow_http: self.allow_http,
            ca_file,
            locations: self.locations.iter().filter_map(location).collect(),
            credentials: self.platform.credentials.iter().filter_map(credential).collect(),
            login: self.login.clone(),
        }
    }

    /// A change of the shop or of its keys makes a login another shop's.
    pub fn changed(&mut self) {
        if self.focused().is_some_and(|field| matches!(field.what, What::BaseUrl | What::Credential(_))) {
            self.login = None;
        }
    }

    /// Takes what the test found: a box for each location, the active ones ticked.
    pub fn tested(&mut self, report: TestReport) {
        self.fields.retain(|field| !matches!(field.what, What::Location(_)));
        let help = "Its stock counts if it is ticked; the first ticked one is written to";
        let before = self.fields.iter().position(|field| field.what == What::Test).unwrap_or(0);
        let boxes = report
            .locations
            .iter()
            .enumerate()
            .map(|(at, location)| pressed(What::Location(at), &location.name, help))
            .collect::<Vec<_>>();
        self.locations = (0..report.locations.len())
            .filter(|at| report.locations.get(*at).is_some_and(|location| location.active))
            .collect();
        self.fields.splice(before..before, boxes);
        self.focus = self.fields.iter().position(|field| field.what == What::Connect).unwrap_or(0);
        self.report = Some(report);
    }

    /// Ticks or unticks the box under the focus; says whether there is one.
    pub fn toggle(&mut self) -> bool {
        match self.focused().map(|field| field.what.clone()) {
            Some(What::AllowHttp) => self.allow_http = !self.allow_http,
            Some(What::Location(at)) => {
                if self.locations.contains(&at) {
                    self.locations.retain(|ticked| *ticked != at);
                } else {
                    self.locations.push(at);
                }
            }
            _ => return false,
        }
        true
    }
}
