//! The catalogue files this capability reads, one module each, and how a mistake in them is named.

mod computed_file;
mod identity_file;
mod schema_file;
mod segment_file;

use model::{CatalogueFile, Problem};
use rules::Mistake;
use serde::de::DeserializeOwned;

pub(crate) use computed_file::read_computed;
pub(crate) use identity_file::read_identity;
pub(crate) use schema_file::{Schema, read_schema};
pub(crate) use segment_file::{SegmentFile, read_segments};

/// The JSON Schema of each kind of file, by its path or folder, for editors and the studio.
pub fn json_schemas() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        ("identity.yaml", schemars::schema_for!(identity_file::IdentityFile).to_value()),
        ("schema.yaml", schemars::schema_for!(schema_file::SchemaFile).to_value()),
        ("computed.yaml", schemars::schema_for!(computed_file::ComputedFile).to_value()),
        ("service.yaml", schemars::schema_for!(crate::service::ServiceFile).to_value()),
        ("segments/", schemars::schema_for!(segment_file::SegmentFile).to_value()),
    ]
}

const REMEDY: &str = "Write it as the file's JSON Schema says; names that are not in it are refused.";

/// Reads a file as `T`; an empty file is as good as none.
pub(crate) fn read<T: DeserializeOwned + Default>(file: &CatalogueFile, problems: &mut Vec<Problem>) -> T {
    files::read_or_default(file, REMEDY, problems)
}

/// The mistakes of an expression, at their place.
pub(crate) fn misplaced(file: &str, path: &str, mistakes: Vec<Mistake>) -> impl Iterator<Item = Problem> {
    mistakes.into_iter().map(move |mistake| {
        let problem = Problem::new(file, path, mistake.message, mistake.remedy);
        match mistake.column {
            Some(column) => problem.at_column(column),
            None => problem,
        }
    })
}
