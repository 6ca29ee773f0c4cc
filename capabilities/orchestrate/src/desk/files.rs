//! The desk's catalogue files: `queues/*.yaml`, `agents.yaml` and `desk.yaml`, read and checked.

use std::collections::{BTreeMap, BTreeSet};

use model::{Catalogue, CatalogueFile, Day, Priority, Problem, Span, TimeOfDay, Weekday, Zone};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::definition::{Agent, Desk, Escalation, Level, PersonRequest, Queue, words};
use super::hours::Hours;

const QUEUES: &str = "queues/";
const AGENTS: &str = "agents.yaml";
const DESK: &str = "desk.yaml";
/// Conversations an agent has at a time unless the file says otherwise.
const CAPACITY: u16 = 4;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct QueueFile {
    name: String,
    title: String,
    #[serde(default)]
    skills: BTreeSet<Box<str>>,
    #[serde(default)]
    languages: BTreeSet<Box<str>>,
    #[serde(default)]
    assignment: Assignment,
    #[serde(default)]
    hours: Option<HoursFile>,
    #[serde(default)]
    outside_hours: Option<Box<str>>,
    #[serde(default)]
    service_level: LevelFile,
    #[serde(default)]
    escalate: Option<EscalationFile>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Assignment {
    #[default]
    Automatic,
    Manual,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HoursFile {
    #[schemars(with = "String")]
    time_zone: Zone,
    open: Vec<OpenFile>,
    #[serde(default)]
    holidays: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OpenFile {
    days: Vec<String>,
    #[schemars(with = "String")]
    from: TimeOfDay,
    #[schemars(with = "String")]
    to: TimeOfDay,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LevelFile {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    first_response: Option<Span>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    resolution: Option<Span>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    warn_before: Option<Span>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, PriorityLevelFile>")]
    priorities: BTreeMap<Priority, PriorityLevelFile>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PriorityLevelFile {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    first_response: Option<Span>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    resolution: Option<Span>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EscalationFile {
    #[serde(default)]
    queue: Option<Box<str>>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    priority: Option<Priority>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentsFile {
    agents: BTreeMap<Box<str>, AgentFile>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentFile {
    title: Box<str>,
    #[serde(default)]
    skills: BTreeSet<Box<str>>,
    #[serde(default)]
    languages: BTreeSet<Box<str>>,
    #[serde(default)]
    capacity: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeskFile {
    person: PersonFile,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    queue: Box<str>,
    #[serde(default)]
    event: Option<Box<str>>,
    #[serde(default)]
    phrases: Vec<String>,
    #[serde(default)]
    announcement: Option<Box<str>>,
}

pub(super) fn compile(catalogue: &Catalogue) -> (Desk, Vec<Problem>) {
    let mut reader = Reader { desk: Desk::default(), problems: Vec::new() };
    for file in catalogue.folder(QUEUES).filter(|file| file.path.ends_with(".yaml")) {
        reader.queue(file);
    }
    if let Some(file) = catalogue.file(AGENTS) {
        reader.agents(file);
    }
    if let Some(file) = catalogue.file(DESK) {
        reader.person(file);
    }
    reader.check_escalations();
    (reader.desk, reader.problems)
}

struct Reader {
    desk: Desk,
    problems: Vec<Problem>,
}

/// The JSON Schemas of the desk's files, for editors: queues, agents, and the way to a person.
pub(crate) fn json_schemas() -> [(&'static str, serde_json::Value); 3] {
    [
        ("queues/", schemars::schema_for!(QueueFile).to_value()),
        (AGENTS, schemars::schema_for!(AgentsFile).to_value()),
        (DESK, schemars::schema_for!(DeskFile).to_value()),
    ]
}

impl Reader {
    fn read<T: DeserializeOwned>(&mut self, file: &CatalogueFile, remedy: &str) -> Option<T> {
        let read = files::read_said(file, remedy);
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn problem(&mut self, file: &CatalogueFile, path: &str, message: impl Into<String>, remedy: &str) {
        self.problems.push(Problem::new(&file.path, path, message, remedy));
    }

    fn queue(&mut self, file: &CatalogueFile) {
        let remedy = "Write `name`, `title` and, as needed, `skills`, `languages`, `assignment`, `hours`, `outside_hours`, `service_level` and `escalate`";
        let Some(read) = self.read::<QueueFile>(file, remedy) else { return };
        self.check_name(file, "name", &read.name);
        let hours = read.hours.and_then(|hours| self.hours(file, hours));
        let level = self.level(
            file,
            "service_level",
            read.service_level.first_response,
            read.service_level.resolution,
        );
        let mut levels = BTreeMap::new();
        for (priority, own) in read.service_level.priorities {
            let path = format!("service_level.priorities.{priority}");
            let own = self.level(file, &path, own.first_response, own.resolution);
            let first_response = own.first_response.or(level.first_response);
            levels
                .insert(priority, Level { first_response, resolution: own.resolution.or(level.resolution) });
        }
        let queue = Queue {
            name: read.name.as_str().into(),
            title: read.title.into(),
            skills: read.skills,
            languages: read.languages,
            automatic: read.assignment == Assignment::Automatic,
            hours,
            outside_hours: read.outside_hours,
            level,
            levels,
            warn_before: read.service_level.warn_before.unwrap_or(Span(0)),
            escalation: read.escalate.map(|rule| Escalation { queue: rule.queue, priority: rule.priority }),
        };
        if let Some(known) = self.desk.queues.insert(queue.name.clone(), queue) {
            let message = format!("another file has a queue `{}` too: “{}”", known.name, known.title);
            self.problem(file, "name", message, "Give one of them another name");
        }
    }

    fn check_name(&mut self, file: &CatalogueFile, path: &str, name: &str) {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if !(1..=60).contains(&name.len()) || !name.bytes().all(legal) {
            let message = format!("`{name}` is no name");
            self.problem(file, path, message, "Use up to 60 lower-case letters, digits, `-` and `_`");
        }
    }

    fn level(
        &mut self,
        file: &CatalogueFile,
        path: &str,
        first_response: Option<Span>,
        resolution: Option<Span>,
    ) -> Level {
        for (field, span) in [("first_response", first_response), ("resolution", resolution)] {
            if let Some(span) = span.filter(|span| span.0 <= 0) {
                let message = format!("{span} is no time at all");
                self.problem(file, &format!("{path}.{field}"), message, "Write a span such as 30m or 8h");
            }
        }
        Level { first_response, resolution }
    }

    fn hours(&mut self, file: &CatalogueFile, read: HoursFile) -> Option<Hours> {
        let mut open = Vec::new();
        for (place, own) in read.open.iter().enumerate() {
            for (at, day) in own.days.iter().enumerate() {
                match day.parse::<Weekday>() {
                    Ok(day) => open.push((day, own.from, own.to)),
                    Err(error) => {
                        let path = format!("hours.open.{place}.days.{at}");
                        self.problem(file, &path, error.to_string(), "Write the whole English name");
                    }
                }
            }
        }
        if open.is_empty() {
            self.problem(
                file,
                "hours.open",
                "it is never open",
                "List days with `from` and `to`, or leave `hours` out",
            );
        }
        open.sort();
        let mut holidays = BTreeSet::new();
        for (place, day) in read.holidays.iter().enumerate() {
            match day.parse::<Day>().ok().filter(|_| day.len() == 10) {
                Some(day) => drop(holidays.insert(day)),
                None => {
                    let message = format!("`{day}` is no day");
                    self.problem(file, &format!("hours.holidays.{place}"), message, "Write it as 2026-12-25");
                }
            }
        }
        Some(Hours { zone: read.time_zone, open, holidays })
    }

    fn agents(&mut self, file: &CatalogueFile) {
        let remedy = "Write `agents`, each by the name of their token, with `title`, `skills`, `languages` and `capacity`";
        let Some(read) = self.read::<AgentsFile>(file, remedy) else { return };
        for (name, own) in read.agents {
            if own.capacity == Some(0) {
                let path = format!("agents.{name}.capacity");
                self.problem(
                    file,
                    &path,
                    "nothing could be assigned",
                    "Write at least 1, or leave the agent out",
                );
            }
            let capacity = own.capacity.unwrap_or(CAPACITY);
            let (title, skills, languages) = (own.title, own.skills, own.languages);
            self.desk.agents.insert(name.clone(), Agent { name, title, skills, languages, capacity });
        }
    }

    fn person(&mut self, file: &CatalogueFile) {
        let remedy = "Write `person` with `queue` and, as needed, `event`, `phrases` and `announcement`";
        let Some(DeskFile { person }) = self.read::<DeskFile>(file, remedy) else { return };
        self.check_queue(file, "person.queue", &person.queue);
        let phrases: Vec<Vec<String>> = person.phrases.iter().map(|phrase| words(phrase)).collect();
        if let Some(place) = phrases.iter().position(Vec::is_empty) {
            let message = format!("`{}` has no word", person.phrases[place]);
            self.problem(
                file,
                &format!("person.phrases.{place}"),
                message,
                "Write what a customer would write",
            );
        }
        let PersonFile { queue, event, announcement, .. } = person;
        self.desk.request = Some(PersonRequest { queue, event, phrases, announcement });
    }

    fn check_escalations(&mut self) {
        let escalations = self.desk.queues.values().filter_map(|queue| {
            let to = queue.escalation.as_ref()?.queue.as_ref()?;
            (!self.desk.queues.contains_key(to)).then(|| (queue.name.clone(), to.clone()))
        });
        for (name, to) in escalations.collect::<Vec<_>>() {
            let problem = Problem::new(
                &format!("{QUEUES}{name}.yaml"),
                "escalate.queue",
                format!("there is no queue `{to}`"),
                self.known_queues(),
            );
            self.problems.push(problem);
        }
    }

    fn check_queue(&mut self, file: &CatalogueFile, path: &str, queue: &str) {
        if !self.desk.queues.contains_key(queue) {
            let remedy = self.known_queues();
            self.problem(file, path, format!("there is no queue `{queue}`"), &remedy);
        }
    }

    fn known_queues(&self) -> String {
        let known: Vec<&str> = self.desk.queues.keys().map(|name| &**name).collect();
        format!("Name one of: {}", known.join(", "))
    }
}
