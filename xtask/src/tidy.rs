//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! A rule is one file below `tidy/` and one line in `RULES`. It sees the tree as values, so its tests
//! show it a bad sample and see it complain.

mod arrows;
mod dependencies;
mod forbidden;
mod heads;
mod licences;
mod locks;
mod machine_paths;
mod numbering;
mod purity;
mod size;
mod source;
mod tree;

use std::fmt;

use crate::process::{Failure, failure};
use crate::repository::Repository;
use tree::Tree;

const ALLOWED: &str = "xtask/tidy-allow.txt";

/// One thing to repair.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    rule: &'static str,
    /// `path`, or `path::item`; what an allowance names.
    place: String,
    /// Counted from 1; 0 for the whole file.
    line: usize,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.place.split("::").next().unwrap_or(&self.place);
        match self.line {
            0 => write!(f, "{path}: {} [{}]", self.text, self.rule),
            line => write!(f, "{path}:{line}: {} [{}]", self.text, self.rule),
        }
    }
}

type Rule = fn(&Tree, &mut Vec<Finding>);

const RULES: [Rule; 10] = [
    arrows::check,
    heads::check,
    size::check,
    forbidden::check,
    purity::check,
    dependencies::check,
    licences::check,
    locks::check,
    machine_paths::check,
    numbering::check,
];

pub fn run(repository: &Repository) -> Result<(), Failure> {
    let tree = Tree::read(repository)?;
    let mut findings = Vec::new();
    RULES.iter().for_each(|rule| rule(&tree, &mut findings));
    let allowances = tree.text(ALLOWED).unwrap_or_default();
    let findings = without_allowed(findings, allowances);
    for finding in &findings {
        println!("   {finding}");
    }
    if findings.is_empty() {
        println!("   {} files, {} crates: tidy", tree.files.len(), tree.packages.len());
        return Ok(());
    }
    Err(failure(format!("{} things are untidy", findings.len())))
}

/// Removes what the allow list names, each line `rule place reason…`, and adds lines that allow nothing.
fn without_allowed(mut findings: Vec<Finding>, allowances: &str) -> Vec<Finding> {
    for (index, line) in allowances.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let complaint = |text: &str| Finding {
            rule: "allowance",
            place: ALLOWED.to_owned(),
            line: index + 1,
            text: text.to_owned(),
        };
        let mut words = line.split_whitespace();
        let (Some(rule), Some(place), Some(_reason)) = (words.next(), words.next(), words.next()) else {
            findings.push(complaint("an allowance is `rule place reason`"));
            continue;
        };
        let before = findings.len();
        findings.retain(|finding| !(finding.rule == rule && finding.place == place));
        if findings.len() == before {
            findings.push(complaint("this allows nothing any more; delete it"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(place: &str) -> Finding {
        Finding { rule: "long-file", place: place.to_owned(), line: 0, text: "too long".to_owned() }
    }

    #[test]
    fn an_allowance_removes_exactly_its_finding() {
        let left = without_allowed(vec![long("a.rs"), long("b.rs")], "# why\n\nlong-file a.rs one table\n");
        assert_eq!(left, vec![long("b.rs")]);
    }

    #[test]
    fn an_allowance_needs_a_reason_and_something_to_allow() {
        let left = without_allowed(vec![long("a.rs")], "long-file a.rs\nlong-file gone.rs for a reason\n");
        let texts: Vec<String> = left.iter().map(Finding::to_string).collect();
        assert_eq!(
            texts,
            [
                "a.rs: too long [long-file]",
                "xtask/tidy-allow.txt:1: an allowance is `rule place reason` [allowance]",
                "xtask/tidy-allow.txt:2: this allows nothing any more; delete it [allowance]",
            ]
        );
    }
}
