//! One evaluation of a program.
//!
//! `&&` and `||` absorb faults as in CEL: what one side decides alone is decided. All else hands a fault on.

use model::{Timestamp, Value};

use crate::arithmetic::{calculate, negate};
use crate::compare::{compare, equal};
use crate::doubt::{Action, Fault};
use crate::fuel::Fuel;
use crate::kind::Kind;
use crate::program::{Comparison, Environment, LabelId, Node, NodeId, Program, Quantifier, Reading, Search};
use crate::view::{Operand, View};

/// How deeply loops over lists nest at most.
pub(crate) const LOOPS_MAX: usize = 2;

pub(crate) struct Evaluation<'e, E: ?Sized> {
    program: &'e Program,
    env: &'e E,
    fuel: Fuel,
}

/// The elements that the surrounding loops are at, outer first.
type Elements<'e> = [&'e Value; LOOPS_MAX];

static NO_VALUE: Value = Value::Null;

impl<'e, E: Environment + ?Sized> Evaluation<'e, E> {
    #[inline]
    pub(crate) fn new(program: &'e Program, env: &'e E) -> Self {
        Self { program, env, fuel: Fuel::new() }
    }

    #[inline]
    pub(crate) fn condition(&self) -> Result<bool, Fault> {
        self.truth(self.program.root, [&NO_VALUE; LOOPS_MAX])
    }

    pub(crate) fn result(&self) -> Result<Value, Fault> {
        let operand = self.operand(self.program.root, [&NO_VALUE; LOOPS_MAX])?;
        let kind = operand.view().kind();
        operand.into_value().ok_or(Action::Result.mismatch(kind))
    }

    fn node(&self, id: NodeId) -> Node {
        self.program.nodes[usize::from(id)]
    }

