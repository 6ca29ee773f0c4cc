//! Mistakes: why a condition is refused when its catalogue is published, and what its author can do.

use std::fmt;

/// One mistake in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The character of the source, from 1, where the mistake is.
    pub column: Option<u32>,
    /// What is wrong, naming it.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "{}. {}", self.message, self.remedy)
    }
}
