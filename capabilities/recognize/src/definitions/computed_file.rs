//! `computed.yaml`: traits that are worked out, each from its expression.

use std::collections::BTreeMap;

use model::{Catalogue, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::read;

pub const FILE: &str = "computed.yaml";

/// Computed traits by name, each an expression such as `sum("Order Completed", "total", "90d")`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ComputedFile(BTreeMap<String, String>);

/// The workspace's computed traits: name and expression.
pub fn read_computed(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let file: ComputedFile = catalogue.file(FILE).map(|file| read(file, problems)).unwrap_or_default();
    let legal = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    file.0
        .into_iter()
        .filter(|(name, _)| {
            if !legal(name) {
                let message = format!("`{name}` is not a name that a condition can write");
                problems.push(Problem::new(FILE, name.as_str(), message, "Use letters, digits and `_`."));
            }
            legal(name)
        })
        .collect()
}
