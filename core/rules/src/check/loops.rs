//! Conditions over the elements of a list: `exists`, `all`, `exists_one`, and `filter(…).size()`.

use cel::common::ast::{Expr, IdedExpr};

use super::{Check, Checked};
use crate::evaluate::LOOPS_MAX;
use crate::kind::Kind;
use crate::program::{Node, Quantifier};

impl Check<'_> {
    /// The loop of this name; `None` when the name is not a loop's.
    pub(super) fn quantifier(
        &mut self,
        expr: &IdedExpr,
        name: &str,
        target: &IdedExpr,
        args: &[IdedExpr],
    ) -> Option<Checked> {
        let quantifier = match name {
            "exists" => Quantifier::Exists,
            "all" => Quantifier::All,
            "exists_one" | "existsOne" => Quantifier::ExistsOne,
            "filter" => {
                let remedy = "Count what it finds: `list.filter(item, item.price > 10).size()`";
                return Some(self.mistake(expr, "`filter` results in a list, which nothing takes", remedy));
            }
            "map" => {
                let remedy = "Ask about the elements with `exists`, `all` or `filter(…).size()`";
                return Some(self.mistake(expr, "`map` would build a list, which conditions do not", remedy));
            }
            _ => return None,
        };
        Some(self.repeat(expr, quantifier, target, args))
    }

    /// `list.filter(item, condition)` inside `size`; `None` when `expr` is something else.
    pub(super) fn filter_size(&mut self, expr: &IdedExpr) -> Option<Checked> {
        match &expr.expr {
            Expr::Call(call) if call.func_name == "filter" => {
                let target = call.target.as_deref()?;
                Some(self.repeat(expr, Quantifier::Count, target, &call.args))
            }
            _ => None,
        }
    }

    fn repeat(
        &mut self,
        expr: &IdedExpr,
        quantifier: Quantifier,
        target: &IdedExpr,
        args: &[IdedExpr],
    ) -> Checked {
        let function = quantifier.name();
        let [Expr::Ident(element), _] = args.each_expr() else {
            let message = format!("`{function}` takes a name for the element and a condition");
            return self.mistake(expr, message, format!("Write `list.{function}(item, item.price > 10)`"));
        };
        if self.loops.contains(element) || self.scope.fields.contains_key(element) || element == "now" {
            let message = format!("`{element}` already stands for something else here");
            return self.mistake(&args[0], message, "Choose another name for the element");
        }
        if self.loops.len() == LOOPS_MAX {
            let message = format!("`{function}` is nested more than {LOOPS_MAX} deep");
            return self.mistake(expr, message, "Split the condition");
        }
        let list = self.expression(target);
        if !list.kind.may_be(Kind::List) {
            let message =
                format!("`{function}` looks at the elements of a list; this is {}", list.kind.name());
            return self.mistake(target, message, "Name a field that holds a list");
        }
        let depth = u8::try_from(self.loops.len()).expect("loops nest twice at most");
        let before = self.nodes.len();
        self.loops.push(element.clone());
        let body = self.condition(&args[1]);
        self.loops.pop();
        let work =
            u16::try_from(self.nodes.len() - before).expect("a source of 4 KB has fewer than 65,536 parts");
        let kind = if quantifier == Quantifier::Count { Kind::Int } else { Kind::Bool };
        self.add(Node::Loop { quantifier, list: list.node, body, depth, work }, kind)
    }
}

/// The two arguments of a macro, as expressions.
trait TwoArguments {
    fn each_expr(&self) -> [&Expr; 2];
}

impl TwoArguments for [IdedExpr] {
    fn each_expr(&self) -> [&Expr; 2] {
        match self {
            [first, second] => [&first.expr, &second.expr],
            _ => [&Expr::Unspecified; 2],
        }
    }
}
