//! Reading a test file: from YAML to a script that can be played, or every mistake with its line and remedy.

use engine::Engine;
use model::{CatalogueFile, Channel, Problem, Timestamp};
use serde_json::{Map, Value as Json, json};
use serde_saphyr::Spanned;

use crate::expectation::{Expectation, Wanted};
use crate::file::{Answer, Identifiers, TestFile, TestStep};

const FILE_BYTES_MAX: usize = 256 * 1024;
const STEPS_MAX: usize = 1_000;
/// Where the first step happens that names no channel.
const FIRST_CHANNEL: Channel = Channel::WEBCHAT;

/// A test, ready to be played.
#[derive(Debug)]
pub struct Script {
    /// The path below the catalogue folder.
    pub file: String,
    pub name: String,
    pub start: Timestamp,
    pub answers: Vec<Answer>,
    pub steps: Vec<ScriptStep>,
}

#[derive(Debug)]
pub struct ScriptStep {
    pub time: Timestamp,
    /// Nothing where only time passes.
    pub arrival: Option<Arrival>,
    pub answers: Vec<Answer>,
    pub expect: Vec<Spanned<Expectation>>,
}

/// An event as it comes in.
#[derive(Debug)]
pub struct Arrival {
    pub body: Json,
    pub channel: Channel,
    /// When it happened.
    pub happened: Timestamp,
    /// The line of the step, for what cannot be taken in.
    pub line: u64,
}

/// Reads a file against the names of a catalogue in force.
pub fn read(file: &CatalogueFile, engine: &Engine) -> Result<Script, Vec<Problem>> {
    let test = parse(file).map_err(|problem| vec![problem])?;
    let mut check = Check { file: &file.path, engine, problems: Vec::new() };
    let script = check.script(test);
    if check.problems.is_empty() { Ok(script) } else { Err(check.problems) }
}

fn parse(file: &CatalogueFile) -> Result<TestFile, Problem> {
    let problem = |message: String, remedy: &str| Problem::new(&file.path, "", message, remedy);
    if file.text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", file.text.len());
        return Err(problem(message, "Make several tests of it"));
    }
    files::parse(&file.text)
        .map_err(|message| problem(message, "Compare with docs/journeys.md, or `throughline schema test`"))
}

