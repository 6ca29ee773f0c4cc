//! Runs that are a part of another: arms that several ways are taken by at once, and journeys within journeys.

use model::{Note, RunId, StepReason};

use crate::entry::Occasion;
use crate::journey::Journey;
use crate::kinds::{Move, Target};
use crate::progress::{Filled, Run};
use crate::walk::Walk;

/// How deep runs may be parts of parts.
const DEPTH_MAX: u8 = 4;

/// Where a part begins, where it ends, and what it knows.
pub(crate) struct Part {
    /// The place of its first step.
    pub first: usize,
    /// The step before which it ends; arms have one.
    pub until: Option<Box<str>>,
    pub slots: Vec<Filled>,
}

impl Walk<'_> {
    /// Begins a part of this run and takes it as far as it goes; nothing where it would be nested too deep.
    pub fn begin_part(&mut self, journey: &Journey, part: Part) -> Option<RunId> {
        if self.run.depth >= DEPTH_MAX {
            return None;
        }
        let occasion = Occasion { event: None, strand: self.run.strand, conversation: self.run.conversation };
        let arm = part.until.is_some();
        let mut run = Run {
            key: self.run.key.clone(),
            entry: self.run.entry.clone(),
            channel: self.run.channel.clone(),
            heard: self.run.heard,
            slots: part.slots,
            parent: Some(self.run.id),
            until: part.until,
            depth: self.run.depth + 1,
            ..Run::begin(journey, self.journeys, occasion, self.ctx)
        };
        let (id, version) = (run.id, run.version);
        let around = self.journey.name.clone();
        let mut walk = Walk {
            journeys: self.journeys,
            journey,
            progress: &mut *self.progress,
            run: &mut run,
            ctx: self.ctx,
            event: self.event,
            requests: &mut *self.requests,
        };
        if !arm {
            walk.note(Note::JourneyStarted {
                run: id,
                journey: journey.name.clone(),
                version,
                event: around,
            });
        }
        let reason = if arm { StepReason::Continued } else { StepReason::Started };
        walk.follow(Move::Go(Target::Step(part.first), reason));
        self.progress.put(run);
        Some(id)
    }

    /// Whether a part has come to its end, or is not there any more.
    pub fn part_ended(&self, part: RunId) -> bool {
        self.progress.run(part).is_none_or(|run| run.ended.is_some())
    }

    /// What an arm found out becomes known to this run; the arm is gone.
    pub fn take_arm(&mut self, arm: RunId) {
        let Some(place) = self.progress.runs.iter().position(|run| run.id == arm) else { return };
        let arm = self.progress.runs.remove(place);
        for filled in arm.slots {
            let own = self.run.slots.iter().position(|own| own.slot == filled.slot);
            match own {
                Some(own) if self.run.slots[own].time >= filled.time => {}
                Some(own) => self.run.slots[own] = filled,
                None => self.run.slots.push(filled),
            }
        }
        self.run.conversation = self.run.conversation.or(arm.conversation);
        if arm.heard > self.run.heard {
            (self.run.heard, self.run.channel) = (arm.heard, arm.channel);
        }
    }
}
