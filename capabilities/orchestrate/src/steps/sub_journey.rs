//! `sub_journey`: another journey of the catalogue, as a step of this one: it begins with what is known here, and what
//! it found out is known here when it ends.

use std::collections::BTreeMap;

use model::{Ending, Problem, RunId, SlotSource, StepReason};
use rules::Program;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::journeys::Journeys;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::parts::Part;
use crate::progress::{Filled, Waiting, WaitingFor};
use crate::walk::Walk;

pub(crate) const KIND: Kind = Kind {
    name: "sub_journey",
    compile,
    schema: |generator| <Definition as JsonSchema>::json_schema(generator),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The name of the other journey.
    journey: String,
    /// Its slots that are known here, each with an expression.
    #[serde(default)]
    with: BTreeMap<String, String>,
    /// Slots of this journey to fill, each with the slot of the other that has the value.
    #[serde(default)]
    save: BTreeMap<String, String>,
    /// Where to go when the other ended neither by its last step nor by a goal; the next step unless stated.
    #[serde(default)]
    on_unfinished: Option<String>,
}

#[derive(Debug)]
struct SubJourney {
    journey: Box<str>,
    with: Vec<(Box<str>, Program)>,
    /// The own slot and the other journey's.
    save: Vec<(Box<str>, Box<str>)>,
    on_unfinished: Target,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let mut with = Vec::new();
    for (slot, source) in &definition.with {
        let path = compiler.at(&format!("with.{slot}"));
        with.push((slot.as_str().into(), compiler.compiler.expression(&path, source, None)?));
    }
    let mut save = Vec::new();
    for (own, other) in &definition.save {
        save.push((compiler.slot("save", own)?, other.as_str().into()));
    }
    let on_unfinished = compiler.target("on_unfinished", definition.on_unfinished.as_ref())?;
    let journey = definition.journey.into();
    Some(Box::new(SubJourney { journey, with, save, on_unfinished, next: compiler.next }))
}

impl Step for SubJourney {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        // That the journey exists is checked when the catalogue is published.
        let Some(other) = walk.journeys.get(&self.journey) else {
            return Move::End(Ending::Endless { step: walk.run.step.clone() });
        };
        let now = walk.ctx.now;
        let known = self.with.iter().filter_map(|(name, program)| {
            let value = other.slot(name)?.accept(&walk.value(program), now)?;
            let source = SlotSource::Journey { journey: walk.journey.name.clone() };
            Some(Filled { slot: name.clone(), value, source, channel: None, time: now })
        });
        let slots = known.collect();
        match walk.begin_part(other, Part { first: 0, until: None, slots }) {
            Some(run) if walk.part_ended(run) => self.go_on(walk, run),
            Some(run) => {
                let for_what = WaitingFor::Runs { runs: vec![run] };
                Move::Wait(Waiting { for_what, since: now, due: None })
            }
            None => Move::End(Ending::Endless { step: walk.run.step.clone() }),
        }
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match (wake, walk.run.waiting_for()) {
            (Wake::Part, Some(WaitingFor::Runs { runs })) => match runs.first().copied() {
                Some(run) if walk.part_ended(run) => self.go_on(walk, run),
                Some(_) | None => Move::Ignore,
            },
            _ => Move::Ignore,
        }
    }

    fn ways(&self) -> Vec<Way> {
        let unfinished = Way::when("not finished", self.on_unfinished);
        [Way::on(self.next)]
            .into_iter()
            .chain((self.on_unfinished != self.next).then_some(unfinished))
            .collect()
    }

    fn summary(&self) -> String {
        format!("The journey {}", self.journey)
    }

    fn waits(&self) -> bool {
        // It may pass without waiting, so a circle through it alone is refused.
        false
    }

    fn starts(&self) -> Option<(&str, Vec<&str>)> {
        let given = self.with.iter().map(|(name, _)| &**name);
        Some((&self.journey, given.chain(self.save.iter().map(|(_, other)| &**other)).collect()))
    }

    fn fills(&self) -> Vec<&str> {
        self.save.iter().map(|(own, _)| &**own).collect()
    }
}

impl SubJourney {
    fn go_on(&self, walk: &mut Walk<'_>, run: RunId) -> Move {
        let Some(part) = walk.progress.run(run).cloned() else {
            return Move::Go(self.on_unfinished, StepReason::Continued);
        };
        for (own, other) in &self.save {
            let slot = walk.journey.slot(own);
            let value = part.slot(other).and_then(|filled| slot?.accept(&filled.value, walk.ctx.now));
            if let Some(value) = value {
                walk.fill(own, value, SlotSource::Journey { journey: self.journey.clone() }, None);
            }
        }
        walk.run.conversation = walk.run.conversation.or(part.conversation);
        (walk.run.channel, walk.run.heard) = (part.channel, part.heard);
        let how = part.ended.map_or(Ending::Finished, |ended| ended.how);
        let next = match &how {
            Ending::Finished | Ending::Goal { .. } => self.next,
            _ => self.on_unfinished,
        };
        Move::Go(next, StepReason::SubJourneyEnded { journey: self.journey.clone(), how: Box::new(how) })
    }
}

