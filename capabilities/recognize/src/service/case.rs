//! One case: a ticket, or a complaint about an order or some of its lines.

use minicbor::{Decode, Encode};
use model::{Span, Timestamp};
use serde::Serialize;

use super::Service;
use super::register::{Latest, Moment, earliest, join, join_earliest};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum CaseKind {
    #[n(0)]
    Complaint,
    #[n(1)]
    Ticket,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Case {
    #[n(0)]
    pub kind: CaseKind,
    #[n(1)]
    pub reference: Box<str>,
    #[n(2)]
    pub opened: Option<Moment>,
    #[n(3)]
    pub last: Option<Moment>,
    #[n(4)]
    pub subject: Latest<Box<str>>,
    #[n(5)]
    pub severity: Latest<Box<str>>,
    /// The number of the order it is about.
    #[n(6)]
    pub order: Latest<Box<str>>,
    /// The products it is about; none named means the order as a whole.
    #[n(7)]
    pub products: Latest<Box<[Box<str>]>>,
    /// The last word that opened it, and the last that solved it. Of the same moment, the solution counts.
    #[n(8)]
    pub open: Option<Moment>,
    #[n(9)]
    pub solved: Latest<Solution>,
}

/// How a case was solved, and by whom.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Solution {
    #[n(0)]
    pub how: Option<Box<str>>,
    #[n(1)]
    pub by: Option<Box<str>>,
}

impl Case {
    pub fn is_open(&self) -> bool {
        match (&self.open, &self.solved) {
            (Some(open), Some(solved)) => open.time > solved.at.time,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// When an open one stops holding anything back, unless something more is heard of it.
    pub fn holds_until(&self, hold_for: Span) -> Option<Timestamp> {
        self.last().filter(|_| self.is_open()).map(|last| last + hold_for)
    }

    pub fn last(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|at| at.time)
    }

    pub fn touch(&mut self, at: &Moment) {
        if self.last.as_ref().is_none_or(|last| last < at) {
            self.last = Some(at.clone());
        }
    }

    /// It was opened, or opened again.
    pub fn reopen(&mut self, at: &Moment) {
        earliest(&mut self.opened, at);
        if self.open.as_ref().is_none_or(|open| open < at) {
            self.open = Some(at.clone());
        }
    }

    pub fn join(&mut self, other: &Self) {
        if let Some(at) = &other.last {
            self.touch(at);
        }
        join_earliest(&mut self.opened, &other.opened);
        if self.open < other.open {
            self.open.clone_from(&other.open);
        }
        join(&mut self.subject, &other.subject);
        join(&mut self.severity, &other.severity);
        join(&mut self.order, &other.order);
        join(&mut self.products, &other.products);
        join(&mut self.solved, &other.solved);
    }

    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.products.as_ref().map_or(0, |said| size_of_val(&*said.value))
    }
}

impl Service {
    /// The case of a reference, made where there is none yet.
    pub fn case_mut(&mut self, kind: CaseKind, reference: &str) -> &mut Case {
        let key = (kind, reference);
        let place = match self.cases.binary_search_by(|case| (case.kind, &*case.reference).cmp(&key)) {
            Ok(place) => place,
            Err(place) => {
                self.cases.reserve_exact(1);
                self.cases.insert(place, Case::new(kind, reference));
                place
            }
        };
        &mut self.cases[place]
    }
}

impl Case {
    fn new(kind: CaseKind, reference: &str) -> Self {
        Self {
            kind,
            reference: reference.into(),
            opened: None,
            last: None,
            subject: None,
            severity: None,
            order: None,
            products: None,
            open: None,
            solved: None,
        }
    }
}
