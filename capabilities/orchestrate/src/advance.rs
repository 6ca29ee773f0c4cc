//! One customer's progress through one event, the passing of time, or the outcome of an effect.

use model::{Channel, ConversationId, Effect, Ending, Event, OutcomeKind, RunId, StrandId, Value};

use crate::entry::{self, Occasion};
use crate::in_flight;
use crate::journey::ExitRule;
use crate::kinds::{Said, Wake};
use crate::letter::reply_channel;
use crate::plan;
use crate::progress::{Progress, Run, WaitingFor};
use crate::request::{Context, Input, Request};
use crate::versions::Versions;
use crate::walk::Walk;
use crate::wish::CHANNEL_PREFERRED;

/// The event that brings a customer's message in, on whatever channel.
pub(crate) const MESSAGE: &str = "Message Received";
/// Timers that fire for one customer at one tick; what is left fires at the next.
const TIMERS_AT_ONCE_MAX: usize = 256;

/// Takes `progress` through `input` and returns what is to be done, in order. The same input on the same
/// progress gives the same requests under the same ids.
pub fn advance(
    progress: &mut Progress,
    versions: &Versions,
    input: Input<'_>,
    ctx: &Context<'_>,
) -> Vec<Request> {
    let mut work = Work { progress, versions, ctx, requests: Vec::new() };
    match input {
        Input::Event { event, strand } => work.event(event, strand),
        Input::Crossed { segment, entered, strand, happened } => {
            let occasion = Occasion { event: None, happened, strand, conversation: None };
            work.leave_by_rule(None);
            entry::enter_by_segment(&mut work, segment, entered, occasion);
        }
        Input::Time => work.time(),
        Input::Published => in_flight::apply(&mut work),
        Input::Settled { effect, outcome } => work.settled(effect, outcome),
        Input::Provided { run, value } => work.provided(run, value),
        Input::Admitted { journey, refusal } => work.admitted(journey, refusal),
        Input::Desk { conversation, action, by } => work.act(conversation, by, action),
    }
    if let Some(journeys) = versions.current() {
        plan::keep(work.progress, journeys, ctx);
    }
    work.requests
}

pub(crate) struct Work<'a> {
    pub progress: &'a mut Progress,
    pub versions: &'a Versions,
    pub ctx: &'a Context<'a>,
    pub requests: Vec<Request>,
}

