//! Why an event does, or does not, start a run: each of a journey's entries looked at anew, with what its condition read.

use model::{EntryRefusal, Event, Timestamp, Value};
use rules::{Program, Symbols};
use serde::Serialize;

use crate::advance::Work;
use crate::entry;
use crate::progress::Progress;
use crate::request::Context;
use crate::sight::{Facts, Sight};
use crate::trigger::{Crossing, Entry, Trigger};
use crate::versions::Versions;

/// One entry of a journey, for one event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryExplained {
    /// What the entry waits for, such as `Order Completed`.
    pub entry: String,
    pub verdict: EntryVerdict,
    /// The entry's condition, where it has one and it was looked at.
    pub condition: Option<ConditionExplained>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum EntryVerdict {
    Starts,
    /// The event came by a channel that does not count.
    OtherChannel {
        channel: String,
        wanted: Vec<String>,
    },
    ConditionFails,
    Refused {
        refusal: EntryRefusal,
    },
}

/// A condition with the values it read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionExplained {
    pub source: String,
    pub holds: bool,
    /// What kept it from being decided.
    pub doubt: Option<String>,
    /// By name; what is not known is null.
    pub values: Vec<(String, Value)>,
}

/// What else lets customers into a journey, and how it stands with this one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WayIn {
    pub entry: String,
    /// In a plain sentence.
    pub standing: String,
    /// When a schedule is due next.
    pub due: Option<Timestamp>,
}

/// Every entry of `journey` by an event of this name, looked at as when the event came. `progress` is as it was before.
pub fn explain_event(
    progress: &Progress,
    versions: &Versions,
    journey: &str,
    event: &Event,
    symbols: &Symbols,
    ctx: &Context<'_>,
) -> Vec<EntryExplained> {
    let Some((journeys, own)) = versions.current().and_then(|all| Some((all, all.get(journey)?))) else {
        return Vec::new();
    };
    let mut progress = progress.clone();
    let work = Work { progress: &mut progress, versions, ctx, requests: Vec::new() };
    let concerns = |entry: &&Entry| match &entry.trigger {
        Trigger::Event(name) => *name == event.name,
        Trigger::Request => entry.is_meant(event, &own.name),
        Trigger::Segment { .. } | Trigger::Schedule(_) => false,
    };
    let facts = Facts::default();
    let sight = Sight {
        outer: ctx.environment,
        names: &journeys.names,
        slots: &[],
        entry: &[],
        event: Some(event),
        facts: &facts,
    };
    let explained = own.entries.iter().filter(concerns).map(|entry| {
        let condition = entry.when.as_ref().map(|when| explain_condition(when, &sight, symbols));
        let channel = &event.stamp.channel;
        let verdict = if !entry.channels.is_empty() && !entry.channels.contains(channel) {
            let wanted = entry.channels.iter().map(ToString::to_string).collect();
            EntryVerdict::OtherChannel { channel: channel.to_string(), wanted }
        } else if condition.as_ref().is_some_and(|condition| !condition.holds) {
            EntryVerdict::ConditionFails
        } else {
            match entry::admit(&work, journeys, own, entry, Some(event)) {
                Ok(_) => EntryVerdict::Starts,
                Err(refusal) => EntryVerdict::Refused { refusal },
            }
        };
        EntryExplained { entry: entry.sentence(), verdict, condition }
    });
    explained.collect()
}

/// The ways into a journey, and how it stands with each: `came` tells how often an event came.
pub fn ways_in(
    progress: &Progress,
    versions: &Versions,
    journey: &str,
    came: impl Fn(&str) -> u64,
    in_segment: impl Fn(&str) -> bool,
) -> Vec<WayIn> {
    let Some(own) = versions.current().and_then(|journeys| journeys.get(journey)) else { return Vec::new() };
    let stands = |(place, entry): (usize, &Entry)| {
        let mut due = None;
        let standing = match &entry.trigger {
            Trigger::Event(event) => match came(event) {
                0 => format!("“{event}” never came"),
                1 => format!("“{event}” came once"),
                count => format!("“{event}” came {count} times"),
            },
            Trigger::Request => "it is asked for over the API".to_owned(),
            Trigger::Segment { segment, on } => match (in_segment(segment), on) {
                (true, Crossing::Entering) => format!("the customer is in “{segment}” already"),
                (true, Crossing::Leaving) => format!("the customer is in “{segment}” still"),
                (false, Crossing::Entering) => format!("the customer is not in “{segment}”"),
                (false, Crossing::Leaving) => {
                    format!("the customer is not in “{segment}”, so cannot leave it")
                }
            },
            Trigger::Schedule(_) => {
                let planned = progress.plan.iter().flat_map(|plan| &plan.due);
                let mut same = planned
                    .filter(|planned| *planned.journey == *own.name && usize::from(planned.entry) == place);
                due = same.next().map(|planned| planned.due);
                match due {
                    Some(due) => format!("it is due at {due}"),
                    None => "it does not come again".to_owned(),
                }
            }
        };
        WayIn { entry: entry.sentence(), standing, due }
    };
    own.entries.iter().enumerate().map(stands).collect()
}

fn explain_condition(when: &Program, sight: &Sight<'_>, symbols: &Symbols) -> ConditionExplained {
    use rules::Environment;
    let verdict = when.holds(sight);
    let fields = when.reads().fields.iter().map(|slot| {
        let name = symbols.fields().get(usize::from(slot.0)).map(ToString::to_string).unwrap_or_default();
        (name, sight.field(*slot).into_owned())
    });
    let segments = when.reads().segments.iter().map(|slot| {
        let name = symbols.segments().get(usize::from(slot.0)).map(ToString::to_string).unwrap_or_default();
        (format!("in_segment({name:?})"), Value::Bool(sight.in_segment(*slot)))
    });
    ConditionExplained {
        source: when.source().to_owned(),
        holds: verdict.holds,
        doubt: verdict.doubt.map(|doubt| doubt.to_string()),
        values: fields.chain(segments).collect(),
    }
}

impl EntryExplained {
    /// In a plain sentence.
    pub fn sentence(&self) -> String {
        let known = |condition: &ConditionExplained| {
            let values: Vec<String> = condition
                .values
                .iter()
                .map(|(name, value)| match value {
                    Value::Null => format!("{name} is not known"),
                    value => format!("{name} was {}", value.plain()),
                })
                .collect();
            if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
        };
        match (&self.verdict, &self.condition) {
            (EntryVerdict::Starts, _) => "a run began".into(),
            (EntryVerdict::OtherChannel { channel, wanted }, _) => {
                format!("it came by {channel}, and only {} counts", wanted.join(", "))
            }
            (EntryVerdict::ConditionFails, Some(condition)) => {
                format!("`{}` did not hold{}", condition.source, known(condition))
            }
            (EntryVerdict::ConditionFails, None) => "its condition did not hold".into(),
            (EntryVerdict::Refused { refusal }, _) => refusal.sentence(),
        }
    }
}
