//! One journey, compiled: its ways in and out, what it needs to know, and its steps.

use std::collections::BTreeMap;

use model::{Purpose, Span, Zone};
use rules::Program;
use serde_json::{Map, Value as Json};

use crate::caps::Cap;
use crate::compiler::{Compiler, StepCompiler};
use crate::definition::{
    InFlight, JourneyDefinition, LimitDefinition, PickUpDefinition, Reentry, SlotDefinition, SlotType,
};
use crate::kinds::{Step, Target};
use crate::outlet::Outlet;
use crate::reach;
use crate::sight::declare_facts;
use crate::slot::Slot;
use crate::steps;
use crate::trigger::{Entry, EntryDefinition, compile_entries, declare_requests};
use crate::wording::{Wording, WordingFields};

const STEPS_MAX: usize = 500;

#[derive(Debug)]
pub(crate) struct Journey {
    pub name: Box<str>,
    /// The file it is written in.
    pub file: Box<str>,
    pub title: Box<str>,
    pub description: Option<Box<str>>,
    pub purpose: Purpose,
    pub entries: Vec<Entry>,
    pub reentry: ReentryRule,
    pub limit: Option<LimitDefinition>,
    pub cap: Option<Cap>,
    pub group: Option<Box<str>>,
    pub priority: i32,
    pub zone: Zone,
    pub in_flight: InFlight,
    /// Tells whether two versions say the same.
    pub digest: u64,
    /// In the order of their names.
    pub slots: Vec<Slot>,
    pub pick_up: Option<PickUp>,
    pub steps: Vec<CompiledStep>,
    pub exits: Vec<ExitRule>,
    /// Properties of the starting event that something reads later.
    pub remembers: Vec<Box<str>>,
}

#[derive(Debug)]
pub(crate) struct CompiledStep {
    pub id: Box<str>,
    pub title: Option<Box<str>>,
    pub kind: &'static str,
    pub step: Box<dyn Step>,
}

#[derive(Debug)]
pub(crate) enum ReentryRule {
    Always,
    Never,
    After(Span),
    Key(Program),
}

#[derive(Debug)]
pub(crate) struct PickUp {
    pub after: Span,
    pub channel: Outlet,
    pub wording: Wording,
}

#[derive(Debug)]
pub(crate) struct ExitRule {
    pub event: Option<Box<str>>,
    pub when: Option<Program>,
}

impl Journey {
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| &*slot.name == name)
    }

    pub fn step(&self, id: &str) -> Option<&CompiledStep> {
        self.steps.iter().find(|step| &*step.id == id)
    }

    /// The place of a step.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| &*step.id == id)
    }

    pub fn compile(definition: &JourneyDefinition, digest: u64, compiler: &mut Compiler<'_>) -> Self {
        check_name(&definition.name, compiler);
        declare_requests(&definition.entry, compiler);
        let events: Vec<String> = definition.entry.0.iter().flat_map(EntryDefinition::event_names).collect();
        let slots = declare(definition, &events, compiler);
        let asked = |(name, slot): (&String, &SlotDefinition)| (name.as_str().into(), slot.ask.is_some());
        let questions = definition.slots.iter().map(asked).collect();
        let entries = compile_entries(&definition.entry, &definition.zone, compiler);
        let reentry = compile_reentry(&definition.reentry, &events, compiler);
        let pick_up = definition.pick_up.as_ref().and_then(|pick_up| compile_pick_up(pick_up, compiler));
        let steps = compile_steps(&definition.steps, &questions, compiler);
        let exits = compile_exits(definition, compiler);
        check_limit(definition.limit.as_ref(), compiler);
        let cap = definition.cap.as_ref().and_then(|cap| Cap::compile(cap, compiler));
        check_in_flight(&definition.in_flight, &steps, compiler);
        if !steps.is_empty() && steps.len() == definition.steps.len() {
            reach::check(&steps, &slots, compiler);
        }
        Self {
            name: definition.name.as_str().into(),
            file: compiler.file.into(),
            title: definition.title.as_str().into(),
            description: definition.description.as_deref().map(Into::into),
            purpose: definition.purpose,
            entries,
            reentry,
            limit: definition.limit,
            cap,
            group: definition.group.as_deref().map(Into::into),
            priority: definition.priority,
            zone: definition.zone.clone(),
            in_flight: definition.in_flight.clone(),
            digest,
            slots,
            pick_up,
            steps,
            exits,
            remembers: std::mem::take(&mut compiler.remembers).into_iter().collect(),
        }
    }
}

