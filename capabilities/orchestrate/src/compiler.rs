//! What the parts of a journey are compiled with: the names they may use, and where their problems go.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use minijinja::Environment as Templates;
use model::{Problem, Span, ValueKind};
use rules::{Program, Scope, Symbols, Wanted, compile};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::channels::MessagingChannels;
use crate::content::Contents;
use crate::desk::Queue;
use crate::kinds::Target;
use crate::sight::Names;
use crate::text::{self, Form, Text};
use crate::wish::CHANNEL_PREFERRED;

/// Events that channels bring in whether or not the catalogue declares them, with their properties.
const CHANNEL_EVENTS: [(&str, &[&str]); 6] = [
    ("Message Received", &["text", "conversation", "message_id", "in_reply_to", "subject"]),
    ("Chat Opened", &["conversation"]),
    ("Consent Granted", &["purpose", "channel"]),
    ("Consent Revoked", &["purpose", "channel"]),
    ("Unsubscribed", &["channel"]),
    (CHANNEL_PREFERRED, &["purpose", "channel"]),
];

pub(crate) const JINJA_REMEDY: &str =
    "Write it as a Jinja template, such as `Hello {{ profile.traits.first_name }}`";

/// Compiles the parts of one journey.
pub(crate) struct Compiler<'a> {
    pub file: &'a str,
    pub journey: &'a str,
    pub symbols: &'a mut Symbols,
    pub names: &'a mut Names,
    pub templates: &'a mut Templates<'static>,
    pub channels: &'a MessagingChannels,
    pub contents: &'a Contents,
    pub problems: &'a mut Vec<Problem>,
    /// The catalogue's names, the journey's slots and the event that starts it.
    pub scope: Scope,
    /// Properties of the starting event that something reads.
    pub remembers: BTreeSet<Box<str>>,
    pub queues: &'a BTreeMap<Box<str>, Queue>,
}

/// Compiles one step: the compiler, and where the step stands.
pub(crate) struct StepCompiler<'c, 'a> {
    pub compiler: &'c mut Compiler<'a>,
    /// Such as `steps.greet`.
    pub path: String,
    /// The way on unless the step says otherwise.
    pub next: Target,
    /// The place of each step by its id.
    pub steps: &'c BTreeMap<String, usize>,
    /// The journey's slots, with whether each has a question.
    pub slots: &'c BTreeMap<Box<str>, bool>,
}

impl Compiler<'_> {
    pub fn problem(&mut self, path: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(self.file, path, message, remedy));
    }

    /// A condition. `event` names the events that may just have arrived, where some have.
    pub fn condition(&mut self, path: &str, source: &str, event: Option<&[String]>) -> Option<Program> {
        let program = self.program(path, source, event, Wanted::Bool)?;
        match program.impossible(&self.scope_with(event), self.symbols) {
            Some(why) => {
                self.problem(path, format!("it can never hold: {why}"), "Correct it, or take it out");
                None
            }
            None => Some(program),
        }
    }

    pub fn expression(&mut self, path: &str, source: &str, event: Option<&[String]>) -> Option<Program> {
        self.program(path, source, event, Wanted::Any)
    }

    /// A text with names in it.
    pub fn text(&mut self, path: &str, source: &str) -> Option<Text> {
        self.text_as(path, source, Form::Plain, &str::to_owned)
    }

    /// The same in a form of its own; `meaning` is the expression that a name in it stands for.
    pub fn text_as(
        &mut self,
        path: &str,
        source: &str,
        form: Form,
        meaning: &dyn Fn(&str) -> String,
    ) -> Option<Text> {
        let name = format!("{}/{path}", self.journey);
        let paths = match text::add(self.templates, &name, source, form) {
            Ok(paths) => paths,
            Err(message) => {
                self.problem(path, message, JINJA_REMEDY);
                return None;
            }
        };
        let programs: Vec<_> = paths
            .iter()
            .map(|read| (read.as_str().into(), self.expression(path, &meaning(read), None)))
            .collect();
        let whole = programs.iter().all(|(_, program)| program.is_some());
        whole.then(|| Text { name: form.name(&name), reads: programs, language: None })
    }

    /// Checks that an event is known, by the catalogue or as one that channels bring.
    pub fn event(&mut self, path: &str, name: &str) {
        if self.properties(name).is_none() {
            self.problem(
                path,
                format!("the event `{name}` is not declared"),
                "Declare it under `events` in schema.yaml",
            );
        }
    }

    pub fn positive(&mut self, path: &str, span: Span) {
        if span.0 <= 0 {
            self.problem(
                path,
                format!("{span} is no time at all"),
                "Write a span such as 20s, 15m, 2h or 30d",
            );
        }
    }

    /// Declares the properties of the starting events as `entry.properties.…`.
    pub fn declare_entry(&mut self, events: &[String]) {
        for (property, kind) in self.shared_properties(events) {
            self.scope.field(&format!("entry.properties.{property}"), kind);
        }
    }

    fn program(
        &mut self,
        path: &str,
        source: &str,
        event: Option<&[String]>,
        wanted: Wanted,
    ) -> Option<Program> {
        let with_event = event.is_some().then(|| self.scope_with(event).into_owned());
        match compile(source, with_event.as_ref().unwrap_or(&self.scope), self.symbols, wanted) {
            Ok(program) => {
                self.names.bind(&program, self.symbols);
                self.remembers.extend(self.names.entry_properties(&program));
                Some(program)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    let problem = Problem::new(self.file, path, mistake.message, mistake.remedy);
                    self.problems.push(match mistake.column {
                        Some(column) => problem.at_column(column),
                        None => problem,
                    });
                }
                None
            }
        }
    }

    /// What can be named, with what at least one of the events has that may just have arrived.
    fn scope_with(&self, event: Option<&[String]>) -> Cow<'_, Scope> {
        let Some(events) = event else { return Cow::Borrowed(&self.scope) };
        let mut scope = self.scope.clone();
        scope.field("event.name", ValueKind::Text);
        scope.field("event.channel", ValueKind::Text);
        for (property, kind) in self.shared_properties(events) {
            scope.field(&format!("event.properties.{property}"), kind);
        }
        Cow::Owned(scope)
    }

    /// What at least one of the events has; of any kind where they differ.
    fn shared_properties(&self, events: &[String]) -> BTreeMap<String, ValueKind> {
        let mut shared: BTreeMap<String, ValueKind> = BTreeMap::new();
        for (property, kind) in events.iter().filter_map(|event| self.properties(event)).flatten() {
            let known = shared.entry(property).or_insert(kind);
            if *known != kind {
                *known = ValueKind::Null;
            }
        }
        shared
    }

    fn properties(&self, event: &str) -> Option<BTreeMap<String, ValueKind>> {
        let declared = self.scope.properties(event).cloned();
        let built_in = CHANNEL_EVENTS.iter().find(|(name, _)| *name == event).map(|(_, properties)| {
            properties.iter().map(|name| ((*name).to_owned(), ValueKind::Text)).collect::<BTreeMap<_, _>>()
        });
        match (declared, built_in) {
            (Some(declared), Some(built_in)) => Some(built_in.into_iter().chain(declared).collect()),
            (declared, built_in) => declared.or(built_in),
        }
    }
}

