//! Which segments an event, a trait or the passing of time can change: worked out once, at publish time.

use std::collections::{BTreeMap, BTreeSet};

use model::{Span, Timestamp};
use rules::{Aggregate, BehaviourSlot, Program, SegmentSlot, Symbols};

use super::{CLOCK_EVERY, Segment, Touched, end_after};
use crate::facts::{Facts, Grid, Kept, Plan, in_window};
use crate::recognition::Computed;
use crate::service::{Words, open_until};
use crate::view::{Field, Fields};
use crate::{Noted, View};

/// The index from what happens to the segments it can change, by place, ascending.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    /// By event name, ascending.
    events: Vec<(Box<str>, Touch)>,
    /// For events that no behaviour names.
    other: Touch,
    timed: Vec<u16>,
    all: Vec<u16>,
    windows: Vec<Kept>,
    clock: bool,
    /// Whether a condition counts open orders, which time alone closes.
    open_orders: bool,
    places: Vec<Option<u16>>,
}

/// What an event of one name can change.
#[derive(Debug, Clone, Default)]
struct Touch {
    segments: Vec<u16>,
    /// As well, when a trait changed.
    with_traits: Vec<u16>,
    windows: Vec<Grid>,
}

/// What a condition reads, itself or through computed traits and other segments.
#[derive(Debug, Clone, Default)]
struct Needs {
    behaviours: BTreeSet<BehaviourSlot>,
    traits: bool,
    every_event: bool,
    clock: bool,
    /// Orders, tickets and complaints.
    service: bool,
    open_orders: bool,
}

impl Dependencies {
    pub fn new(
        segments: &[Segment],
        computed: &[Computed],
        fields: &Fields,
        plan: &Plan,
        symbols: &Symbols,
        words: &Words,
    ) -> Self {
        let mut needs: Vec<Needs> = Vec::with_capacity(segments.len());
        for segment in segments {
            let mut own = Needs::default();
            own.read(&segment.program, fields, computed);
            for named in &segment.program.reads().segments {
                if let Some(place) = segments.iter().position(|other| other.slot == *named) {
                    own.take(&needs[place]);
                }
            }
            needs.push(own);
        }
        let mut built = Self { all: (0..segments.len() as u16).collect(), ..Self::default() };
        built.places = (0..symbols.segments().len())
            .map(|slot| segments.iter().position(|segment| usize::from(segment.slot.0) == slot))
            .map(|place| place.map(|place| place as u16))
            .collect();
        built.index_events(&needs, plan, symbols, words);
        built.index_time(&needs, plan);
        built
    }

    /// The segments to evaluate.
    pub fn touched(&self, touched: Touched<'_>) -> &[u16] {
        match touched {
            Touched::Event { name, noted } if noted.traits => &self.touch(name).with_traits,
            Touched::Event { name, .. } => &self.touch(name).segments,
            Touched::Time => &self.timed,
            Touched::All => &self.all,
        }
    }

    pub fn place(&self, segment: SegmentSlot) -> Option<u16> {
        self.places.get(usize::from(segment.0)).copied().flatten()
    }

    /// When what the event came into next changes by time: a window, or an order that is open.
    pub fn expiry_after(&self, name: &str, noted: Noted, view: &View<'_>) -> Timestamp {
        let now = view.now();
        let ends = self.touch(name).windows.iter().map(|grid| end_after(*grid, grid.bucket(noted.time), now));
        let closes = if self.open_orders && noted.service { next_close(view) } else { Timestamp::MAX };
        ends.min().unwrap_or(Timestamp::MAX).min(closes)
    }

    /// When any window that segments read next changes.
    pub fn expiry(&self, view: &View<'_>) -> Timestamp {
        let now = view.now();
        let ends = self.windows.iter().flat_map(|kept| {
            view.facts().filter_map(move |facts| {
                let grid = kept.window?;
                Some(end_after(grid, oldest_bucket(facts, kept, grid, now)?, now))
            })
        });
        let clock = if self.clock { next_look(view) } else { Timestamp::MAX };
        let closes = if self.open_orders { next_close(view) } else { Timestamp::MAX };
        ends.min().unwrap_or(Timestamp::MAX).min(clock).min(closes)
    }

    fn touch(&self, name: &str) -> &Touch {
        match self.events.binary_search_by(|(event, _)| (**event).cmp(name)) {
            Ok(place) => &self.events[place].1,
            Err(_) => &self.other,
        }
    }

