//! A world: customers act, staff order, the disk fails, effects happen, and after each the promises are looked at.

mod complaints;
mod deals;
mod limits;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use journey_tests::Machine;
use model::record::SourceRecord;
use model::{CustomerId, Span, StrandId, Timestamp};
use shard::Order;

use crate::catalogue;
use crate::crowd::{Crowd, SOURCES};
use crate::machine::{self, Simulated};
use crate::outer::Outer;
use crate::path::Release;
use crate::promises::Breach;
use crate::random::Random;
use crate::sent::Sent;
use crate::trace::Trace;
use deals::Deals;

/// Which world to run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    /// How many things happen; by the seed where it is not given.
    pub steps: Option<u32>,
    pub print: bool,
}

/// How a world that kept its promises ended; several add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    pub trace: u64,
    pub state: String,
    /// What happened, by its name.
    pub counts: BTreeMap<&'static str, u64>,
}

/// Who is being erased, and what was there before.
#[derive(Clone)]
pub(crate) struct Erasing {
    pub customer: CustomerId,
    pub thread: Vec<u128>,
    pub strands: Vec<StrandId>,
    /// How many of the limited offer the customer has.
    pub taken: u64,
}

/// Why a step ended early.
pub(crate) enum Halt {
    /// The shard must be opened anew.
    Failed(String),
    Promise(Breach),
}

pub(crate) struct World {
    pub random: Random,
    pub trace: Trace,
    pub machine: Machine,
    /// None only while it is opened anew.
    pub shard: Option<Simulated>,
    /// The clock on the wall, which may be set back.
    pub now: Timestamp,
    pub sent: Vec<Sent>,
    pub outer: Outer,
    /// What is written but not durable yet, and so not told.
    pub unreleased: Vec<Release>,
    /// An erasure that failed half-way.
    pub erasing: Option<Erasing>,
    pub erased: u64,
    /// Strands that took part in an unmerge.
    pub unmerged: BTreeSet<StrandId>,
    pub crowd: Crowd,
    pub deals: Deals,
    pub counts: BTreeMap<&'static str, u64>,
}

/// The first moment of every world: 2026-03-01T10:00:00Z.
const BEGIN: Timestamp = Timestamp(1_772_359_200_000);

/// Runs one world to its end.
pub fn run(plan: Plan) -> Result<Ended, Breach> {
    let lived = catch_unwind(AssertUnwindSafe(|| World::new(plan).live(plan.steps)));
    lived.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(Breach::new("nothing panics", text.unwrap_or_default()))
    })
}

impl World {
    fn new(plan: Plan) -> Self {
        let mut random = Random::new(plan.seed);
        let machine = machine::small(&mut random);
        let crowd = Crowd::new(&mut random);
        Self {
            random,
            trace: Trace::new(plan.print),
            machine,
            shard: None,
            now: BEGIN,
            sent: Vec::new(),
            outer: Outer::default(),
            unreleased: Vec::new(),
            erasing: None,
            erased: 0,
            unmerged: BTreeSet::new(),
            crowd,
            deals: Deals::default(),
            counts: BTreeMap::new(),
        }
    }

    fn live(mut self, steps: Option<u32>) -> Result<Ended, Breach> {
        self.open()?;
        self.furnish()?;
        let steps = steps.unwrap_or(30 + self.random.below(50) as u32);
        for _ in 0..steps {
            let result = self.step().and_then(|()| self.turn());
            self.survive(result)?;
            self.balanced()?;
        }
        let (trace, state) = self.end()?;
        Ok(Ended { trace, state, counts: self.counts })
    }

    /// Sources and the first catalogue, durable.
    fn furnish(&mut self) -> Result<(), Breach> {
        for (id, name, channel) in SOURCES {
            let source = SourceRecord {
                id,
                name: name.into(),
                channel,
                write_key_hash: vec![0; 32].into(),
                priority: id.0 as u8 % 2,
            };
            let result = self.order(Order::PutSource { by: "sim".into(), source });
            self.survive(result.map(|_| ()))?;
        }
        let first = Order::Publish { by: "sim".into(), catalogue: catalogue::variant(0) };
        let result = self.order(first).and_then(|_| self.release());
        self.survive(result)
    }

    fn step(&mut self) -> Result<(), Halt> {
        self.now = self.now + Span(self.random.between(1, 20_000));
        match self.random.below(48) {
            0..=17 => self.customers_act(),
            18..=19 => self.jump(),
            20..=21 => self.order(Order::Tick).map(|_| ()),
            22..=28 => self.attempt(),
            29..=31 => self.staff(),
            32..=33 => self.desk(),
            34 => self.restart(),
            40..=47 => self.deal(),
            _ => self.fault(),
        }?;
        if self.random.chance(70) { self.release() } else { Ok(()) }
    }

    /// A client sends some events, new ones and ones that it sent before.
    fn customers_act(&mut self) -> Result<(), Halt> {
        let mut picks = Vec::new();
        for _ in 0..1 + self.random.below(5) {
            let again = !self.sent.is_empty() && self.random.chance(15);
            let pick = if again { self.random.index(self.sent.len()) } else { self.new_event() };
            // What is older than the window of deduplication is taken again, as documented.
            if self.sent[pick].is_fresh(self.now) {
                picks.push(pick);
            }
        }
        self.send(&picks)
    }

    fn new_event(&mut self) -> usize {
        let event = self.crowd.act(&mut self.random, self.now);
        self.sent.push(event);
        self.sent.len() - 1
    }

    /// Time passes in larger pieces, and now and then somebody sets the clock back.
    fn jump(&mut self) -> Result<(), Halt> {
        let span = match self.random.below(8) {
            0 => Span(-self.random.between(1, Span::HOUR.0)),
            1..=3 => Span(self.random.between(1, 3 * Span::HOUR.0)),
            4..=5 => Span(self.random.between(1, 5 * Span::DAY.0)),
            6 => Span(self.random.between(1, 40 * Span::DAY.0)),
            _ => Span(self.random.between(1, 300 * Span::DAY.0)),
        };
        self.now = self.now + span;
        let now = self.now;
        self.note("clock jumps", format_args!("the clock jumps by {span} to {now}"));
        self.order(Order::Tick).map(|_| ())
    }

    pub fn shard(&mut self) -> &mut Simulated {
        self.shard.as_mut().expect("a step begins with an open shard")
    }

    pub fn note(&mut self, what: &'static str, line: fmt::Arguments<'_>) {
        *self.counts.entry(what).or_default() += 1;
        self.trace.line(line);
    }
}

impl Ended {
    /// Adds the counts of another world.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        f.write_str(&counts.join(", "))
    }
}
