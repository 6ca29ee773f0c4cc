//! Segments: groups of customers by condition, evaluated when something they read can have changed.
//!
//! An event evaluates only the segments that its name, its traits or a segment they name can change; a window's
//! expiry has its time, [`Membership::next_expiry`], at which the caller evaluates again.

mod dependencies;
mod membership;
mod order;

use model::{Span, Timestamp};
use rules::{Doubt, Program, SegmentSlot};

use crate::definitions::SegmentFile;
use crate::facts::Grid;
use crate::{Noted, Recognition, Standing, View};

pub(crate) use dependencies::Dependencies;
pub use membership::Membership;
pub(crate) use order::in_order;

/// How often a condition that names the time itself is looked at again, when nothing else touches it.
pub const CLOCK_EVERY: Span = Span::HOUR;

/// A compiled segment.
#[derive(Debug, Clone)]
pub struct Segment {
    pub name: Box<str>,
    pub title: Box<str>,
    pub description: Box<str>,
    pub program: Program,
    slot: SegmentSlot,
    key: u32,
}

/// What happened to a customer since its segments were last evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched<'a> {
    /// One event of this name was noted.
    Event { name: &'a str, noted: Noted },
    /// Time passed.
    Time,
    /// Anything else: strands came or went, or a catalogue was published.
    All,
}

/// A customer entered or left a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The segment's place in [`Recognition::segments`].
    pub segment: u16,
    pub entered: bool,
    /// For a customer who left: what kept the condition from being decided, if anything did.
    pub doubt: Option<Doubt>,
}

impl Segment {
    pub(crate) fn new(file: SegmentFile, program: Program, slot: SegmentSlot) -> Self {
        let key = crate::facts::fnv(&file.name);
        let SegmentFile { name, title, description, .. } = file;
        Self { name: name.into(), title: title.into(), description: description.into(), program, slot, key }
    }

    /// The condition as its author wrote it.
    pub fn source(&self) -> &str {
        self.program.source()
    }
}

impl Recognition {
    /// Evaluates the segments that can have changed and returns who was entered and left, in the order of
    /// [`Recognition::segments`]. After a new catalogue version everything is evaluated.
    pub fn evaluate(
        &self,
        view: &View<'_>,
        membership: &mut Membership,
        touched: Touched<'_>,
    ) -> Vec<Transition> {
        let dependencies = &self.bound().dependencies;
        let stale = membership.version != self.version();
        if stale {
            membership.forget_unknown(|key| self.segments().iter().any(|segment| segment.key == key));
            membership.version = self.version();
        }
        let touched = if stale || membership.expiry <= view.now() { Touched::All } else { touched };
        let mut transitions = Vec::new();
        for &place in dependencies.touched(touched) {
            let segment = &self.segments()[usize::from(place)];
            let was_in = membership.has(segment.key);
            let standing = Standing { view: *view, membership: &*membership };
            if segment.program.is_true(&standing) == was_in {
                continue;
            }
            let doubt = if was_in { segment.program.holds(&standing).doubt } else { None };
            membership.set(segment.key, (!was_in).then_some(view.now()));
            transitions.push(Transition { segment: place, entered: !was_in, doubt });
        }
        membership.expiry = match touched {
            Touched::Event { name, noted } => {
                membership.expiry.min(dependencies.expiry_after(name, noted, view))
            }
            Touched::Time | Touched::All => dependencies.expiry(view),
        };
        transitions
    }

    /// The segments a customer is in, with the time of entering, in the order of [`Recognition::segments`].
    pub fn member_of<'a>(
        &'a self,
        membership: &'a Membership,
    ) -> impl Iterator<Item = (&'a Segment, Timestamp)> {
        self.segments().iter().filter_map(|segment| Some((segment, membership.since(segment.key)?)))
    }
}

/// When a window over a bucket's events next changes what it covers, unless that is over already.
fn end_after(grid: Grid, bucket: u32, now: Timestamp) -> Timestamp {
    let end = grid.end_of(bucket);
    if end > now { end } else { Timestamp::MAX }
}
