//! What is known of a customer at a moment: the facts of all its strands, read as one.

use std::borrow::Cow;

use model::{OpenComplaint, StrandId, Timestamp, Value};
use rules::{Aggregate, BehaviourSlot, Environment, FieldSlot, SegmentSlot, Symbols};

use crate::Recognition;
use crate::facts::{Facts, Fold, Kept, Mark, Total, Trait, compare, in_window};
use crate::recognition::Computed;
use crate::segments::Membership;
use crate::service::{FIELDS, Service, ServiceField, ServiceView, open_complaints};

/// A customer's facts at a time. Reading merges the strands: sums add up, the last writer over all of them wins.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    recognition: &'a Recognition,
    strands: &'a [(StrandId, &'a Facts)],
    now: Timestamp,
}

/// A view with the segments the customer is in: what conditions about the customer are evaluated against.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub view: View<'a>,
    pub membership: &'a Membership,
}

/// Where the value of each field slot comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<Field>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// The trait's name, and the path inside its value.
    Trait(Box<str>, Option<Box<str>>),
    Computed(usize),
    FirstSeen,
    LastSeen,
    Service(ServiceField),
    /// Not of the profile; whoever declared it answers it.
    Foreign,
}

impl<'a> View<'a> {
    pub fn new(recognition: &'a Recognition, strands: &'a [(StrandId, &'a Facts)], now: Timestamp) -> Self {
        Self { recognition, strands, now }
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn recognition(&self) -> &'a Recognition {
        self.recognition
    }

    /// When the customer was first and last seen.
    pub fn seen(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.strands.iter().filter_map(|(_, facts)| facts.first_seen()).min()?;
        let last = self.strands.iter().filter_map(|(_, facts)| facts.last_seen()).max()?;
        Some((first, last))
    }

    /// A trait's value; `None` when nobody named it or the last writer cleared it.
    pub fn trait_value(&self, name: &str) -> Option<&'a Value> {
        self.winner(name).map(|winner| &winner.value).filter(|value| !value.is_null())
    }

    /// A computed trait's value; `Null` when it cannot be worked out.
    pub fn computed(&self, name: &str) -> Value {
        let place = self.recognition.computed().iter().position(|computed| *computed.name == *name);
        place.map_or(Value::Null, |place| self.computed_at(place))
    }

    /// The value of a field of the profile; `Null` for fields of others.
    pub fn field(&self, slot: FieldSlot) -> Cow<'a, Value> {
        match self.recognition.bound().fields.get(slot) {
            Field::Trait(name, path) => {
                let value = self.trait_value(name);
                let inner = value.and_then(|value| path.as_ref().map_or(Some(value), |path| value.at(path)));
                inner.map_or(Cow::Owned(Value::Null), Cow::Borrowed)
            }
            Field::Computed(place) => Cow::Owned(self.computed_at(*place)),
            Field::FirstSeen => Cow::Owned(self.seen().map_or(Value::Null, |(first, _)| Value::Time(first))),
            Field::LastSeen => Cow::Owned(self.seen().map_or(Value::Null, |(_, last)| Value::Time(last))),
            Field::Service(field) => Cow::Owned(self.service_field(*field)),
            Field::Foreign => Cow::Owned(Value::Null),
        }
    }

    /// What a behaviour comes to over its window.
    pub fn behaviour(&self, slot: BehaviourSlot) -> Value {
        let Some(kept) = self.recognition.plan().kept.get(usize::from(slot.0)) else { return Value::Null };
        let first = kept.window.map_or(0, |grid| grid.first(self.now));
        match &kept.aggregate {
            Aggregate::Count => {
                let cells =
                    self.strands.iter().flat_map(|(_, facts)| in_window(&facts.counts, kept.series, first));
                Value::Int(cells.map(|cell| i64::from(cell.count)).sum())
            }
            Aggregate::Sum(_) => self.total(kept.series, first).sum(),
            Aggregate::Average(_) => self.total(kept.series, first).average(),
            Aggregate::Min(_) => self.mark(kept, Fold::Least, first),
            Aggregate::Max(_) => self.mark(kept, Fold::Greatest, first),
            Aggregate::First(_) => self.mark(kept, Fold::First, first),
            Aggregate::Last(_) => self.mark(kept, Fold::Last, first),
        }
    }

    /// Orders, tickets and complaints.
    pub fn service(&self) -> ServiceView {
        match self.joined_service() {
            Some(service) => ServiceView::new(&service, self.now, self.recognition.words()),
            None => ServiceView::default(),
        }
    }

