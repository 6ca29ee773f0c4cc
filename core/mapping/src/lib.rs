//! How rows and documents of others become events: the language of mappings, for imports and marketplaces alike.

mod body;
mod cells;
mod marketplace;
mod plan;
mod spec;
mod time;

pub use body::{Gathered, body};
pub use cells::{Cell, Cells};
pub use marketplace::{Marketplace, Marketplaces, Refused, json_schemas};
pub use plan::{EventPlan, Names, Test, ValuePlan, at, columns_of};
pub use spec::{Condition, Conditions, EventSpec, Fields, FromText, Kind, OrText, TimeSpec, ValueSpec};

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("cannot read the mapping {path}: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path}: {message}")]
    Yaml { path: String, message: String },
    #[error("{place}: {message}")]
    Wrong { place: String, message: String },
}
