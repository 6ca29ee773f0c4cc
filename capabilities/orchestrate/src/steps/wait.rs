//! `wait`: lets time pass, or waits until something happens.

use model::{Event, Span, StepReason};
use rules::Program;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::definition::OneOrMany;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::progress::{Waiting, WaitingFor};
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
    match definition.for_span {
        Some(span) if !has_until && definition.timeout.is_none() && definition.on_timeout.is_none() => {
            let path = compiler.at("for");
            compiler.compiler.positive(&path, span);
            Some(Box::new(ForSpan { span, next: compiler.next }))
        }
        None if has_until => compile_until(&definition, compiler),
        _ => {
            let remedy = "Write either `for: 2h`, or `until: {event: …}` with `timeout: 7d`";
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
            Wake::Event(_) | Wake::Answer(_) | Wake::Settled(_) => Move::Ignore,
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
            Wake::Answer(_) | Wake::Settled(_) => Move::Ignore,
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
