//! Names: declared fields, elements of loops, and parts of what they hold.

use cel::common::ast::{Expr, IdedExpr};
use model::ValueKind;

use super::literals::literal_text;
use super::{Check, Checked};
use crate::kind::Kind;
use crate::mistake::did_you_mean;
use crate::program::{Node, Reading};

/// A dotted path: what it starts from and the names after it.
struct Path<'e> {
    base: &'e IdedExpr,
    names: Vec<&'e str>,
}

impl Check<'_> {
    /// A path such as `profile.traits.city`, `item.price` or `last("Product Viewed").category`.
    pub(super) fn name(&mut self, expr: &IdedExpr) -> Checked {
        let path = path(expr);
        match &path.base.expr {
            Expr::Ident(first) => match self.loops.iter().rposition(|name| name == first) {
                Some(depth) => self.element(depth, &path.names),
                None => self.field(expr, first, &path.names),
            },
            Expr::Call(call)
                if call.target.is_none() && matches!(call.func_name.as_str(), "first" | "last") =>
            {
                self.first_or_last(expr, call, &path.names.join("."))
            }
            Expr::Call(call) if call.func_name == "_[_]" => {
                let base = self.expression(path.base);
                let label = format!("an element's {}", path.names.join("."));
                self.part(base, &path.names.join("."), &label)
            }
            _ => self.mistake(
                expr,
                format!("`.{}` stands after something that has no fields", path.names.join(".")),
                "Write a field's whole path, such as `profile.traits.city`",
            ),
        }
    }

    fn element(&mut self, depth: usize, names: &[&str]) -> Checked {
        let name = self.loops[depth].clone();
        let label = self.label(&name);
        let depth = u8::try_from(depth).expect("loops nest twice at most");
        let element = self.add(Node::Element { depth, label }, Kind::Any);
        if names.is_empty() {
            return element;
        }
        let path = names.join(".");
        self.part(element, &path, &format!("{name}.{path}"))
    }

    fn field(&mut self, expr: &IdedExpr, first: &str, names: &[&str]) -> Checked {
        let whole = |count: usize| {
            let mut path = String::from(first);
            names[..count].iter().for_each(|name| path.extend([".", *name]));
            path
        };
        let declared = (0..=names.len()).rev().find_map(|count| {
            let path = whole(count);
            self.scope.fields.get(&path).map(|kind| (count, path, *kind))
        });
        match declared {
            Some((count, path, kind)) if count == names.len() => self.declared(&path, kind),
            Some((count, path, kind @ (ValueKind::Map | ValueKind::Null))) => {
                let field = self.declared(&path, kind);
                self.part(field, &names[count..].join("."), &whole(names.len()))
            }
            Some((_, path, kind)) => self.mistake(
                expr,
                format!("`{path}` is {} and has no fields of its own", Kind::of(kind).name()),
                format!("Write `{path}`"),
            ),
            None if first == "now" && names.is_empty() => {
                self.reads.now = true;
                self.add(Node::Now, Kind::Time)
            }
            None => self.unknown(expr, &whole(names.len())),
        }
    }

    fn declared(&mut self, path: &str, kind: ValueKind) -> Checked {
        let slot = self.symbols.field(path);
        self.reads.fields.push(slot);
        let label = self.label(path);
        self.add(Node::Field { slot, reading: reading(kind), label }, Kind::of(kind))
    }

    fn unknown(&mut self, expr: &IdedExpr, path: &str) -> Checked {
        let group = format!("{path}.");
        let members: Vec<&str> = self
            .scope
            .fields
            .keys()
            .filter(|field| field.starts_with(&group))
            .take(5)
            .map(String::as_str)
            .collect();
        if !members.is_empty() {
            let remedy = format!("Name one of its fields, such as `{}`", members.join("`, `"));
            return self.mistake(expr, format!("`{path}` is a group of fields"), remedy);
        }
        let fields = self.scope.fields.keys().map(String::as_str);
        let remedy =
            did_you_mean(path, fields, "Declare it in the catalogue, or use a name that is known here");
        self.mistake(expr, format!("`{path}` is not known here"), remedy)
    }

    fn part(&mut self, of: Checked, path: &str, label: &str) -> Checked {
        let path = self.label(path);
        let label = self.label(label);
        self.add(Node::Part { of: of.node, path, label }, Kind::Any)
    }

    /// `list[0]`; with a text in the brackets, a field whose name is not a word.
    pub(super) fn index(&mut self, expr: &IdedExpr, of: &IdedExpr, index: &IdedExpr) -> Checked {
        if literal_text(index).is_some() {
            return self.name(expr);
        }
        let list = self.expression(of);
        let place = self.expression(index);
        if !list.kind.may_be(Kind::List) {
            return self.mistake(
                of,
                format!("{} has no elements", list.kind.name()),
                "Take an element of a list",
            );
        }
        if !place.kind.may_be(Kind::Int) {
            return self.mistake(
                index,
                format!("{} is no place in a list", place.kind.name()),
                "Count from 0",
            );
        }
        let label = self.label("an element of the list");
        self.add(Node::Item { of: list.node, index: place.node, label }, Kind::Any)
    }
}

/// How values of a declared kind are read: JSON carries times and money as text.
pub(super) fn reading(kind: ValueKind) -> Reading {
    match kind {
        ValueKind::Time => Reading::Time,
        ValueKind::Money => Reading::Money,
        ValueKind::Null
        | ValueKind::Bool
        | ValueKind::Int
        | ValueKind::Double
        | ValueKind::Text
        | ValueKind::List
        | ValueKind::Map => Reading::AsIs,
    }
}

fn path(mut expr: &IdedExpr) -> Path<'_> {
    let mut names = Vec::new();
    loop {
        match &expr.expr {
            Expr::Select(select) => {
                names.push(select.field.as_str());
                expr = &select.operand;
            }
            Expr::Call(call) if call.func_name == "_[_]" => match call.args.get(1).and_then(literal_text) {
                Some(name) => {
                    names.push(name);
                    expr = &call.args[0];
                }
                None => break,
            },
            _ => break,
        }
    }
    names.reverse();
    Path { base: expr, names }
}
