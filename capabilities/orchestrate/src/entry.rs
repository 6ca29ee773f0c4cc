//! Ways into a journey: which events start a run, and when a customer may come in again.

use model::{ConversationId, EntryRefusal, Event, Note, RunId, StepReason, StrandId, Value};

use crate::advance::Work;
use crate::journey::{Entry, Journey, ReentryRule};
use crate::journeys::Journeys;
use crate::kinds::{Move, Target};
use crate::progress::{Entered, RUNS_MAX, Run};
use crate::request::Request;
use crate::sight::{Facts, Sight};
use crate::walk::Walk;

/// Starts a run of every journey that the event starts, or notes why it does not.
pub(crate) fn enter(
    work: &mut Work<'_>,
    event: &Event,
    strand: StrandId,
    conversation: Option<ConversationId>,
) {
    let versions = work.versions;
    let Some(journeys) = versions.current() else { return };
    let Some(starts) = journeys.by_event.get(&event.name) else { return };
    let mut before = "";
    for (name, place) in starts {
        let Some(journey) = journeys.get(name).filter(|_| **name != *before) else { continue };
        let entry = &journey.entries[*place];
        if !is_meant(work, journeys, entry, event) {
            continue;
        }
        before = name;
        match admit(work, journeys, journey, entry, event) {
            Ok(key) => start(work, journeys, journey, Start { event, strand, conversation, key }),
            Err(reason) => {
                let note = Note::JourneyNotStarted { journey: name.clone(), reason };
                work.requests.push(Request::Note { strand, note });
            }
        }
    }
}

struct Start<'a> {
    event: &'a Event,
    strand: StrandId,
    conversation: Option<ConversationId>,
    key: Option<Box<str>>,
}

fn is_meant(work: &Work<'_>, journeys: &Journeys, entry: &Entry, event: &Event) -> bool {
    let here = entry.channels.is_empty() || entry.channels.contains(&event.stamp.channel);
    here && entry
        .when
        .as_ref()
        .is_none_or(|when| when.holds(&sight(work, journeys, event, &Facts::default())).holds)
}

/// The key of the new run, or why there is none.
fn admit(
    work: &Work<'_>,
    journeys: &Journeys,
    journey: &Journey,
    entry: &Entry,
    event: &Event,
) -> Result<Option<Box<str>>, EntryRefusal> {
    if work.ctx.now.since(event.stamp.time) > entry.max_age {
        return Err(EntryRefusal::TooOld { happened: event.stamp.time });
    }
    let key = match &journey.reentry {
        ReentryRule::Key(program) => program
            .value(&sight(work, journeys, event, &Facts::default()))
            .ok()
            .filter(|value| !value.is_null())
            .map(|value: Value| Box::<str>::from(value.plain())),
        ReentryRule::Always | ReentryRule::Never | ReentryRule::After(_) => None,
    };
    let before = work
        .progress
        .entered
        .iter()
        .filter(|entered| entered.journey == journey.name)
        .map(|entered| entered.time);
    match &journey.reentry {
        ReentryRule::Always => {}
        ReentryRule::Never => {
            if let Some(entered) = before.min() {
                return Err(EntryRefusal::OnceOnly { entered });
            }
        }
        ReentryRule::After(span) => {
            if let Some(entered) = before.max().filter(|entered| work.ctx.now < *entered + *span) {
                return Err(EntryRefusal::TooSoon { entered, again_at: entered + *span });
            }
        }
        ReentryRule::Key(_) => {
            let same = |entered: &&Entered| entered.journey == journey.name && entered.key == key;
            if let Some(key) =
                key.clone().filter(|_| work.progress.entered.iter().any(|entered| same(&entered)))
            {
                return Err(EntryRefusal::SameKey { key });
            }
        }
    }
    if let Some(run) = work.progress.under_way().find(|run| run.journey == journey.name && run.key == key) {
        return Err(EntryRefusal::Running { run: run.id });
    }
    if work.progress.under_way().count() >= RUNS_MAX { Err(EntryRefusal::TooManyRuns) } else { Ok(key) }
}

fn start(work: &mut Work<'_>, journeys: &Journeys, journey: &Journey, start: Start<'_>) {
    let Start { event, strand, conversation, key } = start;
    let ctx = work.ctx;
    let mut run = Run {
        id: RunId(ctx.new_id()),
        journey: journey.name.clone(),
        version: journeys.version,
        strand,
        key: key.clone(),
        started: ctx.now,
        entry: remembered(journey, event),
        channel: work.reply_channel(&event.stamp.channel),
        heard: ctx.now,
        conversation: conversation.or_else(|| work.progress.named_conversation(event)),
        step: Box::default(),
        waiting: None,
        slots: Vec::new(),
        history: Vec::new(),
        ended: None,
    };
    if let Some(id) = run.conversation {
        work.progress.name_conversation(id, &journey.title);
    }
    if !matches!(journey.reentry, ReentryRule::Always) {
        let entered = Entered { time: ctx.now, journey: journey.name.clone(), key, strand };
        work.progress.remember_entry(entered);
    }
    let (id, version) = (run.id, run.version);
    let mut walk = Walk {
        journeys,
        journey,
        progress: work.progress,
        run: &mut run,
        ctx,
        event: Some(event),
        requests: &mut work.requests,
    };
    let name = journey.name.clone();
    walk.note(Note::JourneyStarted { run: id, journey: name, version, event: event.name.clone() });
    walk.follow(Move::Go(Target::Step(0), StepReason::Started));
    work.progress.put(run);
}

fn remembered(journey: &Journey, event: &Event) -> Vec<(Box<str>, Value)> {
    let values = journey.remembers.iter().map(|path| (path.clone(), event.property(path)));
    values.filter(|(_, value)| !value.is_null()).collect()
}

fn sight<'a>(work: &'a Work<'_>, journeys: &'a Journeys, event: &'a Event, facts: &'a Facts) -> Sight<'a> {
    Sight {
        outer: work.ctx.environment,
        names: &journeys.names,
        slots: &[],
        entry: &[],
        event: Some(event),
        facts,
    }
}
