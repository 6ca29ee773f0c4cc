//! The root key: 32 bytes that the operator keeps; it wraps the workspace's keys.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::KeysError;
use crate::entropy::{Entropy, SystemEntropy};

/// The key that wraps the workspace's keys. Held by a file of its own, best on another disk.
#[derive(Clone)]
pub struct RootKey(pub(crate) [u8; 32]);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(…)")
    }
}

/// Longer files are refused before they are read: a key has 64 digits and a line end.
const FILE_BYTES_MAX: u64 = 128;

impl RootKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits. The file must be readable by its owner only.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        let text = path.display().to_string();
        let failed = |source| KeysError::RootKeyFile { path: path.display().to_string(), source };
        let file = fs::File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeysError::RootKeyExposed { path: text });
        }
        let mut digits = String::new();
        file.take(FILE_BYTES_MAX).read_to_string(&mut digits).map_err(failed)?;
        read_hex(digits.trim()).map(Self).ok_or(KeysError::RootKeyText { path: text })
    }

    /// Draws a new key and writes it to `path`, readable by its owner only; the path must be free.
    pub fn create_file(path: &Path) -> Result<Self, KeysError> {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key)?;
        write_file(path, &key)
            .map_err(|source| KeysError::RootKeyFile { path: path.display().to_string(), source })?;
        Ok(Self(key))
    }
}

fn write_file(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(digits.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

fn read_hex(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}
