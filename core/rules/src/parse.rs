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
    /// The column where a path begins, or where the name of a function or an operator stands.
    pub(crate) fn column(&self, expr: &IdedExpr) -> Option<u32> {
        let first = leftmost(expr);
        let (start, _) = self.places.offset_for(first.id)?;
        let mut start = usize::try_from(start).ok()?;
        if let Expr::Call(call) = &first.expr {
            // The parser places a call at its opening bracket.
            let before = self.source.get(..start)?.trim_end();
            start = before.strip_suffix(&call.func_name).map_or(start, str::len);
        }
        Some(column_of_byte(self.source, start))
    }
}

/// The node that a path begins with; other nodes stand for themselves.
fn leftmost(mut expr: &IdedExpr) -> &IdedExpr {
    loop {
        match &expr.expr {
            Expr::Select(select) => expr = &select.operand,
            Expr::Call(call) if call.func_name == "_[_]" && !call.args.is_empty() => expr = &call.args[0],
            _ => return expr,
        }
    }
}

/// What people write who know another language, and what they mean.
const HABITS: [(&str, &str); 8] = [
    ("=", "Compare with `==`"),
    ("and", "Write `&&`"),
    ("AND", "Write `&&`"),
    ("&", "Write `&&`"),
    ("or", "Write `||`"),
    ("OR", "Write `||`"),
    ("|", "Write `||`"),
    ("?", "A choice is written `condition ? one : other`"),
];

/// Our words for the parser's first complaint; its own name grammar rules that authors do not know.
fn unreadable(source: &str, errors: &ParseErrors) -> Mistake {
    let syntax = errors.errors.iter().find(|error| error.msg.starts_with("Syntax error"));
    let (line, column) = syntax.or(errors.errors.first()).map_or((1, 1), |error| error.pos);
    let before: usize =
        source.split_inclusive('\n').take(position(line)).map(|line| line.chars().count()).sum();
    let offset = before + position(column);
    let rest: String = source.chars().skip(offset).collect();
    let Some(first) = rest.trim_start().chars().next() else {
        let remedy = "Complete it, and close every bracket";
        return Mistake::new(column_after(offset), "the condition ends too early", remedy);
    };
    let offset = offset + (rest.chars().count() - rest.trim_start().chars().count());
    let rest = rest.trim_start();
    let same: fn(char) -> bool = match first {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => {
            |character| character.is_ascii_alphanumeric() || character == '_'
        }
        '=' | '!' | '<' | '>' | '&' | '|' => |character| "=!<>&|".contains(character),
        _ => |_| false,
    };
    let word: String =
        std::iter::once(first).chain(rest.chars().skip(1).take_while(|next| same(*next))).collect();
    if first.is_ascii_digit() {
        let remedy = "Whole numbers reach 9.2e18, others 1.7e308";
        return Mistake::new(column_after(offset), format!("`{word}` is no number that can be kept"), remedy);
    }
    let before: String = source.chars().take(offset).collect();
    if let Some(rest) = before.trim_end().strip_suffix("not") {
        let message = "`not` has no meaning here";
        return Mistake::new(
            column_after(rest.chars().count()),
            message,
            "Write `!` before what must not hold",
        );
    }
    let remedy = HABITS.iter().find(|(habit, _)| *habit == word).map_or(
        "Check the operators and brackets around it; docs/conditions.md shows what can be written",
        |(_, remedy)| remedy,
    );
    Mistake::new(column_after(offset), format!("`{word}` cannot stand here"), remedy)
}

fn column_after(characters: usize) -> Option<u32> {
    u32::try_from(characters + 1).ok()
}

/// A line or column of the parser, counted from 1, as a count of what comes before it.
fn position(place: isize) -> usize {
    usize::try_from(place - 1).unwrap_or(0)
}
