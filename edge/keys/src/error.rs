//! What can go wrong with keys, and what to do about it.

use std::io;

use model::StrandId;

/// Why keys could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot {doing} in the keys folder: {source}")]
    Io { doing: &'static str, source: io::Error },
    #[error("cannot read the root key `{path}`: {source}")]
    RootKeyFile { path: String, source: io::Error },
    #[error("the root key `{path}` is not 64 hexadecimal digits; restore it from its copy")]
    RootKeyText { path: String },
    #[error("the root key `{path}` can be read by others; run `chmod 600` on it")]
    RootKeyExposed { path: String },
    #[error("the root key does not open `workspace.key`; give the one this data folder was made with")]
    WrongRootKey,
    #[error("`workspace.key` is damaged; restore it from its copy")]
    DamagedWorkspaceKey,
    #[error(
        "`workspace.key` is missing, though `strands.keys` holds keys it wraps; restore it from its copy"
    )]
    NoWorkspaceKey,
    #[error("the key of strand {strand} is damaged; restore `strands.keys` from its copy")]
    DamagedSlot { strand: StrandId },
    #[error("the key of strand {strand} was destroyed; an erased strand takes nothing new")]
    Destroyed { strand: StrandId },
    #[error("strand {strand} has no key; create it first")]
    Unknown { strand: StrandId },
    #[error("strand {strand} is beyond the {} that fit one workspace", crate::slots::STRANDS_MAX)]
    TooFar { strand: StrandId },
    /// Nothing was half done; it can be asked again as soon as there is space.
    #[error("the disk is full; make room, new keys are made again by themselves")]
    Full,
    #[error("the system gave no random bytes; check that it provides `getrandom`")]
    NoEntropy,
    /// Keys may not be durable, and asking again would not tell.
    #[error(
        "an earlier change of the keys could not be made durable ({cause}); check the disk and restart the server"
    )]
    Poisoned { cause: String },
}

/// Why sealed bytes stay closed.
#[derive(Debug, thiserror::Error)]
pub enum Opening {
    #[error("erased: the key was destroyed")]
    Destroyed,
    #[error("no key was ever made for this strand")]
    Unknown,
    #[error("the bytes, or what they are bound to, are not what was sealed")]
    Damaged,
    /// Neither: the keys themselves could not be read.
    #[error(transparent)]
    Keys(KeysError),
}

impl From<KeysError> for Opening {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Destroyed { .. } => Self::Destroyed,
            KeysError::Unknown { .. } | KeysError::TooFar { .. } => Self::Unknown,
            other => Self::Keys(other),
        }
    }
}
