//! Taking an event into the facts of its strand.

use model::{Event, EventKind, Timestamp, Value};

use super::amount::amount;
use super::cells::{Mark, cell};
use super::order::{coerced, compare};
use super::plan::{FINEST, Fold, Series, prune};
use super::traits::{InvalidRaw, Trait, put_invalid, put_trait};
use super::{Facts, More};
use crate::Recognition;

/// What noting an event changed beyond its own name's behaviours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The time it counts from.
    pub time: Timestamp,
    /// It wrote a trait. Even the same value again can win over another strand's now.
    pub traits: bool,
    /// It told something of orders, tickets or complaints.
    pub service: bool,
}

impl Recognition {
    /// Takes an event into the facts of its strand. `message` is the event's message hash, `priority` its
    /// source's rank when two sources name the same trait.
    ///
    /// An event that claims to be from the future counts from when it was received.
    pub fn note(&self, facts: &mut Facts, event: &Event, message: u128, priority: u8) -> Noted {
        let time = event.stamp.time.min(event.stamp.received);
        let tie = (message >> 64) as u64;
        self.see(facts, time);
        self.note_behaviour(facts, event, time, tie);
        self.note_invalid(facts, event, time, tie);
        let service = self.note_service(facts, event, time, message);
        Noted { time, traits: self.note_traits(facts, event, time, tie, priority), service }
    }

    fn note_service(&self, facts: &mut Facts, event: &Event, time: Timestamp, message: u128) -> bool {
        if self.words().happening(&event.name).is_none() {
            return false;
        }
        self.words().note(&mut facts.more().service, event, time, message)
    }

    /// Widens the stretch of time the strand was seen in, and drops cells that are now too old for any window.
    fn see(&self, facts: &mut Facts, time: Timestamp) {
        let before = facts.last_seen;
        facts.first_seen = facts.first_seen.min(time);
        facts.last_seen = before.max(time);
        let minute = |time: Timestamp| time.0.div_euclid(FINEST.0);
        if minute(time) > minute(before) {
            prune(&mut facts.counts, self.plan(), time);
            prune(&mut facts.amounts, self.plan(), time);
            if let Some(more) = &mut facts.more {
                prune(&mut more.marks, self.plan(), time);
            }
        }
    }

    fn note_behaviour(&self, facts: &mut Facts, event: &Event, time: Timestamp, tie: u64) {
        let Some(plan) = self.plan().event(&event.name) else { return };
        // By number: comparing empty names costs a hundred times as much, because their address is made up.
        let mut property = (0, Value::Time(time));
        for series in &plan.series {
            let bucket = series.grid.map_or(0, |grid| grid.bucket(time));
            if series.grid.is_some_and(|grid| bucket < grid.first(facts.last_seen)) {
                continue;
            }
            if series.property_number != property.0 {
                property = (series.property_number, coerced(event.property(&series.property), series.kind));
            }
            facts.fold_in(series, bucket, &property.1, (time, tie));
        }
    }

    fn note_traits(&self, facts: &mut Facts, event: &Event, time: Timestamp, tie: u64, priority: u8) -> bool {
        // A group's traits describe the group.
        if event.kind == EventKind::Group {
            return false;
        }
        let mut changed = false;
        for (name, value) in event.traits() {
            let value = coerced(value, self.trait_kind(&name));
            let new = Trait { name, value, time, tie, source: event.stamp.source, priority };
            changed |= put_trait(&mut facts.more().traits, new);
        }
        changed
    }

    fn note_invalid(&self, facts: &mut Facts, event: &Event, time: Timestamp, tie: u64) {
        for (namespace, raw) in &event.claims {
            if let Err(reason) = self.identity().normal(namespace, raw) {
                let (namespace, raw) = (namespace.clone(), raw.clone());
                let new = InvalidRaw { namespace, raw, reason: reason.to_string().into(), time, tie };
                put_invalid(&mut facts.more().invalid, new);
            }
        }
    }
}

impl Facts {
    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn fold_in(&mut self, series: &Series, bucket: u32, value: &Value, at: (Timestamp, u64)) {
        let key = (series.key, bucket);
        match series.fold {
            Fold::Count => {
                let (cell, _) = cell(&mut self.counts, key);
                cell.count = cell.count.saturating_add(1);
            }
            Fold::Amount => {
                if let Some((amount, currency)) = amount(value) {
                    cell(&mut self.amounts, (series.key, bucket, currency)).0.add(amount);
                }
            }
            Fold::Least => self.mark(key, value, |old| compare(value, &old.value).is_lt()),
            Fold::Greatest => self.mark(key, value, |old| compare(value, &old.value).is_gt()),
            Fold::First => self.mark_at(key, value, at, |old| at < (old.time, old.tie)),
            Fold::Last => self.mark_at(key, value, at, |old| at > (old.time, old.tie)),
        }
    }

    /// Marks the value if it wins; a missing one never does.
    fn mark(&mut self, key: (u32, u32), value: &Value, wins: impl Fn(&Mark) -> bool) {
        if !value.is_null() {
            self.mark_at(key, value, (Timestamp(0), 0), wins);
        }
    }

    fn mark_at(
        &mut self,
        key: (u32, u32),
        value: &Value,
        at: (Timestamp, u64),
        wins: impl Fn(&Mark) -> bool,
    ) {
        let (mark, new) = cell(&mut self.more().marks, key);
        if new || wins(mark) {
            (mark.time, mark.tie) = at;
            if mark.value != *value {
                mark.value = value.clone();
            }
        }
    }
}
