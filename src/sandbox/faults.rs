//! What goes wrong on purpose, and when. Decided by rules, a seed and the count of requests, so that a run can be
//! repeated.
//!
//! As text, one rule is `fault[=argument][:condition[,condition…]]`:
//!
//! | fault | what happens |
//! |---|---|
//! | `429` | too many requests, in the platform's own form; nothing is applied |
//! | `5xx` | a problem of the platform's own, in its own form; nothing is applied |
//! | `slow=3000` | applied at once, answered after so many milliseconds |
//! | `late=3000` | applied and answered after so many milliseconds, even if nobody waits any more |
//! | `cut-before` | the connection closes without an answer; nothing is applied |
//! | `cut-after` | applied, then the connection closes without an answer |
//! | `cut-inside` | applied, then the connection closes in the middle of the answer |
//! | `malformed` | applied, and the answer is half of its JSON |
//! | `html` | a page for browsers with status 200; nothing is applied |
//! | `redirect=https://…` | status 302; nothing is applied |
//!
//! | condition | the rule holds for |
//! |---|---|
//! | `0.05` | each request with this chance |
//! | `every=20` | each 20th matching request |
//! | `nth=3` | the third matching request alone |
//! | `path=/v2/inventory` | requests whose path contains this |
//! | `method=POST` | requests of this method |
//!
//! All conditions of a rule must hold; the first rule that holds decides. Since an address holds colons, a redirect's
//! conditions follow ` if `: `redirect=https://elsewhere.example/ if nth=1`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Incoming;

/// One thing that can go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Throttled,
    Broken,
    Slow(Duration),
    Late(Duration),
    CutBefore,
    CutAfter,
    CutInside,
    Malformed,
    Page,
    Redirect(String),
}

/// When a rule holds, among the requests that match its path and method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Occasion {
    Always,
    /// With this chance, 0 to 1.
    Chance(f64),
    /// Each so-many-th.
    Every(u64),
    /// This one alone, counted from 1.
    Nth(u64),
}

#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    pub fault: Fault,
    pub occasion: Occasion,
    /// Part of the path.
    pub path: Option<String>,
    pub method: Option<String>,
}

/// The rules of one server, with their counts.
#[derive(Debug, Clone)]
pub struct Faults {
    rules: Vec<(FaultRule, u64)>,
    random: fastrand::Rng,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::new(Vec::new(), 0)
    }

    pub fn new(rules: Vec<FaultRule>, seed: u64) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule, 0)).collect(), random: fastrand::Rng::with_seed(seed) }
    }

    /// Rules as text, as on the command line.
    pub fn parse<'a>(rules: impl IntoIterator<Item = &'a str>, seed: u64) -> Result<Self, String> {
        let rules: Result<Vec<FaultRule>, String> = rules.into_iter().map(str::parse).collect();
        Ok(Self::new(rules?, seed))
    }

    /// Other rules from now on; counts begin anew, chance goes on.
    pub fn replace(&mut self, rules: Vec<FaultRule>) {
        self.rules = rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    pub fn rules(&self) -> impl Iterator<Item = &FaultRule> {
        self.rules.iter().map(|(rule, _)| rule)
    }

    /// Decides about one request, and counts it.
    pub fn next(&mut self, request: &Incoming) -> Option<Fault> {
        let mut decided = None;
        for (rule, count) in &mut self.rules {
            if !rule.matches(request) {
                continue;
            }
            *count += 1;
            let holds = match rule.occasion {
                Occasion::Always => true,
                // Drawn even when an earlier rule decided, so that rules do not shift each other's luck.
                Occasion::Chance(chance) => self.random.f64() < chance,
                Occasion::Every(every) => count.is_multiple_of(every),
                Occasion::Nth(nth) => *count == nth,
            };
            if holds && decided.is_none() {
                decided = Some(rule.fault.clone());
            }
        }
        decided
    }
}

impl FaultRule {
    fn matches(&self, request: &Incoming) -> bool {
        self.path.as_ref().is_none_or(|part| request.path.contains(part.as_str()))
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
    }
}

