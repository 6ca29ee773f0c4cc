//! Literals and lists of them.

use cel::common::ast::{Expr, IdedExpr, ListExpr, LiteralValue};
use model::Value;

use super::{Check, Checked};
use crate::kind::Kind;
use crate::program::{Constant, Node};

impl Check<'_> {
    pub(super) fn literal(&mut self, expr: &IdedExpr, literal: &LiteralValue) -> Checked {
        match literal {
            LiteralValue::Boolean(bool) => self.value(Value::Bool(*bool.inner()), Kind::Bool),
            LiteralValue::Int(int) => self.value(Value::Int(*int.inner()), Kind::Int),
            LiteralValue::Double(double) if double.inner().is_finite() => {
                self.value(Value::Double(*double.inner()), Kind::Double)
            }
            LiteralValue::Double(_) => {
                self.mistake(expr, "this number is too large", "Write one below 1.7e308")
            }
            LiteralValue::String(text) => self.value(Value::text(text.inner()), Kind::Text),
            LiteralValue::UInt(number) => self.mistake(
                expr,
                format!("`{0}u` is an unsigned number, which no field holds", number.inner()),
                "Leave the `u` out",
            ),
            LiteralValue::Bytes(_) => self.mistake(expr, "bytes cannot be compared", "Leave the `b` out"),
            LiteralValue::Null => self.mistake(
                expr,
                "`null` stands alone for a missing value",
                "Compare a name with it by `==` or `!=`, or use `has`",
            ),
        }
    }

    /// A list of literals is one constant; any other is made anew in each evaluation.
    pub(super) fn list(&mut self, list: &ListExpr) -> Checked {
        let start = (self.nodes.len(), self.constants.len());
        let items: Vec<Checked> = list.elements.iter().map(|element| self.list_element(element)).collect();
        let constants: Option<Box<[Value]>> = items.iter().map(|item| self.constant_value(*item)).collect();
        if let Some(values) = constants.filter(|_| self.nodes.len() == start.0 + items.len()) {
            self.nodes.truncate(start.0);
            self.constants.truncate(start.1);
            return self.value(Value::List(values), Kind::List);
        }
        let first = u16::try_from(self.elements.len()).expect("a source of 4 KB has fewer than 65,536 parts");
        self.elements.extend(items.iter().map(|item| item.node));
        let count = u16::try_from(items.len()).expect("a source of 4 KB has fewer than 65,536 parts");
        self.add(Node::List { first, count }, Kind::List)
    }

    fn list_element(&mut self, element: &IdedExpr) -> Checked {
        let checked = self.expression(element);
        if checked.kind == Kind::Span {
            return self.mistake(element, "lists cannot hold lengths of time", "Compare them one by one");
        }
        checked
    }

    /// Where the constant stands, when it is one.
    pub(super) fn constant_place(&self, checked: Checked) -> Option<u16> {
        match self.nodes.get(usize::from(checked.node))? {
            Node::Constant(index) => Some(*index),
            _ => None,
        }
    }

    fn constant_value(&self, checked: Checked) -> Option<Value> {
        match self.constants.get(usize::from(self.constant_place(checked)?))? {
            Constant::Value(value) => Some(value.clone()),
            Constant::Span(_) => None,
        }
    }

    /// The kinds of a literal list's elements; empty when the list is not literal.
    pub(super) fn element_kinds(expr: &IdedExpr) -> Vec<Kind> {
        let Expr::List(list) = &expr.expr else { return Vec::new() };
        let kind = |element: &IdedExpr| match &element.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Kind::Bool,
            Expr::Literal(LiteralValue::Int(_)) => Kind::Int,
            Expr::Literal(LiteralValue::Double(_)) => Kind::Double,
            Expr::Literal(LiteralValue::String(_)) => Kind::Text,
            _ => Kind::Any,
        };
        list.elements.iter().map(kind).collect()
    }
}

/// The text of a literal, which names of events, windows and patterns must be.
pub(super) fn literal_text(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

pub(super) fn is_null(expr: &IdedExpr) -> bool {
    matches!(expr.expr, Expr::Literal(LiteralValue::Null))
}
