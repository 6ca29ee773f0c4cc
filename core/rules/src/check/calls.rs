//! Calls: text functions, literals of time and money, segments.

use cel::common::ast::{CallExpr, IdedExpr};
use model::{Money, Timestamp, Value};
use regex::RegexBuilder;

use super::literals::literal_text;
use super::{Check, Checked};
use crate::duration::parse_duration;
use crate::kind::Kind;
use crate::mistake::did_you_mean;
use crate::program::{Constant, Node, Search};

/// The most memory a compiled pattern may take, in bytes.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// Every function, for suggestions.
const FUNCTIONS: [&str; 23] = [
    "has",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "lowerAscii",
    "upperAscii",
    "exists",
    "all",
    "exists_one",
    "filter",
    "timestamp",
    "duration",
    "money",
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "first",
    "last",
    "in_segment",
];

impl Check<'_> {
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Checked {
        let name = call.func_name.as_str();
        let known = match call.target.as_deref() {
            None => self.operator(expr, name, &call.args).or_else(|| self.function(expr, call)),
            Some(target) => self
                .quantifier(expr, name, target, &call.args)
                .or_else(|| self.method(expr, name, target, &call.args)),
        };
        known.unwrap_or_else(|| {
            let otherwise = "docs/conditions.md lists every function";
            let remedy = did_you_mean(name, FUNCTIONS.into_iter(), otherwise);
            self.mistake(expr, format!("there is no function `{name}`"), remedy)
        })
    }

    /// `text.contains("…")` and its kin.
    fn method(
        &mut self,
        expr: &IdedExpr,
        name: &str,
        target: &IdedExpr,
        args: &[IdedExpr],
    ) -> Option<Checked> {
        let checked = match (name, args) {
            ("contains", [part]) => self.search(Search::Contains, target, part),
            ("startsWith", [part]) => self.search(Search::StartsWith, target, part),
            ("endsWith", [part]) => self.search(Search::EndsWith, target, part),
            ("matches", [pattern]) => self.matches(target, pattern),
            ("lowerAscii", []) => self.case(target, false),
            ("upperAscii", []) => self.case(target, true),
            ("size", []) => self.size(target),
            ("contains" | "startsWith" | "endsWith" | "matches", _) => {
                let remedy = format!("Write `name.{name}(\"text\")`");
                self.mistake(expr, format!("`{name}` takes one text in its brackets"), remedy)
            }
            ("lowerAscii" | "upperAscii" | "size", _) => {
                let remedy = format!("Write `name.{name}()`");
                self.mistake(expr, format!("`{name}` takes nothing in its brackets"), remedy)
            }
            _ if FUNCTIONS.contains(&name) => {
                let remedy = format!("Write `{name}(…)` alone");
                self.mistake(expr, format!("`{name}` does not stand after a dot"), remedy)
            }
            _ => return None,
        };
        Some(checked)
    }

    fn function(&mut self, expr: &IdedExpr, call: &CallExpr) -> Option<Checked> {
        let checked = match (call.func_name.as_str(), call.args.as_slice()) {
            ("has", [of]) => self.presence(of, true),
            ("size", [of]) => self.size(of),
            ("timestamp", [text]) => self.timestamp(text),
            ("duration", [text]) => self.duration(text),
            ("money", [text]) => self.money(text),
            ("in_segment", [name]) => self.in_segment(name),
            ("now", _) => self.mistake(expr, "`now` is a time, not a function", "Leave the brackets out"),
            ("count", args) => self.count(expr, args),
            ("sum" | "min" | "max" | "avg", args) => self.total(expr, &call.func_name, args),
            ("first" | "last", _) => self.mistake(
                expr,
                format!("`{}` stands for a whole event", call.func_name),
                format!("Say what of it: `{0}(\"…\").time` or `{0}(\"…\").property`", call.func_name),
            ),
            ("has" | "size" | "timestamp" | "duration" | "money" | "in_segment", _) => {
                let message = format!("`{}` takes one thing in its brackets", call.func_name);
                self.mistake(expr, message, "docs/conditions.md shows how it is written")
            }
            (name, _) if FUNCTIONS.contains(&name) => {
                let message = format!("`{name}` stands after what it looks at");
                self.mistake(expr, message, format!("Write `name.{name}(…)`"))
            }
            _ => return None,
        };
        Some(checked)
    }

    /// An operand that must be text.
    fn text(&mut self, function: &str, expr: &IdedExpr) -> u16 {
        let checked = self.expression(expr);
        if !checked.kind.may_be(Kind::Text) {
            let message = format!("`{function}` takes text; this is {}", checked.kind.name());
            self.mistake(expr, message, "Name a field that holds text");
        }
        checked.node
    }

    fn search(&mut self, search: Search, text: &IdedExpr, part: &IdedExpr) -> Checked {
        let (text, part) = (self.text(search.name(), text), self.text(search.name(), part));
        self.add(Node::Search(search, text, part), Kind::Bool)
    }

    fn matches(&mut self, text: &IdedExpr, pattern: &IdedExpr) -> Checked {
        let text = self.text("matches", text);
        let Some(literal) = literal_text(pattern) else {
            return self.mistake(
                pattern,
                "a pattern must be written out",
                "Write it in quotes: `name.matches(\"^a\")`",
            );
        };
        match RegexBuilder::new(literal)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build()
        {
            Ok(compiled) => {
                self.patterns.push(compiled);
                let pattern = super::place(self.patterns.len());
                self.add(Node::Matches { text, pattern }, Kind::Bool)
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                self.mistake(pattern, "this pattern is too large", "Repeat fewer things in it")
            }
            Err(error) => {
                let text = error.to_string();
                let cause = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.mistake(
                    pattern,
                    format!("this is not a pattern: {cause}"),
                    "Correct the regular expression",
                )
            }
        }
    }

    fn case(&mut self, text: &IdedExpr, upper: bool) -> Checked {
        let text = self.text(if upper { "upperAscii" } else { "lowerAscii" }, text);
        self.add(Node::Case { text, upper }, Kind::Text)
    }

    fn size(&mut self, of: &IdedExpr) -> Checked {
        if let Some(counted) = self.filter_size(of) {
            return counted;
        }
        let checked = self.expression(of);
        match checked.kind {
            Kind::Any | Kind::Text | Kind::List | Kind::Map => self.add(Node::Size(checked.node), Kind::Int),
            Kind::Bool | Kind::Int | Kind::Double | Kind::Time | Kind::Span | Kind::Money => {
                let message = format!("`size` takes text or a list; this is {}", checked.kind.name());
                self.mistake(of, message, "Compare it itself")
            }
        }
    }

    fn timestamp(&mut self, text: &IdedExpr) -> Checked {
        match literal_text(text).map(str::parse::<Timestamp>) {
            Some(Ok(time)) => self.value(Value::Time(time), Kind::Time),
            Some(Err(error)) => self.mistake(text, error.to_string(), "Add the zone and both date and time"),
            None => self.unwritten(text, "a time", "timestamp(\"2026-03-01T10:00:00Z\")"),
        }
    }

    fn duration(&mut self, text: &IdedExpr) -> Checked {
        let Some(literal) = literal_text(text) else {
            return self.unwritten(text, "a length of time", "duration(\"30d\")");
        };
        match parse_duration(literal) {
            Some(span) => self.constant(Constant::Span(span), Kind::Span),
            None => self.mistake(
                text,
                format!("`{literal}` is not a length of time"),
                "Write a number and one of w, d, h, m, s, ms, such as `30d` or `1h30m`",
            ),
        }
    }

    fn money(&mut self, text: &IdedExpr) -> Checked {
        match literal_text(text).map(str::parse::<Money>) {
            Some(Ok(money)) => self.value(Value::Money(money), Kind::Money),
            Some(Err(error)) => {
                self.mistake(text, error.to_string(), "Use a point for cents and capitals for the code")
            }
            None => self.unwritten(text, "an amount of money", "money(\"19.90 EUR\")"),
        }
    }

    pub(super) fn unwritten(&mut self, expr: &IdedExpr, what: &str, example: &str) -> Checked {
        self.mistake(expr, format!("{what} must be written out in quotes"), format!("Write `{example}`"))
    }

    fn in_segment(&mut self, name: &IdedExpr) -> Checked {
        let Some(segment) = literal_text(name) else {
            return self.unwritten(name, "a segment's name", "in_segment(\"vip\")");
        };
        if !self.scope.segments.contains(segment) {
            let segments = self.scope.segments.iter().map(String::as_str);
            let remedy = did_you_mean(segment, segments, "Add the segment to the catalogue");
            return self.mistake(name, format!("there is no segment `{segment}`"), remedy);
        }
        let slot = self.symbols.segment(segment);
        self.reads.segments.push(slot);
        self.add(Node::Segment(slot), Kind::Bool)
    }
}
