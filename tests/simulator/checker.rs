//! The view from above: what every link should come to, and what no step may do.
//!
//! For each link the *balance* is what the engine's ledger and the real counts say together: what is available, and for
//! each member what its shop really holds beyond what the ledger has agreed on with it, our own writes under way left
//! out. Only what others do changes it: not a poll, not a write, not a crash. So it is compared after every step.

use std::collections::BTreeMap;

use counterpart::domain::{
    Effect, Happening, JobId, Link, LinkId, LinkMember, StepIndex, StepState, StockWrite, VariantId,
};
use counterpart::store::Entry;

use super::mirror::{Mirror, shop_of};
use super::shop::Shop;

/// What a write was meant to add, and whether it came to be.
#[derive(Debug, Clone)]
pub struct Meant {
    pub by: i64,
    pub applied: u32,
    /// How often others had done something there when the count was read for this write.
    pub stirred: u32,
    pub location: usize,
}

/// What is known of a link from above.
#[derive(Debug, Clone, Copy, Default)]
pub struct God {
    /// The balance as it has to be.
    pub truth: i64,
    /// What writes of totals have wiped out and nobody has put right yet.
    pub lost: i64,
}

/// What was counted along the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    pub commits: u64,
    pub calls: u64,
    pub writes: u64,
    pub crashes: u64,
    /// Of these, power cuts.
    pub cuts: u64,
    pub events: u64,
    /// Units that a write of a total wiped out, and those that were put right.
    pub wiped: u64,
    pub repaired: u64,
    /// Units that were taken for wiped out, and were not.
    pub overdone: u64,
    /// Milliseconds between the reading of a count and the write of its total, over all such writes.
    pub exposed: u64,
    /// Units still wiped out at the end, and what the engine estimates of them, in millionths.
    pub drift: u64,
    pub estimated: u64,
    /// Attempts without an answer that nobody could judge by their count, and that came to the wrong verdict.
    pub confused: u64,
    pub parked: u64,
    pub links: u64,
    /// Falls that waited for a person; links that took part at the end; sides that did not.
    pub held: u64,
    pub right: u64,
    pub left_out: u64,
}

impl Stats {
    pub fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.calls += other.calls;
        self.writes += other.writes;
        self.crashes += other.crashes;
        self.cuts += other.cuts;
        self.events += other.events;
        self.wiped += other.wiped;
        self.repaired += other.repaired;
        self.overdone += other.overdone;
        self.exposed += other.exposed;
        self.drift += other.drift;
        self.estimated += other.estimated;
        self.confused += other.confused;
        self.parked += other.parked;
        self.links += other.links;
        self.held += other.held;
        self.right += other.right;
        self.left_out += other.left_out;
    }
}

pub struct Checker {
    pub mirror: Mirror,
    pub gods: BTreeMap<LinkId, God>,
    /// By key and variant.
    pub meant: BTreeMap<(String, String), Meant>,
    pub stats: Stats,
}

/// Whether the engine says in this commit that something was wiped out.
fn taken_off(link: &Link, entries: &[Entry]) -> bool {
    entries.iter().any(|entry| {
        matches!(entry, Entry::Noted(line) if line.what == Happening::Order
            && line.variant.is_some_and(|variant| link.members.iter().any(|member| member.variant == variant))
            && line.new.as_ref().is_some_and(|new| new.contains("overwritten there")))
    })
}

/// A person said that a count which fell is wrong: it is brought back, so what fell is no truth.
fn restored(before: &Link, link: &Link, entries: &[Entry]) -> bool {
    let decided = entries.iter().any(|entry| matches!(entry, Entry::Noted(line) if line.what == Happening::Settled));
    let held = |link: &Link| link.members.iter().filter(|member| member.held.is_some()).count();
    decided && held(link) < held(before)
}

