//! The journeys of one catalogue version, compiled as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Environment as Templates;
use model::{Catalogue, CatalogueFile, Problem};
use rules::{Environment, Program, Scope, Symbols, Wanted};
use serde_json::Value as Json;

use crate::advance::MESSAGE;
use crate::articles::Articles;
use crate::caps::Cap;
use crate::channels::{MessagingChannel, MessagingChannels};
use crate::compiler::Compiler;
use crate::content::{self, Contents, Draft, LANGUAGE_TRAITS};
use crate::definition::JourneyDefinition;
use crate::desk::Desk;
use crate::desk::canned::{self, Canned};
use crate::desk::{self, CannedAnswer};
use crate::journey::Journey;
use crate::sight::{Facts, Names, Sight};
use crate::steps::sub_journey;
use crate::text::templates;
use crate::trigger::{REQUESTED, Trigger};
use crate::wish::{CHANNEL_PREFERRED, PREFERRED_TRAIT};

const FOLDER: &str = "journeys/";
const FILE_BYTES_MAX: usize = 256 * 1024;

/// All journeys of one catalogue version.
#[derive(Debug)]
pub struct Journeys {
    pub(crate) version: u32,
    pub(crate) by_name: BTreeMap<Box<str>, Journey>,
    /// The journeys an event can start, each with the place of the entry in it; those of higher priority first.
    pub(crate) by_event: BTreeMap<Box<str>, Vec<(Box<str>, usize)>>,
    /// The same for segments.
    pub(crate) by_segment: BTreeMap<Box<str>, Vec<(Box<str>, usize)>>,
    /// Entries by schedule.
    pub(crate) scheduled: Vec<(Box<str>, usize)>,
    pub(crate) names: Names,
    pub(crate) templates: Templates<'static>,
    pub(crate) desk: Desk,
    pub(crate) canned: Vec<Canned>,
    pub(crate) channels: MessagingChannels,
    /// The channel that the customer wishes for, where the catalogue declares such a trait.
    pub(crate) preferred: Option<Program>,
    /// Where the customer's language may stand.
    pub(crate) languages: Vec<Program>,
    pub(crate) contents: Contents,
    articles: Arc<Articles>,
    /// Contents compiled alone, to be looked at.
    pub(crate) drafts: BTreeMap<String, Draft>,
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
        let (desk, mut problems) = Desk::compile(catalogue);
        journeys.desk = desk;
        for file in catalogue.folder(canned::FOLDER).filter(|file| file.path.ends_with(".yaml")) {
            journeys.compile_canned(file, scope, symbols, &mut problems);
        }
        match MessagingChannels::compile(catalogue) {
            Ok(channels) => journeys.channels = channels,
            Err(found) => problems.extend(found),
        }
        // Without such a trait nobody has a wish.
        journeys.preferred = rules::compile(PREFERRED_TRAIT, scope, symbols, Wanted::Any).ok();
        let language = |name: &&str| rules::compile(name, scope, symbols, Wanted::Any).ok();
        journeys.languages = LANGUAGE_TRAITS.iter().filter_map(language).collect();
        journeys.channels.find_postal(scope, symbols, &mut problems);
        journeys.contents = Contents::read(catalogue, &mut problems);
        journeys.articles = Arc::new(Articles::read(catalogue, &mut problems));
        journeys.drafts = journeys.contents.drafts(&mut journeys.templates, scope, symbols, &mut problems);
        let (drafts, templates, channels) = (&journeys.drafts, &journeys.templates, &journeys.channels);
        journeys.contents.count(drafts, templates, channels, &mut problems);
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
        sub_journey::check_references(&journeys, &mut problems);
        if problems.is_empty() { Ok(journeys.index()) } else { Err(problems) }
    }

    /// The journeys of a catalogue without any.
    pub fn none(version: u32) -> Self {
        Self {
            version,
            by_name: BTreeMap::new(),
            by_event: BTreeMap::new(),
            by_segment: BTreeMap::new(),
            scheduled: Vec::new(),
            names: Names::default(),
            templates: templates(),
            desk: Desk::default(),
            canned: Vec::new(),
            channels: MessagingChannels::default(),
            preferred: None,
            languages: Vec::new(),
            contents: Contents::default(),
            articles: Arc::default(),
            drafts: BTreeMap::new(),
        }
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether an event of this name does anything for a customer without runs: it starts a journey, or is a
    /// message that begins a conversation.
    pub fn heeds(&self, event: &str) -> bool {
        [MESSAGE, CHANNEL_PREFERRED].contains(&event)
            || self.by_event.contains_key(event)
            || self.desk.is_request(event)
    }

    /// The names of all such events; nothing where runs start without any, by a segment or by schedule.
    pub fn heeded(&self) -> Option<impl Iterator<Item = &str>> {
        let by_events_alone = self.by_segment.is_empty() && self.scheduled.is_empty();
        let names = [MESSAGE, CHANNEL_PREFERRED].into_iter().chain(self.by_event.keys().map(|name| &**name));
        by_events_alone.then(|| names.chain(self.desk.request_event()))
    }

    /// Whether entering or leaving the segment starts a journey.
    pub fn heeds_segment(&self, segment: &str) -> bool {
        self.by_segment.contains_key(segment)
    }

    /// Whether runs start by schedule.
    pub fn has_schedules(&self) -> bool {
        !self.scheduled.is_empty()
    }

    /// Names, titles and descriptions, by name.
    pub fn titles(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.by_name.values().map(|journey| (&*journey.name, &*journey.title, journey.description.as_deref()))
    }

    /// The channels that messages go out on, the cheapest first.
    pub fn messaging(&self) -> impl Iterator<Item = &MessagingChannel> {
        self.channels.iter()
    }

    /// How many the journey takes of all customers together.
    pub fn cap(&self, journey: &str) -> Option<Cap> {
        self.get(journey)?.cap
    }

    /// Queues, agents and the way to a person.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The canned answers as they read for the customer that `environment` tells of.
    pub fn canned(&self, environment: &dyn Environment) -> Vec<CannedAnswer> {
        self.canned.iter().map(|canned| canned.write(&self.templates, &self.names, environment)).collect()
    }

    /// The knowledge of this version.
    pub fn articles(&self) -> &Arc<Articles> {
        &self.articles
    }

    /// The language of the customer that `environment` tells of, such as `de` or `de-AT`; empty where none is known.
    pub fn language_of(&self, environment: &dyn Environment) -> String {
        let facts = Facts::default();
        let sight = Sight {
            outer: environment,
            names: &self.names,
            slots: &[],
            entry: &[],
            event: None,
            facts: &facts,
        };
        let known = self.languages.iter().find_map(|program| {
            let value = program.value(&sight).unwrap_or_default();
            value.as_text().map(|language| language.trim().replace('_', "-"))
        });
        known.unwrap_or_default()
    }

    /// The channels that messages can be sent by.
    pub fn channels(&self) -> &MessagingChannels {
        &self.channels
    }

    /// The names of a journey's slots.
    pub fn slots(&self, journey: &str) -> impl Iterator<Item = &str> {
        self.get(journey).into_iter().flat_map(|journey| &journey.slots).map(|slot| &*slot.name)
    }

    /// The JSON Schema of a journey file, for editors.
    pub fn json_schema() -> Json {
        schemars::schema_for!(JourneyDefinition).to_value()
    }

    /// The JSON Schemas of the other files read here, each with its file or folder.
    pub fn json_schemas() -> Vec<(&'static str, Json)> {
        let own = [("channels.yaml", MessagingChannels::json_schema()), ("content/", content::json_schema())];
        own.into_iter().chain(desk::files::json_schemas()).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Journey> {
        self.by_name.get(name)
    }

    fn index(mut self) -> Self {
        let mut ranked: Vec<&Journey> = self.by_name.values().collect();
        ranked.sort_by_key(|journey| (std::cmp::Reverse(journey.priority), journey.name.clone()));
        for journey in ranked {
            for (place, entry) in journey.entries.iter().enumerate() {
                let starts = match &entry.trigger {
                    Trigger::Event(event) => self.by_event.entry(event.clone()).or_default(),
                    Trigger::Request => self.by_event.entry(REQUESTED.into()).or_default(),
                    Trigger::Segment { segment, .. } => self.by_segment.entry(segment.clone()).or_default(),
                    Trigger::Schedule(_) => &mut self.scheduled,
                };
                starts.push((journey.name.clone(), place));
            }
        }
        self
    }

    fn compile_canned(
        &mut self,
        file: &CatalogueFile,
        scope: &Scope,
        symbols: &mut Symbols,
        problems: &mut Vec<Problem>,
    ) {
        let mut compiler = self.compiler(file, &file.path, (scope, symbols), problems);
        let canned = Canned::compile(file, &mut compiler);
        self.canned.extend(canned);
    }

    fn compile_one(
        &mut self,
        file: &CatalogueFile,
        definition: &JourneyDefinition,
        scope: &Scope,
        symbols: &mut Symbols,
        problems: &mut Vec<Problem>,
    ) -> Journey {
        let mut compiler = self.compiler(file, &definition.name, (scope, symbols), problems);
        Journey::compile(definition, fnv(&file.text), &mut compiler)
    }

    /// What the parts of one file are compiled with; `name` keeps its texts apart from those of other files.
    fn compiler<'a>(
        &'a mut self,
        file: &'a CatalogueFile,
        name: &'a str,
        (scope, symbols): (&Scope, &'a mut Symbols),
        problems: &'a mut Vec<Problem>,
    ) -> Compiler<'a> {
        Compiler {
            file: &file.path,
            journey: name,
            symbols,
            names: &mut self.names,
            templates: &mut self.templates,
            channels: &self.channels,
            contents: &self.contents,
            problems,
            scope: scope.clone(),
            remembers: Default::default(),
            queues: &self.desk.queues,
        }
    }
}

