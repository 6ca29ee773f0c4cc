//! Reading catalogue files, and how mistakes in them are named.

use model::{CatalogueFile, Money, Problem, Timestamp};
use rules::Mistake;
use serde::de::DeserializeOwned;

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

/// A name: of an offer, a table, a placement.
pub(crate) fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=60).contains(&name.len()) && name.bytes().all(legal)
}

/// What a file says about one thing, with where it stands.
pub(crate) struct Place<'a> {
    pub file: &'a str,
    pub path: String,
    pub problems: &'a mut Vec<Problem>,
}

impl Place<'_> {
    pub fn problem(&mut self, field: &str, message: impl Into<String>, remedy: &str) {
        let path = match (self.path.is_empty(), field.is_empty()) {
            (true, _) => field.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{field}", self.path),
        };
        self.problems.push(Problem::new(self.file, path, message, remedy));
    }

    pub fn money(&mut self, field: &str, text: &str) -> Option<Money> {
        text.parse()
            .map_err(|error: model::InvalidMoney| {
                self.problem(field, error.to_string(), "Write it like that.")
            })
            .ok()
    }

    /// A time, or a day for its first moment in UTC; `otherwise` when there is none.
    pub fn time(&mut self, field: &str, text: Option<&String>, otherwise: Timestamp) -> Option<Timestamp> {
        let Some(text) = text else { return Some(otherwise) };
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() };
        let refused = |error: model::InvalidTime| {
            self.problem(
                field,
                error.to_string(),
                "Write a time with a zone, or a day such as `2026-03-01`.",
            );
        };
        whole.parse().map_err(refused).ok()
    }
}
