//! A compiled condition: what it reads and how it is asked.

use std::borrow::Cow;

use model::{Timestamp, Value};

use crate::{BehaviourSlot, Doubt, FieldSlot, Mistake, Scope, SegmentSlot, Symbols};

/// A compiled condition.
#[derive(Debug, Clone)]
pub struct Program {
    source: Box<str>,
    reads: Reads,
}

/// What a program reads: sorted, each once. Only changes of these can change its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    pub fields: Vec<FieldSlot>,
    pub behaviours: Vec<BehaviourSlot>,
    pub segments: Vec<SegmentSlot>,
    /// It compares with the record's time, so that it can change as time passes.
    pub now: bool,
}

/// What a condition is evaluated against.
pub trait Environment {
    /// The field's value; [`Value::Null`] when it is missing.
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value>;
    /// The aggregate's value; [`Value::Null`] when there is none, such as the last of no events.
    fn behaviour(&self, slot: BehaviourSlot) -> Value;
    fn in_segment(&self, slot: SegmentSlot) -> bool;
    /// The time of the record being processed.
    fn now(&self) -> Timestamp;
}

/// The answer to a condition. Missing values and errors make it false, with the doubt that kept it from
/// being decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub holds: bool,
    pub doubt: Option<Doubt>,
}

/// What an expression must result in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Bool,
    Any,
}

/// Compiles a condition; on failure lists every mistake it can tell apart.
pub fn compile(source: &str, _: &Scope, _: &mut Symbols, _: Wanted) -> Result<Program, Vec<Mistake>> {
    let message = format!("`{source}` cannot be compiled yet");
    Err(vec![Mistake { column: None, message, remedy: "Leave the condition out".into() }])
}

impl Program {
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Whether the condition holds.
    pub fn holds<E: Environment + ?Sized>(&self, env: &E) -> Verdict {
        match self.value(env) {
            Ok(value) => Verdict { holds: value == Value::Bool(true), doubt: None },
            Err(doubt) => Verdict { holds: false, doubt: Some(doubt) },
        }
    }

    /// The expression's value.
    pub fn value<E: Environment + ?Sized>(&self, _: &E) -> Result<Value, Doubt> {
        Err(Doubt::TooMuchWork)
    }
}
