//! Checks a parsed condition against its scope and binds it: names to slots, literals to constants.
//!
//! Checking goes on after a mistake, so that an author sees all of them at once; an expression with a
//! mistake counts as one of any kind, which keeps one mistake from causing others.

mod behaviours;
mod calls;
mod literals;
mod loops;
mod names;
mod operators;

use cel::common::ast::{Expr, IdedExpr};
use model::Value;
use regex::Regex;

use crate::kind::Kind;
use crate::parse::{Parsed, parse};
use crate::program::{Constant, LabelId, Node, NodeId, Program, Reads};
use crate::{Mistake, Scope, Symbols};

/// The most nodes of one program, list elements included.
const NODES_MAX: usize = 1000;
/// The most mistakes told about one condition.
const MISTAKES_MAX: usize = 20;
/// The most names of one kind in a catalogue; well below the slots there are.
const NAMES_MAX: usize = 60_000;

/// What an expression must result in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Bool,
    Any,
}

/// Compiles an expression; on failure tells every mistake found in it. Names it uses are interned in
/// `symbols` either way.
pub fn compile(
    source: &str,
    scope: &Scope,
    symbols: &mut Symbols,
    wanted: Wanted,
) -> Result<Program, Vec<Mistake>> {
    let parsed = parse(source).map_err(|mistake| vec![mistake])?;
    let names = symbols.fields().len().max(symbols.behaviours().len()).max(symbols.segments().len());
    if names > NAMES_MAX {
        let message = format!("the catalogue's conditions name more than {NAMES_MAX} things");
        return Err(vec![Mistake::new(None, message, "Take conditions out that nothing uses")]);
    }
    let mut check = Check::new(&parsed, scope, symbols);
    let root = check.expression(&parsed.root);
    check.result(&parsed.root, root.kind, wanted);
    check.finish(source, root.node)
}

/// An expression that has been checked: its node and what is known of its kind.
#[derive(Clone, Copy)]
struct Checked {
    node: NodeId,
    kind: Kind,
}

struct Check<'a> {
    parsed: &'a Parsed<'a>,
    scope: &'a Scope,
    symbols: &'a mut Symbols,
    nodes: Vec<Node>,
    /// How many nodes were ever added, those folded into constants included.
    parts: usize,
    constants: Vec<Constant>,
    elements: Vec<NodeId>,
    patterns: Vec<Regex>,
    labels: Vec<Box<str>>,
    reads: Reads,
    /// The names of the surrounding loops' elements, outer first.
    loops: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Check<'a> {
    fn new(parsed: &'a Parsed<'a>, scope: &'a Scope, symbols: &'a mut Symbols) -> Self {
        Self {
            parsed,
            scope,
            symbols,
            nodes: Vec::new(),
            parts: 0,
            constants: Vec::new(),
            elements: Vec::new(),
            patterns: Vec::new(),
            labels: Vec::new(),
            reads: Reads::default(),
            loops: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Recurses as deeply as the tree, which [`crate::weigh`] bounds.
    fn expression(&mut self, expr: &IdedExpr) -> Checked {
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Ident(_) | Expr::Select(_) => self.name(expr),
            Expr::List(list) => self.list(list),
            Expr::Call(call) => self.call(expr, call),
            Expr::Map(_) | Expr::Struct(_) => {
                self.mistake(expr, "groups of fields cannot be written here", "Compare the fields one by one")
            }
            Expr::Comprehension(_) | Expr::Unspecified => {
                self.mistake(expr, "this cannot be read", "Write it in a simpler way")
            }
        }
    }

    fn result(&mut self, root: &IdedExpr, kind: Kind, wanted: Wanted) {
        let message = format!("this results in {}", kind.name());
        match wanted {
            Wanted::Bool if !kind.may_be(Kind::Bool) => {
                self.mistake(root, format!("{message}, not in true or false"), "Compare it with something");
            }
            Wanted::Any if kind == Kind::Span => {
                self.mistake(root, message, "Add it to a time, or compare it with another");
            }
            Wanted::Bool | Wanted::Any => {}
        }
    }

    fn finish(mut self, source: &str, root: NodeId) -> Result<Program, Vec<Mistake>> {
        if self.parts > NODES_MAX {
            let message = format!("the condition has more than {NODES_MAX} parts");
            self.mistakes.push(Mistake::new(
                None,
                message,
                "Split it into segments and combine them with `in_segment`",
            ));
        }
        if !self.mistakes.is_empty() {
            self.mistakes.sort_by_key(|mistake| mistake.column);
            self.mistakes.dedup();
            self.mistakes.truncate(MISTAKES_MAX);
            return Err(self.mistakes);
        }
        let Reads { fields, behaviours, segments, now: _ } = &mut self.reads;
        sort(fields);
        sort(behaviours);
        sort(segments);
        Ok(Program {
            source: source.into(),
            root,
            nodes: self.nodes.into(),
            constants: self.constants.into(),
            elements: self.elements.into(),
            patterns: self.patterns.into(),
            labels: self.labels.into(),
            reads: self.reads,
        })
    }

    /// Notes a mistake at `expr`; the expression then counts as one of any kind.
    fn mistake(&mut self, expr: &IdedExpr, message: impl Into<String>, remedy: impl Into<String>) -> Checked {
        self.mistakes.push(Mistake::new(self.parsed.column(expr), message, remedy));
        Checked { node: 0, kind: Kind::Any }
    }

    fn add(&mut self, node: Node, kind: Kind) -> Checked {
        self.nodes.push(node);
        self.parts += 1;
        Checked { node: place(self.nodes.len()), kind }
    }

    fn constant(&mut self, constant: Constant, kind: Kind) -> Checked {
        self.constants.push(constant);
        let index = place(self.constants.len());
        self.add(Node::Constant(index), kind)
    }

    fn value(&mut self, value: Value, kind: Kind) -> Checked {
        self.constant(Constant::Value(value), kind)
    }

    fn label(&mut self, name: &str) -> LabelId {
        if let Some(known) = self.labels.iter().position(|label| &**label == name) {
            return place(known + 1);
        }
        self.labels.push(name.into());
        place(self.labels.len())
    }
}

/// The place of the last of `length` things.
fn place(length: usize) -> u16 {
    u16::try_from(length - 1).expect("a source of 4 KB has fewer than 65,536 parts")
}

fn sort<T: Ord>(slots: &mut Vec<T>) {
    slots.sort_unstable();
    slots.dedup();
}
