//! The mapping file of an import: which columns of a row say what (reference in `docs/import.md`).

use mapping::{EventSpec, FromText, MappingError, OrText, columns_of};
use serde::Deserialize;
use serde::de::Deserializer;

/// How the rows of a file become events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// `csv`, `words`, `jsonl` or `parquet`; by the file's name when absent.
    #[serde(default)]
    pub format: Option<super::Format>,
    /// Names of the columns, for files without a header.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// Between the cells of a CSV file; `,` when absent.
    #[serde(default)]
    pub separator: Option<char>,
    /// The channel the events happened on; that of the source when absent.
    #[serde(default)]
    pub channel: Option<String>,
    /// Lines with the same value become one event.
    #[serde(default)]
    pub group_by: Option<GroupBy>,
    pub events: Vec<EventSpec>,
}

/// Which lines belong together.
#[derive(Debug, Clone)]
pub struct GroupBy {
    pub column: String,
    /// A group is complete when its value has not come up for this many rows.
    pub within_rows: u64,
}

impl Mapping {
    pub fn read(path: &std::path::Path) -> Result<Self, MappingError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| MappingError::Unreadable { path: shown.clone(), source })?;
        Self::parse(&shown, &text)
    }

    /// The columns it names, for inputs that have no fixed set of them.
    pub fn columns(&self) -> Vec<String> {
        columns_of(self.group_by.iter().map(|group| group.column.clone()).collect(), &self.events)
    }

    pub fn parse(path: &str, text: &str) -> Result<Self, MappingError> {
        files::parse(text).map_err(|message| MappingError::Yaml { path: path.into(), message })
    }
}

/// How long a group may stay open between two of its lines, in rows, when the mapping does not say.
const WITHIN_ROWS: u64 = 100_000;

impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Detailed {
            column: String,
            #[serde(default)]
            within_rows: Option<u64>,
        }
        impl FromText<'_> for Detailed {
            fn from_text(text: &str) -> Self {
                Self { column: text.to_owned(), within_rows: None }
            }
        }
        let OrText(Detailed { column, within_rows }) = OrText::deserialize(deserializer)?;
        Ok(Self { column, within_rows: within_rows.unwrap_or(WITHIN_ROWS).max(1) })
    }
}
