//! Names become slots: small numbers that an environment answers without looking anything up.

use std::collections::BTreeMap;

use model::Span;

/// A field of the profile, the event, the journey's slots, …, by its place in [`Symbols::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldSlot(pub u16);

/// A [`Behaviour`], by its place in [`Symbols::behaviours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BehaviourSlot(pub u16);

/// A segment, by its place in [`Symbols::segments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentSlot(pub u16);

/// What to make of the events of one name. Payloads are dotted property paths; the empty path in `First`
/// and `Last` stands for the event's time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    Count,
    Sum(Box<str>),
    Min(Box<str>),
    Max(Box<str>),
    Average(Box<str>),
    First(Box<str>),
    Last(Box<str>),
}

/// An aggregate over the events of one name in a customer's thread, up to the record's time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Behaviour {
    pub event: Box<str>,
    pub aggregate: Aggregate,
    /// Only events of this last stretch of time; `None` is the whole thread.
    pub window: Option<Span>,
}

/// Every name the conditions of one catalogue version use, each with its slot. Interned while compiling;
/// each kind of name has at most 65,536 slots, far beyond what a catalogue can hold.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    fields: Interned<Box<str>>,
    behaviours: Interned<Behaviour>,
    segments: Interned<Box<str>>,
}

#[derive(Debug, Clone)]
struct Interned<T> {
    list: Vec<T>,
    slots: BTreeMap<T, u16>,
}

impl Symbols {
    pub fn new() -> Self {
        Self::default()
    }

    /// Field paths such as `profile.traits.city`, in the order of their slots.
    pub fn fields(&self) -> &[Box<str>] {
        &self.fields.list
    }

    pub fn behaviours(&self) -> &[Behaviour] {
        &self.behaviours.list
    }

    pub fn segments(&self) -> &[Box<str>] {
        &self.segments.list
    }

    pub fn field(&mut self, path: &str) -> FieldSlot {
        FieldSlot(self.fields.slot(path.into()))
    }

    pub fn behaviour(&mut self, behaviour: Behaviour) -> BehaviourSlot {
        BehaviourSlot(self.behaviours.slot(behaviour))
    }

    pub fn segment(&mut self, name: &str) -> SegmentSlot {
        SegmentSlot(self.segments.slot(name.into()))
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { list: Vec::new(), slots: BTreeMap::new() }
    }
}

impl<T: Clone + Ord> Interned<T> {
    fn slot(&mut self, name: T) -> u16 {
        if let Some(slot) = self.slots.get(&name) {
            return *slot;
        }
        let slot =
            u16::try_from(self.list.len()).expect("a catalogue names fewer than 65,536 things of a kind");
        self.list.push(name.clone());
        self.slots.insert(name, slot);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_slot() {
        let mut symbols = Symbols::new();
        let city = symbols.field("profile.traits.city");
        let age = symbols.field("profile.traits.age");
        assert_eq!(symbols.field("profile.traits.city"), city);
        assert_ne!(city, age);
        assert_eq!(&*symbols.fields()[usize::from(age.0)], "profile.traits.age");
        assert_eq!(symbols.segment("vip"), SegmentSlot(0));
    }
}
