//! Each outside crate and package has a row in `docs/dependencies.md`, and each row stands for one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;
use super::tree::Tree;

const TABLE: &str = "docs/dependencies.md";

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let rows = rows(tree.text(TABLE).unwrap_or_default());
    let used = used(tree);
    for (name, place) in &used {
        if !rows.contains_key(name) {
            let text = format!("`{name}` has no row in {TABLE}");
            findings.push(Finding { rule: "dependencies", place: place.clone(), line: 0, text });
        }
    }
    for (name, line) in rows {
        if !used.contains_key(&name) {
            let text = format!("nothing depends on `{name}` any more; delete the row");
            findings.push(Finding { rule: "dependencies", place: TABLE.to_owned(), line, text });
        }
    }
}

/// What a manifest of ours names, with the manifest.
fn used(tree: &Tree) -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    for package in tree.packages.iter().filter(|package| package.ours) {
        let manifest = package.manifest.display().to_string();
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.ours) {
            used.entry(dependency.name.clone()).or_insert_with(|| manifest.clone());
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with("package.json")) {
        let Ok(package) = serde_json::from_str::<Value>(&file.text) else { continue };
        for kind in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
            let names = package[kind].as_object().into_iter().flatten();
            for (name, version) in names.filter(|(_, version)| !is_ours(version)) {
                let _ = version;
                used.entry(name.clone()).or_insert_with(|| file.path.clone());
            }
        }
    }
    used
}

fn is_ours(version: &Value) -> bool {
    version.as_str().is_some_and(|version| version.starts_with("file:") || version.starts_with("workspace:"))
}

fn rows(text: &str) -> BTreeMap<String, usize> {
    let is_row =
        |line: &&str| line.starts_with('|') && !line.starts_with("| ---") && !line.starts_with("| crate");
    let lines = text.lines().enumerate().filter(|(_, line)| is_row(line));
    lines
        .flat_map(|(index, line)| {
            let cell = line.trim_start_matches('|').split('|').next().unwrap_or_default();
            // `name`, `other` (npm): what stands in front of a remark
            let names = cell.split(',').filter_map(|part| part.split_whitespace().next());
            names.map(move |name| (name.trim_matches('`').to_owned(), index + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;
    use crate::repository::{Dependency, Package};

    const ROWS: &str =
        "| crate | what for |\n| --- | --- |\n| `serde` | x |\n| `react`, react-dom (npm) | x |\n";

    #[test]
    fn both_directions() {
        let mut tree = tree(&[
            (TABLE, ROWS),
            (
                "studio/package.json",
                r#"{"dependencies": {"react": "19", "sdk": "file:../sdk"}, "devDependencies": {"vite": "7"}}"#,
            ),
        ]);
        let dependencies =
            ["serde", "lettre"].map(|name| Dependency { name: name.to_owned(), ours: false }).to_vec();
        tree.packages.push(Package {
            manifest: "a/Cargo.toml".into(),
            ours: true,
            dependencies,
            ..Package::default()
        });
        assert_eq!(
            said(check, &tree),
            [
                "a/Cargo.toml: `lettre` has no row in docs/dependencies.md [dependencies]",
                "studio/package.json: `vite` has no row in docs/dependencies.md [dependencies]",
                "docs/dependencies.md:4: nothing depends on `react-dom` any more; delete the row [dependencies]",
            ]
        );
    }
}
