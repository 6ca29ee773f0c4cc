//! Every crate and every shipped package is under a licence that `deny.toml` allows, and none is banned there.

use serde_json::Value;
use toml::Table;

use super::Finding;
use super::tree::Tree;

const CONFIGURATION: &str = "deny.toml";

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let mut complain = |place: &str, text: String| {
        findings.push(Finding { rule: "licences", place: place.to_owned(), line: 0, text });
    };
    let policy = match Policy::read(tree.text(CONFIGURATION).unwrap_or_default()) {
        Ok(policy) => policy,
        Err(problem) => return complain(CONFIGURATION, problem),
    };
    for package in tree.packages.iter().filter(|package| !package.ours) {
        let (name, version) = (package.name.as_str(), &package.version);
        if let Some(reason) = policy.banned.iter().find(|(banned, _)| banned == name) {
            complain("Cargo.lock", format!("`{name}` {version} is banned: {}", reason.1));
        }
        if let Some(problem) = policy.problem(name, package.licence.as_deref()) {
            complain("Cargo.lock", format!("`{name}` {version} {problem}"));
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with("package-lock.json")) {
        for (name, licence) in shipped_packages(&file.text) {
            if let Some(problem) = policy.problem(&name, licence.as_deref()) {
                complain(&file.path, format!("`{name}` {problem}"));
            }
        }
    }
}

struct Policy {
    allowed: Vec<String>,
    /// Licences of single crates, where nothing else is under them.
    exceptions: Vec<(String, Vec<String>)>,
    banned: Vec<(String, String)>,
}

impl Policy {
    fn read(text: &str) -> Result<Self, String> {
        let document: Table = text.parse().map_err(|error| format!("is not TOML: {error}"))?;
        let licences = document.get("licenses").and_then(|value| value.as_table());
        let licences = licences.ok_or("has no `[licenses]`; every licence would be refused")?;
        let exceptions = tables(licences, "exceptions");
        let bans = document.get("bans").and_then(|value| value.as_table());
        let banned = bans.map(|bans| tables(bans, "deny")).unwrap_or_default();
        Ok(Self {
            allowed: texts(licences, "allow"),
            exceptions: exceptions
                .iter()
                .map(|entry| (text_of(entry, "crate"), texts(entry, "allow")))
                .collect(),
            // An entry about duplicates does not ban the crate.
            banned: banned
                .iter()
                .filter(|entry| !entry.contains_key("deny-multiple-versions"))
                .map(|entry| (text_of(entry, "crate"), text_of(entry, "reason")))
                .collect(),
        })
    }

    fn problem(&self, name: &str, licence: Option<&str>) -> Option<String> {
        let Some(licence) = licence else {
            return Some(
                "names no licence; find out and add an exception to deny.toml, or replace it".to_owned(),
            );
        };
        let exception =
            self.exceptions.iter().find(|(excepted, _)| excepted == name).map(|(_, allowed)| allowed);
        let allows = |id: &str| {
            self.allowed.iter().chain(exception.into_iter().flatten()).any(|allowed| allowed == id)
        };
        match (Expression { words: words(licence), at: 0 }).any(&allows) {
            true => None,
            false => Some(format!("is under `{licence}`, which deny.toml does not allow")),
        }
    }
}

/// An SPDX expression, read from left to right; `AND` binds tighter than `OR`.
struct Expression {
    words: Vec<String>,
    at: usize,
}

impl Expression {
    fn any(&mut self, allows: &dyn Fn(&str) -> bool) -> bool {
        let mut holds = self.all(allows);
        while self.take("OR") {
            holds |= self.all(allows);
        }
        holds
    }

    fn all(&mut self, allows: &dyn Fn(&str) -> bool) -> bool {
        let mut holds = self.one(allows);
        while self.take("AND") {
            holds &= self.one(allows);
        }
        holds
    }

    fn one(&mut self, allows: &dyn Fn(&str) -> bool) -> bool {
        if self.take("(") {
            let holds = self.any(allows);
            return self.take(")") && holds;
        }
        let Some(id) = self.words.get(self.at).cloned() else { return false };
        self.at += 1;
        if self.take("WITH") {
            let exception = self.words.get(self.at).cloned().unwrap_or_default();
            self.at += 1;
            return allows(&format!("{id} WITH {exception}"));
        }
        allows(&id)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.get(self.at).is_some_and(|next| next == word);
        self.at += usize::from(is_next);
        is_next
    }
}

