//! Reading a catalogue folder: its definitions, and its tests.

use std::path::{Path, PathBuf};

use model::{Catalogue, CatalogueFile};

/// The folder of a catalogue that holds its tests.
const TESTS: &str = "tests";
/// Folders of a catalogue that hold no definitions: data, and tests, which say nothing to a running server.
const NOT_DEFINITIONS: [&str; 2] = ["data", TESTS];
const ENDINGS: [&str; 3] = ["yaml", "md", "mjml"];

/// A folder that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot read {path}: {cause}", path = path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{path} holds no .yaml file; name a catalogue folder", path = .0.display())]
    Empty(PathBuf),
}

/// Reads every definition of a catalogue folder.
pub fn read_catalogue(folder: &Path) -> Result<Catalogue, FolderError> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    if files.is_empty() {
        return Err(FolderError::Empty(folder.to_owned()));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Catalogue { version: 0, files })
}

/// The tests of a catalogue folder, unread; none where there is no such folder.
pub fn read_tests(folder: &Path) -> Result<Vec<CatalogueFile>, FolderError> {
    let (tests, mut files) = (folder.join(TESTS), Vec::new());
    if tests.is_dir() {
        collect(folder, &tests, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Adds the files below `folder` that say something, each by its path below `root`.
fn collect(root: &Path, folder: &Path, files: &mut Vec<CatalogueFile>) -> Result<(), FolderError> {
    let unreadable = |path: &Path, cause| FolderError::Unreadable { path: path.to_owned(), cause };
    for entry in std::fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))? {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let Ok(below) = path.strip_prefix(root) else { continue };
        if path.is_dir() {
            if !NOT_DEFINITIONS.iter().any(|name| below == Path::new(name)) {
                collect(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|extension| ENDINGS.iter().any(|own| extension == *own)) {
            let name = below.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            files.push(CatalogueFile { path: name, text });
        }
    }
    Ok(())
}
