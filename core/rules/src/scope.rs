//! What a condition in one room may name: fields with their kinds, events with their properties, segments.

use std::collections::{BTreeMap, BTreeSet};

use model::ValueKind;

/// The names a condition may use. [`ValueKind::Null`] declares a name whose values can be of any kind.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub(crate) fields: BTreeMap<String, ValueKind>,
    pub(crate) events: BTreeMap<String, BTreeMap<String, ValueKind>>,
    pub(crate) segments: BTreeSet<String>,
    /// The only values that some fields take.
    pub(crate) choices: BTreeMap<String, Vec<String>>,
}

impl Scope {
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a field by its dotted path, such as `profile.traits.city`, `event.name` or `slots.room`.
    pub fn field(&mut self, path: &str, kind: ValueKind) {
        self.fields.insert(path.into(), kind);
    }

    /// Declares that a field, which is a text, is one of these.
    pub fn choices(&mut self, path: &str, choices: impl IntoIterator<Item = String>) {
        self.choices.insert(path.into(), choices.into_iter().collect());
    }

    /// Declares an event that the behaviour functions may name, with the properties they may read.
    /// Declared again, it keeps the properties of both.
    pub fn event(&mut self, name: &str, properties: impl IntoIterator<Item = (String, ValueKind)>) {
        self.events.entry(name.into()).or_default().extend(properties);
    }

    pub fn segment(&mut self, name: &str) {
        self.segments.insert(name.into());
    }

    /// A copy without the fields and event properties that `named` finds, by path or by the property's own name.
    pub fn without(&self, named: impl Fn(&str) -> bool) -> Self {
        let mut scope = self.clone();
        scope.fields.retain(|path, _| !named(path));
        for properties in scope.events.values_mut() {
            properties.retain(|name, _| !named(name));
        }
        scope
    }

    /// The properties declared for an event, by name; `None` where the event is not declared.
    pub fn properties(&self, event: &str) -> Option<&BTreeMap<String, ValueKind>> {
        self.events.get(event)
    }
}
