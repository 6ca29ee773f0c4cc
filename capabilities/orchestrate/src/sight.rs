//! What conditions and texts of a journey can see: the profile, and beside it the run's slots, the event that
//! started it, the event that just arrived, and facts about the journey.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{CHAT_LINK, Event, Timestamp, Value, ValueKind};
use rules::{BehaviourSlot, Environment, FieldSlot, Program, Scope, SegmentSlot, Symbols};

use crate::progress::Filled;

/// What the fields that belong to journeys stand for, by their slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(BTreeMap<FieldSlot, Meaning>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Slot(Box<str>),
    /// A property of the event that just arrived.
    EventProperty(Box<str>),
    EventName,
    EventChannel,
    /// A property of the event that started the run.
    EntryProperty(Box<str>),
    Fact(Fact),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    Title,
    Questions,
    QuestionsLeft,
    NextQuestion,
    ChatLink,
}

const FACTS: [(&str, Fact, ValueKind); 5] = [
    ("journey.title", Fact::Title, ValueKind::Text),
    ("journey.questions", Fact::Questions, ValueKind::List),
    ("journey.questions_left", Fact::QuestionsLeft, ValueKind::Int),
    ("journey.next_question", Fact::NextQuestion, ValueKind::Text),
    ("journey.chat_link", Fact::ChatLink, ValueKind::Text),
];

/// Facts about the journey that only a run can tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub title: Box<str>,
    /// What is still to be asked, by the labels of the slots.
    pub questions: Vec<Box<str>>,
    pub next_question: Box<str>,
}

/// An environment that answers for the journey and passes everything else on.
pub(crate) struct Sight<'a> {
    pub outer: &'a dyn Environment,
    pub names: &'a Names,
    pub slots: &'a [Filled],
    pub entry: &'a [(Box<str>, Value)],
    pub event: Option<&'a Event>,
    pub facts: &'a Facts,
}

impl Names {
    /// Notes what `program` reads of the journey's own.
    pub fn bind(&mut self, program: &Program, symbols: &Symbols) {
        for slot in &program.reads().fields {
            let path = &symbols.fields()[usize::from(slot.0)];
            if let Some(name) = Meaning::parse(path) {
                self.0.insert(*slot, name);
            }
        }
    }

    /// The properties of the starting event that `program` reads.
    pub fn entry_properties(&self, program: &Program) -> Vec<Box<str>> {
        let names = program.reads().fields.iter().filter_map(|slot| self.0.get(slot));
        names
            .filter_map(
                |name| if let Meaning::EntryProperty(path) = name { Some(path.clone()) } else { None },
            )
            .collect()
    }
}

impl Meaning {
    fn parse(path: &str) -> Option<Self> {
        match path {
            "event.name" => return Some(Self::EventName),
            "event.channel" => return Some(Self::EventChannel),
            _ => {}
        }
        if let Some((_, fact, _)) = FACTS.iter().find(|(name, ..)| *name == path) {
            return Some(Self::Fact(*fact));
        }
        let under = |root: &str| path.strip_prefix(root).map(Into::into);
        under("slots.")
            .map(Self::Slot)
            .or_else(|| under("event.properties.").map(Self::EventProperty))
            .or_else(|| under("entry.properties.").map(Self::EntryProperty))
    }
}

/// Declares `journey.…`.
pub(crate) fn declare_facts(scope: &mut Scope) {
    for (path, _, kind) in FACTS {
        scope.field(path, kind);
    }
}

impl Sight<'_> {
    fn fact(&self, fact: Fact) -> Value {
        match fact {
            Fact::Title => Value::Text(self.facts.title.clone()),
            Fact::Questions => Value::List(self.facts.questions.iter().cloned().map(Value::Text).collect()),
            Fact::QuestionsLeft => Value::Int(self.facts.questions.len() as i64),
            Fact::NextQuestion => Value::Text(self.facts.next_question.clone()),
            Fact::ChatLink => Value::text(CHAT_LINK),
        }
    }
}

impl Environment for Sight<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let none = Cow::Owned(Value::Null);
        match self.names.0.get(&slot) {
            None => self.outer.field(slot),
            Some(Meaning::Slot(name)) => self
                .slots
                .iter()
                .find(|filled| filled.slot == *name)
                .map_or(none, |filled| Cow::Borrowed(&filled.value)),
            Some(Meaning::EventProperty(path)) => {
                self.event.map_or(none, |event| Cow::Owned(event.property(path)))
            }
            Some(Meaning::EventName) => {
                self.event.map_or(none, |event| Cow::Owned(Value::text(&*event.name)))
            }
            Some(Meaning::EventChannel) => {
                self.event.map_or(none, |event| Cow::Owned(Value::text(event.stamp.channel.as_str())))
            }
            Some(Meaning::EntryProperty(path)) => {
                self.entry.iter().find(|(own, _)| own == path).map_or(none, |(_, value)| Cow::Borrowed(value))
            }
            Some(Meaning::Fact(fact)) => Cow::Owned(self.fact(*fact)),
        }
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.outer.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.outer.in_segment(slot)
    }

    fn now(&self) -> Timestamp {
        self.outer.now()
    }
}