/// An attempt that has come to an end in this commit.
struct Verdict {
    variant: VariantId,
    /// Never sent: the process died before.
    meant: Option<Meant>,
    was_unknown: bool,
    confirmed: bool,
}

impl Checker {
    pub fn new(identity: [u8; 16]) -> Self {
        Self { mirror: Mirror::new(identity), gods: BTreeMap::new(), meant: BTreeMap::new(), stats: Stats::default() }
    }

    /// Somebody else changed a count in use.
    pub fn moved(&mut self, shop: usize, variant: &str, by: i64) {
        let Some(number) = self.mirror.numbers.get(&(shop, variant.to_owned())) else { return };
        let Some(id) = self.mirror.link_of.get(number) else { return };
        let founded = self.mirror.links.get(id).is_some_and(|link| Mirror::base(link, *number).is_some());
        if let (true, Some(god)) = (founded, self.gods.get_mut(id)) {
            god.truth += by;
        }
    }

    /// A write of a total wiped out what others had done since its read.
    pub fn wiped(&mut self, shop: usize, variant: &str, by: i64) {
        self.stats.wiped += by.unsigned_abs();
        let Some(number) = self.mirror.numbers.get(&(shop, variant.to_owned())) else { return };
        let Some(id) = self.mirror.link_of.get(number) else { return };
        let founded = self.mirror.links.get(id).is_some_and(|link| Mirror::base(link, *number).is_some());
        // What a side holds with which nothing was agreed on is no part of the balance, nor is what is lost there.
        if let (true, Some(god)) = (founded, self.gods.get_mut(id)) {
            god.truth -= by;
            god.lost += by;
        }
    }

    /// What a shop really holds of a variant.
    pub fn holds(&self, shops: &[Shop], variant: VariantId) -> Option<i64> {
        let (shop, id) = self.mirror.variants.get(&variant)?;
        let (item, var) = shops[*shop].find(id)?;
        Some(shops[*shop].total(item, var))
    }

    /// What our attempts under way have added to a variant already.
    fn ahead(&self, variant: VariantId) -> i64 {
        let open = self.mirror.open.iter().filter(|(job, step)| self.mirror.aim(*job, *step) == Some(variant));
        open.filter_map(|(job, step)| self.meant_by(*job, *step, variant))
            .map(|meant| meant.by * i64::from(meant.applied))
            .sum()
    }

    fn meant_by(&self, job: JobId, step: StepIndex, variant: VariantId) -> Option<&Meant> {
        let key = self.mirror.key(job, step)?;
        let (_, remote) = self.mirror.variants.get(&variant)?;
        self.meant.get(&(key.to_owned(), remote.clone()))
    }

    /// What a member's shop holds beyond its base, our attempts left out.
    fn beyond(&self, shops: &[Shop], link: &Link, variant: VariantId) -> Option<i64> {
        let base = Mirror::base(link, variant)?;
        Some(self.holds(shops, variant)? - base - self.ahead(variant))
    }

    fn balance(&self, shops: &[Shop], link: &Link) -> Option<i64> {
        let available = link.available?.whole()?;
        let beyond: i64 = link.members.iter().filter_map(|m| self.beyond(shops, link, m.variant)).sum();
        Some(available + beyond)
    }

    /// I1 and I2, for all links. Called after everything that happens.
    pub fn weigh(&self, shops: &[Shop]) -> Result<(), String> {
        for link in self.mirror.links.values() {
            let (Some(balance), Some(god)) = (self.balance(shops, link), self.gods.get(&link.id)) else { continue };
            if balance != god.truth {
                return Err(format!(
                    "I1: {} comes to {balance} and should come to {}: {}",
                    link.id,
                    god.truth,
                    self.told(shops, link)
                ));
            }
        }
        Ok(())
    }

