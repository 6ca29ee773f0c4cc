//! `segments/*.yaml`: groups of customers, each by its condition.

use std::collections::BTreeMap;

use model::{Catalogue, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::read;

/// A segment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentFile {
    /// How conditions call it: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// How people call it.
    pub title: String,
    #[serde(default)]
    pub description: String,
    /// The condition under which a customer is in it.
    pub when: String,
}

/// The workspace's segments with the path of each one's file, by name.
pub fn read_segments(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Vec<(String, SegmentFile)> {
    let mut segments: BTreeMap<String, (String, SegmentFile)> = BTreeMap::new();
    for file in catalogue.folder("segments/") {
        let mistakes = problems.len();
        let segment: SegmentFile = read(file, problems);
        if problems.len() > mistakes {
            continue;
        }
        if !is_name(&segment.name) {
            let message = format!("`{}` is not a segment name", segment.name);
            let remedy = "Use 1 to 60 lower-case letters, digits, `-` and `_`.";
            problems.push(Problem::new(&file.path, "name", message, remedy));
            continue;
        }
        if let Some((other, _)) = segments.get(&segment.name) {
            let message = format!("`{}` is a segment already, in {other}", segment.name);
            problems.push(Problem::new(&file.path, "name", message, "Give it a name of its own."));
            continue;
        }
        segments.insert(segment.name.clone(), (file.path.clone(), segment));
    }
    segments.into_values().collect()
}

fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=60).contains(&name.len()) && name.bytes().all(legal)
}