/// Old manifests write `/` for `OR`.
fn words(licence: &str) -> Vec<String> {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Name and licence of each package in a lock file that is no tool of ours.
fn shipped_packages(lock: &str) -> Vec<(String, Option<String>)> {
    let Ok(lock) = serde_json::from_str::<Value>(lock) else { return Vec::new() };
    let is_tool =
        |entry: &Value| entry["dev"] == true || entry["devOptional"] == true || entry["link"] == true;
    let entries = lock["packages"].as_object().into_iter().flatten();
    entries
        .filter_map(|(path, entry)| Some((path.rsplit_once("node_modules/")?.1, entry)))
        .filter(|(_, entry)| !is_tool(entry))
        .map(|(name, entry)| (name.to_owned(), entry["license"].as_str().map(str::to_owned)))
        .collect()
}

fn tables<'a>(table: &'a Table, key: &str) -> Vec<&'a Table> {
    let list = table.get(key).and_then(|value| value.as_array());
    list.into_iter().flatten().filter_map(|value| value.as_table()).collect()
}

fn texts(table: &Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(|value| value.as_array());
    list.into_iter().flatten().filter_map(|value| value.as_str()).map(str::to_owned).collect()
}

fn text_of(table: &Table, key: &str) -> String {
    table.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;
    use crate::repository::Package;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
        exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
        [bans]
        deny = [{ crate = "openssl", reason = "rustls does it" }, { crate = "tokio", deny-multiple-versions = true }]
    "#;

    fn check_crate(name: &str, licence: Option<&str>, expected: Option<&str>) {
        let mut tree = tree(&[(CONFIGURATION, DENY)]);
        let licence = licence.map(str::to_owned);
        tree.packages.push(Package {
            name: name.to_owned(),
            licence,
            version: "1.0.0".to_owned(),
            ..Package::default()
        });
        let said = said(check, &tree);
        match expected {
            None => assert!(said.is_empty(), "{said:?}"),
            Some(part) => assert!(said.first().is_some_and(|said| said.contains(part)), "{said:?}"),
        }
    }

    #[test]
    fn expressions() {
        check_crate("a", Some("MIT/GPL-3.0"), None);
        check_crate("a", Some("(MIT OR GPL-3.0) AND Unicode-3.0"), None);
        check_crate("a", Some("GPL-3.0 OR Apache-2.0 WITH LLVM-exception"), None);
        check_crate("a", Some("MIT AND GPL-3.0"), Some("is under `MIT AND GPL-3.0`"));
        check_crate("a", Some("GPL-3.0"), Some("does not allow"));
        check_crate("a", Some(""), Some("does not allow"));
        check_crate("a", None, Some("names no licence"));
    }

    #[test]
    fn exceptions_hold_for_their_crate_only() {
        check_crate("roots", Some("CDLA-Permissive-2.0"), None);
        check_crate("other", Some("CDLA-Permissive-2.0"), Some("does not allow"));
    }

    #[test]
    fn banned_crates() {
        check_crate("openssl", Some("MIT"), Some("is banned: rustls does it"));
        check_crate("tokio", Some("MIT"), None);
    }

    #[test]
    fn shipped_packages_are_looked_at_and_tools_are_not() {
        let lock = r#"{"packages": {"": {}, "node_modules/a": {"license": "MIT"},
            "node_modules/b": {"license": "GPL-3.0", "dev": true}, "node_modules/a/node_modules/c": {"license": "SSPL-1.0"}}}"#;
        let said = said(check, &tree(&[(CONFIGURATION, DENY), ("studio/package-lock.json", lock)]));
        assert_eq!(
            said,
            ["studio/package-lock.json: `c` is under `SSPL-1.0`, which deny.toml does not allow [licences]"]
        );
    }

    #[test]
    fn a_configuration_without_licences() {
        assert!(said(check, &tree(&[(CONFIGURATION, "[bans]\n")]))[0].contains("has no `[licenses]`"));
    }
}
