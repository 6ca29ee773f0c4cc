//! `identity.yaml`: the guards of identifiers and the region of telephone numbers.

use std::collections::BTreeMap;

use model::{Catalogue, Namespace, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::read;
use crate::identity::{IdentityRules, NamespaceRule};

const FILE: &str = "identity.yaml";
/// The largest `max`: beyond it the bound of a customer's strands decides anyway.
const MAX_MAX: u16 = 200;

/// Guards of identifiers. What is left out keeps its default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityFile {
    /// Where telephone numbers without a country code are at home: an ISO 3166 code such as `DE`.
    #[serde(default)]
    default_region: Option<String>,
    /// By namespace: `anonymous_id`, `user_id`, `email`, `phone`, `device_id`, `external` or `external/<system>`.
    #[serde(default)]
    namespaces: BTreeMap<String, NamespaceEntry>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NamespaceEntry {
    /// Whether a customer has one value at most; two customers with different values are never merged.
    #[serde(default)]
    unique: Option<bool>,
    /// How many different values a customer may have.
    #[serde(default)]
    max: Option<u16>,
    /// An event belongs to its identifier of the highest priority.
    #[serde(default)]
    priority: Option<u8>,
    /// Values that name nobody, such as the address of a shared mailbox.
    #[serde(default)]
    blocked: Vec<String>,
}

/// The workspace's guards.
pub fn read_identity(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> IdentityRules {
    let mut rules = IdentityRules::default();
    let Some(file) = catalogue.file(FILE) else { return rules };
    let file: IdentityFile = read(file, problems);
    if let Some(region) = file.default_region {
        match region.parse() {
            Ok(region) => rules.default_region = Some(region),
            Err(message) => {
                let remedy = "Use an ISO 3166 code of two capital letters, such as `DE`.";
                problems.push(Problem::new(FILE, "default_region", message, remedy));
            }
        }
    }
    // `external` is the default of the systems, so it is read before them: it sorts first.
    for (name, entry) in file.namespaces {
        let path = format!("namespaces.{name}");
        let slot = match slot(&mut rules, &name) {
            Ok(slot) => slot,
            Err(message) => {
                let remedy =
                    "Name one of the namespaces; `external` stands for all systems that are not named.";
                problems.push(Problem::new(FILE, path, message, remedy));
                continue;
            }
        };
        fill(slot, entry, &path, problems);
    }
    rules
}

fn slot<'a>(rules: &'a mut IdentityRules, name: &str) -> Result<&'a mut NamespaceRule, String> {
    if name == "external" {
        return Ok(&mut rules.external);
    }
    let namespace: Namespace = name.parse().map_err(|error: model::InvalidNamespace| error.to_string())?;
    Ok(match namespace {
        Namespace::AnonymousId => &mut rules.anonymous_id,
        Namespace::UserId => &mut rules.user_id,
        Namespace::Email => &mut rules.email,
        Namespace::Phone => &mut rules.phone,
        Namespace::DeviceId => &mut rules.device_id,
        Namespace::External(system) => {
            let default = rules.external.clone();
            rules.systems.entry(system).or_insert(default)
        }
    })
}

fn fill(slot: &mut NamespaceRule, entry: NamespaceEntry, path: &str, problems: &mut Vec<Problem>) {
    match (entry.unique, entry.max) {
        (Some(true), Some(max)) if max != 1 => {
            let message = format!("`unique` is true and `max` is {max}");
            problems.push(Problem::new(
                FILE,
                path,
                message,
                "Leave one of the two out: unique means at most one.",
            ));
        }
        (Some(false), Some(1)) => {
            let message = "`unique` is false and `max` is 1".to_owned();
            problems.push(Problem::new(
                FILE,
                path,
                message,
                "Leave one of the two out: at most one means unique.",
            ));
        }
        (_, Some(max)) if !(1..=MAX_MAX).contains(&max) => {
            let message = format!("`max` is {max}");
            problems.push(Problem::new(FILE, format!("{path}.max"), message, "Use a number from 1 to 200."));
        }
        (_, Some(max)) => slot.max = max,
        (Some(true), None) => slot.max = 1,
        (Some(false), None) if slot.max == 1 => slot.max = 5,
        (Some(false) | None, None) => {}
    }
    slot.priority = entry.priority.unwrap_or(slot.priority);
    slot.blocked.extend(entry.blocked.iter().map(|value| value.trim().to_lowercase().into_boxed_str()));
}
