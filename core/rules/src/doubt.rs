//! Doubts: why a condition could not be decided for a customer, and so counts as false.

/// What kept a condition from being decided. The studio shows it as it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("`{field}` is not known")]
    Missing { field: String },
    /// `found` names the kinds, such as `text and a number`.
    #[error("{operation} cannot take {found}")]
    Mismatch { operation: String, found: String },
    #[error("a division by zero")]
    DividedByZero,
    #[error("a result is too large to be exact")]
    Overflow,
    #[error("it took more work than a condition may do")]
    TooMuchWork,
    #[error("amounts in {left} and {right} do not mix")]
    Currency { left: String, right: String },
}