    /// The complaints that are open and hold something back, those opened first before the others.
    pub fn open_complaints(&self) -> Vec<OpenComplaint> {
        let words = self.recognition.words();
        self.joined_service().map(|service| open_complaints(&service, self.now, words)).unwrap_or_default()
    }

    /// Those of all strands as one; nothing where none has any.
    pub(crate) fn joined_service(&self) -> Option<Cow<'a, Service>> {
        let mut told = self.facts().filter_map(Facts::service);
        let mut joined = Cow::Borrowed(told.next()?);
        told.for_each(|other| joined.to_mut().join(other));
        Some(joined)
    }

    fn service_field(&self, field: ServiceField) -> Value {
        let words = self.recognition.words();
        match self.joined_service() {
            Some(service) => field.read(&service, self.now, words),
            None => field.read(&Service::default(), self.now, words),
        }
    }

    pub(crate) fn first_seen(&self, strand: StrandId) -> Option<Timestamp> {
        self.strands.iter().find(|(own, _)| *own == strand).and_then(|(_, facts)| facts.first_seen())
    }

    pub(crate) fn first_strand(&self) -> u64 {
        self.strands.iter().map(|(strand, _)| strand.0).min().unwrap_or_default()
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = &'a Facts> {
        self.strands.iter().map(|(_, facts)| *facts)
    }

    pub(crate) fn winner(&self, name: &str) -> Option<&'a Trait> {
        let own = |facts: &'a Facts| {
            let place = facts.traits().binary_search_by(|own| (*own.name).cmp(name)).ok()?;
            Some(&facts.traits()[place])
        };
        self.facts().filter_map(own).max_by_key(|own| own.rank())
    }

    fn computed_at(&self, place: usize) -> Value {
        self.recognition.computed()[place].program.value(self).unwrap_or(Value::Null)
    }

    fn total(&self, series: u32, first: u32) -> Total {
        let mut total = Total::default();
        for facts in self.facts() {
            in_window(&facts.amounts, series, first).for_each(|cell| total.take(cell));
        }
        total
    }

    fn mark(&self, kept: &Kept, fold: Fold, first: u32) -> Value {
        let windowed = kept.window.filter(|_| fold == Fold::Last);
        // The last event has one cell for all time, which its own time puts inside the window or not.
        let from = if windowed.is_some() { 0 } else { first };
        let inside = |mark: &&Mark| windowed.is_none_or(|grid| grid.bucket(mark.time) >= first);
        let marks = self.facts().flat_map(|facts| in_window(facts.marks(), kept.series, from)).filter(inside);
        let at = |mark: &&Mark| (mark.time, mark.tie);
        let best = match fold {
            Fold::Least => marks.min_by(|a, b| compare(&a.value, &b.value)),
            Fold::Greatest => marks.max_by(|a, b| compare(&a.value, &b.value)),
            Fold::First => marks.min_by_key(at),
            Fold::Last | Fold::Count | Fold::Amount => marks.max_by_key(at),
        };
        best.map_or(Value::Null, |mark| mark.value.clone())
    }
}

/// Conditions of computed traits see no segments.
impl Environment for View<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Self::field(self, slot)
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        Self::behaviour(self, slot)
    }

    fn in_segment(&self, _: SegmentSlot) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

impl Environment for Standing<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        self.view.field(slot)
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.view.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.membership.contains(self.view.recognition, slot)
    }

    fn now(&self) -> Timestamp {
        self.view.now
    }
}

impl Fields {
    pub fn new(symbols: &Symbols, computed: &[Computed]) -> Self {
        let field = |path: &str| -> Field {
            if let Some(name) = path.strip_prefix("profile.traits.") {
                return match name.split_once('.') {
                    Some((name, rest)) => Field::Trait(name.into(), Some(rest.into())),
                    None => Field::Trait(name.into(), None),
                };
            }
            if let Some(name) = path.strip_prefix("profile.computed.") {
                let place = computed.iter().position(|computed| *computed.name == *name);
                return place.map_or(Field::Foreign, Field::Computed);
            }
            match path {
                "profile.first_seen" => Field::FirstSeen,
                "profile.last_seen" => Field::LastSeen,
                _ => FIELDS
                    .iter()
                    .find(|(own, ..)| *own == path)
                    .map_or(Field::Foreign, |(_, _, field)| Field::Service(*field)),
            }
        };
        Self(symbols.fields().iter().map(|path| field(path)).collect())
    }

    pub fn get(&self, slot: FieldSlot) -> &Field {
        self.0.get(usize::from(slot.0)).unwrap_or(&Field::Foreign)
    }
}
