//! npm lock files are complete, and name packages by version and checksum, not by the address of one registry.

use serde_json::Value;

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let mut complain = |place: &str, line: usize, text: String| {
        findings.push(Finding { rule: "locks", place: place.to_owned(), line, text });
    };
    for file in tree.files.iter().filter(|file| file.path.ends_with("package-lock.json")) {
        let found = file.text.lines().position(|line| line.trim_start().starts_with("\"resolved\": \"http"));
        if let Some(index) = found {
            let remedy = "holds addresses; write it with `npm install --omit-lockfile-registry-resolved`";
            complain(&file.path, index + 1, remedy.to_owned());
        }
        match serde_json::from_str(&file.text) {
            Ok(lock) => missing(&lock).into_iter().for_each(|text| complain(&file.path, 0, text)),
            Err(error) => complain(&file.path, 0, format!("is not JSON: {error}")),
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with("package.json")) {
        let lock = file.path.replace("package.json", "package-lock.json");
        if tree.text(&lock).is_none() {
            complain(&file.path, 0, "has no package-lock.json beside it; run `npm install` there".to_owned());
        }
    }
}

/// What packages in the lock depend on, also on other systems than this one, without being in it.
/// `npm ci` refuses such a lock.
fn missing(lock: &Value) -> Vec<String> {
    let Some(packages) = lock["packages"].as_object() else { return vec!["has no `packages`".to_owned()] };
    let is_there = |name: &str| {
        packages.keys().any(|path| path.rsplit_once("node_modules/").is_some_and(|(_, end)| end == name))
    };
    let mut missing = Vec::new();
    for (path, package) in packages {
        for kind in ["dependencies", "devDependencies", "optionalDependencies"] {
            let names = package[kind].as_object().into_iter().flat_map(|names| names.keys());
            for name in names.filter(|name| !is_there(name)) {
                let user = path.rsplit_once("node_modules/").map_or("the package itself", |(_, user)| user);
                missing.push(format!(
                    "lacks `{name}`, which {user} depends on; delete it and node_modules and run \
                    `npm install`, with another version of {user} if the registry has no `{name}`"
                ));
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    #[test]
    fn addresses() {
        let bad = "{ \"packages\": {},\n  \"resolved\": \"https://registry.example/a.tgz\" }\n";
        let good = "{ \"packages\": {},\n  \"resolved\": \"../sdk\"\n}";
        let said = said(check, &tree(&[("a/package-lock.json", bad), ("b/package-lock.json", good)]));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("a/package-lock.json:2: holds addresses"), "{said:?}");
    }

    #[test]
    fn a_package_without_a_lock() {
        let lock = ("b/package-lock.json", r#"{"packages": {}}"#);
        let said = said(check, &tree(&[("a/package.json", "{}"), ("b/package.json", "{}"), lock]));
        assert_eq!(
            said,
            ["a/package.json: has no package-lock.json beside it; run `npm install` there [locks]"]
        );
    }

    #[test]
    fn a_lock_made_for_one_system() {
        let lock = r#"{"packages": {
            "": {"dependencies": {"a": "1"}},
            "node_modules/a": {"optionalDependencies": {"@a/linux": "1", "@a/mac": "1"}},
            "node_modules/a/node_modules/@a/linux": {}}}"#;
        let said = said(check, &tree(&[("s/package-lock.json", lock)]));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("s/package-lock.json: lacks `@a/mac`, which a depends on"), "{said:?}");
    }
}
