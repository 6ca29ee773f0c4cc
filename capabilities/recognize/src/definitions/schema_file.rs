//! `schema.yaml`: the traits, events and properties that conditions may name, and how far sources are trusted.

use std::collections::{BTreeMap, BTreeSet};

use model::{Catalogue, Problem, ValueKind};
use schemars::JsonSchema;
use serde::Deserialize;

use super::read;

const FILE: &str = "schema.yaml";

/// What is known about traits, events and sources.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaFile {
    /// The kind of each trait that conditions may read; a dotted name reaches into an object.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    traits: BTreeMap<String, ValueKind>,
    #[serde(default)]
    events: BTreeMap<String, EventEntry>,
    /// The rank of each source by name, 0 to 255: where two name the same trait, the higher rank wins over the
    /// later time.
    #[serde(default)]
    sources: BTreeMap<String, u8>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EventEntry {
    /// The kind of each property that conditions may read; a dotted name reaches into an object.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    properties: BTreeMap<String, ValueKind>,
    /// Properties that are not personal: they stay readable after the customer is erased.
    #[serde(default)]
    impersonal: Vec<String>,
}

/// The file, ready to use.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub traits: BTreeMap<String, ValueKind>,
    pub events: BTreeMap<String, BTreeMap<String, ValueKind>>,
    pub impersonal: BTreeMap<String, Vec<Box<str>>>,
    pub sources: BTreeMap<String, u8>,
}

/// The workspace's schema. The Segment Spec's own calls are events without being declared.
pub fn read_schema(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Schema {
    let file: SchemaFile = catalogue.file(FILE).map(|file| read(file, problems)).unwrap_or_default();
    let mut schema = Schema { traits: file.traits, sources: file.sources, ..Schema::default() };
    for name in ["Identify", "Page Viewed", "Screen Viewed"] {
        schema.events.insert(name.into(), BTreeMap::new());
    }
    for (name, entry) in file.events {
        let declared: BTreeSet<&str> = entry.properties.keys().map(String::as_str).collect();
        for (place, property) in entry.impersonal.iter().enumerate() {
            if !declared.contains(property.as_str()) {
                let path = format!("events.{name}.impersonal[{place}]");
                let message = format!("`{property}` is not a property of `{name}`");
                problems.push(Problem::new(
                    FILE,
                    path,
                    message,
                    "Declare it under `properties` with its kind.",
                ));
            }
        }
        if !entry.impersonal.is_empty() {
            let impersonal = entry.impersonal.iter().map(|property| property.as_str().into());
            schema.impersonal.insert(name.clone(), impersonal.collect());
        }
        schema.events.insert(name, entry.properties);
    }
    schema
}

/// A map from name to kind. `model` does not know about JSON Schema.
fn kinds(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "additionalProperties": {
            "enum": ["null", "bool", "int", "double", "text", "time", "money", "list", "map"]
        }
    })
}
