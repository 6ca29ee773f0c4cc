//! The tokens of this server: read from their file, and looked up there again when one is not known yet.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use crate::access::Token;

/// How often the file is looked at, however many unknown tokens are presented.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} cannot be read: {source}; delete it and make new tokens with `throughline token`", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
}

/// The tokens in a file; none where there is no file.
pub fn read(path: &Path) -> Result<Vec<Token>, TokensError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|source| TokensError::Damaged { path: path.to_owned(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(TokensError::Unreadable { path: path.to_owned(), source }),
    }
}

/// The tokens that are let in.
pub struct Tokens {
    path: PathBuf,
    /// By hash.
    known: RwLock<HashMap<String, Token>>,
    seen: Mutex<Seen>,
}

/// The file as it was read last, and when it was looked at.
struct Seen {
    file: Option<FileVersion>,
    looked: Option<Instant>,
}

/// Each writing makes a new file, so these differ even within one tick of the file system's clock.
#[derive(PartialEq, Eq)]
struct FileVersion {
    modified: Option<SystemTime>,
    inode: u64,
    bytes: u64,
}

impl FileVersion {
    fn of(path: &Path) -> Option<Self> {
        let version = |about: Metadata| Self {
            modified: about.modified().ok(),
            inode: about.ino(),
            bytes: about.len(),
        };
        fs::metadata(path).ok().map(version)
    }
}

impl Tokens {
    pub fn open(path: PathBuf) -> Result<Self, TokensError> {
        // Looked at before it is read: what is written in between is then read once more.
        let file = FileVersion::of(&path);
        let known = RwLock::new(by_hash(read(&path)?));
        Ok(Self { path, known, seen: Mutex::new(Seen { file, looked: None }) })
    }

    /// The token of this hash. When there is none, the file may have got it since; those that it lost meanwhile are
    /// forgotten then.
    pub fn find(&self, sha256: &str, now: Instant) -> Option<Token> {
        if let Some(token) = self.get(sha256) {
            return Some(token);
        }
        self.look_again(now);
        self.get(sha256)
    }

    fn get(&self, sha256: &str) -> Option<Token> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
    }

    fn look_again(&self, now: Instant) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.looked.is_some_and(|looked| now < looked + LOOK_INTERVAL) {
            return;
        }
        seen.looked = Some(now);
        let file = FileVersion::of(&self.path);
        if file == seen.file {
            return;
        }
        match read(&self.path) {
            Ok(tokens) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = by_hash(tokens);
                seen.file = file;
            }
            Err(error) => tracing::warn!(%error, "the tokens stay as they were"),
        }
    }
}

fn by_hash(tokens: Vec<Token>) -> HashMap<String, Token> {
    tokens.into_iter().map(|token| (token.sha256.clone(), token)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn write(path: &Path, names: &[&str]) {
        let token = |name: &&str| Token {
            workspace: "main".into(),
            name: name.to_string(),
            sha256: name.to_string(),
            permissions: BTreeSet::new(),
        };
        let tokens: Vec<Token> = names.iter().map(token).collect();
        let next = path.with_extension("new");
        fs::write(&next, serde_json::to_vec(&tokens).unwrap()).unwrap();
        fs::rename(next, path).unwrap();
    }

    #[test]
    fn a_new_token_is_found_and_the_file_is_looked_at_once_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let tokens = Tokens::open(path.clone()).unwrap();
        let start = Instant::now();
        assert!(tokens.find("a", start).is_none(), "there is no file");
        write(&path, &["a"]);
        assert!(tokens.find("a", start + Duration::from_millis(999)).is_none(), "it was just looked at");
        assert!(tokens.find("a", start + LOOK_INTERVAL).is_some());
        write(&path, &["b"]);
        let later = start + LOOK_INTERVAL * 2;
        assert!(tokens.find("b", later).is_some(), "a file of the same length");
        assert!(tokens.find("a", later).is_none(), "it was replaced");
        fs::write(&path, "{").unwrap();
        assert!(tokens.find("c", later + LOOK_INTERVAL).is_none());
        assert!(tokens.find("b", later + LOOK_INTERVAL).is_some(), "a damaged file changes nothing");
        assert!(read(&path).unwrap_err().to_string().contains("throughline token"));
    }
}
