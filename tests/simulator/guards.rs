//! What a write must fulfil when it leaves us: I3, I6, I7, I8, I10.

use counterpart::domain::{Effect, JobKind, JobState, LinkId, StepState, VariantId};
use counterpart::platform::QuantityWrite;

use super::counter::{Read, expected};
use super::mirror::Mirror;
use super::world::{Event, Request, Sent, World};

impl World {
    /// `again`: this very batch was sent before.
    pub fn allowed(&self, request: &Request, write: &QuantityWrite, again: bool) -> Result<(), String> {
        let name = write.address.variant.as_str();
        let mirror = &self.checker.mirror;
        let what = |rule: &str, why: &str| Err(format!("{rule}: {name}, {:?}: {why}", write.change));
        let Some(sent) = mirror.keys.get(&request.key) else {
            return what("I3", "it is sent and does not stand in the journal");
        };
        let Some(number) = mirror.numbers.get(&(request.shop, name.to_owned())).copied() else {
            return what("I3", "it is written and was never seen");
        };
        let step = sent.steps.iter().find(|step| mirror.aim(sent.job, **step) == Some(number));
        let Some(step) = step.and_then(|step| mirror.step(sent.job, *step)) else {
            return what("I3", "no step of the batch is about it");
        };
        let open = match &step.state {
            StepState::InFlight { generation, count } | StepState::Unknown { generation, count, .. } => {
                Some((*generation, *count))
            }
            _ => None,
        };
        let Some((generation, count)) = open.filter(|(generation, _)| *generation == sent.generation) else {
            return what("I3", "its step does not stand as under way");
        };
        let _ = generation;
        if count.map(|count| count.read) != Some(expected(write)) {
            return what("I3", "the journal says that another count was read");
        }
        // The same intent under the same key, also where the process died before it was sent the first time.
        if again || matches!(step.state, StepState::Unknown { .. }) {
            return Ok(());
        }
        self.may_be_written(request, write, sent.job, number, &step.planned.effect)?;
        self.is_fresh(request, write)?;
        if self.is_on_its_way(request, name) {
            return what("I10", "another write of it is still on its way");
        }
        self.is_right(number, write)
    }

    /// I6.
    fn may_be_written(
        &self,
        _: &Request,
        write: &QuantityWrite,
        job: counterpart::domain::JobId,
        number: VariantId,
        effect: &Effect,
    ) -> Result<(), String> {
        let mirror = &self.checker.mirror;
        let name = write.address.variant.as_str();
        let state = mirror.jobs.get(&job).map(|known| known.job.state);
        if !matches!(state, Some(JobState::Queued | JobState::Running)) {
            return Err(format!("I6: {name} is written by a job that is {state:?}"));
        }
        let undoes = mirror.jobs.get(&job).is_some_and(|known| matches!(known.job.kind, JobKind::Undo { .. }));
        let Some(link) = mirror.link(number) else {
            if undoes {
                return Ok(());
            }
            return Err(format!("I6: {name} is written and not linked ({effect:?})"));
        };
        if link.paused {
            return Err(format!("I6: {name} is written although {} is paused", link.id));
        }
        if link.members.iter().any(|member| member.held.is_some()) {
            return Err(format!("I6: {name} is written although a person has to decide about {}", link.id));
        }
        Ok(())
    }

    /// I7: what is written follows from the newest read, and we have written nothing since.
    fn is_fresh(&self, request: &Request, write: &QuantityWrite) -> Result<(), String> {
        let shop = &self.shops[request.shop];
        let name = write.address.variant.as_str();
        let Some(location) = shop.location_number(&write.address.location) else { return Ok(()) };
        let place = (request.shop, name.to_owned(), location);
        let fresh = shop.find(name).is_some_and(|(item, _)| shop.items[item].mark.is_some());
        let reads = self.current(&place);
        let Some(newest) = reads.first() else {
            return if fresh { Ok(()) } else { Err(format!("I7: {name} is written and was never read")) };
        };
        let written = self.written.get(&place).copied().unwrap_or(0);
        if reads.iter().all(|read| read.writes != written) {
            return Err(format!("I7: {name} was not read since it was written last"));
        }
        let expected = expected(write);
        // A copy that nobody counts holds nothing.
        let read_as = |read: &Read| read.value.or(fresh.then_some(0));
        if !reads.iter().any(|read| read.writes == written && read_as(read) == expected.whole()) {
            let newest = newest.value.map_or("not counted".to_owned(), |value| value.to_string());
            return Err(format!("I7: {name} was read as {newest} and not as {expected}"));
        }
        Ok(())
    }

    fn is_on_its_way(&self, request: &Request, name: &str) -> bool {
        self.on_the_way().any(|other| {
            other.shop == request.shop
                && other.key != request.key
                // What was answered under its key already has no effect when it comes late.
                && !self.shops[request.shop].keys.contains_key(&other.key)
                && matches!(&other.what, Sent::Quantities(writes)
                    if writes.iter().any(|write| write.address.variant.as_str() == name))
        })
    }

    fn on_the_way(&self) -> impl Iterator<Item = &Request> {
        self.plans().filter_map(|event| if let Event::Lands(request) = event { Some(request) } else { None })
    }

    /// I8: no more is shown than is available, and nothing is pushed below zero.
    fn is_right(&self, number: VariantId, write: &QuantityWrite) -> Result<(), String> {
        let mirror = &self.checker.mirror;
        let name = write.address.variant.as_str();
        let Some(link) = mirror.link(number) else { return Ok(()) };
        let by = (write.change.target() - expected(write)).whole().unwrap_or(0);
        if by < 0 && write.change.target().is_negative() {
            return Err(format!("I8: {name} would be pushed below zero, to {}", write.change.target()));
        }
        let (Some(base), Some(available)) = (Mirror::base(link, number), link.available) else {
            return Err(format!("I6: {name} is written although its count is unknown"));
        };
        let Some((shop, _)) = mirror.variants.get(&number) else { return Ok(()) };
        let shown = mirror.offer(*shop).shown(available).whole().unwrap_or(0);
        if by > 0 && base + by > shown {
            return Err(format!("I8: {name} would show {} of {shown}", base + by));
        }
        let id: LinkId = link.id;
        if by == 0 {
            return Err(format!("I8: {name} of {id} is written and nothing is to be changed"));
        }
        Ok(())
    }
}