fn is_id(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=60).contains(&text.len()) && text.bytes().all(legal)
}

fn check_name(name: &str, compiler: &mut Compiler<'_>) {
    if !is_id(name) {
        compiler.problem(
            "name",
            format!("`{name}` is no journey name"),
            "Use lower-case letters, digits, `-` and `_`",
        );
    }
}

fn check_limit(limit: Option<&LimitDefinition>, compiler: &mut Compiler<'_>) {
    let Some(limit) = limit else { return };
    compiler.positive("limit.per", limit.per);
    if limit.entries == 0 {
        compiler.problem("limit.entries", "nobody would ever come in", "Write 1 or more");
    }
}

/// That runs have somewhere to go to. Where they come from is checked against the version before, by
/// [`crate::Journeys::check_migration`].
fn check_in_flight(rule: &InFlight, steps: &[CompiledStep], compiler: &mut Compiler<'_>) {
    let InFlight::Migrate(map) = rule else { return };
    for (from, to) in map {
        if steps.iter().all(|step| *step.id != **to) {
            let known: Vec<&str> = steps.iter().map(|step| &*step.id).collect();
            let remedy = format!("Name one of: {}", known.join(", "));
            compiler.problem(
                &format!("in_flight.migrate.{from}"),
                format!("there is no step `{to}`"),
                remedy,
            );
        }
    }
}

/// Declares the journey's own names, then compiles the slots, which may use them.
fn declare(definition: &JourneyDefinition, events: &[String], compiler: &mut Compiler<'_>) -> Vec<Slot> {
    declare_facts(&mut compiler.scope);
    compiler.declare_entry(events);
    let mut slots: Vec<Slot> =
        definition.slots.iter().map(|(name, definition)| Slot::declare(name, definition, compiler)).collect();
    for slot in &slots {
        compiler.scope.field(&format!("slots.{}", slot.name), slot.kind.value_kind());
    }
    for (name, slot) in definition.slots.iter().filter(|(_, slot)| slot.kind == SlotType::Choice) {
        compiler
            .scope
            .choices(&format!("slots.{name}"), slot.choices.iter().map(|choice| choice.value.clone()));
    }
    for (slot, definition) in slots.iter_mut().zip(definition.slots.values()) {
        slot.complete(definition, compiler);
    }
    slots
}

fn compile_reentry(reentry: &Reentry, events: &[String], compiler: &mut Compiler<'_>) -> ReentryRule {
    match reentry {
        Reentry::Always => ReentryRule::Always,
        Reentry::Never => ReentryRule::Never,
        Reentry::After(span) => {
            compiler.positive("reentry.after", *span);
            ReentryRule::After(*span)
        }
        Reentry::Key(source) => match compiler.expression("reentry.key", source, Some(events)) {
            Some(program) => ReentryRule::Key(program),
            // The problem is noted; the journey will not be published.
            None => ReentryRule::Never,
        },
    }
}

fn compile_pick_up(definition: &PickUpDefinition, compiler: &mut Compiler<'_>) -> Option<PickUp> {
    compiler.positive("pick_up.after", definition.after);
    compiler.outlet("pick_up.channel", &definition.channel);
    if definition.channel == Outlet::Here {
        let message = "`here` is where the customer fell silent";
        compiler.problem("pick_up.channel", message, "Write best, a channel, or a list of channels");
    }
    let fields = WordingFields {
        subject: definition.subject.as_deref(),
        text: definition.text.as_deref(),
        content: definition.content.as_deref(),
    };
    let wording = compiler.wording("pick_up", fields, &definition.channel)?;
    Some(PickUp { after: definition.after, channel: definition.channel.clone(), wording })
}