/// That every journey within a journey exists, has the slots it is given and asked for, and is not around itself.
pub(crate) fn check_references(journeys: &Journeys, problems: &mut Vec<Problem>) {
    for journey in journeys.by_name.values() {
        for step in &journey.steps {
            let Some((other, slots)) = step.step.starts() else { continue };
            let mut problem = |field: &str, message: String, remedy: String| {
                let path = format!("steps.{}.{field}", step.id);
                problems.push(Problem::new(&journey.file, path, message, remedy));
            };
            let Some(found) = journeys.get(other) else {
                let known: Vec<&str> = journeys.by_name.keys().map(|name| &**name).collect();
                let remedy = format!("Name one of: {}", known.join(", "));
                problem("journey", format!("there is no journey `{other}`"), remedy);
                continue;
            };
            for slot in slots.iter().filter(|slot| found.slot(slot).is_none()) {
                let known: Vec<&str> = found.slots.iter().map(|slot| &*slot.name).collect();
                let remedy = format!("`{other}` has: {}", known.join(", "));
                problem("journey", format!("`{other}` has no slot `{slot}`"), remedy);
            }
            if leads_to(journeys, other, &journey.name) {
                let message = format!("`{other}` leads back to this journey");
                problem("journey", message, "Leave it out here or there".into());
            }
        }
    }
}

/// Whether `from` is `to`, or starts it within itself at whatever depth.
fn leads_to(journeys: &Journeys, from: &str, to: &str) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while let Some(name) = seen.get(next).copied() {
        if name == to {
            return true;
        }
        let steps = journeys.get(name).into_iter().flat_map(|journey| &journey.steps);
        let found = steps.filter_map(|step| step.step.starts()).map(|(other, _)| other);
        let fresh: Vec<&str> = found.filter(|other| !seen.contains(other)).collect();
        seen.extend(fresh);
        next += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const OUTER: &str = "
slots:
  room: {type: text}
  seats: {type: int, from: entry.properties.number}
steps:
  - {id: which, kind: sub_journey, journey: inner, with: {known: entry.properties.number}, save: {room: room}, on_unfinished: sorry}
  - {id: say, kind: message, text: 'The {{ slots.room }} it is', next: end}
  - {id: sorry, kind: message, text: Another time}
";
    const INNER: &str = "name: inner
title: Inner
entry: {request: {}}
slots:
  room: {type: text, ask: Which room?}
  known: {type: int, ask: How many?}
steps:
  - {id: ask, kind: ask, slots: [known, room], timeout: 1h}
";

    #[test]
    fn it_knows_what_is_known_and_gives_back_what_it_found_out() {
        check(
            &[&journey(OUTER), INNER],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":2}
               10:01:00 webchat says the kitchen"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “which” of “test”: the journey begins here.)
                10:00:00 (“test” started the journey “inner” (version 1).)
                10:00:00 (Reached “ask” of “inner”: the journey begins here.)
                10:00:00 chat: Which room?
                10:00:00 (Asked for “room” by web chat.)
                10:01:00 (“room” is known: the customer answered by web chat.)
                10:01:00 (The journey “inner” ended: its last step was done.)
                10:01:00 (“room” is known: the journey “inner” knew it.)
                10:01:00 (Reached “say” of “test”: “inner” ended: its last step was done.)
                10:01:00 chat: The the kitchen it is
                10:01:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn one_that_does_not_finish_goes_its_own_way() {
        check(
            &[&journey(OUTER), INNER],
            Show::Ends,
            r#"10:00:00 webchat does Go {"number":2}
               11:00:00 tick"#,
            expect![[r#"
                10:00:00 chat: Which room?
                11:00:00 (The journey “inner” ended: no answer came at “ask”.)
                11:00:00 chat: Another time
                11:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[
                &journey(
                    "slots:\n  a: {type: int}\nsteps:\n  - {id: a, kind: sub_journey, journey: inner, with: {colour: entry.properties.kind}, save: {a: b}}\n  - {id: b, kind: sub_journey, journey: outer}\n",
                ),
                INNER,
                "name: round\ntitle: Round\nentry: {event: Go}\nsteps:\n  - {id: a, kind: sub_journey, journey: about}\n",
                "name: about\ntitle: About\nentry: {event: Go}\nsteps:\n  - {id: a, kind: sub_journey, journey: round}\n",
            ],
            expect![[r#"
                journeys/3.yaml: steps.a.journey: `round` leads back to this journey. Leave it out here or there
                journeys/2.yaml: steps.a.journey: `about` leads back to this journey. Leave it out here or there
                journeys/0.yaml: steps.a.journey: `inner` has no slot `colour`. `inner` has: known, room
                journeys/0.yaml: steps.a.journey: `inner` has no slot `b`. `inner` has: known, room
                journeys/0.yaml: steps.b.journey: there is no journey `outer`. Name one of: about, inner, round, test
            "#]],
        );
    }
}