impl StepCompiler<'_, '_> {
    /// Reads the step's own fields.
    pub fn read<T: DeserializeOwned>(&mut self, fields: Json) -> Option<T> {
        match serde_path_to_error::deserialize(fields) {
            Ok(definition) => Some(definition),
            Err(error) => {
                let inner = error.path().to_string();
                let path = if inner == "." { self.path.clone() } else { self.at(&inner) };
                self.compiler.problem(&path, error.inner().to_string(), "Compare with the journey schema");
                None
            }
        }
    }

    pub fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    pub fn problem(&mut self, field: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let path = self.at(field);
        self.compiler.problem(&path, message, remedy);
    }

    pub fn text(&mut self, field: &str, source: &str) -> Option<Text> {
        let path = self.at(field);
        self.compiler.text(&path, source)
    }

    /// An optional text: `Some(None)` when it is absent, `None` when it is wrong.
    pub fn optional_text(&mut self, field: &str, source: Option<&String>) -> Option<Option<Text>> {
        match source {
            None => Some(None),
            Some(source) => self.text(field, source).map(Some),
        }
    }

    /// Where a named step is; the ordinary way on when none is named.
    pub fn target(&mut self, field: &str, name: Option<&String>) -> Option<Target> {
        let Some(name) = name else { return Some(self.next) };
        if name == "end" {
            return Some(Target::End);
        }
        if let Some(place) = self.steps.get(name) {
            return Some(Target::Step(*place));
        }
        let known: Vec<&str> = self.steps.keys().map(String::as_str).collect();
        let remedy = format!("Name one of: {}, end", known.join(", "));
        self.problem(field, format!("there is no step `{name}`"), remedy);
        None
    }

    /// Checks that there is a queue of this name.
    pub fn queue(&mut self, field: &str, name: &str) {
        if !self.compiler.queues.contains_key(name) {
            let known: Vec<&str> = self.compiler.queues.keys().map(|name| &**name).collect();
            let remedy = format!("Add it under `queues/`; there are: {}", known.join(", "));
            self.problem(field, format!("there is no queue `{name}`"), remedy);
        }
    }

    /// Checks that a slot is declared.
    pub fn slot(&mut self, field: &str, name: &str) -> Option<Box<str>> {
        if self.slots.contains_key(name) {
            return Some(name.into());
        }
        let known: Vec<&str> = self.slots.keys().map(|name| &**name).collect();
        let remedy = format!("Declare it under `slots`; declared are: {}", known.join(", "));
        self.problem(field, format!("there is no slot `{name}`"), remedy);
        None
    }
}