fn compile_exits(definition: &JourneyDefinition, compiler: &mut Compiler<'_>) -> Vec<ExitRule> {
    let mut exits = Vec::new();
    for (place, exit) in definition.exits.iter().enumerate() {
        let path = format!("exits.{place}");
        if exit.event.is_none() && exit.when.is_none() {
            compiler.problem(
                &path,
                "it names neither an event nor a condition",
                "Write `event`, `when` or both",
            );
        }
        if let Some(event) = &exit.event {
            compiler.event(&format!("{path}.event"), event);
        }
        let events = exit.event.as_ref().map(std::slice::from_ref);
        let when = exit.when.as_ref().map(|when| compiler.condition(&format!("{path}.when"), when, events));
        exits.push(ExitRule { event: exit.event.as_deref().map(Into::into), when: when.flatten() });
    }
    exits
}

/// Compiles the steps in order. Each is compiled even where another is wrong, so that all problems show at once.
fn compile_steps(
    definitions: &[Map<String, Json>],
    slots: &BTreeMap<Box<str>, bool>,
    compiler: &mut Compiler<'_>,
) -> Vec<CompiledStep> {
    if definitions.is_empty() || definitions.len() > STEPS_MAX {
        compiler.problem("steps", format!("{} steps", definitions.len()), format!("Write 1 to {STEPS_MAX}"));
        return Vec::new();
    }
    let mut places = BTreeMap::new();
    for (place, definition) in definitions.iter().enumerate() {
        let id = definition.get("id").and_then(Json::as_str).unwrap_or_default();
        if !is_id(id) || id == "end" {
            let message = format!("`{id}` is no step id");
            compiler.problem(
                &format!("steps.{place}.id"),
                message,
                "Use lower-case letters, digits, `-` and `_`, not `end`",
            );
        } else if places.insert(id.to_owned(), place).is_some() {
            compiler.problem(
                &format!("steps.{place}.id"),
                format!("two steps are called `{id}`"),
                "Rename one of them",
            );
        }
    }
    let mut steps = Vec::new();
    for (place, definition) in definitions.iter().enumerate() {
        let next = if place + 1 < definitions.len() { Target::Step(place + 1) } else { Target::End };
        let id = definition.get("id").and_then(Json::as_str).unwrap_or_default();
        let mut own = StepCompiler { compiler, path: format!("steps.{id}"), next, steps: &places, slots };
        steps.extend(compile_step(definition.clone(), &mut own));
    }
    steps
}

/// Takes off the fields every step has; the rest is its kind's own.
fn compile_step(mut fields: Map<String, Json>, compiler: &mut StepCompiler<'_, '_>) -> Option<CompiledStep> {
    let mut shared = |name: &str| match fields.remove(name) {
        Some(Json::String(text)) => Some(text),
        Some(other) => {
            compiler.problem(name, format!("`{other}` is no text"), "Write a text");
            None
        }
        None => None,
    };
    let (id, kind, title, next) = (shared("id")?, shared("kind"), shared("title"), shared("next"));
    if next.is_some() {
        compiler.next = compiler.target("next", next.as_ref())?;
    }
    let kind = kind.unwrap_or_default();
    let Some(found) = steps::KINDS.iter().find(|known| known.name == kind) else {
        let known: Vec<&str> = steps::KINDS.iter().map(|kind| kind.name).collect();
        compiler.problem(
            "kind",
            format!("there is no step kind `{kind}`"),
            format!("Use one of: {}", known.join(", ")),
        );
        return None;
    };
    let step = (found.compile)(Json::Object(fields), compiler)?;
    Some(CompiledStep { id: id.into(), title: title.map(Into::into), kind: found.name, step })
}

impl ExitRule {
    /// The rule as its author wrote it.
    pub fn sentence(&self) -> String {
        let when = self.when.as_ref().map(|when| format!("`{}`", when.source()));
        let event = self.event.as_ref().map(|event| format!("“{event}”"));
        [event, when].into_iter().flatten().collect::<Vec<_>>().join(" when ")
    }
}