impl FromStr for FaultRule {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        let refuse = |why: &str| format!("fault {raw:?}: {why}");
        // An address holds colons, so a redirect's conditions are set off by a word.
        let (head, conditions) = match raw.strip_prefix("redirect=") {
            Some(_) => raw.split_once(" if ").unwrap_or((raw, "")),
            None => raw.split_once(':').unwrap_or((raw, "")),
        };
        let (name, argument) = head.split_once('=').map_or((head, None), |(name, value)| (name, Some(value)));
        let millis = || -> Result<Duration, String> {
            let count = argument.and_then(|text| text.parse().ok());
            count.map(Duration::from_millis).ok_or_else(|| refuse("needs milliseconds, as in slow=3000"))
        };
        let fault = match name.trim() {
            "429" => Fault::Throttled,
            "5xx" => Fault::Broken,
            "slow" => Fault::Slow(millis()?),
            "late" => Fault::Late(millis()?),
            "cut-before" => Fault::CutBefore,
            "cut-after" => Fault::CutAfter,
            "cut-inside" => Fault::CutInside,
            "malformed" => Fault::Malformed,
            "html" => Fault::Page,
            "redirect" => Fault::Redirect(
                argument.filter(|to| !to.is_empty()).ok_or_else(|| refuse("needs an address"))?.to_owned(),
            ),
            other => {
                return Err(refuse(&format!(
                    "{other:?} is not known; known are 429, 5xx, slow, late, cut-before, cut-after, cut-inside, \
                     malformed, html, redirect"
                )));
            }
        };
        let mut rule = Self { fault, occasion: Occasion::Always, path: None, method: None };
        for condition in conditions.split(',').map(str::trim).filter(|condition| !condition.is_empty()) {
            match condition.split_once('=') {
                Some(("every", count)) => match count.parse() {
                    Ok(count) if count > 0 => rule.occasion = Occasion::Every(count),
                    _ => return Err(refuse("every= needs a number from 1")),
                },
                Some(("nth", count)) => match count.parse() {
                    Ok(count) if count > 0 => rule.occasion = Occasion::Nth(count),
                    _ => return Err(refuse("nth= needs a number from 1")),
                },
                Some(("path", part)) => rule.path = Some(part.to_owned()),
                Some(("method", method)) => rule.method = Some(method.to_ascii_uppercase()),
                Some((other, _)) => {
                    return Err(refuse(&format!("{other}= is not known; known are every, nth, path, method")));
                }
                None => match condition.parse::<f64>() {
                    Ok(chance) if (0.0..=1.0).contains(&chance) => rule.occasion = Occasion::Chance(chance),
                    _ => return Err(refuse("a chance is a number from 0 to 1")),
                },
            }
        }
        Ok(rule)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled => f.write_str("429"),
            Self::Broken => f.write_str("5xx"),
            Self::Slow(time) => write!(f, "slow={}", time.as_millis()),
            Self::Late(time) => write!(f, "late={}", time.as_millis()),
            Self::CutBefore => f.write_str("cut-before"),
            Self::CutAfter => f.write_str("cut-after"),
            Self::CutInside => f.write_str("cut-inside"),
            Self::Malformed => f.write_str("malformed"),
            Self::Page => f.write_str("html"),
            Self::Redirect(to) => write!(f, "redirect={to}"),
        }
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions = Vec::new();
        match self.occasion {
            Occasion::Always => {}
            Occasion::Chance(chance) => conditions.push(chance.to_string()),
            Occasion::Every(every) => conditions.push(format!("every={every}")),
            Occasion::Nth(nth) => conditions.push(format!("nth={nth}")),
        }
        conditions.extend(self.path.iter().map(|part| format!("path={part}")));
        conditions.extend(self.method.iter().map(|method| format!("method={method}")));
        write!(f, "{}", self.fault)?;
        if !conditions.is_empty() {
            let before = if matches!(self.fault, Fault::Redirect(_)) { " if " } else { ":" };
            write!(f, "{before}{}", conditions.join(","))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str) -> Incoming {
        Incoming { method: method.into(), path: path.into(), query: vec![], headers: vec![], body: vec![] }
    }

    #[test]
    fn what_is_written_reads_back() {
        for raw in [
            "429:every=20",
            "cut-after:0.05",
            "5xx:nth=3,path=/v2/x,method=POST",
            "slow=3000",
            "late=10:path=a:b",
            "redirect=https://evil.example:8443/x if nth=1",
            "html",
        ] {
            assert_eq!(raw.parse::<FaultRule>().unwrap().to_string(), raw);
        }
        for bad in ["", "boom", "slow", "slow=x", "429:2", "429:every=0", "429:sometimes=1", "redirect="] {
            assert!(bad.parse::<FaultRule>().is_err(), "{bad}");
        }
    }

    #[test]
    fn rules_count_only_what_matches_them() {
        let mut faults = Faults::parse(["429:every=2,path=/b", "cut-before:nth=3,method=POST"], 1).unwrap();
        let asked = [("GET", "/a"), ("POST", "/b"), ("GET", "/b"), ("POST", "/c"), ("POST", "/a"), ("POST", "/a")];
        let got: Vec<_> = asked.iter().map(|(method, path)| faults.next(&request(method, path))).collect();
        assert_eq!(got, [None, None, Some(Fault::Throttled), None, Some(Fault::CutBefore), None]);
    }

    #[test]
    fn chance_is_a_matter_of_the_seed() {
        let run = |seed| {
            let mut faults = Faults::parse(["cut-after:0.25"], seed).unwrap();
            (0..400).map(|_| faults.next(&request("GET", "/")).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let hits = run(7).iter().filter(|hit| **hit).count();
        assert!((60..140).contains(&hits), "{hits}");
    }
}
