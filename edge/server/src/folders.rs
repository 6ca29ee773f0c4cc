//! Where a workspace rests on disk, and opening it: ledger, state and keys, each in its own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::state::now;
use keys::{Keys, KeysError, RootKey};
use ledger::{Ledger, LedgerError, RealDisk};
use model::WorkspaceName;
use shard::{Broken, Recovered, Shard};
use state::{FjallStore, StateError, Store};

use crate::config::Config;

/// Why a workspace cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("the data in {} is in use by a running server; stop it, or name it with `--server`", .0.display())]
    InUse(PathBuf),
    #[error(transparent)]
    Ledger(LedgerError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Shard(#[from] Broken),
    #[error("there is no workspace `{0}` in the configuration; add it to `workspaces`")]
    NoWorkspace(String),
}

/// The folders of one workspace.
#[derive(Debug, Clone)]
pub struct Folders {
    pub ledger: PathBuf,
    pub state: PathBuf,
    pub keys: PathBuf,
}

impl Folders {
    pub fn of(config: &Config, workspace: &WorkspaceName) -> Self {
        let data = config.data.join(workspace.as_str());
        Self {
            ledger: data.join("ledger"),
            state: data.join("state"),
            keys: config.keys.join(workspace.as_str()),
        }
    }
}

/// The configured workspace of this name, or the first.
pub fn workspace<'a>(config: &'a Config, name: Option<&str>) -> Result<&'a WorkspaceName, OpenError> {
    match name {
        None => Ok(&config.workspaces[0]),
        Some(name) => config
            .workspaces
            .iter()
            .find(|workspace| workspace.as_str() == name)
            .ok_or_else(|| OpenError::NoWorkspace(name.to_owned())),
    }
}

/// Opens a workspace's shard; replays what the ledger has beyond the state.
pub fn open(config: &Config, workspace: &WorkspaceName) -> Result<(Shard<RealDisk>, Recovered), OpenError> {
    let folders = Folders::of(config, workspace);
    // The ledger's lock comes first: it says whether anybody else is here.
    let disk = RealDisk::new(&folders.ledger)
        .map_err(|source| OpenError::Folder { path: folders.ledger.clone(), source })?;
    let (ledger, opened) =
        Ledger::open(disk, ledger::Options::default(), now()).map_err(|error| match error {
            LedgerError::Locked => OpenError::InUse(config.data.clone()),
            other => OpenError::Ledger(other),
        })?;
    let keys = Keys::open(&folders.keys, root_key(&config.keys)?)?;
    let store: Arc<dyn Store> = Arc::new(FjallStore::open(&folders.state)?);
    let (shard, mut recovered) = Shard::open(ledger, Arc::new(keys), store, shard::Options::default())?;
    recovered.cut_bytes = opened.cut_bytes;
    Ok((shard, recovered))
}

/// The key that wraps the workspaces' keys; made at the first start.
fn root_key(folder: &Path) -> Result<RootKey, OpenError> {
    private_folder(folder)?;
    let path = folder.join("root.key");
    Ok(if path.exists() { RootKey::from_file(&path)? } else { RootKey::create_file(&path)? })
}

/// Makes a folder that only its owner can enter.
pub fn private_folder(folder: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| OpenError::Folder { path: folder.to_owned(), source })
}
