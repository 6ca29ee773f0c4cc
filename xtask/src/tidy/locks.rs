//! npm lock files name packages by version and checksum, not by the address of one registry.

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files.iter().filter(|file| file.path.ends_with("package-lock.json")) {
        let found = file.text.lines().position(|line| line.trim_start().starts_with("\"resolved\": \"http"));
        if let Some(index) = found {
            let text =
                "holds addresses; write it with `npm install --omit-lockfile-registry-resolved`".to_owned();
            findings.push(Finding { rule: "locks", place: file.path.clone(), line: index + 1, text });
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with("package.json")) {
        let lock = file.path.replace("package.json", "package-lock.json");
        if tree.text(&lock).is_none() {
            let text = "has no package-lock.json beside it; run `npm install` there".to_owned();
            findings.push(Finding { rule: "locks", place: file.path.clone(), line: 0, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    #[test]
    fn addresses() {
        let bad = "{\n  \"resolved\": \"https://registry.example/a.tgz\",\n";
        let good = "{\n  \"resolved\": \"../sdk\",\n  \"integrity\": \"sha512-x\"\n";
        let said = said(check, &tree(&[("a/package-lock.json", bad), ("b/package-lock.json", good)]));
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("a/package-lock.json:2: holds addresses"), "{said:?}");
    }

    #[test]
    fn a_package_without_a_lock() {
        let said = said(
            check,
            &tree(&[("a/package.json", "{}"), ("b/package.json", "{}"), ("b/package-lock.json", "{}")]),
        );
        assert_eq!(
            said,
            ["a/package.json: has no package-lock.json beside it; run `npm install` there [locks]"]
        );
    }
}
