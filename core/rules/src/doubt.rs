//! Doubts: why a condition could not be decided for a customer, and so counts as false.

use model::Currency;

use crate::kind::Kind;

/// What kept a condition from being decided. The studio shows it as it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// `field` is the name as the condition writes it.
    #[error("`{field}` is not known")]
    Missing { field: String },
    /// `found` names the kinds, such as `text and a number`.
    #[error("`{operation}` cannot take {found}")]
    Mismatch { operation: String, found: String },
    #[error("something is divided by zero")]
    DividedByZero,
    #[error("a result is too large to be exact")]
    Overflow,
    #[error("it takes more work than a condition may do")]
    TooMuchWork,
    #[error("amounts in {left} and {right} do not mix")]
    Currency { left: String, right: String },
}

/// A doubt while evaluating, without allocation: many conditions meet missing values all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The place of the missing name in the program's labels.
    Missing(u16),
    Mismatch {
        operation: &'static str,
        left: Kind,
        right: Option<Kind>,
    },
    DividedByZero,
    Overflow,
    TooMuchWork,
    Currency(Currency, Currency),
}

impl Fault {
    pub(crate) fn into_doubt(self, labels: &[Box<str>]) -> Doubt {
        match self {
            Self::Missing(label) => Doubt::Missing { field: labels[usize::from(label)].to_string() },
            Self::Mismatch { operation, left, right } => {
                let found = match right {
                    Some(right) => format!("{} and {}", left.name(), right.name()),
                    None => left.name().into(),
                };
                Doubt::Mismatch { operation: operation.into(), found }
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
