//! `wait`: lets time pass, or waits until something happens or for a time on a clock.

mod clock;

use model::{Event, Span, StepReason, TimeOfDay, Weekday};
use rules::Program;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::definition::OneOrMany;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::progress::{Waiting, WaitingFor};
use crate::schedule::Clock;
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "wait", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// How long, such as `2h`.
    #[serde(default, rename = "for")]
    #[schemars(with = "Option<String>")]
    for_span: Option<Span>,
    /// The event, or the first of several.
    #[serde(default)]
    until: OneOrMany<UntilDefinition>,
    /// How long to wait for it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    timeout: Option<Span>,
    /// Where to go when it does not come; the next step unless stated.
    #[serde(default)]
    on_timeout: Option<String>,
    /// The time of day to wait for, such as `09:00`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    at: Option<TimeOfDay>,
    /// The days of the week on which it may be.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    on: Vec<Weekday>,
    /// The day on which it is, such as `profile.traits.birthday`.
    #[serde(default)]
    date: Option<String>,
    /// So many days before that day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    before: Option<Span>,
    /// So many days after it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    after: Option<Span>,
    /// Whose clock: `customer`, unless stated, or an IANA zone.
    #[serde(default)]
    zone: Option<Clock>,
    /// Where to go when the day is not known or over; the next step unless stated.
    #[serde(default)]
    on_past: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UntilDefinition {
    event: String,
    /// A condition, such as `event.properties.order_id == entry.properties.order_id`.
    #[serde(default, rename = "where")]
    condition: Option<String>,
    /// Where to go then.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug)]
struct ForSpan {
    span: Span,
    next: Target,
}

#[derive(Debug)]
struct UntilEvent {
    until: Vec<Until>,
    timeout: Span,
    on_timeout: Target,
}

#[derive(Debug)]
struct Until {
    event: Box<str>,
    condition: Option<Program>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let has_until = !definition.until.0.is_empty();
    let by_clock = definition.at.is_some() || definition.date.is_some();
    match definition.for_span {
        None if by_clock && !has_until => clock::compile(&definition, compiler),
        Some(span)
            if !by_clock && !has_until && definition.timeout.is_none() && definition.on_timeout.is_none() =>
        {
            let path = compiler.at("for");
            compiler.compiler.positive(&path, span);
            Some(Box::new(ForSpan { span, next: compiler.next }))
        }
        None if has_until && !by_clock => compile_until(&definition, compiler),
        _ => {
            let remedy = "Write one of `for: 2h`, `at: \"09:00\"`, or `until: {event: …}` with `timeout: 7d`";
            compiler.problem("for", "it is not clear what to wait for", remedy);
            None
        }
    }
}

fn compile_until(definition: &Definition, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let on_timeout = compiler.target("on_timeout", definition.on_timeout.as_ref());
    let mut until = Vec::new();
    for own in &definition.until.0 {
        let path = compiler.at("until");
        compiler.compiler.event(&path, &own.event);
        let events = std::slice::from_ref(&own.event);
        let condition = match &own.condition {
            Some(source) => {
                Some(compiler.compiler.condition(&format!("{path}.where"), source, Some(events))?)
            }
            None => None,
        };
        let next = compiler.target("until.next", own.next.as_ref())?;
        until.push(Until { event: own.event.as_str().into(), condition, next });
    }
    let Some(timeout) = definition.timeout else {
        compiler.problem(
            "timeout",
            "a customer for whom it never comes would wait for ever",
            "Write `timeout`, such as 7d",
        );
        return None;
    };
    let path = compiler.at("timeout");
    compiler.compiler.positive(&path, timeout);
    Some(Box::new(UntilEvent { until, timeout, on_timeout: on_timeout? }))
}

impl Step for ForSpan {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let now = walk.ctx.now;
        let for_what = WaitingFor::Time { after: self.span };
        Move::Wait(Waiting { for_what, since: now, due: Some(now + self.span) })
    }

    fn wake(&self, _: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match wake {
            Wake::Due => Move::Go(self.next, StepReason::TimeOver { after: self.span }),
            Wake::Event(_)
            | Wake::Answer(_)
            | Wake::Settled(_)
            | Wake::Provided(_)
            | Wake::Part
            | Wake::Done(_) => Move::Ignore,
        }
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next)]
    }

    fn summary(&self) -> String {
        format!("Wait {}", self.span)
    }

    fn waits(&self) -> bool {
        true
    }
}

