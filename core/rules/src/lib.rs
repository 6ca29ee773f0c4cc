//! The condition language of segments, journeys, routing and offers: a checked subset of CEL.
//!
//! A condition is compiled once, when its catalogue is published, and then evaluated for every event it
//! can concern. [`compile`] refuses whatever the [`Scope`] does not declare and tells where and why; the
//! [`Program`] it returns knows everything it [reads](Reads), reads it through an [`Environment`], does a
//! bounded amount of work and answers with a [`Verdict`], never with a panic. `docs/conditions.md` is the
//! language as its authors see it.

mod arithmetic;
mod check;
mod compare;
mod doubt;
mod duration;
mod evaluate;
mod fuel;
mod impossible;
mod kind;
mod mistake;
mod parse;
mod program;
mod scope;
mod symbols;
mod table;
mod view;
mod weigh;

pub use check::{Wanted, compile};
pub use doubt::Doubt;
pub use mistake::Mistake;
pub use program::{Environment, Program, Reads, Verdict};
pub use scope::Scope;
pub use symbols::{Aggregate, Behaviour, BehaviourSlot, FieldSlot, SegmentSlot, Symbols};
pub use table::{CellSource, ColumnSource, Fold, Gap, Hit, Overlap, ROWS_MAX, Table, TableMistake};