/// FNV-1a, to tell whether a file changed.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn parse(file: &CatalogueFile, problems: &mut Vec<Problem>) -> Option<JourneyDefinition> {
    if file.text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", file.text.len());
        problems.push(Problem::new(&file.path, "", message, "Make several journeys of it"));
        return None;
    }
    let read = files::read_said(file, "Compare with the journey schema");
    read.map_err(|problem| problems.push(problem)).ok()
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
                journeys/4.yaml: entry: unknown field `whn`, expected one of `event`, `segment`, `on`, `schedule`, `request`, `when`, `channels`, `max_age`. Compare with the journey schema
                journeys/5.yaml: unclosed bracket '[' at line 1, column 7. Correct the YAML at that line.
                journeys/6.yaml: reentry: `"sometimes"` is no re-entry rule; write always, never, {after: 7d} or {key: event.properties.order_id}. Compare with the journey schema
                journeys/7.yaml: entry: no event starts the journey. Write `entry: {event: …}`
                journeys/7.yaml: steps.1.id: two steps are called `a`. Rename one of them
                journeys/7.yaml: steps.2.id: `end` is no step id. Use lower-case letters, digits, `-` and `_`, not `end`
                journeys/7.yaml: steps.3.id: `` is no step id. Use lower-case letters, digits, `-` and `_`, not `end`
                journeys/7.yaml: steps.a.kind: there is no step kind `mesage`. Use one of: message, ask, wait, branch, split, parallel, sub_journey, call, quote, decide, suggest, hand_over, profile, emit, goal, exit
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
        for (file, schema) in Journeys::json_schemas() {
            assert!(schema["properties"].is_object(), "{file}: {schema}");
        }
        let schema = Journeys::json_schema();
        let kinds = schema["properties"]["steps"]["items"]["oneOf"].as_array().unwrap();
        let names: Vec<&str> =
            kinds.iter().map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "message",
                "ask",
                "wait",
                "branch",
                "split",
                "parallel",
                "sub_journey",
                "call",
                "quote",
                "decide",
                "suggest",
                "hand_over",
                "profile",
                "emit",
                "goal",
                "exit"
            ]
        );
        assert_eq!(kinds[1]["required"], serde_json::json!(["slots", "id", "kind"]));
    }
}
