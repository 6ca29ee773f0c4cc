//! A catalogue: every definition of a workspace, as the files its authors wrote.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// All definition files of a workspace at one version. The files are the truth; what runs is
/// compiled from them by the engine, the same way at publish time and in every replay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Catalogue {
    /// Rises by one with each publication, from 1; 0 is the empty catalogue of a new workspace.
    #[n(0)]
    pub version: u32,
    /// Sorted by path.
    #[n(1)]
    pub files: Vec<CatalogueFile>,
}

/// One file, by its path below the catalogue folder, such as `journeys/add-on.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CatalogueFile {
    #[n(0)]
    pub path: String,
    #[n(1)]
    pub text: String,
}

impl Catalogue {
    /// The files below `folder`, such as `segments/`.
    pub fn folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a CatalogueFile> {
        self.files.iter().filter(move |file| file.path.starts_with(folder))
    }

    pub fn file(&self, path: &str) -> Option<&CatalogueFile> {
        self.files.iter().find(|file| file.path == path)
    }
}
