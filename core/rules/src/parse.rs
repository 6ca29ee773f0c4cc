//! From text to the syntax tree of the `cel` crate, which is used for nothing else.
//!
//! The parser runs when a catalogue is published, never for an event. A source is [weighed](weigh) first, so
//! that the recursive parser needs a small stack only; a panic inside it is caught and told as a mistake,
//! because a library's bug must not stop a workspace.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::{Env, ParseErrors};

use crate::Mistake;
use crate::weigh::{column_of_byte, weigh};

/// A parsed source: its tree, and where in the text each node stands.
pub(crate) struct Parsed<'s> {
    pub root: IdedExpr,
    source: &'s str,
    places: SourceInfo,
}

/// Parses with the macros (`has`, `exists`, …) left as the calls they are written as: their meaning is ours.
pub(crate) fn parse(source: &str) -> Result<Parsed<'_>, Mistake> {
    weigh(source)?;
    let parser = Env::default().with_optional_support(false).parser();
    match catch_unwind(AssertUnwindSafe(|| parser.parse_with_source_info(source))) {
        Ok(Ok((root, places))) => Ok(Parsed { root, source, places }),
        Ok(Err(errors)) => Err(unreadable(source, &errors)),
        Err(_) => Err(Mistake::new(None, "the condition cannot be read", "Write it in a simpler way")),
    }
}

impl Parsed<'_> {
    /// The column where the node's text begins; for operators, where the operator stands.
    pub(crate) fn column(&self, expr: &IdedExpr) -> Option<u32> {
        let first = leftmost(expr);
        let (start, _) = self.places.offset_for(first.id)?;
        Some(column_of_byte(self.source, usize::try_from(start).ok()?))
    }
}

/// The node that a path or a member call begins with; other nodes stand for themselves.
fn leftmost(mut expr: &IdedExpr) -> &IdedExpr {
    loop {
        match &expr.expr {
            Expr::Select(select) => expr = &select.operand,
            Expr::Call(call) if call.func_name == "_[_]" && !call.args.is_empty() => expr = &call.args[0],
            Expr::Call(call) => match &call.target {
                Some(target) => expr = target,
                None => return expr,
            },
            _ => return expr,
        }
    }
}

/// What people write who know another language, and what they mean.
const HABITS: [(&str, &str); 10] = [
    ("=", "Compare with `==`"),
    ("and", "Write `&&`"),
    ("AND", "Write `&&`"),
    ("&", "Write `&&`"),
    ("or", "Write `||`"),
    ("OR", "Write `||`"),
    ("|", "Write `||`"),
    ("not", "Write `!` before what must not hold"),
    ("NOT", "Write `!` before what must not hold"),
    ("?", "A choice is written `condition ? one : other`"),
];

/// Our words for the parser's first complaint; its own name grammar rules that authors do not know.
fn unreadable(source: &str, errors: &ParseErrors) -> Mistake {
    let (line, column) = errors.errors.first().map_or((1, 1), |error| error.pos);
    let before: usize =
        source.split_inclusive('\n').take(position(line)).map(|line| line.chars().count()).sum();
    let offset = before + position(column);
    let rest: String = source.chars().skip(offset).collect();
    let Some(first) = rest.trim_start().chars().next() else {
        return Mistake::new(
            Some(u32::try_from(offset + 1).unwrap_or(u32::MAX)),
            "the condition ends too early",
            "Complete it, and close every bracket",
        );
    };
    let offset = offset + (rest.chars().count() - rest.trim_start().chars().count());
    let rest = rest.trim_start();
    let word: String = if first.is_ascii_alphanumeric() {
        rest.chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '_').collect()
    } else {
        first.into()
    };
    let remedy = HABITS.iter().find(|(habit, _)| *habit == word).map_or(
        "Check the operators and brackets around it; docs/conditions.md shows what can be written",
        |(_, remedy)| remedy,
    );
    let column = Some(u32::try_from(offset + 1).unwrap_or(u32::MAX));
    Mistake::new(column, format!("`{word}` cannot stand here"), remedy)
}

/// A line or column of the parser, counted from 1, as a count of what comes before it.
fn position(place: isize) -> usize {
    usize::try_from(place - 1).unwrap_or(0)
}
