//! Doubts: why a condition could not be decided for a customer, and so counts as false.

use model::Currency;

use crate::kind::Kind;
use crate::program::{Comparison, Operation, Quantifier, Search};

/// What kept a condition from being decided. The studio shows it as it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// `field` is the name as the condition writes it.
    #[error("`{field}` is not known")]
    Missing { field: String },
    /// A value of a kind that was not expected; `found` names the kinds, such as `text and a number`.
    #[error("{operation} cannot take {found}")]
    Mismatch { operation: String, found: String },
    /// Text in a field that is declared as `wanted`, a time or money.
    #[error("`{field}` is text that does not read as {wanted}")]
    Unreadable { field: String, wanted: String },
    #[error("something is divided by zero")]
    DividedByZero,
    #[error("a result is too large to be exact")]
    Overflow,
    #[error("it takes more work than a condition may do")]
    TooMuchWork,
    #[error("amounts in {left} and {right} do not mix")]
    Currency { left: String, right: String },
}

/// A doubt while evaluating: small and without allocation, since many conditions meet missing values all the
/// time. `u16` is the place of a name in the program's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Missing(u16),
    Mismatch { action: Action, left: Kind, right: Option<Kind> },
    Unreadable { label: u16, wanted: Kind },
    DividedByZero,
    Overflow,
    TooMuchWork,
    Currency(Currency, Currency),
}

/// What met a value of the wrong kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Compare(Comparison),
    Calculate(Operation),
    Search(Search),
    Loop(Quantifier),
    In,
    Matches,
    Case,
    Size,
    Item,
    Part,
    Element,
    Negate,
    Condition,
    Result,
}

impl Action {
    pub(crate) fn mismatch(self, left: Kind) -> Fault {
        Fault::Mismatch { action: self, left, right: None }
    }

    pub(crate) fn mismatch_of_two(self, left: Kind, right: Kind) -> Fault {
        Fault::Mismatch { action: self, left, right: Some(right) }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Compare(comparison) => comparison.symbol(),
            Self::Calculate(operation) => operation.symbol(),
            Self::Search(search) => search.name(),
            Self::Loop(quantifier) => quantifier.name(),
            Self::In => "in",
            Self::Matches => "matches",
            Self::Case => "lowerAscii",
            Self::Size => "size",
            Self::Item | Self::Element => "[]",
            Self::Part => ".",
            Self::Negate => "-",
            Self::Condition => "a condition",
            Self::Result => "the result",
        }
    }
}

impl Fault {
    pub(crate) fn into_doubt(self, labels: &[Box<str>]) -> Doubt {
        let field = |label: u16| labels[usize::from(label)].to_string();
        match self {
            Self::Missing(label) => Doubt::Missing { field: field(label) },
            Self::Mismatch { action, left, right } => {
                let found = match right {
                    Some(right) => format!("{} and {}", left.name(), right.name()),
                    None => left.name().into(),
                };
                let name = action.name();
                let operation = if matches!(action, Action::Condition | Action::Result) {
                    name.into()
                } else {
                    format!("`{name}`")
                };
                Doubt::Mismatch { operation, found }
            }
            Self::Unreadable { label, wanted } => {
                Doubt::Unreadable { field: field(label), wanted: wanted.name().into() }
            }
            Self::DividedByZero => Doubt::DividedByZero,
            Self::Overflow => Doubt::Overflow,
            Self::TooMuchWork => Doubt::TooMuchWork,
            Self::Currency(left, right) => {
                Doubt::Currency { left: left.as_str().into(), right: right.as_str().into() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_or_a_fault_fits_a_register() {
        assert!(size_of::<Result<bool, Fault>>() <= 8);
    }
}
