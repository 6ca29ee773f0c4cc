//! Every Rust file begins by saying what lives in it.

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for (file, _) in tree.sources() {
        if !file.text.starts_with("//! ") {
            let text = "must begin with `//! ` and a sentence that says what lives here".to_owned();
            findings.push(Finding { rule: "head", place: file.path.clone(), line: 1, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    #[test]
    fn a_file_without_a_head() {
        let tree = tree(&[("a.rs", "//! A.\n"), ("b.rs", "use a;\n//! late\n"), ("c.ts", "")]);
        let said = said(check, &tree);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("b.rs:1: must begin with"), "{said:?}");
    }
}
