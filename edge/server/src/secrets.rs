//! Secrets beside the keys: tokens, by their hash only, and the secret that signs each workspace's links.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use api::access::{Permission, Token, hash_hex};
use api::ingest::credential::secret;
use model::WorkspaceName;
use ring::rand::{SecureRandom, SystemRandom};

use crate::config::Config;
use crate::folders::private_folder;

/// The prefix of tokens, so that one found in a log or a repository is recognised.
const TOKEN_PREFIX: &str = "tl_";

/// Every token of the server.
pub fn tokens(config: &Config) -> Result<Vec<Token>, anyhow::Error> {
    Ok(api::tokens::read(&tokens_file(config))?)
}

/// Makes a token with every permission, replacing one of the same name. It is returned once and not kept. A server that
/// runs lets it in when it is first used.
pub fn new_token(config: &Config, workspace: &WorkspaceName, name: &str) -> Result<String, anyhow::Error> {
    let token = secret(TOKEN_PREFIX);
    let mut all = tokens(config)?;
    all.retain(|own| !(own.name == name && own.workspace == workspace.as_str()));
    all.push(Token {
        workspace: workspace.to_string(),
        name: name.to_owned(),
        sha256: hash_hex(&token),
        permissions: Permission::ALL.into_iter().collect(),
    });
    private_folder(&config.keys)?;
    write_private(&tokens_file(config), &serde_json::to_vec_pretty(&all)?)?;
    Ok(token)
}

/// The secret that signs a workspace's links and reply addresses; made at its first start.
pub fn link_secret(config: &Config, workspace: &WorkspaceName) -> Result<[u8; 32], anyhow::Error> {
    private_folder(&config.keys)?;
    let path = config.keys.join(format!("{workspace}.links"));
    if let Ok(bytes) = fs::read(&path) {
        return <[u8; 32]>::try_from(bytes).map_err(|_| {
            anyhow::anyhow!("{} is damaged; delete it, and links sent so far will not work", path.display())
        });
    }
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    write_private(&path, &bytes)?;
    Ok(bytes)
}

/// Writes a file that only its owner can read, as a whole.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension("new");
    let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(next, path)
}

/// Where the hashes of tokens are kept.
pub fn tokens_file(config: &Config) -> PathBuf {
    config.keys.join("tokens.json")
}
