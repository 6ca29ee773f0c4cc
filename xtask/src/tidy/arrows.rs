//! The arrow table of ARCHITECTURE.md and the manifests say the same.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::Tree;

const MAP: &str = "ARCHITECTURE.md";
const ZONES: [&str; 4] = ["core", "capabilities", "edge", "proof"];

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let mut complain = |place: &str, line: usize, text: String| {
        findings.push(Finding { rule: "arrows", place: place.to_owned(), line, text });
    };
    let table = table(tree.text(MAP).unwrap_or_default());
    if table.is_empty() {
        complain(MAP, 0, "there is no table with the head `| crate | may depend on |`".to_owned());
    }
    for package in tree.packages.iter().filter(|package| package.ours) {
        let manifest = package.manifest.display().to_string();
        let Some(row) = table.get(&package.name) else {
            complain(&manifest, 0, format!("`{}` has no row in the arrow table of {MAP}", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.ours) {
            // A crate may depend on itself, to switch a feature on for its tests.
            if dependency.name != package.name && !row.allowed.contains(&dependency.name) {
                let text = format!("`{}` may not depend on `{}`, says {MAP}", package.name, dependency.name);
                complain(&manifest, 0, text);
            }
        }
        let text = tree.text(&manifest).unwrap_or_default();
        if !text.contains("[lints]\nworkspace = true") {
            complain(
                &manifest,
                0,
                "takes no part in the workspace's lints; add `[lints]` `workspace = true`".into(),
            );
        }
    }
    let is_package =
        |name: &String| tree.packages.iter().any(|package| package.ours && &package.name == name);
    for (name, row) in &table {
        for unknown in row.allowed.iter().filter(|allowed| !table.contains_key(*allowed)) {
            complain(MAP, row.line, format!("`{name}` may depend on `{unknown}`, which has no row"));
        }
        if !is_package(name) && folder_exists(tree, name) {
            complain(
                MAP,
                row.line,
                format!("the folder of `{name}` is there, but the workspace has no such crate"),
            );
        }
    }
    for file in &tree.files {
        let is_known = tree.packages.iter().any(|package| package.manifest.as_os_str() == file.path.as_str());
        if file.path.ends_with("/Cargo.toml") && !is_known {
            complain(&file.path, 0, "is not a member of the workspace".to_owned());
        }
    }
}

struct Row {
    line: usize,
    allowed: Vec<String>,
}

fn table(text: &str) -> BTreeMap<String, Row> {
    let lines = text.lines().enumerate();
    let rows =
        lines.skip_while(|(_, line)| !line.replace(' ', "").starts_with("|crate|maydependon|")).skip(2);
    rows.take_while(|(_, line)| line.starts_with('|'))
        .filter_map(|(index, line)| {
            let mut cells = line.trim_matches('|').split('|').map(names);
            let name = cells.next()?.into_iter().next()?;
            Some((name, Row { line: index + 1, allowed: cells.next().unwrap_or_default() }))
        })
        .collect()
}

fn names(cell: &str) -> Vec<String> {
    let names = cell.split(',').map(|name| name.trim().trim_matches('`').to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

fn folder_exists(tree: &Tree, name: &str) -> bool {
    let below = |zone: &str| tree.files.iter().any(|file| file.path.starts_with(&format!("{zone}/{name}/")));
    ZONES.iter().any(|zone| below(zone))
        || tree.files.iter().any(|file| file.path.starts_with(&format!("{name}/src/")))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;
    use crate::repository::{Dependency, Package};

    const TABLE: &str = "# Map\n\n| crate | may depend on |\n| --- | --- |\n| `model` | |\n| `rules` | `model` |\n| `state` | `model` |\n";
    const MANIFEST: &str = "[lints]\nworkspace = true\n";

    fn package(name: &str, path: &str, ours: &[&str]) -> Package {
        let dependencies =
            ours.iter().map(|name| Dependency { name: (*name).to_owned(), ours: true }).collect();
        Package {
            name: name.to_owned(),
            manifest: path.into(),
            ours: true,
            dependencies,
            ..Package::default()
        }
    }

    #[test]
    fn agreement_is_silent() {
        let mut tree = tree(&[(MAP, TABLE), ("core/rules/Cargo.toml", MANIFEST)]);
        tree.packages.push(package("rules", "core/rules/Cargo.toml", &["model"]));
        assert!(said(check, &tree).is_empty());
    }

    #[test]
    fn an_arrow_too_many() {
        let mut tree = tree(&[(MAP, TABLE), ("core/model/Cargo.toml", MANIFEST)]);
        tree.packages.push(package("model", "core/model/Cargo.toml", &["rules"]));
        assert_eq!(
            said(check, &tree),
            ["core/model/Cargo.toml: `model` may not depend on `rules`, says ARCHITECTURE.md [arrows]"]
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate() {
        let mut tree =
            tree(&[(MAP, TABLE), ("edge/new/Cargo.toml", MANIFEST), ("edge/state/src/lib.rs", "")]);
        tree.packages.push(package("new", "edge/new/Cargo.toml", &[]));
        assert_eq!(
            said(check, &tree),
            [
                "edge/new/Cargo.toml: `new` has no row in the arrow table of ARCHITECTURE.md [arrows]",
                "ARCHITECTURE.md:7: the folder of `state` is there, but the workspace has no such crate [arrows]",
            ]
        );
    }

    #[test]
    fn a_manifest_outside_of_workspace_and_lints() {
        let mut tree =
            tree(&[(MAP, TABLE), ("core/model/Cargo.toml", "[package]\n"), ("lost/Cargo.toml", MANIFEST)]);
        tree.packages.push(package("model", "core/model/Cargo.toml", &[]));
        let said = said(check, &tree);
        assert!(said[0].contains("takes no part in the workspace's lints"), "{said:?}");
        assert_eq!(said[1], "lost/Cargo.toml: is not a member of the workspace [arrows]");
    }

    #[test]
    fn no_table_and_an_unknown_name() {
        assert!(said(check, &tree(&[(MAP, "# Map\n")]))[0].contains("there is no table"));
        let table = "| crate | may depend on |\n| --- | --- |\n| `rules` | `ghost` |\n";
        assert!(said(check, &tree(&[(MAP, table)]))[0].contains("`ghost`, which has no row"));
    }
}
