//! The pure zones read no clock, draw nothing at random and do no I/O, also where clippy cannot see it.

use super::Finding;
use super::tree::Tree;

const ZONES: [&str; 2] = ["core/", "capabilities/"];

/// Paths that must not be used, with all that is below them.
const PATHS: [(&str, &str); 10] = [
    ("std::time::SystemTime", "time comes with the record"),
    ("std::time::Instant", "time comes with the record"),
    ("std::fs", "no I/O here"),
    ("std::net", "no I/O here"),
    ("std::process", "no I/O here"),
    ("std::env", "the answer depends on the machine"),
    ("std::thread", "the shard decides what runs in parallel"),
    ("std::collections::HashMap", "its order differs from run to run; use BTreeMap or a fixed hasher"),
    ("std::collections::HashSet", "its order differs from run to run; use BTreeSet or a fixed hasher"),
    ("std::hash::RandomState", "its order differs from run to run"),
];

/// Crates that must not be used at all.
const CRATES: [(&str, &str); 5] = [
    ("rand", "random bits come with the record"),
    ("getrandom", "random bits come with the record"),
    ("fastrand", "random bits come with the record"),
    ("tokio", "no I/O here"),
    ("chrono", "time is `model::Timestamp`"),
];

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let pure = |path: &str| ZONES.iter().any(|zone| path.starts_with(zone));
    for (file, source) in tree.sources().filter(|(file, _)| pure(&file.path) && !file.is_test) {
        let mut complain = |at: usize, path: &str, reason: &str| {
            if !source.in_tests(at) {
                let text = format!("`{path}` in a pure zone: {reason}");
                findings.push(Finding {
                    rule: "purity",
                    place: file.path.clone(),
                    line: source.line(at),
                    text,
                });
            }
        };
        let uses = source.uses();
        for (path, reason) in PATHS {
            let is_below = |used: &str| {
                used.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            };
            uses.iter().filter(|(_, used)| is_below(used)).for_each(|(at, _)| complain(*at, path, reason));
            let in_use = |at: usize| source.code[..at].trim_end().ends_with("use");
            source.find(path).filter(|&at| !in_use(at)).for_each(|at| complain(at, path, reason));
        }
    }
    for package in tree.packages.iter().filter(|package| package.ours) {
        let manifest = package.manifest.display().to_string();
        for dependency in package.dependencies.iter().filter(|_| pure(&manifest)) {
            if let Some((name, reason)) = CRATES.iter().find(|(name, _)| *name == dependency.name) {
                let text = format!("the crate `{name}` in a pure zone: {reason}");
                findings.push(Finding { rule: "purity", place: manifest.clone(), line: 0, text });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;
    use crate::repository::{Dependency, Package};

    fn check_one(path: &str, text: &str, expected: &[&str]) {
        let said = said(check, &tree(&[(path, text)]));
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said} does not contain {expected}");
        }
    }

    #[test]
    fn each_way_to_write_it() {
        check_one("core/a/src/a.rs", "use std::time::Instant;\n", &["a.rs:1: `std::time::Instant`"]);
        check_one("core/a/src/a.rs", "use std::{fs::File, time::SystemTime};\n", &["SystemTime", "std::fs"]);
        check_one("capabilities/a/src/a.rs", "use std::{collections::{BTreeMap, HashMap}};\n", &["HashMap"]);
        check_one("core/a/src/a.rs", "fn a() {\n    std::thread::spawn(b);\n}\n", &["a.rs:2: `std::thread`"]);
    }

    #[test]
    fn what_is_allowed() {
        check_one("edge/a/src/a.rs", "use std::time::Instant;\n", &[]);
        check_one("core/a/src/a.rs", "use std::time::Duration;\n// std::fs is for the edge\n", &[]);
        check_one(
            "core/a/src/a.rs",
            "#[cfg(test)]\nmod tests {\n    use std::collections::HashMap;\n}\n",
            &[],
        );
    }

    #[test]
    fn a_crate_of_chance() {
        let mut tree = tree(&[]);
        let rand = Dependency { name: "rand".to_owned(), ours: false };
        let manifest = "capabilities/a/Cargo.toml".into();
        tree.packages.push(Package { manifest, ours: true, dependencies: vec![rand], ..Package::default() });
        assert_eq!(
            said(check, &tree),
            [
                "capabilities/a/Cargo.toml: the crate `rand` in a pure zone: random bits come with the record [purity]"
            ]
        );
    }
}
