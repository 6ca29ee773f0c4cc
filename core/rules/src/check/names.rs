//! Names: declared fields, elements of loops, and parts of what they hold.

use cel::common::ast::{Expr, IdedExpr};
use model::ValueKind;

use super::literals::literal_text;
use super::{Check, Checked};
use crate::kind::Kind;
use crate::mistake::did_you_mean;
use crate::program::{Node, Reading};

/// What doubts call an element taken by its place, such as `list[3]`.
const ITEM: &str = "[…]";

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
                self.parts(base, ITEM, &path.names)
            }
            _ => self.mistake(
                expr,
                format!("`.{}` stands after something that has no fields", path.names.join(".")),
                "Write a field's whole path, such as `profile.traits.city`",
            ),
        }
    }

    /// Whether a name has a value: `has(x)`, `x != null`, and the opposite `x == null`.
    pub(super) fn presence(&mut self, expr: &IdedExpr, known: bool) -> Checked {
        let before = self.mistakes.len();
        let checked = self.expression(expr);
        if self.mistakes.len() > before {
            return checked;
        }
        let named = match &expr.expr {
            Expr::Ident(_) | Expr::Select(_) => true,
            Expr::Call(call) => matches!(call.func_name.as_str(), "_[_]" | "min" | "max" | "avg" | "sum"),
            _ => false,
        };
        if !named {
            return self.mistake(
                expr,
                "only a name can be missing",
                "Ask for a name: `has(profile.traits.city)`",
            );
        }
        self.add(if known { Node::Known(checked.node) } else { Node::Unknown(checked.node) }, Kind::Bool)
    }

    fn element(&mut self, depth: usize, names: &[&str]) -> Checked {
        let name = self.loops[depth].clone();
        let label = self.label(&name);
        let depth = u8::try_from(depth).expect("loops nest twice at most");
        let element = self.add(Node::Element { depth, label }, Kind::Any);
        self.parts(element, &name, names)
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
                self.parts(field, &path, &names[count..])
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

    /// The field that `names` lead to inside a value; `label` is what the value itself is called.
    fn parts(&mut self, value: Checked, label: &str, names: &[&str]) -> Checked {
        let mut called = String::from(label);
        names.iter().fold(value, |of, name| {
            called.extend([".", name]);
            let (name, label) = (self.label(name), self.label(&called));
            self.add(Node::Part { of: of.node, name, label }, Kind::Any)
        })
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
        let label = self.label(ITEM);
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
