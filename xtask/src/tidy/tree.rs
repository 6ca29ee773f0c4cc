//! The tree as values: every file under version control, every crate.

use std::fs;
use std::path::Path;

use super::source::{Source, TestModule};
use crate::process::{Failure, Program};
use crate::repository::{Metadata, Package, Repository};

/// One text file, by its path from the root with `/`.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub text: String,
    /// Set for Rust files.
    pub source: Option<Source>,
    /// No part of what runs: an integration test, an example that measures, a module that only tests declare.
    pub is_test: bool,
}

#[derive(Debug, Default)]
pub struct Tree {
    pub files: Vec<File>,
    /// Ours and those from outside.
    pub packages: Vec<Package>,
}

impl Tree {
    /// Reads what git knows, and what it does not ignore.
    pub fn read(repository: &Repository) -> Result<Self, Failure> {
        let list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let names = Program::new("git", &list, &repository.root).output()?;
        let mut files = Vec::new();
        for path in names.split('\0').filter(|path| !path.is_empty()) {
            // Deleted and not yet committed, or no text: nothing for these rules to read.
            let Ok(bytes) = fs::read(repository.path(path)) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            files.push((path.to_owned(), text));
        }
        let Metadata { packages, .. } = repository.metadata()?;
        let packages = packages.into_iter().map(|package| relative(package, &repository.root)).collect();
        Ok(Self::of(files, packages))
    }

    /// A tree of these files and crates.
    pub fn of(files: Vec<(String, String)>, packages: Vec<Package>) -> Self {
        let mut files: Vec<File> = files.into_iter().map(|(path, text)| File::new(path, text)).collect();
        let only_tests: Vec<String> = files.iter().flat_map(File::test_modules).collect();
        for file in &mut files {
            let stem = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
            file.is_test |= only_tests.iter().any(|module| {
                stem.strip_prefix(module.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
        }
        Self { files, packages }
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Rust files with what is code in them.
    pub fn sources(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| Some((file, file.source.as_ref()?)))
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let source = path.ends_with(".rs").then(|| Source::new(&text));
        let is_test = path.split('/').any(|part| ["tests", "benches", "examples"].contains(&part));
        Self { path, text, source, is_test }
    }

    /// Module paths, without `.rs`, that this file declares under `#[cfg(test)]`.
    fn test_modules(&self) -> Vec<String> {
        let Some(source) = &self.source else { return Vec::new() };
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let below = match name {
            "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
            name => format!("{folder}/{}", name.trim_end_matches(".rs")),
        };
        let modules = source.test_modules(&self.text).into_iter();
        modules
            .map(|module| match module {
                TestModule::Named(name) => format!("{below}/{name}"),
                TestModule::At(path) => format!("{folder}/{}", path.trim_end_matches(".rs")),
            })
            .collect()
    }
}

fn relative(mut package: Package, root: &Path) -> Package {
    if let Ok(manifest) = package.manifest.strip_prefix(root) {
        package.manifest = manifest.to_path_buf();
    }
    package
}

/// A tree of some files, for the tests of the rules.
#[cfg(test)]
pub fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Tree::of(files, Vec::new())
}

/// What one rule says about a tree, a line each.
#[cfg(test)]
pub fn said(rule: super::Rule, tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    rule(tree, &mut findings);
    findings.iter().map(super::Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_declared_for_tests_are_tests() {
        let tree = tree(&[
            ("a/src/lib.rs", "//! x\n#[cfg(test)]\nmod script;\nmod real;\n"),
            ("a/src/script.rs", ""),
            ("a/src/script/deep.rs", ""),
            ("a/src/scripts.rs", ""),
            ("a/src/real.rs", "#[cfg(test)]\nmod tests;"),
            ("a/src/real/tests.rs", ""),
            ("a/src/b/far.rs", "#[cfg(test)]\n#[path = \"far_tests.rs\"]\nmod tests;"),
            ("a/src/b/far_tests.rs", ""),
            ("a/tests/story.rs", ""),
        ]);
        let tests: Vec<&str> =
            tree.files.iter().filter(|file| file.is_test).map(|file| file.path.as_str()).collect();
        assert_eq!(
            tests,
            [
                "a/src/script.rs",
                "a/src/script/deep.rs",
                "a/src/real/tests.rs",
                "a/src/b/far_tests.rs",
                "a/tests/story.rs"
            ]
        );
    }
}
