//! A compiled condition: nodes in one array, names bound to slots, constants and patterns beside them.

use std::borrow::Cow;
use std::cmp::Ordering;

use model::{Span, Timestamp, Value};
use regex::Regex;

use crate::doubt::Fault;
use crate::evaluate::Evaluation;
use crate::view::View;
use crate::{BehaviourSlot, Doubt, FieldSlot, SegmentSlot};

/// A compiled condition or expression.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) source: Box<str>,
    pub(crate) root: NodeId,
    pub(crate) nodes: Box<[Node]>,
    pub(crate) constants: Box<[Constant]>,
    /// The elements of lists that are not constant.
    pub(crate) elements: Box<[NodeId]>,
    pub(crate) patterns: Box<[Regex]>,
    /// Names as the source writes them, for doubts and for fields inside values.
    pub(crate) labels: Box<[Box<str>]>,
    pub(crate) reads: Reads,
}

/// What a program reads: sorted, each once. Only changes of these can change its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    pub fields: Vec<FieldSlot>,
    pub behaviours: Vec<BehaviourSlot>,
    pub segments: Vec<SegmentSlot>,
    /// It names the record's time, so that its answer can change as time passes.
    pub now: bool,
}

/// What a condition is evaluated against.
pub trait Environment {
    /// The field's value; [`Value::Null`] when it is missing. Text is taken for a field declared as a time or
    /// as money where it reads as one, since JSON has neither.
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value>;
    /// The aggregate's value; [`Value::Null`] when there is none, such as the last of no events.
    fn behaviour(&self, slot: BehaviourSlot) -> Value;
    fn in_segment(&self, slot: SegmentSlot) -> bool;
    /// The time of the record being processed.
    fn now(&self) -> Timestamp;
}

/// The answer to a condition. Missing values and errors make it false, with the doubt that kept it from
/// being decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub holds: bool,
    pub doubt: Option<Doubt>,
}

impl Program {
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Whether the condition holds, and if it could not be decided, why.
    pub fn holds<E: Environment + ?Sized>(&self, env: &E) -> Verdict {
        match Evaluation::new(self, env).condition() {
            Ok(holds) => Verdict { holds, doubt: None },
            Err(fault) => Verdict { holds: false, doubt: Some(self.doubt(fault)) },
        }
    }

    /// The same answer without the doubt: for the many evaluations that nobody will ask about.
    pub fn is_true<E: Environment + ?Sized>(&self, env: &E) -> bool {
        Evaluation::new(self, env).condition().unwrap_or(false)
    }

    /// The expression's value.
    pub fn value<E: Environment + ?Sized>(&self, env: &E) -> Result<Value, Doubt> {
        Evaluation::new(self, env).result().map_err(|fault| self.doubt(fault))
    }

    fn doubt(&self, fault: Fault) -> Doubt {
        fault.into_doubt(&self.labels)
    }
}

/// A node's place in [`Program::nodes`]; operands come before what uses them.
pub(crate) type NodeId = u16;
/// A name's place in [`Program::labels`].
pub(crate) type LabelId = u16;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    Constant(u16),
    Field {
        slot: FieldSlot,
        reading: Reading,
        label: LabelId,
    },
    Behaviour {
        slot: BehaviourSlot,
        reading: Reading,
        label: LabelId,
    },
    Segment(SegmentSlot),
    Now,
    /// The element that the loop at this depth is at: 0 is the outer loop.
    Element {
        depth: u8,
        label: LabelId,
    },
    /// The field called `name` inside a value.
    Part {
        of: NodeId,
        name: LabelId,
        label: LabelId,
    },
    Item {
        of: NodeId,
        index: NodeId,
        label: LabelId,
    },
    List {
        first: u16,
        count: u16,
    },
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Choose {
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
    },
    Known(NodeId),
    Unknown(NodeId),
    Compare(Comparison, NodeId, NodeId),
    /// A comparison with a constant: what nearly all comparisons are.
    CompareConstant {
        comparison: Comparison,
        of: NodeId,
        constant: u16,
    },
    In(NodeId, NodeId),
    Search(Search, NodeId, NodeId),
    Matches {
        text: NodeId,
        pattern: u16,
    },
    Loop {
        quantifier: Quantifier,
        list: NodeId,
        body: NodeId,
        depth: u8,
        work: u16,
    },
    Calculate(Operation, NodeId, NodeId),
    Negate(NodeId),
    Size(NodeId),
    Case {
        text: NodeId,
        upper: bool,
    },
}

/// What a name's value is read as when it is text but declared otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    AsIs,
    Time,
    Money,
    /// A sum or count: over no events it is 0.
    Total,
}

#[derive(Debug, Clone)]
pub(crate) enum Constant {
    Value(Value),
    Span(Span),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Tests of a text for another inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    Contains,
    StartsWith,
    EndsWith,
}

/// What is asked about the elements of a list for which a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    All,
    ExistsOne,
    /// `filter(…).size()`.
    Count,
}

impl Constant {
    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Value(value) => View::of(value),
            Self::Span(span) => View::Span(*span),
        }
    }
}

impl Comparison {
    /// Whether two values in this order satisfy the comparison.
    #[inline]
    pub(crate) fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The same comparison with its sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Unequal => Self::Unequal,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Operation {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Search {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
        }
    }
}

impl Quantifier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::All => "all",
            Self::ExistsOne => "exists_one",
            Self::Count => "filter",
        }
    }
}
