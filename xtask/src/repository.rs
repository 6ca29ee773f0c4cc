//! Where things are: the root, the workspace's packages, the folders with npm packages.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{Failure, Program, failure};

/// Folders that hold npm packages, in the order in which they need each other.
pub const NODE_FOLDERS: [&str; 3] = ["sdk", "studio", "proof/stories"];

/// The checked-out tree.
pub struct Repository {
    pub root: PathBuf,
}

impl Repository {
    /// The tree this program was compiled in.
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands below the root");
        Self { root: root.to_path_buf() }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The npm folders that exist, and those that do not.
    pub fn node_folders(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        NODE_FOLDERS.into_iter().partition(|folder| self.path(folder).join("package.json").is_file())
    }

    pub fn cargo(&self, arguments: &[&str]) -> Program {
        // Cargo tells the programs it runs which cargo it is; outside of it the search path does.
        Program::new(std::env::var_os("CARGO").unwrap_or("cargo".into()), arguments, &self.root)
    }

    /// Asks cargo about the workspace and all crates it brings in.
    pub fn metadata(&self) -> Result<Metadata, Failure> {
        Metadata::parse(&self.cargo(&["metadata", "--format-version", "1"]).output()?)
    }
}

/// What cargo knows about the workspace.
pub struct Metadata {
    pub packages: Vec<Package>,
    pub target_folder: PathBuf,
}

/// One crate, of ours or from outside.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// The SPDX expression of its manifest.
    pub licence: Option<String>,
    pub manifest: PathBuf,
    /// Part of this workspace.
    pub ours: bool,
    pub dependencies: Vec<Dependency>,
    pub binaries: Vec<String>,
}

/// One line of a manifest, of any kind (normal, dev or build).
#[derive(Debug, Clone, Default)]
pub struct Dependency {
    pub name: String,
    /// Given by a path in this tree.
    pub ours: bool,
}

impl Metadata {
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.ours)
    }

    /// The path of a program of ours in the profile's folder, built or not; `None` without such a crate.
    pub fn binary(&self, package: &str, profile: &str) -> Option<PathBuf> {
        let package = self.ours().find(|candidate| candidate.name == package)?;
        let name = package.binaries.first()?;
        Some(self.target_folder.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }

    fn parse(json: &str) -> Result<Self, Failure> {
        let document: Value = serde_json::from_str(json)
            .map_err(|error| failure(format!("reading `cargo metadata`: {error}")))?;
        let members: Vec<&str> = list(&document["workspace_members"]).filter_map(Value::as_str).collect();
        let packages = list(&document["packages"]).map(|package| read_package(package, &members)).collect();
        Ok(Self { packages, target_folder: PathBuf::from(text(&document["target_directory"])) })
    }
}

fn read_package(package: &Value, members: &[&str]) -> Package {
    let is_binary = |target: &&Value| list(&target["kind"]).any(|kind| kind == "bin");
    Package {
        name: text(&package["name"]),
        version: text(&package["version"]),
        licence: package["license"].as_str().map(str::to_owned),
        manifest: PathBuf::from(text(&package["manifest_path"])),
        ours: members.contains(&package["id"].as_str().unwrap_or_default()),
        dependencies: list(&package["dependencies"])
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                ours: dependency["path"].is_string(),
            })
            .collect(),
        binaries: list(&package["targets"]).filter(is_binary).map(|target| text(&target["name"])).collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