    fn index_events(&mut self, needs: &[Needs], plan: &Plan, symbols: &Symbols, words: &Words) {
        let places = |wanted: &dyn Fn(&Needs) -> bool| {
            needs.iter().enumerate().filter(|(_, need)| wanted(need)).map(|(place, _)| place as u16).collect()
        };
        self.other.segments = places(&|need| need.every_event);
        self.other.with_traits = places(&|need| need.every_event || need.traits);
        let mut events: BTreeMap<Box<str>, Touch> = BTreeMap::new();
        for slot in needs.iter().flat_map(|need| &need.behaviours) {
            let event = &symbols.behaviours()[usize::from(slot.0)].event;
            let touch = events.entry(event.clone()).or_default();
            touch.windows.extend(plan.kept[usize::from(slot.0)].window);
        }
        if needs.iter().any(|need| need.service) {
            words.events().for_each(|event| {
                events.entry(event.into()).or_default();
            });
        }
        for (event, touch) in &mut events {
            let serves = words.happening(event).is_some();
            let reads = |need: &Needs| {
                let named = |slot: &BehaviourSlot| symbols.behaviours()[usize::from(slot.0)].event == *event;
                need.every_event || serves && need.service || need.behaviours.iter().any(named)
            };
            touch.segments = places(&reads);
            touch.with_traits = places(&|need| reads(need) || need.traits);
            touch.windows.sort_unstable();
            touch.windows.dedup();
        }
        self.events = events.into_iter().collect();
    }

    fn index_time(&mut self, needs: &[Needs], plan: &Plan) {
        let window = |slot: &BehaviourSlot| plan.kept[usize::from(slot.0)].window.is_some();
        let timed = |need: &Needs| need.clock || need.open_orders || need.behaviours.iter().any(window);
        self.timed =
            (0..needs.len()).filter(|place| timed(&needs[*place])).map(|place| place as u16).collect();
        self.clock = needs.iter().any(|need| need.clock);
        self.open_orders = needs.iter().any(|need| need.open_orders);
        let read: BTreeSet<BehaviourSlot> = needs.iter().flat_map(|need| need.behaviours.clone()).collect();
        for slot in read.iter().filter(|slot| window(slot)) {
            let kept = &plan.kept[usize::from(slot.0)];
            let same = |other: &Kept| (other.series, other.window) == (kept.series, kept.window);
            if !self.windows.iter().any(same) {
                self.windows.push(kept.clone());
            }
        }
    }
}

impl Needs {
    fn read(&mut self, program: &Program, fields: &Fields, computed: &[Computed]) {
        let reads = program.reads();
        self.behaviours.extend(&reads.behaviours);
        self.clock |= reads.now;
        for slot in &reads.fields {
            match fields.get(*slot) {
                Field::Trait(..) => self.traits = true,
                Field::Computed(place) => self.read(&computed[*place].program, fields, computed),
                Field::FirstSeen | Field::LastSeen => self.every_event = true,
                Field::Service(field) => {
                    self.service = true;
                    self.open_orders |= field.is_timed();
                }
                Field::Foreign => {}
            }
        }
    }

    fn take(&mut self, other: &Self) {
        self.behaviours.extend(&other.behaviours);
        self.traits |= other.traits;
        self.every_event |= other.every_event;
        self.clock |= other.clock;
        self.service |= other.service;
        self.open_orders |= other.open_orders;
    }
}

/// The oldest bucket that still counts.
fn oldest_bucket(facts: &Facts, kept: &Kept, grid: Grid, now: Timestamp) -> Option<u32> {
    let first = grid.first(now);
    match kept.aggregate {
        Aggregate::Count => in_window(&facts.counts, kept.series, first).next().map(|cell| cell.bucket),
        Aggregate::Sum(_) | Aggregate::Average(_) => {
            in_window(&facts.amounts, kept.series, first).next().map(|cell| cell.bucket)
        }
        Aggregate::Min(_) | Aggregate::Max(_) | Aggregate::First(_) => {
            in_window(facts.marks(), kept.series, first).next().map(|mark| mark.bucket)
        }
        Aggregate::Last(_) => {
            let mark = in_window(facts.marks(), kept.series, 0).next()?;
            Some(grid.bucket(mark.time)).filter(|bucket| *bucket >= first)
        }
    }
}

/// When an order of which nothing more is heard next stops being open.
fn next_close(view: &View<'_>) -> Timestamp {
    let Some(service) = view.joined_service() else { return Timestamp::MAX };
    let open_for = view.recognition().words().open_for;
    let ends = service.orders.iter().filter_map(|order| open_until(order, open_for));
    ends.filter(|end| *end > view.now()).min().unwrap_or(Timestamp::MAX)
}

/// When a condition that names the time is next looked at: once per [`CLOCK_EVERY`], customers spread over it.
fn next_look(view: &View<'_>) -> Timestamp {
    let spread = view.first_strand().wrapping_mul(0x9e37_79b9_7f4a_7c15) % CLOCK_EVERY.0 as u64;
    let passed = (view.now().0 - spread as i64).rem_euclid(CLOCK_EVERY.0);
    view.now() + Span(CLOCK_EVERY.0 - passed)
}
