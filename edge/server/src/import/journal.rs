//! How far an import has come, kept beside the data so that an interrupted one goes on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::report::Counts;

/// What is known to be durable.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Rows before this one are done; counted from 1 over all files.
    pub next_row: u64,
    pub counts: Counts,
}

/// The journal of one import.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of these files with this mapping into this place; other files have another.
    pub fn of(folder: &Path, files: &[PathBuf], mapping: &str, destination: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut hash = Context::new(&SHA256);
        for path in files {
            let about = fs::metadata(path)?;
            let real = path.canonicalize()?;
            hash.update(
                format!("{}\0{}\0{:?}\0", real.display(), about.len(), about.modified().ok()).as_bytes(),
            );
        }
        hash.update(mapping.as_bytes());
        hash.update(destination.as_bytes());
        let name: String = hash.finish().as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: folder.join(format!("{name}.json")) })
    }

    /// Where rows that could not be taken are written, with the reason.
    pub fn quarantine_path(&self) -> PathBuf {
        self.path.with_extension("quarantined.jsonl")
    }

    /// What an earlier run left, if it was interrupted.
    pub fn read(&self) -> Option<Progress> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Replaces the journal as a whole: a torn one would lose the place.
    pub fn write(&self, progress: &Progress) -> io::Result<()> {
        let next = self.path.with_extension("json.new");
        fs::write(&next, serde_json::to_vec(progress)?)?;
        fs::rename(&next, &self.path)
    }

    /// The import is complete.
    pub fn finish(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