struct Check<'a> {
    file: &'a str,
    engine: &'a Engine,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&mut self, line: u64, message: impl Into<String>, remedy: impl Into<String>) {
        let place = if line == 0 { String::new() } else { format!("line {line}") };
        self.problems.push(Problem::new(self.file, place, message, remedy));
    }

    fn script(&mut self, test: TestFile) -> Script {
        if test.customer.is_empty() {
            self.problem(0, "`customer` names no identifier", "Write `customer: {user_id: ada}`");
        }
        if test.steps.is_empty() || test.steps.len() > STEPS_MAX {
            let message = format!("{} steps", test.steps.len());
            self.problem(0, message, format!("Write 1 to {STEPS_MAX}"));
        }
        if test.steps.iter().all(|step| step.value.expect.is_empty()) {
            self.problem(0, "nothing is expected", "Write `expect` in a step; without it a test cannot fail");
        }
        let mut script = Script {
            file: self.file.to_owned(),
            name: test.name,
            start: test.start,
            answers: self.answers(test.answers),
            steps: Vec::new(),
        };
        let (mut time, mut channel) = (test.start, FIRST_CHANNEL);
        for (number, step) in test.steps.into_iter().enumerate() {
            let line = step.referenced.line();
            let step = step.value;
            self.fields(&step, line);
            time = self.time(&step, line, test.start, time);
            channel = step.channel.clone().unwrap_or(channel);
            for expectation in &step.expect {
                self.expectation(&expectation.value, expectation.referenced.line());
            }
            let arrival = body(&step, &test.customer, number).map(|body| {
                let happened = time - step.late.unwrap_or_default();
                Arrival { body, channel: channel.clone(), happened, line }
            });
            let answers = self.answers(step.answers);
            script.steps.push(ScriptStep { time, arrival, answers, expect: step.expect });
        }
        script
    }

    /// Fields that do not go together.
    fn fields(&mut self, step: &TestStep, line: u64) {
        let acts = [step.says.is_some(), step.does.is_some(), !step.traits.is_empty()];
        let acts = acts.into_iter().filter(|has| *has).count();
        if acts > 1 {
            self.problem(line, "`says`, `does` and `traits` are different things", "Make a step of each");
        }
        let given = [
            ("properties", !step.properties.is_empty(), step.does.is_some(), "does"),
            ("subject", step.subject.is_some(), step.says.is_some(), "says"),
            ("channel", step.channel.is_some(), acts > 0, "says"),
            ("as", step.identifiers.is_some(), acts > 0, "says"),
            ("message_id", step.message_id.is_some(), acts > 0, "says"),
            ("late", step.late.is_some(), acts > 0, "says"),
        ];
        for (field, is_given, is_of_use, with) in given {
            if is_given && !is_of_use {
                let remedy = format!("Write `{with}` in this step, or remove `{field}`");
                self.problem(line, format!("`{field}` stands in a step it says nothing about"), remedy);
            }
        }
        let names_nobody = step.identifiers.as_ref().is_some_and(Identifiers::is_empty);
        if names_nobody {
            self.problem(line, "`as` names no identifier", "Write `as: {email: ada@example.com}`");
        }
    }

    fn time(&mut self, step: &TestStep, line: u64, start: Timestamp, before: Timestamp) -> Timestamp {
        let time = match (step.at, step.after) {
            (Some(_), Some(_)) => {
                self.problem(line, "`at` and `after` both say when", "Write one of them");
                before
            }
            (Some(at), None) => start + at,
            (None, after) => before + after.unwrap_or_default(),
        };
        if time < before {
            let message = format!("`at` is {} earlier than the step before", before.since(time));
            self.problem(line, message, "Write the steps in the order of their times");
        }
        time.max(before)
    }

    fn answers(&mut self, answers: Vec<Spanned<Answer>>) -> Vec<Answer> {
        for answer in &answers {
            let (line, answer) = (answer.referenced.line(), &answer.value);
            match (&answer.call, &answer.send) {
                (Some(_), None) => {}
                (None, Some(channel)) => {
                    self.outgoing(channel, line);
                    if answer.returns.is_some() || answer.refuses.is_some() || answer.unreachable.is_some() {
                        self.problem(line, "a message goes out or it does not", "Write `fails`");
                    }
                }
                _ => self.problem(line, "an answer is for a call or for messages", "Write `call` or `send`"),
            }
            let ways = [answer.returns.is_some(), answer.fails.is_some(), answer.refuses.is_some()];
            let said = ways.into_iter().filter(|way| *way).count();
            if said > 1 || (said == 0 && answer.unreachable.is_none()) {
                let remedy =
                    "Write one of `returns`, `fails` and `refuses`; `unreachable` may stand beside them";
                self.problem(line, "an answer says how it went", remedy);
            }
        }
        answers.into_iter().map(|answer| answer.value).collect()
    }

    fn expectation(&mut self, expectation: &Expectation, line: u64) {
        match expectation {
            Expectation::Sends(Wanted::Some(sending)) => {
                sending.channel.iter().for_each(|channel| self.outgoing(channel, line));
                self.counts(sending.times, sending.in_all, line);
            }
            Expectation::NeverSends(message) => {
                message.channel.iter().for_each(|channel| self.outgoing(channel, line));
            }
            Expectation::Calls(Wanted::Some(calling)) => self.counts(calling.times, calling.in_all, line),
            Expectation::Sends(Wanted::Nothing)
            | Expectation::Calls(Wanted::Nothing)
            | Expectation::Holds(_) => {}
            Expectation::Starts(starting) => _ = self.journey(&starting.journey),
            Expectation::Reaches(reaching) => _ = self.journey(&reaching.journey),
            Expectation::Ends(ending) => _ = self.journey(&ending.journey),
            Expectation::Waits(standing) => {
                if self.journey(&standing.journey) {
                    let journey = &standing.journey.value;
                    standing.step.iter().for_each(|step| self.step(journey, step));
                    let question = standing.question.iter();
                    question.for_each(|slot| self.slot(journey, &slot.value, slot.referenced.line()));
                }
            }
            Expectation::Knows(knowing) => {
                if self.journey(&knowing.journey) {
                    let names = knowing.slots.keys();
                    names.for_each(|slot| self.slot(&knowing.journey.value, slot, line));
                }
            }
            Expectation::Profile(profile) => {
                if profile.traits.is_empty() && profile.computed.is_empty() {
                    self.problem(line, "`profile` names nothing", "Write `traits` or `computed`");
                }
            }
            Expectation::InSegment(segment) | Expectation::NotInSegment(segment) => self.segment(segment),
        }
    }

    fn counts(&mut self, times: Option<usize>, in_all: Option<usize>, line: u64) {
        if times.is_some() && in_all.is_some() {
            self.problem(line, "`times` and `in_all` both count", "Make an expectation of each");
        }
    }

    fn outgoing(&mut self, channel: &Channel, line: u64) {
        let journeys = self.engine.versions().current();
        let names: Vec<String> = journeys
            .into_iter()
            .flat_map(|journeys| journeys.channels().iter())
            .map(|own| own.channel.to_string())
            .collect();
        if !names.iter().any(|name| name == channel.as_str()) {
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.sort_unstable();
            let message = format!("no message goes out on `{channel}`");
            self.problem(line, message, format!("Name one of: {}", names.join(", ")));
        }
    }

    fn journey(&mut self, name: &Spanned<String>) -> bool {
        let journeys = self.engine.versions().current();
        let names: Vec<&str> =
            journeys.iter().flat_map(|journeys| journeys.titles()).map(|(own, ..)| own).collect();
        let remedy = one_of(&names);
        self.known("journey", &name.value, names.contains(&&*name.value), name.referenced.line(), remedy)
    }

    fn step(&mut self, journey: &str, name: &Spanned<String>) {
        let graph = self.engine.versions().current().and_then(|journeys| journeys.graph(journey));
        let steps = graph.map(|graph| graph.steps).unwrap_or_default();
        let names: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
        let (line, remedy) = (name.referenced.line(), one_of(&names));
        self.known("step", &name.value, names.contains(&&*name.value), line, remedy);
    }

    fn slot(&mut self, journey: &str, name: &str, line: u64) {
        let journeys = self.engine.versions().current();
        let names: Vec<&str> = journeys.iter().flat_map(|journeys| journeys.slots(journey)).collect();
        let remedy = one_of(&names);
        self.known("slot", name, names.contains(&name), line, remedy);
    }

    fn segment(&mut self, name: &Spanned<String>) {
        let segments = self.engine.recognition().segments();
        let names: Vec<&str> = segments.iter().map(|segment| &*segment.name).collect();
        let remedy = one_of(&names);
        self.known("segment", &name.value, names.contains(&&*name.value), name.referenced.line(), remedy);
    }

    fn known(&mut self, kind: &str, name: &str, is_known: bool, line: u64, remedy: String) -> bool {
        if !is_known {
            self.problem(line, format!("there is no {kind} `{name}`"), remedy);
        }
        is_known
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "There is none in the catalogue".into(),
        names => format!("Name one of: {}", names.join(", ")),
    }
}

/// The event in the shape of the Segment Spec; nothing where only time passes.
fn body(step: &TestStep, customer: &Identifiers, number: usize) -> Option<Json> {
    let identifiers: Map<String, Json> = step
        .identifiers
        .as_ref()
        .unwrap_or(customer)
        .iter()
        .map(|(namespace, value)| (namespace.to_string(), json!(value)))
        .collect();
    let message_id = step.message_id.clone().unwrap_or_else(|| format!("step {number}"));
    let track = |name: &str, properties: &Map<String, Json>| {
        json!({"type": "track", "event": name, "properties": properties,
               "identifiers": identifiers, "messageId": message_id})
    };
    if let Some(text) = &step.says {
        let mut properties = Map::from_iter([("text".to_owned(), json!(text))]);
        properties.extend(step.subject.iter().map(|subject| ("subject".to_owned(), json!(subject))));
        return Some(track("Message Received", &properties));
    }
    if let Some(name) = &step.does {
        return Some(track(name, &step.properties));
    }
    (!step.traits.is_empty()).then(|| {
        json!({"type": "identify", "traits": step.traits, "identifiers": identifiers, "messageId": message_id})
    })
}