    #[inline]
    fn constant(&self, index: u16) -> View<'_> {
        self.program.constants[usize::from(index)].view()
    }

    #[inline]
    fn label(&self, label: LabelId) -> &str {
        &self.program.labels[usize::from(label)]
    }

    /// A node that must be true or false.
    fn truth<'s>(&'s self, id: NodeId, elements: Elements<'s>) -> Result<bool, Fault> {
        match self.node(id) {
            Node::And(left, right) => match self.truth(left, elements) {
                Ok(false) => Ok(false),
                Ok(true) => self.truth(right, elements),
                Err(fault) => match self.truth(right, elements) {
                    Ok(false) => Ok(false),
                    Ok(true) | Err(_) => Err(fault),
                },
            },
            Node::Or(left, right) => match self.truth(left, elements) {
                Ok(true) => Ok(true),
                Ok(false) => self.truth(right, elements),
                Err(fault) => match self.truth(right, elements) {
                    Ok(true) => Ok(true),
                    Ok(false) | Err(_) => Err(fault),
                },
            },
            Node::Not(of) => self.truth(of, elements).map(|holds| !holds),
            Node::Compare(comparison, left, right) => {
                let left = self.operand(left, elements)?;
                let right = self.operand(right, elements)?;
                compare(comparison, left.view(), right.view(), &self.fuel)
            }
            Node::CompareConstant { comparison, of, constant } => {
                self.compare_constant(comparison, of, self.constant(constant), elements)
            }
            Node::In(element, list) => self.contains(element, list, elements),
            Node::Known(of) => self.is_missing(of, elements).map(|missing| !missing),
            Node::Unknown(of) => self.is_missing(of, elements),
            Node::Segment(slot) => Ok(self.env.in_segment(slot)),
            Node::Search(search, text, part) => self.search(search, text, part, elements),
            Node::Matches { text, pattern } => {
                let text = self.operand(text, elements)?;
                let text = as_text(Action::Matches, &text)?;
                self.fuel.spend(1 + text.len() / 8)?;
                Ok(self.program.patterns[usize::from(pattern)].is_match(text))
            }
            Node::Loop { quantifier: Quantifier::Count, .. } => as_bool(&self.operand(id, elements)?),
            Node::Loop { quantifier, list, body, depth, work } => {
                self.quantify(quantifier, list, Body { node: body, depth, work }, elements)
            }
            Node::Choose { condition, then, otherwise } => {
                let chosen = if self.truth(condition, elements)? { then } else { otherwise };
                self.truth(chosen, elements)
            }
            _ => as_bool(&self.operand(id, elements)?),
        }
    }

    fn operand<'s>(&'s self, id: NodeId, elements: Elements<'s>) -> Result<Operand<'s>, Fault> {
        let view = match self.node(id) {
            Node::Constant(index) => self.constant(index),
            Node::Field { slot, reading, label } => {
                let operand = Operand::of(self.env.field(slot));
                if let Operand::Made(value) = &operand {
                    self.fuel.spend_copy(View::of(value))?;
                }
                return read(operand, reading, label);
            }
            Node::Behaviour { slot, reading, label } => {
                return read(Operand::Made(self.env.behaviour(slot)), reading, label);
            }
            Node::Now => View::Time(self.env.now()),
            Node::Element { depth, label } => {
                return read(Operand::Seen(View::of(elements[usize::from(depth)])), Reading::AsIs, label);
            }
            Node::Part { of, name, label } => {
                return part(self.operand(of, elements)?, self.label(name), label);
            }
            Node::Item { of, index, label } => return self.item(of, index, label, elements),
            Node::List { first, count } => {
                let list = &self.program.elements[usize::from(first)..][..usize::from(count)];
                return self.list(list, elements);
            }
            Node::Choose { condition, then, otherwise } => {
                let chosen = if self.truth(condition, elements)? { then } else { otherwise };
                return self.operand(chosen, elements);
            }
            Node::Calculate(operation, left, right) => {
                let left = self.operand(left, elements)?;
                let right = self.operand(right, elements)?;
                return calculate(operation, left.view(), right.view(), &self.fuel);
            }
            Node::Negate(of) => negate(self.operand(of, elements)?.view())?,
            Node::Size(of) => self.size(&self.operand(of, elements)?)?,
            Node::Case { text, upper } => return self.case(&self.operand(text, elements)?, upper),
            Node::Loop { quantifier: Quantifier::Count, list, body, depth, work } => {
                View::Int(self.count(list, Body { node: body, depth, work }, elements)?)
            }
            Node::Segment(_)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::Known(_)
            | Node::Unknown(_)
            | Node::Compare(..)
            | Node::CompareConstant { .. }
            | Node::In(..)
            | Node::Search(..)
            | Node::Matches { .. }
            | Node::Loop { .. } => View::Bool(self.truth(id, elements)?),
        };
        Ok(Operand::Seen(view))
    }

    /// Compares a value where it is, without taking it in hand first.
    #[inline]
    fn compare_constant<'s>(
        &'s self,
        comparison: Comparison,
        id: NodeId,
        constant: View<'s>,
        elements: Elements<'s>,
    ) -> Result<bool, Fault> {
        let test = |value: &Value, label: LabelId| match value {
            Value::Null => Err(Fault::Missing(label)),
            value => compare(comparison, View::of(value), constant, &self.fuel),
        };
        match self.node(id) {
            Node::Field { slot, reading: Reading::AsIs, label } => test(&self.env.field(slot), label),
            Node::Element { depth, label } => test(elements[usize::from(depth)], label),
            Node::Part { of, name, label } => match self.node(of) {
                Node::Element { depth, label: _ } => match elements[usize::from(depth)] {
                    Value::Map(fields) => test(field(fields, self.label(name)).unwrap_or(&NO_VALUE), label),
                    _ => compare(comparison, self.operand(id, elements)?.view(), constant, &self.fuel),
                },
                _ => compare(comparison, self.operand(id, elements)?.view(), constant, &self.fuel),
            },
            _ => compare(comparison, self.operand(id, elements)?.view(), constant, &self.fuel),
        }
    }

    fn is_missing<'s>(&'s self, of: NodeId, elements: Elements<'s>) -> Result<bool, Fault> {
        match self.operand(of, elements) {
            Ok(_) => Ok(false),
            Err(Fault::Missing(_)) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    fn contains<'s>(&'s self, element: NodeId, list: NodeId, elements: Elements<'s>) -> Result<bool, Fault> {
        let element = self.operand(element, elements)?;
        let list = self.operand(list, elements)?;
        let items = as_list(Action::In, &list)?;
        self.fuel.spend(items.len() / 4)?;
        if let View::Text(text) = element.view() {
            return Ok(items.iter().any(|item| item.as_text() == Some(text)));
        }
        for item in items {
            match equal(element.view(), View::of(item), &self.fuel) {
                Ok(true) => return Ok(true),
                Ok(false) | Err(Fault::Currency(..)) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(false)
    }

    fn search<'s>(
        &'s self,
        search: Search,
        text: NodeId,
        part: NodeId,
        elements: Elements<'s>,
    ) -> Result<bool, Fault> {
        let (text, part) = (self.operand(text, elements)?, self.operand(part, elements)?);
        let (text, part) = (as_text(Action::Search(search), &text)?, as_text(Action::Search(search), &part)?);
        self.fuel.spend_text(text.len())?;
        Ok(match search {
            Search::Contains => text.contains(part),
            Search::StartsWith => text.starts_with(part),
            Search::EndsWith => text.ends_with(part),
        })
    }

    /// `exists` and `all` absorb faults of single elements like `||` and `&&`; `exists_one` hands them on.
    fn quantify<'s>(
        &'s self,
        quantifier: Quantifier,
        list: NodeId,
        body: Body,
        elements: Elements<'s>,
    ) -> Result<bool, Fault> {
        let decides = match quantifier {
            Quantifier::Exists => true,
            Quantifier::All => false,
            Quantifier::ExistsOne | Quantifier::Count => return Ok(self.count(list, body, elements)? == 1),
        };
        let list = self.operand(list, elements)?;
        let mut doubtful = None;
        for element in as_list(Action::Loop(quantifier), &list)? {
            self.fuel.spend(usize::from(body.work))?;
            match self.truth(body.node, with(elements, body.depth, element)) {
                Ok(holds) if holds == decides => return Ok(decides),
                Ok(_) => {}
                Err(Fault::TooMuchWork) => return Err(Fault::TooMuchWork),
                Err(fault) => doubtful = doubtful.or(Some(fault)),
            }
        }
        doubtful.map_or(Ok(!decides), Err)
    }

    fn count<'s>(&'s self, list: NodeId, body: Body, elements: Elements<'s>) -> Result<i64, Fault> {
        let list = self.operand(list, elements)?;
        let mut count = 0;
        for element in as_list(Action::Loop(Quantifier::Count), &list)? {
            self.fuel.spend(usize::from(body.work))?;
            count += i64::from(self.truth(body.node, with(elements, body.depth, element))?);
        }
        Ok(count)
    }

    fn item<'s>(
        &'s self,
        of: NodeId,
        index: NodeId,
        label: u16,
        elements: Elements<'s>,
    ) -> Result<Operand<'s>, Fault> {
        let of = self.operand(of, elements)?;
        let index = self.operand(index, elements)?;
        let View::Int(index) = index.view() else {
            return Err(Action::Item.mismatch_of_two(of.view().kind(), index.view().kind()));
        };
        let place = usize::try_from(index).map_err(|_| Fault::Missing(label))?;
        let item = match of {
            Operand::Seen(View::List(items)) => items.get(place).map(|item| Operand::Seen(View::of(item))),
            Operand::Made(Value::List(items)) => items.get(place).cloned().map(Operand::Made),
            other => {
                return Err(Action::Item.mismatch(other.view().kind()));
            }
        };
        read(item.ok_or(Fault::Missing(label))?, Reading::AsIs, label)
    }

    fn list<'s>(&'s self, nodes: &[NodeId], elements: Elements<'s>) -> Result<Operand<'s>, Fault> {
        self.fuel.spend(nodes.len())?;
        let item = |id: &NodeId| {
            let operand = self.operand(*id, elements)?;
            let kind = operand.view().kind();
            self.fuel.spend_copy(operand.view())?;
            operand.into_value().ok_or(Action::Element.mismatch(kind))
        };
        let items: Box<[Value]> = nodes.iter().map(item).collect::<Result<_, Fault>>()?;
        Ok(Operand::Made(Value::List(items)))
    }

    fn size(&self, operand: &Operand<'_>) -> Result<View<'static>, Fault> {
        let size = match operand.view() {
            View::Text(text) => {
                self.fuel.spend_text(text.len())?;
                text.chars().count()
            }
            View::List(items) => items.len(),
            View::Map(fields) => fields.len(),
            other => return Err(Action::Size.mismatch(other.kind())),
        };
        i64::try_from(size).map(View::Int).map_err(|_| Fault::Overflow)
    }

    fn case<'s>(&'s self, operand: &Operand<'_>, upper: bool) -> Result<Operand<'s>, Fault> {
        let text = as_text(Action::Case, operand)?;
        self.fuel.spend(1 + text.len() / 16)?;
        let text = if upper { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() };
        Ok(Operand::Made(Value::text(text)))
    }
}

