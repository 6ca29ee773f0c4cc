//! Cells: what is written in them as a program, and as tests of literals where it is nothing more.

use model::Value;

use crate::program::Comparison;
use crate::{Environment, Mistake, Program, Scope, Symbols, Wanted, compile};

/// Whole numbers beyond this are not exact as the numbers an index compares.
const EXACT_MAX: i64 = 1 << 53;

/// A cell as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum CellSource {
    /// Anything, a value or none.
    Any,
    /// Equal to this text, number or truth.
    Literal(Value),
    /// `>= 3`, `in ["sofa", "bed"]`, `>= 3 && < 10`.
    Tail(String),
}

/// A compiled cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Any,
    /// Comparisons with literals, which all must hold.
    Tests(Program, Vec<Test>),
    /// Anything else.
    Opaque(Program),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Compare(Comparison, Key),
    In(Vec<Key>),
}

/// A literal that an index can hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    Bool(bool),
    Number(f64),
    Text(Box<str>),
}

const OPERATORS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl CellSource {
    /// A text of a file: `-` is anything, a comparison is one, and any other text is to be equal to.
    pub fn from_text(text: &str) -> Self {
        let trimmed = text.trim();
        let compares = OPERATORS.iter().any(|(sign, _)| trimmed.starts_with(sign));
        match trimmed {
            "-" | "" => Self::Any,
            _ if compares || trimmed.starts_with("in [") => Self::Tail(trimmed.to_owned()),
            _ => Self::Literal(Value::text(trimmed)),
        }
    }
}

impl Cell {
    pub fn compile(
        of: &str,
        source: &CellSource,
        scope: &Scope,
        symbols: &mut Symbols,
    ) -> Result<Self, Vec<Mistake>> {
        let parts = match source {
            CellSource::Any => return Ok(Self::Any),
            CellSource::Literal(value) => vec![format!("== {}", value.to_json())],
            CellSource::Tail(tail) => split(tail),
        };
        let condition: Vec<String> = parts.iter().map(|part| format!("({of}) {part}")).collect();
        let program =
            compile(&condition.join(" && "), scope, symbols, Wanted::Bool).map_err(without_place)?;
        Ok(match parts.iter().map(|part| Test::parse(part)).collect::<Option<_>>() {
            Some(tests) => Self::Tests(program, tests),
            None => Self::Opaque(program),
        })
    }

    pub fn program(&self) -> Option<&Program> {
        match self {
            Self::Any => None,
            Self::Tests(program, _) | Self::Opaque(program) => Some(program),
        }
    }

    pub fn holds<E: Environment + ?Sized>(&self, env: &E) -> bool {
        self.program().is_none_or(|program| program.is_true(env))
    }

    /// Whether a value passes the cell, as far as the index knows: opaque cells are looked at later. A missing value
    /// passes no comparison.
    pub fn admits(&self, key: Option<&Key>) -> bool {
        match (self, key) {
            (Self::Any | Self::Opaque(_), _) => true,
            (Self::Tests(..), None) => false,
            (Self::Tests(_, tests), Some(key)) => tests.iter().all(|test| test.passes(key)),
        }
    }

    /// The literals it compares with.
    pub fn keys(&self) -> Vec<&Key> {
        let Self::Tests(_, tests) = self else { return Vec::new() };
        let keys = tests.iter().flat_map(|test| match test {
            Test::Compare(_, key) => std::slice::from_ref(key),
            Test::In(keys) => keys,
        });
        keys.collect()
    }
}

impl Test {
    fn parse(part: &str) -> Option<Self> {
        if let Some(list) = part.strip_prefix("in ") {
            let inner = list.trim().strip_prefix('[')?.strip_suffix(']')?;
            // A comma inside a text would split it; such a list is left to the program.
            return inner.split(',').map(|item| Key::parse(item.trim())).collect::<Option<_>>().map(Self::In);
        }
        let (sign, comparison) = OPERATORS.iter().find(|(sign, _)| part.starts_with(sign))?;
        Some(Self::Compare(*comparison, Key::parse(part[sign.len()..].trim())?))
    }

    /// As the condition language has it: values of different kinds are unequal and have no order.
    fn passes(&self, value: &Key) -> bool {
        match self {
            Self::In(keys) => keys.contains(value),
            Self::Compare(comparison, key) => match (value, key) {
                (Key::Number(value), Key::Number(key)) => {
                    value.partial_cmp(key).is_some_and(|order| comparison.accepts(order))
                }
                (Key::Text(value), Key::Text(key)) => comparison.accepts(value.cmp(key)),
                _ if *comparison == Comparison::Equal => value == key,
                _ => *comparison == Comparison::Unequal && value != key,
            },
        }
    }
}

impl Key {
    fn parse(literal: &str) -> Option<Self> {
        if let "true" | "false" = literal {
            return Some(Self::Bool(literal == "true"));
        }
        for quote in ['"', '\''] {
            if let Some(text) = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                let plain = !text.contains(['\\', '"', '\'']);
                return plain.then(|| Self::Text(text.into()));
            }
        }
        let starts = literal.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        let number: f64 = literal.parse().ok().filter(|_| starts)?;
        (number.abs() < EXACT_MAX as f64).then_some(Self::Number(number))
    }

    /// The value as a key, where it is of a kind that has some. Numbers that are not exact have none.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(bool) => Some(Self::Bool(*bool)),
            Value::Int(int) if int.abs() < EXACT_MAX => Some(Self::Number(*int as f64)),
            Value::Double(double) if double.is_finite() => Some(Self::Number(*double)),
            Value::Text(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }
}

/// The comparisons of a cell: its parts between `&&`, outside of texts.
fn split(tail: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    let mut letters = tail.chars().peekable();
    while let Some(letter) = letters.next() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '&' && letters.peek() == Some(&'&') => {
                letters.next();
                parts.push(String::new());
                continue;
            }
            Some(_) | None => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// Columns count from the beginning of the whole condition, which the author did not write.
fn without_place(mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.into_iter().map(|mistake| Mistake { column: None, ..mistake }).collect()
}
