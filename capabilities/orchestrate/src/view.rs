//! Where a customer is in each journey, and why: for the studio and for every touchpoint.

use model::{Channel, ConversationId, Ending, RunId, SlotSource, StepReason, StrandId, Timestamp, Value};
use serde::Serialize;

use crate::journey::Journey;
use crate::progress::{Progress, Run, Waiting, WaitingFor};
use crate::versions::Versions;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunView {
    pub run: RunId,
    pub journey: String,
    pub title: String,
    pub version: u32,
    pub strand: StrandId,
    pub conversation: Option<ConversationId>,
    pub channel: Channel,
    pub started: Timestamp,
    pub step: String,
    pub step_kind: Option<&'static str>,
    /// What the step does.
    pub summary: Option<String>,
    pub waiting: Option<WaitingView>,
    pub slots: Vec<SlotView>,
    /// Slots without a value.
    pub missing: Vec<OpenSlotView>,
    pub history: Vec<VisitView>,
    pub ended: Option<EndedView>,
    /// The run it is a part of.
    pub parent: Option<RunId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingView {
    /// Such as `the answer to “size”`.
    pub what: String,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotView {
    pub slot: String,
    pub label: String,
    pub value: Value,
    pub source: SlotSource,
    pub channel: Option<Channel>,
    pub time: Timestamp,
}

/// What a journey wants to know and does not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenSlotView {
    pub slot: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitView {
    pub step: String,
    pub time: Timestamp,
    pub reason: StepReason,
    pub sentence: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndedView {
    pub time: Timestamp,
    pub how: Ending,
    pub sentence: String,
}

/// Every run that is kept: those under way first, each group by its start.
pub fn where_now(progress: &Progress, versions: &Versions) -> Vec<RunView> {
    let mut runs: Vec<&Run> = progress.runs().iter().collect();
    runs.sort_by_key(|run| (run.ended.is_some(), run.started, run.id));
    let journey = |run: &Run| versions.get(run.version).and_then(|journeys| journeys.get(&run.journey));
    runs.into_iter().map(|run| view(run, journey(run))).collect()
}

fn view(run: &Run, journey: Option<&Journey>) -> RunView {
    let step = journey.and_then(|journey| journey.step(&run.step));
    let label = |name: &str| {
        journey.and_then(|journey| journey.slot(name)).map_or(name.to_owned(), |slot| slot.label.to_string())
    };
    let slots = run.slots.iter().map(|filled| SlotView {
        slot: filled.slot.to_string(),
        label: label(&filled.slot),
        value: filled.value.clone(),
        source: filled.source.clone(),
        channel: filled.channel.clone(),
        time: filled.time,
    });
    let missing = journey
        .into_iter()
        .flat_map(|journey| &journey.slots)
        .filter(|slot| run.slot(&slot.name).is_none())
        .map(|slot| OpenSlotView { slot: slot.name.to_string(), label: slot.label.to_string() });
    let history = run.history.iter().map(|visit| VisitView {
        step: visit.step.to_string(),
        time: visit.time,
        reason: visit.reason.clone(),
        sentence: visit.reason.sentence(),
    });
    RunView {
        run: run.id,
        journey: run.journey.to_string(),
        title: journey.map_or_else(|| run.journey.to_string(), |journey| journey.title.to_string()),
        version: run.version,
        strand: run.strand,
        conversation: run.conversation,
        channel: run.channel.clone(),
        started: run.started,
        step: run.step.to_string(),
        step_kind: step.map(|step| step.kind),
        summary: step.map(|step| step.step.summary()),
        waiting: run.waiting.as_ref().map(|waiting| waiting_view(waiting, label)),
        slots: slots.collect(),
        missing: missing.collect(),
        history: history.collect(),
        ended: run.ended.as_ref().map(|ended| EndedView {
            time: ended.time,
            how: ended.how.clone(),
            sentence: ended.how.sentence(),
        }),
        parent: run.parent,
    }
}

fn waiting_view(waiting: &Waiting, label: impl Fn(&str) -> String) -> WaitingView {
    let what = match &waiting.for_what {
        WaitingFor::Time { after } => format!("{after} to pass"),
        WaitingFor::Event { event } => format!("“{event}”"),
        WaitingFor::Answer { slot, .. } => format!("the answer to “{}”", label(slot)),
        WaitingFor::Call { endpoint, .. } => format!("the answer of {endpoint}"),
        WaitingFor::Article { shown, .. } => format!("the customer to say whether “{shown}” helped"),
        WaitingFor::Provided { what } => what.to_string(),
        WaitingFor::Agent { queue, .. } => format!("an agent of {queue} to be done"),
        WaitingFor::Desk { .. } => "people to be done with the conversation".into(),
        WaitingFor::Clock { at } => at.to_string(),
        WaitingFor::Runs { runs } if runs.len() == 1 => "a run within this one".into(),
        WaitingFor::Runs { runs } => format!("{} runs within this one", runs.len()),
    };
    WaitingView { what, since: waiting.since, until: waiting.due }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::where_now;
    use crate::world::{Show, World, journey};

    #[test]
    fn it_tells_where_a_run_stands_and_why() {
        let ask = "slots:\n  a: {type: int, ask: How many?, label: the number}\n  b: {type: text, ask: And?}\nsteps:\n  - {id: pause, kind: wait, for: 1m}\n  - {id: ask, kind: ask, slots: [a, b]}\n";
        let journey = journey(ask);
        let mut world = World::new(&[&journey], Show::Ends);
        world.run("10:00:00 webchat does Go\n10:01:00 tick\n10:02:00 webchat says 3");
        let views = where_now(&world.progress, &world.versions);
        let mut json = serde_json::to_value(&views).unwrap();
        for id in ["run", "conversation"] {
            json[0][id] = "…".into();
        }
        expect![[r#"
            [
              {
                "channel": "webchat",
                "conversation": "…",
                "ended": null,
                "history": [
                  {
                    "reason": {
                      "reason": "started"
                    },
                    "sentence": "the journey begins here",
                    "step": "pause",
                    "time": "2026-03-11T10:00:00.000Z"
                  },
                  {
                    "reason": {
                      "after": "1m",
                      "reason": "time_over"
                    },
                    "sentence": "1m passed",
                    "step": "ask",
                    "time": "2026-03-11T10:01:00.000Z"
                  }
                ],
                "journey": "test",
                "missing": [
                  {
                    "label": "b",
                    "slot": "b"
                  }
                ],
                "parent": null,
                "run": "…",
                "slots": [
                  {
                    "channel": "webchat",
                    "label": "the number",
                    "slot": "a",
                    "source": {
                      "from": "answer"
                    },
                    "time": "2026-03-11T10:02:00.000Z",
                    "value": 3
                  }
                ],
                "started": "2026-03-11T10:00:00.000Z",
                "step": "ask",
                "step_kind": "ask",
                "strand": "str_0000000000001",
                "summary": "Ask for a, b",
                "title": "Test",
                "version": 1,
                "waiting": {
                  "since": "2026-03-11T10:02:00.000Z",
                  "until": "2026-04-10T10:02:00.000Z",
                  "what": "the answer to “b”"
                }
              }
            ]"#]]
        .assert_eq(&serde_json::to_string_pretty(&json).unwrap());
    }
}
