//! Operators, and which kinds of values they take.

use cel::common::ast::IdedExpr;

use super::literals::is_null;
use super::{Check, Checked};
use crate::kind::Kind;
use crate::program::{Comparison, Node, Operation};

impl Check<'_> {
    /// The operator of this name in the syntax tree; `None` when the name is not an operator's.
    pub(super) fn operator(&mut self, expr: &IdedExpr, name: &str, args: &[IdedExpr]) -> Option<Checked> {
        Some(match (name, args) {
            ("_&&_", [left, right]) => {
                let (left, right) = (self.condition(left), self.condition(right));
                self.add(Node::And(left, right), Kind::Bool)
            }
            ("_||_", [left, right]) => {
                let (left, right) = (self.condition(left), self.condition(right));
                self.add(Node::Or(left, right), Kind::Bool)
            }
            ("!_", [of]) => {
                let of = self.condition(of);
                self.add(Node::Not(of), Kind::Bool)
            }
            ("_?_:_", [condition, then, otherwise]) => self.choice(condition, then, otherwise),
            ("@in", [element, list]) => self.contained(expr, element, list),
            ("_[_]", [of, index]) => self.index(expr, of, index),
            ("-_", [of]) => self.negation(of),
            (_, [left, right]) => match (comparison(name), operation(name)) {
                (Some(comparison), _) => self.comparison(expr, comparison, left, right),
                (None, Some(operation)) => self.calculation(expr, operation, left, right),
                (None, None) => return None,
            },
            _ => return None,
        })
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &IdedExpr) -> u16 {
        let checked = self.expression(expr);
        if !checked.kind.may_be(Kind::Bool) {
            let message = format!("this is {}, not true or false", checked.kind.name());
            self.mistake(expr, message, "Compare it with something, or use `has`");
        }
        checked.node
    }

    fn choice(&mut self, condition: &IdedExpr, then: &IdedExpr, otherwise: &IdedExpr) -> Checked {
        let condition = self.condition(condition);
        let then_checked = self.expression(then);
        let checked = self.expression(otherwise);
        let kind = match (then_checked.kind, checked.kind) {
            (left, right) if left == right => left,
            (left, right) if left.is_number() && right.is_number() => Kind::Double,
            (left, right) if left.may_be(right) => Kind::Any,
            (left, right) => {
                let message = format!("the choice is between {} and {}", left.name(), right.name());
                return self.mistake(otherwise, message, "Choose between values of one kind");
            }
        };
        self.add(Node::Choose { condition, then: then_checked.node, otherwise: checked.node }, kind)
    }

    fn contained(&mut self, expr: &IdedExpr, element: &IdedExpr, list: &IdedExpr) -> Checked {
        let checked = self.expression(element);
        let found = self.expression(list);
        if !found.kind.may_be(Kind::List) {
            let message = format!("`in` looks into a list; this is {}", found.kind.name());
            return self.mistake(
                list,
                message,
                "Write a list: `x in [\"a\", \"b\"]`; for texts use `contains`",
            );
        }
        if let Some(other) = Self::element_kinds(list).iter().find(|kind| !checked.kind.may_be(**kind)) {
            let message = format!("{} is never among {}", checked.kind.name(), plural(*other));
            return self.mistake(expr, message, "List values of the kind that is looked for");
        }
        self.add(Node::In(checked.node, found.node), Kind::Bool)
    }

    fn negation(&mut self, of: &IdedExpr) -> Checked {
        let checked = self.expression(of);
        match checked.kind {
            Kind::Any | Kind::Int | Kind::Double | Kind::Span | Kind::Money => {
                self.add(Node::Negate(checked.node), checked.kind)
            }
            Kind::Bool | Kind::Text | Kind::Time | Kind::List | Kind::Map => {
                let message = format!("`-` cannot take {}", checked.kind.name());
                self.mistake(of, message, "Negate a number; for conditions use `!`")
            }
        }
    }

    fn comparison(
        &mut self,
        expr: &IdedExpr,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Checked {
        let equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        if equality && is_null(left) != is_null(right) {
            let of = if is_null(left) { right } else { left };
            return self.presence(of, comparison == Comparison::Unequal);
        }
        let (left, right) = (self.expression(left), self.expression(right));
        let symbol = comparison.symbol();
        if !left.kind.may_be(right.kind) {
            let message = format!("`{symbol}` compares {} with {}", left.kind.name(), right.kind.name());
            return self.mistake(expr, message, remedy(left.kind, right.kind));
        }
        let unordered = [left.kind, right.kind].into_iter().find(|kind| !kind.is_ordered());
        if let Some(unordered) = unordered.filter(|_| !equality) {
            let message = format!("`{symbol}` cannot order {}", unordered.name());
            return self.mistake(expr, message, "Use `==`, `!=` or `in`");
        }
        let node = match (self.constant_place(left), self.constant_place(right)) {
            (_, Some(constant)) => Node::CompareConstant { comparison, of: left.node, constant },
            (Some(constant), None) => {
                Node::CompareConstant { comparison: comparison.flipped(), of: right.node, constant }
            }
            (None, None) => Node::Compare(comparison, left.node, right.node),
        };
        self.add(node, Kind::Bool)
    }

    fn calculation(
        &mut self,
        expr: &IdedExpr,
        operation: Operation,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Checked {
        let (left, right) = (self.expression(left), self.expression(right));
        match result(operation, left.kind, right.kind) {
            Some(kind) => self.add(Node::Calculate(operation, left.node, right.node), kind),
            None => {
                let (symbol, left, right) = (operation.symbol(), left.kind, right.kind);
                let message = format!("`{symbol}` cannot take {} and {}", left.name(), right.name());
                self.mistake(expr, message, remedy(left, right))
            }
        }
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "_==_" => Comparison::Equal,
        "_!=_" => Comparison::Unequal,
        "_<_" => Comparison::Less,
        "_<=_" => Comparison::LessOrEqual,
        "_>_" => Comparison::Greater,
        "_>=_" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        "_+_" => Operation::Add,
        "_-_" => Operation::Subtract,
        "_*_" => Operation::Multiply,
        "_/_" => Operation::Divide,
        "_%_" => Operation::Remainder,
        _ => return None,
    })
}

