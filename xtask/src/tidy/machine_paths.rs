//! No file names a path that exists on one machine only.

use super::Finding;
use super::tree::Tree;

/// Written in parts, or this file would find itself.
const PREFIXES: [&str; 6] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/work/", "main"),
    concat!("/work/", "shared"),
    concat!("C:\\Us", "ers"),
];

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            let named = PREFIXES.iter().find(|prefix| is_path(line, prefix));
            if let Some(prefix) = named {
                let text = format!("names the path `{prefix}…` of one machine");
                findings.push(Finding {
                    rule: "machine-path",
                    place: file.path.clone(),
                    line: index + 1,
                    text,
                });
            }
        }
    }
}

/// The prefix starts a path: it is no later part of an address or of a longer path.
fn is_path(line: &str, prefix: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-~}".contains(c);
    line.match_indices(prefix).any(|(at, _)| !line[..at].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    #[test]
    fn a_path_and_an_address() {
        let bad = format!("data: {}ada/x\n", PREFIXES[0]);
        let good = format!("see https://example.com{}x and ~{}x\n", PREFIXES[0], PREFIXES[2]);
        let said = said(check, &tree(&[("a.md", &bad), ("b.md", &good)]));
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("a.md:1: names the path"), "{said:?}");
    }
}
