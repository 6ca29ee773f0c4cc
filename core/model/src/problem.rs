//! Problems found when a catalogue is published: where, what, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A mistake in a catalogue. Publishing collects all of them and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub place: Place,
    /// What is wrong, naming the field and its value.
    pub message: String,
    /// What the author can do about it.
    pub remedy: String,
}

/// Where in the catalogue: a file, a path inside it, and a column inside an expression.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// Dotted path of the field, such as `steps.offer.when`; empty for the whole file.
    pub path: String,
    /// Column in the expression's text, from 1, where one can be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Problem {
    pub fn new(
        file: &str,
        path: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let place = Place { file: file.into(), path: path.into(), column: None };
        Self { place, message: message.into(), remedy: remedy.into() }
    }

    pub fn at_column(mut self, column: u32) -> Self {
        self.place.column = Some(column);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place.file)?;
        if !self.place.path.is_empty() {
            write!(f, ": {}", self.place.path)?;
        }
        if let Some(column) = self.place.column {
            write!(f, " (column {column})")?;
        }
        write!(f, ": {}. {}", self.message, self.remedy)
    }
}