/// The kind that an operation on two kinds results in; `None` when it never can.
fn result(operation: Operation, left: Kind, right: Kind) -> Option<Kind> {
    use Operation::{Add, Multiply, Remainder, Subtract};
    Some(match (operation, left, right) {
        (_, Kind::Bool | Kind::List | Kind::Map, _) | (_, _, Kind::Bool | Kind::List | Kind::Map) => {
            return None;
        }
        (_, Kind::Any, _) | (_, _, Kind::Any) => Kind::Any,
        (_, Kind::Int, Kind::Int) => Kind::Int,
        (Remainder, _, _) => return None,
        (_, left, right) if left.is_number() && right.is_number() => Kind::Double,
        (Add, Kind::Text, Kind::Text) => Kind::Text,
        (Add | Subtract, Kind::Money, Kind::Money) => Kind::Money,
        (Multiply, Kind::Money, Kind::Int) | (Multiply, Kind::Int, Kind::Money) => Kind::Money,
        (Add | Subtract, Kind::Time, Kind::Span) | (Add, Kind::Span, Kind::Time) => Kind::Time,
        (Add | Subtract, Kind::Span, Kind::Span) | (Subtract, Kind::Time, Kind::Time) => Kind::Span,
        _ => return None,
    })
}

fn remedy(left: Kind, right: Kind) -> &'static str {
    let either = |kind: Kind| left == kind || right == kind;
    if either(Kind::Money) {
        "Write amounts with their currency: `money(\"19.90 EUR\")`; only whole numbers multiply them"
    } else if either(Kind::Time) && either(Kind::Text) {
        "Write times as `timestamp(\"2026-03-01T10:00:00Z\")`"
    } else if either(Kind::Span) || either(Kind::Time) {
        "Write lengths of time as `duration(\"30d\")`"
    } else {
        "Use values of one kind"
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "texts",
        Kind::Bool => "truth values",
        Kind::Int | Kind::Double => "numbers",
        Kind::Any | Kind::Time | Kind::Span | Kind::Money | Kind::List | Kind::Map => "other values",
    }
}