/// The body of a loop: its node, the depth of its element, the nodes one round takes.
#[derive(Clone, Copy)]
struct Body {
    node: NodeId,
    depth: u8,
    work: u16,
}

#[inline]
fn with<'s>(mut elements: Elements<'s>, depth: u8, element: &'s Value) -> Elements<'s> {
    elements[usize::from(depth)] = element;
    elements
}

/// A value as its name declares it; null is missing.
#[inline]
fn read(operand: Operand<'_>, reading: Reading, label: u16) -> Result<Operand<'_>, Fault> {
    match operand.view() {
        View::Null if reading == Reading::Total => Ok(Operand::Seen(View::Int(0))),
        View::Null => Err(Fault::Missing(label)),
        View::Text(text) if reading != Reading::AsIs => read_text(text, reading, label).map(Operand::Seen),
        _ => Ok(operand),
    }
}

fn read_text(text: &str, reading: Reading, label: u16) -> Result<View<'static>, Fault> {
    let (view, wanted) = match reading {
        Reading::Time => (text.parse::<Timestamp>().ok().map(View::Time), Kind::Time),
        Reading::Money | Reading::Total | Reading::AsIs => (text.parse().ok().map(View::Money), Kind::Money),
    };
    view.ok_or(Fault::Unreadable { label, wanted })
}

