//! Queues, agents and the way to a person, as they are in force.

use std::collections::{BTreeMap, BTreeSet};

use model::{Catalogue, Priority, Problem, Span, Timestamp};

use super::files;
use super::hours::Hours;
use super::ticket::{Clock, Ticket};

/// The desk of one catalogue version.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    pub(crate) queues: BTreeMap<Box<str>, Queue>,
    pub(crate) agents: BTreeMap<Box<str>, Agent>,
    pub(crate) request: Option<PersonRequest>,
}

/// Where conversations wait for an agent.
#[derive(Debug, Clone)]
pub struct Queue {
    pub name: Box<str>,
    pub title: Box<str>,
    /// What an agent must be able to do.
    pub skills: BTreeSet<Box<str>>,
    /// The languages spoken here; an agent speaks at least one of them.
    pub languages: BTreeSet<Box<str>>,
    /// Whether agents are given conversations, or take them.
    pub automatic: bool,
    /// Always, where there are none.
    pub(crate) hours: Option<Hours>,
    /// Said to customers outside the hours.
    pub(crate) outside_hours: Option<Box<str>>,
    pub(crate) level: Level,
    pub(crate) levels: BTreeMap<Priority, Level>,
    pub(crate) warn_before: Span,
    pub(crate) escalation: Option<Escalation>,
}

/// What is promised to customers, counted in business hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub first_response: Option<Span>,
    pub resolution: Option<Span>,
}

/// Where conversations go that were not answered in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Escalation {
    pub queue: Option<Box<str>>,
    pub priority: Option<Priority>,
}

/// Somebody who answers customers; known by the name of their token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub name: Box<str>,
    /// The name that customers see.
    pub title: Box<str>,
    pub skills: BTreeSet<Box<str>>,
    pub languages: BTreeSet<Box<str>>,
    /// Conversations at a time, as far as they are assigned automatically.
    pub capacity: u16,
}

/// How customers ask for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonRequest {
    pub queue: Box<str>,
    pub event: Option<Box<str>>,
    /// In lower case, each as its words.
    pub phrases: Vec<Vec<String>>,
    pub announcement: Option<Box<str>>,
}

impl Desk {
    /// Reads `queues/*.yaml`, `agents.yaml` and `desk.yaml`; every mistake in them is listed.
    pub(crate) fn compile(catalogue: &Catalogue) -> (Self, Vec<Problem>) {
        files::compile(catalogue)
    }

    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    pub fn agent(&self, name: &str) -> Option<&Agent> {
        self.agents.get(name)
    }

    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// The name by which customers know a member of staff.
    pub fn title_of<'a>(&'a self, agent: &'a str) -> &'a str {
        self.agent(agent).map_or(agent, |agent| &*agent.title)
    }

    /// The name of the event that asks for a person.
    pub(crate) fn request_event(&self) -> Option<&str> {
        self.request.as_ref()?.event.as_deref()
    }

    pub(crate) fn is_request(&self, event: &str) -> bool {
        self.request_event() == Some(event)
    }

    /// Whether a text asks for a person: it is one of the phrases, or has one of several words in it.
    pub(crate) fn asks_for_person(&self, text: &str) -> bool {
        let Some(request) = &self.request else { return false };
        let said = words(text);
        let meant = |phrase: &Vec<String>| {
            said == *phrase || phrase.len() > 1 && said.windows(phrase.len()).any(|part| part == &phrase[..])
        };
        request.phrases.iter().any(meant)
    }

    /// The queue of a conversation that comes to the desk without one being named.
    pub(crate) fn usual_queue(&self) -> Option<&str> {
        let asked = self.request.as_ref().map(|request| &*request.queue);
        asked.or_else(|| self.queues.keys().next().map(|name| &**name))
    }
}

impl Queue {
    pub fn is_open(&self, time: Timestamp) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.is_open(time))
    }

    /// What customers are told who come outside the hours.
    pub fn greeting_outside_hours(&self, time: Timestamp) -> Option<&str> {
        self.outside_hours.as_deref().filter(|_| !self.is_open(time))
    }

    /// Whether the agent may be given a conversation of this queue that needs `skills` besides.
    pub fn suits(&self, agent: &Agent, skills: &[Box<str>]) -> bool {
        let able = self.skills.iter().chain(skills).all(|skill| agent.skills.contains(skill));
        able && (self.languages.is_empty() || !self.languages.is_disjoint(&agent.languages))
    }

    /// Starts the clocks of a ticket anew for this queue and its priority, counted from when it came to the desk. One
    /// that has stopped stays stopped.
    pub(crate) fn set_clocks(&self, ticket: &mut Ticket) {
        let level = self.levels.get(&ticket.priority).copied().unwrap_or(self.level);
        if ticket.answered.is_none() {
            ticket.first_response = self.clock(ticket.since, level.first_response, &ticket.first_response);
        }
        ticket.resolution = self.clock(ticket.since, level.resolution, &ticket.resolution);
    }

    fn clock(&self, since: Timestamp, promised: Option<Span>, before: &Option<Clock>) -> Option<Clock> {
        if before.as_ref().is_some_and(|clock| clock.breached) {
            return before.clone();
        }
        let promised = promised?;
        let after = |span: Span| match &self.hours {
            Some(hours) => hours.after(since, span),
            None => Some(since + span),
        };
        let warned = before.as_ref().is_some_and(|clock| clock.warned);
        let early = Span((promised.0 - self.warn_before.0).max(0));
        Some(Clock { due: after(promised)?, warn_at: after(early)?, warned, breached: false })
    }
}

/// The words of a text in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    let split = text.split(|letter: char| !letter.is_alphanumeric());
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}