impl Work<'_> {
    fn event(&mut self, event: &Event, strand: StrandId) {
        let is_message = &*event.name == MESSAGE;
        if is_message && !self.is_new(event, strand) {
            return;
        }
        let conversation = is_message.then(|| self.progress.join(event, strand, self.ctx));
        if &*event.name == CHANNEL_PREFERRED {
            self.progress.wish(event, strand, &mut self.requests);
        }
        self.leave_by_rule(Some(event));
        let staffed = conversation.is_some_and(|conversation| self.hear(conversation, event));
        let answering = conversation.and_then(|conversation| self.awaiting(conversation));
        if is_message && self.ctx.opted_out {
            // "Stop" is no answer, and whoever says it is not asked again.
            if let Some(run) = answering {
                self.walk(run, Some(event), |walk| walk.end(Ending::Stopped));
            }
            return;
        }
        let staffed = staffed || self.ask_for_person(event, strand, conversation);
        for run in self.awake() {
            if Some(run) == answering {
                self.answer(run, event);
            } else {
                self.wake(run, &Wake::Event(event), Some(event));
            }
        }
        if answering.is_none() && !(is_message && staffed) {
            entry::enter_by_event(self, event, Occasion::by(event, strand, conversation));
        }
    }

    fn time(&mut self) {
        plan::fire(self);
        for _ in 0..TIMERS_AT_ONCE_MAX {
            let awake = self.progress.under_way().filter(|run| !self.progress.is_held_up(run));
            let due = awake.filter_map(|run| Some((run.due()?, run.id)));
            let Some((_, run)) = due.filter(|(due, _)| *due <= self.ctx.now).min() else { break };
            if let Some(run) = self.progress.run_mut(run)
                && let Some(waiting) = &mut run.waiting
            {
                waiting.due = None;
            }
            self.wake(run, &Wake::Due, None);
        }
        self.desk_time();
    }

    fn settled(&mut self, effect: &Effect, outcome: &OutcomeKind) {
        if let Some(fallback) = self.progress.settle_fallback(effect.id, outcome) {
            self.walk_any(fallback.run, None, |walk| {
                walk.send_elsewhere(&effect.kind, effect.purpose, &fallback);
            });
        }
        let effect = effect.id;
        let waits = |run: &&Run| {
            let waiting = run.waiting.as_ref().map(|waiting| &waiting.for_what);
            matches!(waiting, Some(WaitingFor::Call { effect: own, .. }) if *own == effect)
        };
        let run = self.progress.under_way().find(waits).map(|run| run.id);
        if let Some(run) = run {
            self.wake(run, &Wake::Settled(outcome), None);
        }
    }

    fn provided(&mut self, run: RunId, value: &Value) {
        let waits = |own: &Run| matches!(own.waiting_for(), Some(WaitingFor::Provided { .. }));
        if self.progress.under_way().any(|own| own.id == run && waits(own)) {
            self.wake(run, &Wake::Provided(value), None);
        }
    }

    /// A message that is delivered twice is taken in once.
    fn is_new(&mut self, event: &Event, strand: StrandId) -> bool {
        let own = event.property("message_id");
        match own.as_text().or(event.message_id.as_deref()) {
            Some(id) => self.progress.hear(id, strand, self.ctx.now),
            None => true,
        }
    }

    fn leave_by_rule(&mut self, event: Option<&Event>) {
        for run in self.under_way() {
            self.walk(run, event, |walk| {
                let applies = |rule: &&ExitRule| {
                    rule.event.as_ref().is_none_or(|name| event.is_some_and(|event| *name == event.name))
                        && rule.when.as_ref().is_none_or(|when| walk.holds(when))
                };
                let rule = walk.journey.exits.iter().find(applies).map(ExitRule::sentence);
                if let Some(rule) = rule {
                    walk.end(Ending::ExitRule { rule: rule.into() });
                }
            });
        }
    }

    /// The run that a message in this conversation answers: the last one to ask there.
    fn awaiting(&self, conversation: ConversationId) -> Option<RunId> {
        let asked =
            self.progress.under_way().filter(|run| run.conversation == Some(conversation)).filter_map(
                |run| {
                    let waiting = run.waiting.as_ref()?;
                    waiting.for_what.is_for_customer().then_some((waiting.since, run.id))
                },
            );
        asked.max().map(|(_, run)| run)
    }

    fn answer(&mut self, run: RunId, event: &Event) {
        let text = event.property("text").as_text().unwrap_or_default().to_owned();
        let said = Said { channel: event.stamp.channel.clone(), text };
        let (channel, now) = (self.reply_channel(&said.channel), self.ctx.now);
        if let Some(run) = self.progress.run_mut(run) {
            run.channel = channel;
            run.heard = now;
        }
        self.wake(run, &Wake::Answer(&said), Some(event));
    }

    /// The runs under way, without those that must keep still while people have their conversation.
    fn awake(&self) -> Vec<RunId> {
        let awake = self.progress.under_way().filter(|run| !self.progress.is_held_up(run));
        awake.map(|run| run.id).collect()
    }

    /// The channel by which one answers somebody who was last on `channel`.
    pub(crate) fn reply_channel(&self, channel: &Channel) -> Channel {
        match self.versions.current() {
            Some(journeys) => reply_channel(channel, &journeys.channels, self.ctx),
            None => channel.clone(),
        }
    }

    fn under_way(&self) -> Vec<RunId> {
        self.progress.under_way().map(|run| run.id).collect()
    }

    pub(crate) fn wake(&mut self, run: RunId, wake: &Wake<'_>, event: Option<&Event>) {
        self.walk(run, event, |walk| {
            if let Some(step) = walk.journey.step(&walk.run.step) {
                let moved = step.step.wake(walk, wake);
                walk.follow(moved);
            }
        });
    }

    /// Takes a run under way out of the progress, does `act` with it, and puts it back. A run whose version is
    /// not at hand stays as it is, until the version is.
    pub fn walk(&mut self, id: RunId, event: Option<&Event>, act: impl FnOnce(&mut Walk<'_>)) {
        if self.progress.under_way().any(|run| run.id == id) {
            self.walk_any(id, event, act);
        }
    }

    /// The same with a run that may have ended.
    fn walk_any(&mut self, id: RunId, event: Option<&Event>, act: impl FnOnce(&mut Walk<'_>)) {
        let Some(place) = self.progress.runs.iter().position(|run| run.id == id) else { return };
        let pinned = (self.progress.runs[place].version, self.progress.runs[place].journey.clone());
        let Some(journeys) = self.versions.get(pinned.0) else { return };
        let Some(journey) = journeys.get(&pinned.1) else { return };
        let mut run = self.progress.runs.remove(place);
        let mut walk = Walk {
            journeys,
            journey,
            progress: self.progress,
            run: &mut run,
            ctx: self.ctx,
            event,
            requests: &mut self.requests,
        };
        act(&mut walk);
        let (ended, parent) = (run.ended.is_some(), run.parent);
        self.progress.put(run);
        if ended {
            self.end_parts(id);
            if let Some(parent) = parent {
                self.wake(parent, &Wake::Part, event);
            }
        }
    }

    /// What was a part of a run ends with it.
    pub fn end_parts(&mut self, run: RunId) {
        let parts: Vec<RunId> =
            self.progress.under_way().filter(|own| own.parent == Some(run)).map(|own| own.id).collect();
        for part in parts {
            self.walk(part, None, |walk| walk.end(Ending::WithParent));
        }
        self.progress.runs.retain(|own| !(own.is_arm() && own.parent == Some(run)));
    }
}