impl Step for UntilEvent {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let now = walk.ctx.now;
        let for_what = WaitingFor::Event { event: self.names().into() };
        Move::Wait(Waiting { for_what, since: now, due: Some(now + self.timeout) })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match wake {
            Wake::Event(event) => match self.until.iter().find(|until| until.is_met(walk, event)) {
                Some(until) => Move::Go(until.next, StepReason::EventArrived { event: event.name.clone() }),
                None => Move::Ignore,
            },
            Wake::Due => Move::Go(self.on_timeout, StepReason::TimedOut { after: self.timeout }),
            Wake::Answer(_) | Wake::Settled(_) | Wake::Provided(_) | Wake::Part | Wake::Done(_) => {
                Move::Ignore
            }
        }
    }

    fn ways(&self) -> Vec<Way> {
        let met = self.until.iter().map(|until| Way::when(&*until.event, until.next));
        met.chain([Way::after(self.timeout, self.on_timeout)]).collect()
    }

    fn summary(&self) -> String {
        format!("Wait for {}, at most {}", self.names(), self.timeout)
    }

    fn waits(&self) -> bool {
        true
    }
}

impl UntilEvent {
    fn names(&self) -> String {
        self.until.iter().map(|until| &*until.event).collect::<Vec<_>>().join(" or ")
    }
}

impl Until {
    /// An event that arrives late but happened before the run began is not what the run waits for.
    fn is_met(&self, walk: &Walk<'_>, event: &Event) -> bool {
        *self.event == *event.name
            && event.stamp.time >= walk.run.started
            && self.condition.as_ref().is_none_or(|condition| walk.holds(condition))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, World, check, check_problems, journey};

    const FOR: &str = "steps:
  - {id: pause, kind: wait, for: 2h}
  - {id: after, kind: message, text: Two hours later}
";
    const UNTIL: &str = "steps:
  - id: order
    kind: wait
    until:
      - {event: Order Completed, where: event.properties.order_id == entry.properties.kind, next: thanks}
      - {event: Leave, next: end}
    timeout: 1d
    on_timeout: late
  - {id: thanks, kind: message, text: Thank you, next: end}
  - {id: late, kind: message, text: Too late}
";

    #[test]
    fn time_passes_only_by_ticks() {
        check(
            &[&journey(FOR)],
            Show::Everything,
            "10:00:00 webchat does Go
             11:59:59 tick
             12:00:01 tick
             12:00:02 tick",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “pause” of “test”: the journey begins here.)
                12:00:01 (Reached “after” of “test”: 2h passed.)
                12:00:01 chat: Two hours later
                12:00:01 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn the_right_event_or_the_timeout_whichever_is_first() {
        check(
            &[&journey(UNTIL)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"kind":"A1"}
               10:00:01 webchat does Order Completed {"order_id":"B2"}
               10:00:02 webchat does Order Completed {"order_id":"A1"}
               11:00:00 webchat does Go {"kind":"A1"}
               1d10:59:59 tick
               1d11:00:00 tick
               1d12:00:00 webchat does Go
               1d12:00:01 webchat does Leave"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “order” of “test”: the journey begins here.)
                10:00:02 (Reached “thanks” of “test”: “Order Completed” arrived.)
                10:00:02 chat: Thank you
                10:00:02 (The journey “test” ended: its last step was done.)
                11:00:00 (“Go” started the journey “test” (version 1).)
                11:00:00 (Reached “order” of “test”: the journey begins here.)
                11:00:00 (Reached “late” of “test”: nothing came for 1d.)
                11:00:00 chat: Too late
                11:00:00 (The journey “test” ended: its last step was done.)
                12:00:00 (“Go” started the journey “test” (version 1).)
                12:00:00 (Reached “order” of “test”: the journey begins here.)
                12:00:01 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn what_happened_before_the_run_began_is_not_awaited() {
        let journey = journey(UNTIL);
        let mut world = World::new(&[&journey], Show::Ends);
        world.run(r#"10:00:00 webchat does Go {"kind":"A1"}"#);
        world.event("web", "Order Completed", r#"{"order_id":"A1"}"#, "late", crate::world::time("09:59:59"));
        assert_eq!(world.text(), "");
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: wait}
  - {id: b, kind: wait, for: 2h, until: {event: Leave}}
  - {id: c, kind: wait, until: {event: Leave}}
  - {id: d, kind: wait, for: soon}
  - {id: e, kind: wait, until: {event: Left, where: event.properties.x == 1}, timeout: 1h, on_timeout: nowhere}
  - {id: f, kind: wait, for: 0s}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.for: it is not clear what to wait for. Write one of `for: 2h`, `at: "09:00"`, or `until: {event: …}` with `timeout: 7d`
                journeys/0.yaml: steps.b.for: it is not clear what to wait for. Write one of `for: 2h`, `at: "09:00"`, or `until: {event: …}` with `timeout: 7d`
                journeys/0.yaml: steps.c.timeout: a customer for whom it never comes would wait for ever. Write `timeout`, such as 7d
                journeys/0.yaml: steps.d.for: `soon` is not a span; use a whole number and one of s, m, h, d, w, such as `30d`. Compare with the journey schema
                journeys/0.yaml: steps.e.on_timeout: there is no step `nowhere`. Name one of: a, b, c, d, e, f, end
                journeys/0.yaml: steps.e.until: the event `Left` is not declared. Declare it under `events` in schema.yaml
                journeys/0.yaml: steps.e.until.where (column 1): `event.properties.x` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.f.for: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
            "#]],
        );
    }
}