    pub fn told(&self, shops: &[Shop], link: &Link) -> String {
        let member = |m: &LinkMember| {
            let base = m.base.map_or("?".to_owned(), |base| base.to_string());
            let holds = self.holds(shops, m.variant).unwrap_or_default();
            let name = &self.mirror.variants[&m.variant].1;
            format!("{name} holds {holds}, base {base}, ahead {}", self.ahead(m.variant))
        };
        let members: Vec<_> = link.members.iter().map(member).collect();
        let available = link.available.map_or("?".to_owned(), |available| available.to_string());
        format!("{} available; {}", available, members.join("; "))
    }

    /// Takes in what was journalled, and says what is wrong with it.
    pub fn heard(&mut self, shops: &[Shop], entries: &[Entry]) -> Result<(), String> {
        self.stats.commits += 1;
        let before: BTreeMap<LinkId, Link> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::LinkKept(link) => self.mirror.links.get(&link.id).map(|link| (link.id, link.clone())),
                _ => None,
            })
            .collect();
        let beyond_before: BTreeMap<VariantId, i64> = before
            .values()
            .flat_map(|link| link.members.iter().map(move |member| (link, member.variant)))
            .filter_map(|(link, variant)| Some((variant, self.beyond(shops, link, variant)?)))
            .collect();
        let verdicts = self.verdicts(entries);
        for entry in entries {
            self.mirror.take(entry);
        }
        if let Some(complaint) = self.mirror.complaints.pop() {
            return Err(complaint);
        }
        self.one_attempt_each()?;
        let mut kept: Vec<LinkId> = entries
            .iter()
            .filter_map(|entry| if let Entry::LinkKept(link) = entry { Some(link.id) } else { None })
            .collect();
        kept.dedup();
        for id in kept {
            let Some(link) = self.mirror.links.get(&id).cloned() else { continue };
            self.judge(shops, before.get(&id), &link, &beyond_before, &verdicts, entries)?;
        }
        // A verdict without a change of the ledger: not applied, says the engine.
        for verdict in &verdicts {
            let touched = |entry: &Entry| {
                matches!(entry, Entry::LinkKept(link)
                if link.members.iter().any(|m| m.variant == verdict.variant))
            };
            if !entries.iter().any(touched)
                && let Some(link) = self.mirror.link(verdict.variant).cloned()
            {
                self.judge(shops, Some(&link), &link, &beyond_before, &verdicts, entries)?;
            }
        }
        self.gods.retain(|id, _| self.mirror.links.contains_key(id));
        self.weigh(shops)
    }

    fn verdicts(&mut self, entries: &[Entry]) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for entry in entries {
            let Entry::StepMoved { job, step, state } = entry else { continue };
            if matches!(state, StepState::Parked { .. }) {
                self.stats.parked += 1;
            }
            if !self.mirror.open.contains(&(*job, *step)) || matches!(state, StepState::Unknown { .. }) {
                continue;
            }
            let Some(variant) = self.mirror.aim(*job, *step) else { continue };
            let meant = self.meant_by(*job, *step, variant).cloned();
            let before = self.mirror.step(*job, *step).map(|step| step.state.clone());
            verdicts.push(Verdict {
                variant,
                meant,
                was_unknown: matches!(before, Some(StepState::Unknown { .. })),
                confirmed: matches!(state, StepState::Confirmed { .. }),
            });
        }
        verdicts
    }

    /// I10: no two attempts under way on one count.
    fn one_attempt_each(&self) -> Result<(), String> {
        let mut aims: Vec<VariantId> =
            self.mirror.open.iter().filter_map(|(job, step)| self.mirror.aim(*job, *step)).collect();
        let all = aims.len();
        aims.sort();
        aims.dedup();
        if aims.len() < all { Err("I10: two attempts are under way on one count".to_owned()) } else { Ok(()) }
    }

    /// Whether a link's ledger changed as it may.
    fn judge(
        &mut self,
        shops: &[Shop],
        before: Option<&Link>,
        link: &Link,
        beyond_before: &BTreeMap<VariantId, i64>,
        verdicts: &[Verdict],
        entries: &[Entry],
    ) -> Result<(), String> {
        let Some(balance) = self.balance(shops, link) else { return Ok(()) };
        let Some(god) = self.gods.get(&link.id).copied().filter(|_| before.is_some()) else {
            self.stats.links += 1;
            self.gods.insert(link.id, God { truth: balance, lost: 0 });
            return Ok(());
        };
        let before = before.unwrap_or(link);
        if before.available.is_none() || self.trusted(link, entries) || restored(before, link, entries) {
            self.gods.insert(link.id, God { truth: balance, lost: 0 });
            return Ok(());
        }
        self.was_so(shops, before, link, verdicts)?;
        let mut allowed = self.adjusted(link.id, entries);
        for member in &link.members {
            let was = Mirror::base(before, member.variant);
            match (was, member.base) {
                (None, Some(_)) => allowed += self.beyond(shops, link, member.variant).unwrap_or_default(),
                (Some(_), None) => allowed -= beyond_before.get(&member.variant).copied().unwrap_or_default(),
                _ => {}
            }
        }
        for member in before.members.iter().filter(|old| link.members.iter().all(|new| new.variant != old.variant)) {
            allowed -= beyond_before.get(&member.variant).copied().unwrap_or_default();
        }
        let mut left = balance - god.truth - allowed;
        if left != 0 {
            left -= self.confusion(shops, link, verdicts, left);
        }
        let mut lost = god.lost;
        if left != 0 && lost != 0 && left.signum() == lost.signum() && left.abs() <= lost.abs() {
            // A sale that fell into the window of a write of a total was found by its order.
            self.stats.repaired += left.unsigned_abs();
            lost -= left;
            left = 0;
        }
        if left < 0 && taken_off(link, entries) && self.sets_totals(shops, link) {
            // Taken for wiped out, and it was not: a fall and a rise between two looks hide each other.
            self.stats.overdone += left.unsigned_abs();
            left = 0;
        }
        if left != 0 {
            return Err(format!(
                "I1: {} went from {} to {balance}, {left} of it for no reason: {}",
                link.id,
                god.truth,
                self.told(shops, link)
            ));
        }
        self.gods.insert(link.id, God { truth: balance, lost });
        Ok(())
    }

    /// Rule 2 and I7: what is agreed on was really counted there, and since our last write.
    fn was_so(&self, shops: &[Shop], before: &Link, link: &Link, verdicts: &[Verdict]) -> Result<(), String> {
        for member in &link.members {
            let (was, is) = (Mirror::base(before, member.variant), Mirror::base(link, member.variant));
            let (Some(was), Some(is)) = (was, is) else { continue };
            let Some((shop, name)) = self.mirror.variants.get(&member.variant) else { continue };
            let shop = &shops[*shop];
            let Some((item, var)) = shop.find(name) else { continue };
            let written = verdicts.iter().any(|verdict| verdict.variant == member.variant);
            if was == is || written || self.ahead(member.variant) != 0 || shop.locations > 1 {
                continue;
            }
            let since = shop.items[item].vars[var].written_at.unwrap_or(0);
            if !shop.held_since(item, var, is, since) {
                return Err(format!("I7: {name} did not hold {is} since we wrote it last: {}", self.told(shops, link)));
            }
        }
        Ok(())
    }

    fn sets_totals(&self, shops: &[Shop], link: &Link) -> bool {
        let of = |member: &LinkMember| shops[shop_of(member.connection)].profile.stock_write;
        link.members.iter().any(|member| of(member) == StockWrite::Absolute)
    }

    /// The links whose truth is at stake still, and by how much: what writes of totals have wiped out for good.
    pub fn drift(&self) -> u64 {
        self.gods.values().map(|god| god.lost.unsigned_abs()).sum()
    }

    fn trusted(&self, link: &Link, entries: &[Entry]) -> bool {
        self.done(entries).any(|effect| matches!(effect, Effect::Trust { link: of, .. } if *of == link.id))
    }

    fn adjusted(&self, link: LinkId, entries: &[Entry]) -> i64 {
        let by = self.done(entries).filter_map(|effect| match effect {
            Effect::Adjust { link: of, by, .. } if *of == link => by.whole(),
            _ => None,
        });
        by.sum()
    }

    fn done<'a>(&'a self, entries: &'a [Entry]) -> impl Iterator<Item = &'a Effect> {
        entries.iter().filter_map(|entry| match entry {
            Entry::StepMoved { job, step, state: StepState::Confirmed { .. } } => {
                self.mirror.step(*job, *step).map(|step| &step.planned.effect)
            }
            _ => None,
        })
    }

    /// Where a shop takes no key, counts and orders are all there is to judge an attempt without an answer by, and what
    /// others did in its very moments may look like our write, or hide it: a sale of just that many where no orders are
    /// read, a correction by hand anywhere. What such verdicts did to the balance: the whole write, no more and no less.
    /// Where nobody did anything, the verdict has to be right.
    fn confusion(&mut self, shops: &[Shop], link: &Link, verdicts: &[Verdict], left: i64) -> i64 {
        let mut sum = 0;
        for verdict in verdicts.iter().filter(|verdict| link.members.iter().any(|m| m.variant == verdict.variant)) {
            let Some((shop, id)) = self.mirror.variants.get(&verdict.variant) else { continue };
            let shop = &shops[*shop];
            let Some((item, var)) = shop.find(id) else { continue };
            let applied = verdict.meant.as_ref().is_some_and(|meant| meant.applied > 0);
            if shop.profile.stock_write.has_key() || !verdict.was_unknown || verdict.confirmed == applied {
                continue;
            }
            let stirred = &shop.items[item].vars[var].stirred;
            match &verdict.meant {
                // Nobody but the dead process knows what it was about to write.
                None => sum += left,
                Some(meant) if stirred[meant.location] == meant.stirred => {}
                Some(meant) => sum += if verdict.confirmed { -meant.by } else { meant.by },
            }
        }
        self.stats.confused += u64::from(sum != 0);
        sum
    }

    /// L1: what every side shows when all is quiet. `told`: owed quantities are told by themselves.
    pub fn quiet(&mut self, shops: &[Shop], told: bool) -> Result<(), String> {
        self.weigh(shops)?;
        for link in self.mirror.links.values() {
            self.stats.right += 1;
            self.stats.left_out += link.members.iter().filter(|member| member.base.is_none()).count() as u64;
            let Some(available) = link.available.and_then(|available| available.whole()) else { continue };
            let still = link.paused || link.members.iter().any(|member| member.held.is_some());
            for member in &link.members {
                let shop = shop_of(member.connection);
                let Some(base) = Mirror::base(link, member.variant) else { continue };
                let holds = self.holds(shops, member.variant).unwrap_or_default();
                if holds != base && !still && self.is_counted(shops, member.variant) {
                    return Err(format!("L1: {} was not seen as it is: {}", link.id, self.told(shops, link)));
                }
                let shown = self.mirror.offer(shop).shown(counterpart::domain::Quantity::units(available));
                let right = shown.whole() == Some(holds) || (available < 0 && holds <= 0);
                let declined = self.mirror.declined.contains(&member.variant);
                if told && !still && !declined && !right && self.is_counted(shops, member.variant) {
                    return Err(format!("L1: {} is not right everywhere: {}", link.id, self.told(shops, link)));
                }
            }
        }
        Ok(())
    }

    pub fn is_counted(&self, shops: &[Shop], variant: VariantId) -> bool {
        let Some((shop, id)) = self.mirror.variants.get(&variant) else { return false };
        let Some((item, var)) = shops[*shop].find(id) else { return false };
        let item = &shops[*shop].items[item];
        item.vars[var].tracked && item.gone_at.is_none()
    }
}
