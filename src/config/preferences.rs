//! How the terminal is to look and what it tells of: the built-in `counterpart.toml`, changed by the user's own.

use toml::de::{DeTable, DeValue};

use super::Mistake;

/// Which colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// As the terminal's background is, if it says so; for a dark one otherwise.
    #[default]
    Auto,
    Dark,
    Light,
    /// The terminal's own colours, nothing dim, and bold for what counts.
    Contrast,
    /// No colours; less important words are dim.
    None,
}

impl Choice {
    const ALL: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("contrast", Self::Contrast),
        ("none", Self::None),
    ];
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    pub theme: Choice,
    pub ascii: bool,
    pub slim: bool,
    pub gauges: bool,
    pub sparklines: bool,
    /// Everything is told line by line, for who listens.
    pub reader: bool,
    pub mouse: bool,
    pub bell: bool,
    pub desktop: bool,
    pub title: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Choice::Auto,
            ascii: false,
            slim: false,
            gauges: true,
            sparklines: true,
            reader: false,
            mouse: false,
            bell: false,
            desktop: false,
            title: true,
        }
    }
}

/// Where a setting that is on or off stands.
type Switch = (&'static str, &'static str, fn(&mut Preferences) -> &mut bool);

const SWITCHES: [Switch; 9] = [
    ("look", "ascii", |all| &mut all.ascii),
    ("look", "slim", |all| &mut all.slim),
    ("look", "gauges", |all| &mut all.gauges),
    ("look", "sparklines", |all| &mut all.sparklines),
    ("look", "reader", |all| &mut all.reader),
    ("mouse", "enabled", |all| &mut all.mouse),
    ("notices", "bell", |all| &mut all.bell),
    ("notices", "desktop", |all| &mut all.desktop),
    ("notices", "title", |all| &mut all.title),
];

const THEME: (&str, &str) = ("look", "theme");

/// Of all settings: group and name.
fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SWITCHES.iter().map(|(table, name, _)| (*table, *name)).chain([THEME])
}

impl Preferences {
    /// The whole file with every setting, its default, and what it does.
    pub const FILE: &str = include_str!("../../counterpart.toml");

    /// The defaults, changed by a user's file. With the mistakes found in it, in its order.
    pub fn with(text: &str) -> (Self, Vec<Mistake>) {
        let (document, broken) = DeTable::parse_recoverable(text);
        let mut mistakes = Mistake::in_syntax(text, &broken);
        let mut chosen = Self::default();
        for (table, settings) in document.get_ref() {
            let known = |name: &str| names().any(|(known, _)| known == name);
            let settings = match settings.get_ref() {
                DeValue::Table(settings) if known(table.get_ref()) => settings,
                _ => {
                    let meant = Mistake::meant(table.get_ref(), names().map(|(table, _)| table));
                    let message = format!("{:?} is no group of settings{meant}", table.get_ref());
                    mistakes.push(Mistake::at(text, table.span(), message));
                    continue;
                }
            };
            for (name, value) in settings {
                if let Err(message) = chosen.set(table.get_ref(), name.get_ref(), value.get_ref()) {
                    mistakes.push(Mistake::at(text, name.span(), message));
                }
            }
        }
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        (chosen, mistakes)
    }

    /// Every setting as the file names it, with its value.
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut copy = self.clone();
        let theme = Choice::ALL.iter().find(|(_, theme)| *theme == self.theme).map_or("", |(name, _)| *name);
        let (table, name) = THEME;
        let mut all = vec![(format!("{table}.{name}"), theme.to_owned())];
        for (table, name, place) in SWITCHES {
            all.push((format!("{table}.{name}"), place(&mut copy).to_string()));
        }
        all
    }

    fn set(&mut self, table: &str, name: &str, value: &DeValue<'_>) -> Result<(), String> {
        if (table, name) == THEME {
            let known = value.as_str().and_then(|value| Choice::ALL.iter().find(|(name, _)| *name == value));
            let names: Vec<&str> = Choice::ALL.iter().map(|(name, _)| *name).collect();
            let (_, theme) = known.ok_or_else(|| format!("theme must be one of {}", names.join(", ")))?;
            self.theme = *theme;
            return Ok(());
        }
        let Some((_, _, place)) = SWITCHES.iter().find(|(known, setting, _)| (*known, *setting) == (table, name))
        else {
            let meant = Mistake::meant(name, names().filter(|(known, _)| *known == table).map(|(_, name)| name));
            return Err(format!("[{table}] has no setting {name:?}{meant}"));
        };
        *place(self) = value.as_bool().ok_or_else(|| format!("{name} must be true or false"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_init_writes_says_every_setting_with_its_default() {
        let (read, mistakes) = Preferences::with(Preferences::FILE);
        assert_eq!(mistakes, []);
        assert_eq!(read, Preferences::default());
        for (_, name, _) in SWITCHES {
            assert!(Preferences::FILE.contains(&format!("\n{name} = ")), "{name} is not in the file");
        }
    }

    #[test]
    fn a_users_file_changes_what_it_names() {
        let (read, mistakes) = Preferences::with("[look]\ntheme = \"light\"\n[mouse]\nenabled = true\n");
        assert_eq!(mistakes, []);
        assert_eq!(read, Preferences { theme: Choice::Light, mouse: true, ..Preferences::default() });
    }

    #[test]
    fn mistakes_are_told_with_line_and_column_and_change_nothing() {
        let text = "[look]\nthem = \"light\"\nascii = \"yes\"\ntheme = \"bright\"\n[notice]\nbell = true\n";
        let (read, mistakes) = Preferences::with(text);
        assert_eq!(read, Preferences::default());
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2, column 1: [look] has no setting \"them\"; did you mean \"theme\"?",
                "line 3, column 1: ascii must be true or false",
                "line 4, column 1: theme must be one of auto, dark, light, contrast, none",
                "line 5, column 2: \"notice\" is no group of settings; did you mean \"notices\"?",
            ]
        );
        let (read, mistakes) = Preferences::with("[look\n");
        assert_eq!(read, Preferences::default());
        assert!(!mistakes.is_empty());
    }
}
