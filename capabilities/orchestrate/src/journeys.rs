//! The journeys of one catalogue version, compiled as a whole.

use std::collections::BTreeMap;

use minijinja::Environment as Templates;
use model::{Catalogue, CatalogueFile, Channel, Problem, Purpose, Span};
use rules::{Program, Scope, Symbols};
use serde_json::{Map, Value as Json};

use crate::advance::MESSAGE;
use crate::compiler::{Compiler, StepCompiler};
use crate::definition::{JourneyDefinition, PickUpDefinition, Reentry};
use crate::kinds::{KINDS, Step, Target};
use crate::reach;
use crate::sight::{Names, declare_facts};
use crate::slot::Slot;
use crate::text::{Text, templates};

const FOLDER: &str = "journeys/";
const FILE_BYTES_MAX: usize = 256 * 1024;
const STEPS_MAX: usize = 500;

/// All journeys of one catalogue version.
#[derive(Debug)]
pub struct Journeys {
    pub(crate) version: u32,
    pub(crate) by_name: BTreeMap<Box<str>, Journey>,
    /// The journeys an event can start, each with the place of the entry in it.
    pub(crate) by_event: BTreeMap<Box<str>, Vec<(Box<str>, usize)>>,
    pub(crate) names: Names,
    pub(crate) templates: Templates<'static>,
}

#[derive(Debug)]
pub(crate) struct Journey {
    pub name: Box<str>,
    pub title: Box<str>,
    pub description: Option<Box<str>>,
    pub purpose: Purpose,
    pub entries: Vec<Entry>,
    pub reentry: ReentryRule,
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
pub(crate) struct Entry {
    pub event: Box<str>,
    pub when: Option<Program>,
    pub channels: Vec<Channel>,
    pub max_age: Span,
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
    pub channel: Channel,
    pub subject: Option<Text>,
    pub text: Text,
}

#[derive(Debug)]
pub(crate) struct ExitRule {
    pub event: Option<Box<str>>,
    pub when: Option<Program>,
}

impl Journeys {
    /// Compiles every journey of the catalogue, or lists every mistake in them. `scope` holds what conditions may
    /// name besides the journeys' own; all versions that run together share one `symbols`.
    pub fn compile(
        catalogue: &Catalogue,
        scope: &Scope,
        symbols: &mut Symbols,
    ) -> Result<Self, Vec<Problem>> {
        let mut journeys = Self::none(catalogue.version);
        let mut problems = Vec::new();
        for file in catalogue.folder(FOLDER).filter(|file| file.path.ends_with(".yaml")) {
            let Some(definition) = parse(file, &mut problems) else { continue };
            if let Some(known) = journeys.by_name.get(definition.name.as_str()) {
                let message =
                    format!("another file has a journey `{}` too: “{}”", definition.name, known.title);
                problems.push(Problem::new(&file.path, "name", message, "Give one of them another name"));
                continue;
            }
            let journey = journeys.compile_one(file, &definition, scope, symbols, &mut problems);
            journeys.by_name.insert(journey.name.clone(), journey);
        }
        if problems.is_empty() { Ok(journeys.index()) } else { Err(problems) }
    }

    /// The journeys of a catalogue without any.
    pub fn none(version: u32) -> Self {
        Self {
            version,
            by_name: BTreeMap::new(),
            by_event: BTreeMap::new(),
            names: Names::default(),
            templates: templates(),
        }
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether an event of this name does anything for a customer without runs: it starts a journey, or is a
    /// message that begins a conversation.
    pub fn heeds(&self, event: &str) -> bool {
        event == MESSAGE || self.by_event.contains_key(event)
    }

    /// Names, titles and descriptions, by name.
    pub fn titles(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.by_name.values().map(|journey| (&*journey.name, &*journey.title, journey.description.as_deref()))
    }

    /// The JSON Schema of a journey file, for editors.
    pub fn json_schema() -> Json {
        schemars::schema_for!(JourneyDefinition).to_value()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Journey> {
        self.by_name.get(name)
    }

    fn index(mut self) -> Self {
        for journey in self.by_name.values() {
            for (place, entry) in journey.entries.iter().enumerate() {
                let starts = self.by_event.entry(entry.event.clone()).or_default();
                starts.push((journey.name.clone(), place));
            }
        }
        self
    }

    fn compile_one(
        &mut self,
        file: &CatalogueFile,
        definition: &JourneyDefinition,
        scope: &Scope,
        symbols: &mut Symbols,
        problems: &mut Vec<Problem>,
    ) -> Journey {
        let mut compiler = Compiler {
            file: &file.path,
            journey: &definition.name,
            symbols,
            names: &mut self.names,
            templates: &mut self.templates,
            problems,
            scope: scope.clone(),
            remembers: Default::default(),
        };
        Journey::compile(definition, &mut compiler)
    }
}

impl Journey {
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| &*slot.name == name)
    }