fn part<'s>(operand: Operand<'s>, name: &str, label: LabelId) -> Result<Operand<'s>, Fault> {
    let found = match &operand {
        Operand::Seen(View::Map(fields)) => field(fields, name).map(|value| Operand::Seen(View::of(value))),
        Operand::Made(Value::Map(fields)) => field(fields, name).cloned().map(Operand::Made),
        other => return Err(Action::Part.mismatch(other.view().kind())),
    };
    read(found.ok_or(Fault::Missing(label))?, Reading::AsIs, label)
}

fn field<'s>(fields: &'s [(Box<str>, Value)], name: &str) -> Option<&'s Value> {
    fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value)
}

fn as_bool(operand: &Operand<'_>) -> Result<bool, Fault> {
    match operand.view() {
        View::Bool(bool) => Ok(bool),
        other => Err(Action::Condition.mismatch(other.kind())),
    }
}

fn as_text<'s>(action: Action, operand: &'s Operand<'_>) -> Result<&'s str, Fault> {
    match operand.view() {
        View::Text(text) => Ok(text),
        other => Err(action.mismatch(other.kind())),
    }
}

fn as_list<'s>(action: Action, operand: &'s Operand<'_>) -> Result<&'s [Value], Fault> {
    match operand.view() {
        View::List(items) => Ok(items),
        other => Err(action.mismatch(other.kind())),
    }
}
