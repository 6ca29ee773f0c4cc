//! Slots: what a journey needs to know, and what counts as an answer.

use model::ValueKind;
use regex::Regex;
use rules::Program;

use crate::compiler::Compiler;
use crate::definition::{ChoiceDefinition, SlotDefinition, SlotType};
use crate::text::Text;

/// Characters a text answer may have unless the slot says otherwise.
const TEXT_MAX: i64 = 500;
/// Choices of one slot.
const CHOICES_MAX: usize = 50;
/// Bytes a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Slot {
    pub name: Box<str>,
    pub label: Box<str>,
    pub kind: SlotKind,
    pub ask: Option<Text>,
    pub invalid: Option<Text>,
    pub from: Vec<Program>,
}

/// What a slot holds, with what its answers must satisfy.
#[derive(Debug)]
pub(crate) enum SlotKind {
    Text {
        min: i64,
        max: i64,
        pattern: Option<Regex>,
    },
    Int {
        min: i64,
        max: i64,
    },
    Bool,
    Choice(Vec<ChoiceDefinition>),
    Email,
    Phone,
    /// Days from today.
    Date {
        min: i64,
        max: i64,
    },
}

impl SlotKind {
    /// As files name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Int { .. } => "int",
            Self::Bool => "bool",
            Self::Choice(_) => "choice",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Date { .. } => "date",
        }
    }

    pub fn choices(&self) -> impl Iterator<Item = &ChoiceDefinition> {
        let choices = match self {
            Self::Choice(choices) => choices.as_slice(),
            _ => &[],
        };
        choices.iter()
    }
}

impl Slot {
    /// The question where it has no words, or they lack something.
    pub fn by_label(&self) -> String {
        format!("{}?", self.label)
    }

    /// The first pass: name and kind, which conditions and texts of the journey rely on.
    pub fn declare(name: &str, definition: &SlotDefinition, compiler: &mut Compiler<'_>) -> Self {
        let path = format!("slots.{name}");
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !name.bytes().all(legal) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            compiler.problem(
                &path,
                format!("`{name}` is no slot name"),
                "Use lower-case letters, digits and `_`",
            );
        }
        let label = definition.label.clone().unwrap_or_else(|| name.replace('_', " "));
        let kind = SlotKind::compile(&path, definition, compiler);
        Self { name: name.into(), label: label.into(), kind, ask: None, invalid: None, from: Vec::new() }
    }

    /// The second pass: its texts and where it may be known from.
    pub fn complete(&mut self, definition: &SlotDefinition, compiler: &mut Compiler<'_>) {
        let path = format!("slots.{}", self.name);
        self.ask = definition.ask.as_ref().and_then(|text| compiler.text(&format!("{path}.ask"), text));
        self.invalid =
            definition.invalid.as_ref().and_then(|text| compiler.text(&format!("{path}.invalid"), text));
        for source in &definition.from.0 {
            // In `from`, "the event" is the one that started the run.
            let source = source.replace("event.properties.", "entry.properties.");
            self.from.extend(compiler.expression(&format!("{path}.from"), &source, None));
        }
    }

    /// The answers offered as buttons.
    pub fn choices(&self) -> Vec<String> {
        match &self.kind {
            SlotKind::Choice(choices) => choices.iter().map(|choice| choice.label.clone()).collect(),
            SlotKind::Bool => vec!["Yes".into(), "No".into()],
            SlotKind::Text { .. }
            | SlotKind::Int { .. }
            | SlotKind::Email
            | SlotKind::Phone
            | SlotKind::Date { .. } => Vec::new(),
        }
    }
}

impl SlotKind {
    /// What conditions see. A date is text in the form `2026-03-14`, which sorts as dates do.
    pub fn value_kind(&self) -> ValueKind {
        match self {
            Self::Int { .. } => ValueKind::Int,
            Self::Bool => ValueKind::Bool,
            Self::Text { .. } | Self::Choice(_) | Self::Email | Self::Phone | Self::Date { .. } => {
                ValueKind::Text
            }
        }
    }

    fn compile(path: &str, definition: &SlotDefinition, compiler: &mut Compiler<'_>) -> Self {
        check_fields(path, definition, compiler);
        let (min, max) = (definition.min, definition.max);
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            compiler.problem(path, format!("min {min} is above max {max}"), "Swap them");
        }
        match definition.kind {
            SlotType::Text => {
                let pattern =
                    definition.pattern.as_ref().and_then(|pattern| compile_pattern(path, pattern, compiler));
                Self::Text { min: min.unwrap_or(1), max: max.unwrap_or(TEXT_MAX), pattern }
            }
            SlotType::Int => Self::Int { min: min.unwrap_or(i64::MIN), max: max.unwrap_or(i64::MAX) },
            SlotType::Bool => Self::Bool,
            SlotType::Choice => Self::Choice(definition.choices.clone()),
            SlotType::Email => Self::Email,
            SlotType::Phone => Self::Phone,
            SlotType::Date => Self::Date { min: min.unwrap_or(i64::MIN), max: max.unwrap_or(i64::MAX) },
        }
    }
}

/// Refuses fields that mean nothing for the type, and a choice without choices.
fn check_fields(path: &str, definition: &SlotDefinition, compiler: &mut Compiler<'_>) {
    let kind = definition.kind;
    let is_choice = kind == SlotType::Choice;
    if is_choice && !(2..=CHOICES_MAX).contains(&definition.choices.len()) {
        let count = definition.choices.len();
        compiler.problem(
            &format!("{path}.choices"),
            format!("{count} choices"),
            format!("List 2 to {CHOICES_MAX}"),
        );
    }
    if !is_choice && !definition.choices.is_empty() {
        compiler.problem(
            &format!("{path}.choices"),
            "only a choice has choices",
            "Write `type: choice`, or leave them out",
        );
    }
    if definition.pattern.is_some() && kind != SlotType::Text {
        compiler.problem(
            &format!("{path}.pattern"),
            "only a text has a pattern",
            "Write `type: text`, or leave it out",
        );
    }
    let ranged = matches!(kind, SlotType::Text | SlotType::Int | SlotType::Date);
    if !ranged && (definition.min.is_some() || definition.max.is_some()) {
        compiler.problem(path, "min and max mean nothing here", "Leave them out, or use a text, int or date");
    }
}

fn compile_pattern(path: &str, pattern: &str, compiler: &mut Compiler<'_>) -> Option<Regex> {
    let whole = format!("^(?:{pattern})$");
    match regex::RegexBuilder::new(&whole).size_limit(PATTERN_BYTES_MAX).build() {
        Ok(regex) => Some(regex),
        Err(error) => {
            let cause = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            compiler.problem(
                &format!("{path}.pattern"),
                format!("`{pattern}`: {cause}"),
                "Write a simpler regular expression",
            );
            None
        }
    }
}