    pub fn step(&self, id: &str) -> Option<&CompiledStep> {
        self.steps.iter().find(|step| &*step.id == id)
    }

    fn compile(definition: &JourneyDefinition, compiler: &mut Compiler<'_>) -> Self {
        check_name(&definition.name, compiler);
        let events: Vec<String> = definition.entry.0.iter().map(|entry| entry.event.clone()).collect();
        let slots = declare(definition, &events, compiler);
        let questions = slots.iter().map(|slot| (slot.name.clone(), slot.ask.is_some())).collect();
        let entries = compile_entries(definition, compiler);
        let reentry = compile_reentry(&definition.reentry, &events, compiler);
        let pick_up = definition.pick_up.as_ref().and_then(|pick_up| compile_pick_up(pick_up, compiler));
        let steps = compile_steps(&definition.steps, &questions, compiler);
        let exits = compile_exits(definition, compiler);
        if !steps.is_empty() && steps.len() == definition.steps.len() {
            reach::check(&steps, &slots, compiler);
        }
        Self {
            name: definition.name.as_str().into(),
            title: definition.title.as_str().into(),
            description: definition.description.as_deref().map(Into::into),
            purpose: definition.purpose,
            entries,
            reentry,
            slots,
            pick_up,
            steps,
            exits,
            remembers: std::mem::take(&mut compiler.remembers).into_iter().collect(),
        }
    }
}

fn parse(file: &CatalogueFile, problems: &mut Vec<Problem>) -> Option<JourneyDefinition> {
    let mut problem = |path: &str, message: String, remedy: &str| {
        problems.push(Problem::new(&file.path, path, message, remedy));
        None
    };
    if file.text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", file.text.len());
        return problem("", message, "Make several journeys of it");
    }
    let json: Json = match serde_saphyr::from_str(&file.text) {
        Ok(json) => json,
        Err(error) => {
            let message = error.without_snippet().to_string();
            return problem("", message, "Write it as YAML");
        }
    };
    match serde_path_to_error::deserialize(json) {
        Ok(definition) => Some(definition),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { "" } else { &path };
            problem(path, error.inner().to_string(), "Compare with the journey schema")
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

/// Declares the journey's own names, then compiles the slots, which may use them.
fn declare(definition: &JourneyDefinition, events: &[String], compiler: &mut Compiler<'_>) -> Vec<Slot> {
    declare_facts(&mut compiler.scope);
    compiler.declare_entry(events);
    let mut slots: Vec<Slot> =
        definition.slots.iter().map(|(name, definition)| Slot::declare(name, definition, compiler)).collect();
    for slot in &slots {
        compiler.scope.field(&format!("slots.{}", slot.name), slot.kind.value_kind());
    }
    for (slot, definition) in slots.iter_mut().zip(definition.slots.values()) {
        slot.complete(definition, compiler);
    }
    slots
}

fn compile_entries(definition: &JourneyDefinition, compiler: &mut Compiler<'_>) -> Vec<Entry> {
    let entries = &definition.entry.0;
    if entries.is_empty() {
        compiler.problem("entry", "no event starts the journey", "Write `entry: {event: …}`");
    }
    let many = entries.len() > 1;
    let compiled = entries.iter().enumerate().map(|(place, entry)| {
        let path = if many { format!("entry.{place}") } else { "entry".into() };
        compiler.event(&format!("{path}.event"), &entry.event);
        compiler.positive(&format!("{path}.max_age"), entry.max_age);
        let events = std::slice::from_ref(&entry.event);
        let when = entry
            .when
            .as_ref()
            .and_then(|when| compiler.condition(&format!("{path}.when"), when, Some(events)));
        Entry {
            event: entry.event.as_str().into(),
            when,
            channels: entry.channels.clone(),
            max_age: entry.max_age,
        }
    });
    compiled.collect()
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
    if ![Channel::EMAIL, Channel::WEBCHAT].contains(&definition.channel) {
        let message = format!("messages cannot be sent by `{}`", definition.channel);
        compiler.problem("pick_up.channel", message, "Use email or webchat");
    }
    let subject = definition.subject.as_ref().and_then(|subject| compiler.text("pick_up.subject", subject));
    let text = compiler.text("pick_up.text", &definition.text)?;
    Some(PickUp { after: definition.after, channel: definition.channel.clone(), subject, text })
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
    let Some(found) = KINDS.iter().find(|known| known.name == kind) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::Journeys;
    use crate::world::{Show, World, check, check_problems, compiled, journey};

    const ONE: &str = "name: one\ntitle: One\nentry: {event: Go}\nsteps:\n  - {id: wait, kind: wait, for: 1h}\n  - {id: say, kind: message, text: version one}\n";

    #[test]
    fn mistakes_anywhere_are_named_with_their_remedy() {
        check_problems(
            &[
                "name: One!\ntitle: x\nentry: {event: Unheard Of, when: event.properties.a > 1}\nreentry: {key: event.properties.b}\nsteps: []\n",
                ONE,
                ONE,
                "name: two\nentry: {event: Go}\nsteps: []\n",
                "name: three\ntitle: x\nentry: {event: Go, whn: true}\nsteps: []\n",
                "name: [\n",
                "name: four\ntitle: x\nentry: {event: Go}\nreentry: sometimes\nsteps: []\n",
                "name: five\ntitle: x\nentry: []\nexits: [{}, {event: Nope}, {when: slots.a == 1}]\nsteps:\n  - {id: a, kind: mesage, text: x}\n  - {id: a, kind: exit}\n  - {id: end, kind: exit}\n  - {kind: exit}\n  - {id: b, kind: exit, next: c}\n",
            ],
            expect![[r#"
                journeys/0.yaml: name: `One!` is no journey name. Use lower-case letters, digits, `-` and `_`
                journeys/0.yaml: entry.event: the event `Unheard Of` is not declared. Declare it under `events` in schema.yaml
                journeys/0.yaml: entry.when (column 1): `event.properties.a` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: reentry.key (column 1): `event.properties.b` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps: 0 steps. Write 1 to 500
                journeys/2.yaml: name: another file has a journey `one` too: “One”. Give one of them another name
                journeys/3.yaml: missing field `title`. Compare with the journey schema
                journeys/4.yaml: entry: unknown field `whn`, expected one of `event`, `when`, `channels`, `max_age`. Compare with the journey schema
                journeys/5.yaml: unclosed bracket '[' at line 1, column 7. Write it as YAML
                journeys/6.yaml: reentry: `"sometimes"` is no re-entry rule; write always, never, {after: 7d} or {key: event.properties.order_id}. Compare with the journey schema
                journeys/7.yaml: entry: no event starts the journey. Write `entry: {event: …}`
                journeys/7.yaml: steps.1.id: two steps are called `a`. Rename one of them
                journeys/7.yaml: steps.2.id: `end` is no step id. Use lower-case letters, digits, `-` and `_`, not `end`
                journeys/7.yaml: steps.3.id: `` is no step id. Use lower-case letters, digits, `-` and `_`, not `end`
                journeys/7.yaml: steps.a.kind: there is no step kind `mesage`. Use one of: message, ask, wait, branch, call, goal, exit
                journeys/7.yaml: steps.b.next: there is no step `c`. Name one of: a, b, end
                journeys/7.yaml: exits.0: it names neither an event nor a condition. Write `event`, `when` or both
                journeys/7.yaml: exits.1.event: the event `Nope` is not declared. Declare it under `events` in schema.yaml
                journeys/7.yaml: exits.2.when (column 1): `slots.a` is not known here. Declare it in the catalogue, or use a name that is known here
            "#]],
        );
    }

    #[test]
    fn a_run_stays_with_its_version() {
        let mut world =
            World::new(&[ONE], Show::Ends).later("two", &[&ONE.replace("version one", "version two")]);
        world.run(
            "10:00:00 webchat does Go
             10:10:00 publish two
             11:00:00 tick
             11:10:00 webchat does Go",
        );
        assert_eq!(world.progress.versions_in_use().into_iter().collect::<Vec<_>>(), [2]);
        world.versions.keep(&world.progress.versions_in_use());
        assert!(world.versions.get(1).is_none() && world.versions.get(2).is_some());
        world.run("12:10:00 tick");
        expect![[r#"
            11:00:00 chat: version one
            11:00:00 (The journey “one” ended: its last step was done.)
            12:10:00 chat: version two
            12:10:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&world.text());
    }

    #[test]
    fn exits_end_a_run_from_anywhere() {
        let exits = "exits:\n  - {event: Leave, when: 'in_segment(\"vip\")'}\n";
        check(
            &[&format!("{ONE}{exits}")],
            Show::Ends,
            "10:00:00 webchat does Go
             web does Leave
             segment vip
             web does Leave
             11:00:00 tick",
            expect![[r#"
                10:00:00 (The journey “one” ended: the exit rule “Leave” when `in_segment("vip")` applied.)
            "#]],
        );
    }

    #[test]
    fn entries_ask_for_channel_and_condition() {
        let entry = "name: one\ntitle: One\nentry:\n  - {event: Go, channels: [store]}\n  - {event: Go, when: event.properties.number > 2}\nreentry: never\nsteps:\n  - {id: say, kind: message, text: hello}\n";
        check(
            &[entry],
            Show::Ends,
            r#"10:00:00 webchat does Go
               webchat does Go {"number":2}
               webchat does Go {"number":3}
               store does Go {"number":9}"#,
            expect![[r#"
                10:00:00 chat: hello
                10:00:00 (The journey “one” ended: its last step was done.)
                10:00:00 (The journey “one” did not start: it is entered once, and was at 2026-03-11T10:00:00.000Z.)
            "#]],
        );
    }

    #[test]
    fn the_graph_is_what_the_studio_draws() {
        let journeys = compiled(&[&journey(
            "steps:
  - {id: wait, kind: wait, until: {event: Leave, next: end}, timeout: 1d}
  - {id: say, kind: message, title: A word, text: hello}
",
        )]);
        let graph = serde_json::to_string_pretty(&journeys.graph("test").unwrap()).unwrap();
        expect![[r#"
            {
              "name": "test",
              "title": "Test",
              "description": null,
              "version": 1,
              "entry": [
                "Go"
              ],
              "steps": [
                {
                  "id": "wait",
                  "kind": "wait",
                  "title": null,
                  "summary": "Wait for Leave, at most 1d",
                  "next": [
                    {
                      "to": null,
                      "label": "Leave"
                    },
                    {
                      "to": "say",
                      "label": "nothing for 1d"
                    }
                  ]
                },
                {
                  "id": "say",
                  "kind": "message",
                  "title": "A word",
                  "summary": "Say something where the customer is",
                  "next": [
                    {
                      "to": null,
                      "label": ""
                    }
                  ]
                }
              ]
            }"#]]
        .assert_eq(&graph);
        assert!(journeys.graph("other").is_none());
    }

    #[test]
    fn the_schema_names_every_step_kind() {
        let schema = Journeys::json_schema();
        let kinds = schema["properties"]["steps"]["items"]["oneOf"].as_array().unwrap();
        let names: Vec<&str> =
            kinds.iter().map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap()).collect();
        assert_eq!(names, ["message", "ask", "wait", "branch", "call", "goal", "exit"]);
        assert_eq!(kinds[1]["required"], serde_json::json!(["slots", "id", "kind"]));
    }
}
