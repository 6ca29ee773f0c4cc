//! Behaviour functions: aggregates over the events of one name, in a window or ever.

use cel::common::ast::{CallExpr, IdedExpr};
use model::{Span, ValueKind};

use super::literals::literal_text;
use super::names::reading;
use super::{Check, Checked};
use crate::kind::Kind;
use crate::mistake::did_you_mean;
use crate::program::{Node, Reading};
use crate::{Aggregate, Behaviour};

impl Check<'_> {
    /// `count("Order Completed")`, `count("Order Completed", "30d")`.
    pub(super) fn count(&mut self, expr: &IdedExpr, args: &[IdedExpr]) -> Checked {
        let (event, window) = match args {
            [event] => (event, None),
            [event, window] => (event, Some(window)),
            _ => return self.behaviour_shape(expr, "count(\"Order Completed\", \"30d\")"),
        };
        let (Some(event), Some(window)) = (self.event(event), self.window(window)) else {
            return Checked { node: 0, kind: Kind::Any };
        };
        let label = format!("count(\"{event}\")");
        let count = Behaviour { event, aggregate: Aggregate::Count, window };
        self.behaviour(count, Reading::Total, ValueKind::Int, &label)
    }

    /// `sum("Order Completed", "total", "90d")` and `min`, `max`, `avg`.
    pub(super) fn total(&mut self, expr: &IdedExpr, function: &str, args: &[IdedExpr]) -> Checked {
        let (event, property, window) = match args {
            [event, property] => (event, property, None),
            [event, property, window] => (event, property, Some(window)),
            _ => {
                return self
                    .behaviour_shape(expr, &format!("{function}(\"Order Completed\", \"total\", \"90d\")"));
            }
        };
        let (Some(event), window) = (self.event(event), self.window(window)) else {
            return Checked { node: 0, kind: Kind::Any };
        };
        let Some(path) = literal_text(property) else {
            return self.unwritten(
                property,
                "a property's name",
                &format!("{function}(\"{event}\", \"total\")"),
            );
        };
        let (Some(kind), Some(window)) = (self.property(property, &event, path), window) else {
            return Checked { node: 0, kind: Kind::Any };
        };
        let Some((aggregate, result)) = aggregate(function, path, kind) else {
            let message = format!("`{function}` cannot take `{path}`, which is {}", Kind::of(kind).name());
            return self.mistake(property, message, "Name a property that holds numbers or money");
        };
        let label = format!("{function}(\"{event}\", \"{path}\")");
        let reading = if function == "sum" { Reading::Total } else { reading(result) };
        self.behaviour(Behaviour { event, aggregate, window }, reading, result, &label)
    }

    /// `last("Product Viewed").category`, `first("Order Completed", "1w").time`.
    pub(super) fn first_or_last(&mut self, expr: &IdedExpr, call: &CallExpr, path: &str) -> Checked {
        let function = call.func_name.as_str();
        let (event, window) = match call.args.as_slice() {
            [event] => (event, None),
            [event, window] => (event, Some(window)),
            _ => return self.behaviour_shape(expr, &format!("{function}(\"Product Viewed\").category")),
        };
        let (Some(event), Some(window)) = (self.event(event), self.window(window)) else {
            return Checked { node: 0, kind: Kind::Any };
        };
        let (path_read, kind) = if path == "time" {
            ("", ValueKind::Time)
        } else {
            match self.property(expr, &event, path) {
                Some(kind) => (path, kind),
                None => return Checked { node: 0, kind: Kind::Any },
            }
        };
        let aggregate = if function == "first" {
            Aggregate::First(path_read.into())
        } else {
            Aggregate::Last(path_read.into())
        };
        let label = format!("{function}(\"{event}\").{path}");
        self.behaviour(Behaviour { event, aggregate, window }, reading(kind), kind, &label)
    }

    fn behaviour(&mut self, behaviour: Behaviour, reading: Reading, kind: ValueKind, label: &str) -> Checked {
        let slot = self.symbols.behaviour(behaviour);
        self.reads.behaviours.push(slot);
        let label = self.label(label);
        self.add(Node::Behaviour { slot, reading, label }, Kind::of(kind))
    }

    fn behaviour_shape(&mut self, expr: &IdedExpr, example: &str) -> Checked {
        self.mistake(expr, "this function takes an event's name first", format!("Write `{example}`"))
    }

    fn event(&mut self, expr: &IdedExpr) -> Option<Box<str>> {
        let Some(event) = literal_text(expr) else {
            self.unwritten(expr, "an event's name", "count(\"Order Completed\")");
            return None;
        };
        if !self.scope.events.contains_key(event) {
            let events = self.scope.events.keys().map(String::as_str);
            let remedy = did_you_mean(event, events, "Declare the event in the catalogue");
            self.mistake(expr, format!("there is no event `{event}`"), remedy);
            return None;
        }
        Some(event.into())
    }

    /// The kind of an event's property. A path inside a declared group of fields can be of any kind.
    fn property(&mut self, expr: &IdedExpr, event: &str, path: &str) -> Option<ValueKind> {
        let properties = &self.scope.events[event];
        if let Some(kind) = properties.get(path) {
            return Some(*kind);
        }
        let inside = path
            .match_indices('.')
            .any(|(dot, _)| matches!(properties.get(&path[..dot]), Some(ValueKind::Map | ValueKind::Null)));
        if inside {
            return Some(ValueKind::Null);
        }
        let remedy =
            did_you_mean(path, properties.keys().map(String::as_str), "Declare the property with its event");
        self.mistake(expr, format!("`{event}` has no property `{path}`"), remedy);
        None
    }

    /// A window, where there is one; `None` after a mistake.
    fn window(&mut self, expr: Option<&IdedExpr>) -> Option<Option<Span>> {
        let Some(expr) = expr else { return Some(None) };
        let Some(text) = literal_text(expr) else {
            self.unwritten(expr, "a window", "count(\"Order Completed\", \"30d\")");
            return None;
        };
        match text.parse::<Span>() {
            Ok(span) if span.0 > 0 => Some(Some(span)),
            Ok(_) | Err(_) => {
                let message = format!("`{text}` is not a window");
                self.mistake(expr, message, "Write a whole number and one of s, m, h, d, w, such as `30d`");
                None
            }
        }
    }
}

/// The aggregate over a property of this kind, and the kind of its result; `None` when there is none.
fn aggregate(function: &str, path: &str, kind: ValueKind) -> Option<(Aggregate, ValueKind)> {
    let path: Box<str> = path.into();
    let number = matches!(kind, ValueKind::Int | ValueKind::Double);
    let amount = matches!(kind, ValueKind::Money | ValueKind::Null);
    let ordered = number || amount || kind == ValueKind::Time;
    match function {
        "sum" if number || amount => Some((Aggregate::Sum(path), kind)),
        "avg" if number => Some((Aggregate::Average(path), ValueKind::Double)),
        "avg" if amount => Some((Aggregate::Average(path), kind)),
        "min" if ordered => Some((Aggregate::Min(path), kind)),
        "max" if ordered => Some((Aggregate::Max(path), kind)),
        _ => None,
    }
}
